"""Processes that log and compact the same runs at once, and are killed at any moment."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import make_run
from tests.fault import metric_writer

Point = tuple[str, str, int]

WRITERS, COMPACTORS, KILLS = 3, 2, 8


class Crowd:
    """The processes, which are started again where they are killed."""

    def __init__(self, uri: str, folder: Path, runs: list[str]) -> None:
        self._uri = uri
        self._folder = folder
        self._runs = runs
        self._seeds = 0
        self.journals: list[Path] = []
        self._processes: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, what: str) -> None:
        """Start a writer or a compactor."""
        arguments = [what, self._uri, str(self._folder)]
        if what == "write":
            self._seeds += 1
            journal = self._folder / f"journal{self._seeds}"
            self.journals.append(journal)
            arguments += [str(self._seeds), str(journal), *self._runs]
        command = [sys.executable, metric_writer.__file__, *arguments]
        self._processes.append((what, subprocess.Popen(command, stderr=subprocess.PIPE)))

    def kill(self, number: int) -> str:
        """Kill a process without warning and return what it was; it must not have ended before."""
        what, process = self._processes.pop(number)
        process.kill()
        _, said = process.communicate()
        assert process.returncode == -signal.SIGKILL, said.decode()
        return what

    def kill_all(self) -> None:
        """Kill every process."""
        while self._processes:
            self.kill(0)

    def wait_for_points(self) -> None:
        """Return when every writer has stored something."""
        until = time.monotonic() + 60
        while not all(path.exists() and b"stored" in path.read_bytes() for path in self.journals):
            assert time.monotonic() < until, "a writer stores nothing"
            time.sleep(0.02)

    def points(self, kind: str) -> set[Point]:
        """Return the points that the writers have ``sent`` or know to be ``stored``."""
        found = set()
        for journal in filter(Path.exists, self.journals):
            for line in journal.read_text().splitlines(keepends=True):
                said, *rest = line.split()
                if said == kind and line.endswith("\n"):
                    found.add((rest[0], rest[1], int(rest[2])))
        return found


@pytest.fixture
def store(sql_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
    opened = open_sql_store(sql_uri, str(tmp_path))
    yield opened
    opened.close()


def read_all(store: SqlTrackingStore, runs: list[str]) -> set[Point]:
    """Return every point that the store has, after a look at value, time and order of each."""
    found: set[Point] = set()
    for run_id in runs:
        for key in metric_writer.KEYS:
            request = api.GetMetricHistory(run_id=run_id, metric_key=key)
            metrics = store.get_metric_history(request).metrics
            for metric in metrics:
                assert (metric.value, metric.timestamp) == (metric.step / 2, metric.step % 1000)
            order = [(metric.timestamp, metric.step) for metric in metrics]
            assert order == sorted(set(order))
            found |= {(run_id, key, metric.step) for metric in metrics}
    return found


def test_killed_writers_and_compactors_lose_nothing(
    sql_uri: str, store: SqlTrackingStore, tmp_path: Path
) -> None:
    chance = random.Random()
    runs = [make_run(store) for _ in range(3)]
    crowd = Crowd(sql_uri, tmp_path, runs)
    try:
        for _ in range(WRITERS):
            crowd.start("write")
        for _ in range(COMPACTORS):
            crowd.start("compact")
        crowd.wait_for_points()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.4))
            stored = crowd.points("stored")
            assert stored <= read_all(store, runs)  # read while everybody writes
            crowd.start(crowd.kill(chance.randrange(WRITERS + COMPACTORS)))
    finally:
        crowd.kill_all()

    sent, stored = crowd.points("sent"), crowd.points("stored")
    assert len(stored) > 1000
    for _ in range(2):
        found = read_all(store, runs)
        assert stored <= found <= sent
        store.compact()
    with store._database.read() as tx:
        [counted] = tx.execute("SELECT SUM(count) FROM metric_summaries").fetchone()
        [blocks] = tx.execute("SELECT SUM(count) FROM metric_blocks").fetchone()
        [left] = tx.execute("SELECT COUNT(*) FROM metric_log").fetchone()
    assert (int(counted), int(blocks), left) == (len(found), len(found), 0)
    if sql_uri.startswith("sqlite"):
        with closing(sqlite3.connect(sql_uri.removeprefix("sqlite:///"))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
