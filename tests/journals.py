"""What the tests of journals share: making them, and what is in them in a form to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from headrace.api.journals import JournalEntry
from headrace.client.journal import Batch, Journal, JournalReader, Origin

RUN = "0123456789abcdef0123456789abcdef"
OTHER_RUN = "f" * 32


def make_journal(folder: Path, *, fsync_always: bool = False) -> Journal:
    return Journal.create(folder, Origin.here("http://localhost:5000"), fsync_always=fsync_always)


def batches(
    reader: JournalReader, after: int = 0, *, max_points: int = 1000, max_bytes: int = 1 << 20
) -> Iterator[Batch]:
    """Yield all that there is, and hold what every batch promises."""
    while batch := reader.read(after, max_points=max_points, max_bytes=max_bytes):
        assert batch.first == after + 1
        assert sum(entry.records for entry in batch.entries) == batch.last - batch.first + 1
        after = batch.last
        yield batch


def read_all(folder: Path, *, final: bool = False, **limits: int) -> list[tuple[Any, ...]]:
    """Return what a fresh reader finds; see `items`."""
    reader = JournalReader(folder, final=final)
    try:
        return items(entry for batch in batches(reader, **limits) for entry in batch.entries)
    finally:
        reader.close()


def items(entries: Iterable[JournalEntry]) -> list[tuple[Any, ...]]:
    """Return one item for each point, skip and other entry.

    A point is run, key, step, time and the text of its value, so that NaN is equal to NaN.
    """
    found: list[tuple[Any, ...]] = []
    for entry in entries:
        points = entry.log_rows.as_points() if entry.log_rows else entry.log_points
        if points is not None:
            assert len(set(points.keys)) == len(points.keys)
            columns = (points.series, points.steps, points.timestamps, points.values)
            for series, step, time, value in zip(*columns, strict=True):
                found.append((points.run_id, points.keys[series], step, time, repr(value)))
        elif entry.skip is not None:
            found.append(("skip", entry.records))
        else:
            found.append(("entry", msgspec.json.encode(entry)))
    return found
