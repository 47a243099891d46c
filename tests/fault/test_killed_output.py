"""Kill a trainer at random moments: what it printed arrives, once and in order."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import headrace
from headrace.testing.stores.journals import new_id
from tests.fault import output_writer
from tests.servers import headrace_server

KILLS = 4


@pytest.mark.parametrize("kind", ["embedded", "server"])
def test_killed_trainers_lose_no_output(kind: str, fresh_client: Path) -> None:
    if kind == "embedded":
        check(str(fresh_client / "store"), fresh_client)
    else:
        with headrace_server(fresh_client / "server") as server:
            check(server.url, fresh_client)


def check(uri: str, folder: Path) -> None:
    run_id, chance = new_id(), random.Random()
    told = [run_trainer(uri, run_id, folder, chance.uniform(0, 0.4)) for _ in range(KILLS)]

    headrace.set_tracking_uri(uri)
    headrace.flush(30)  # with what dead processes left
    client = headrace.MlflowClient()
    sessions = client.get_run_context(run_id)
    printed = [
        "".join(chunk.text for chunk in client.get_run_output(run_id, session=one.session))
        for one in sessions
    ]

    counts = [len(text.split()) for text in printed]
    assert printed == ["".join(f"{number}\n" for number in range(count)) for count in counts]
    assert len(told) == len(counts)
    # The sessions began one after the other; what was told was accepted.
    assert all(count >= least for count, least in zip(counts, told, strict=True)), (counts, told)


def run_trainer(uri: str, run_id: str, folder: Path, seconds: float) -> int:
    """Run a trainer, kill it some moments after its first line, and return how many it told."""
    command = [sys.executable, output_writer.__file__, uri, run_id]
    told = folder / "told"
    with (
        told.open("wb") as output,
        (folder / "errors").open("ab") as errors,
        subprocess.Popen(command, stdout=output, stderr=errors, cwd=folder) as process,
    ):
        while not told.stat().st_size:
            assert process.poll() is None, (folder / "errors").read_text()
            time.sleep(0.01)
        time.sleep(seconds)
        process.kill()
    # A line that was cut off tells nothing.
    return told.read_bytes().count(b"\n")
