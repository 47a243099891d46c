"""Kill the writer of a journal at random moments: every record that it accepted is there."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headrace.client.journal import adopt, find_journals
from tests.fault import journal_writer
from tests.journals import batches

KILLS = 6


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_writer_loses_nothing_that_it_accepted(tmp_path: Path, seed: int) -> None:
    command = [sys.executable, journal_writer.__file__, str(tmp_path)]
    told = tmp_path / "told"
    with told.open("wb") as output, subprocess.Popen(command, stdout=output) as process:
        while not told.stat().st_size:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(random.Random(seed).uniform(0, 0.3))
        process.kill()
    # A line that was cut off tells nothing.
    lines = told.read_bytes().rpartition(b"\n")[0].decode().splitlines()
    accepted = {int(number): (name, int(step)) for number, name, step in map(str.split, lines)}
    assert len(accepted) == len(lines) > 0

    (found,) = find_journals(tmp_path)
    adopted = adopt(found.folder)
    assert adopted is not None
    stored = [
        record
        for batch in batches(adopted.reader)
        for entry in batch.entries
        for record in records_of(entry)
    ]

    assert adopted.reader.corrupt <= 1  # the kill may have cut off a write in its midst
    assert len(accepted) <= len(stored) == found.pending
    for number, record in accepted.items():
        assert stored[number - 1] == record, number
    for name in ("a", "b"):
        steps = [step for key, step in stored if key == name]
        assert steps == list(range(len(steps)))
    adopted.remove()


def records_of(entry: object) -> list[tuple[str, int]]:
    """Return key and step of each record of an entry."""
    points, tag = entry.log_points, entry.set_tag  # type: ignore[attr-defined]
    if points is None:
        return [(tag.key, int(tag.value))]
    assert entry.records == len(points.steps)  # type: ignore[attr-defined]
    assert points.values == [step / 2 for step in points.steps]
    return [(points.keys[one], step) for one, step in zip(points.series, points.steps, strict=True)]
