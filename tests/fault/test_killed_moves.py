"""A process killed while it moves runs, or takes that back: each run is whole, here or there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.api.bulk import ListOperations, Operation, UndoOperation
from headrace.entities import Param, RunTag
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import make_experiment, make_run
from tests.fault import mover

RUNS, KILLS = 30, 4


def fill(store: SqlTrackingStore) -> None:
    """Make runs with something of most kinds, and two experiments for them."""
    source, target = make_experiment(store, "source"), make_experiment(store, "target")
    other = make_run(store, target)  # so that keys differ in their order
    store.log_batch(api.LogBatch(run_id=other, params=[Param("z", "1"), Param("b", "2")]))
    store.delete_run(api.DeleteRun(run_id=other))
    for number in range(RUNS):
        run_id = make_run(store, source, tags=[RunTag("team", str(number))])
        points = [
            api.MetricPoint(key=key, value=number + step / 7, timestamp=step, step=step)
            for key in ("loss", "accuracy")
            for step in range(4)
        ]
        params = [Param("a", str(number)), Param("z", "2")]
        store.log_batch(api.LogBatch(run_id=run_id, metrics=points, params=params))
    store.compact()


def read_runs(store: SqlTrackingStore) -> tuple[dict[str, str], dict[str, str]]:
    """Return the experiment of each run, and all else that is known of it as a text."""
    places, contents = {}, {}
    found = store.search_runs(api.SearchRuns(experiment_ids=["1", "2"], max_results=1000))
    for run in found.runs:
        run_id = run.info.run_id
        places[run_id], run.info.experiment_id = run.info.experiment_id, ""
        history = [
            store.get_metric_history(api.GetMetricHistory(run_id=run_id, metric_key=key)).metrics
            for key in ("loss", "accuracy")
        ]
        contents[run_id] = repr((run, history))
    return places, contents


def read_operations(store: SqlTrackingStore) -> list[Operation]:
    return store.list_operations(ListOperations()).operations


def check(store: SqlTrackingStore, contents: dict[str, str]) -> tuple[int, int]:
    """Check that runs are whole and where operations say; return how many are moved, and undone."""
    while True:
        before = read_operations(store)
        places, present = read_runs(store)
        if before == read_operations(store):
            break  # PostgreSQL may commit what a killed process asked for
    assert present == contents
    moved = [run for run, place in places.items() if place == "2"]
    open_ones = [operation for operation in before if operation.undone_at is None]
    assert sum(one.runs - one.undone_runs for one in open_ones) == len(moved)
    return len(moved), sum(one.undone_runs for one in open_ones)


@pytest.mark.parametrize("kills", [KILLS, pytest.param(60, marks=pytest.mark.slow)])
def test_moves_are_killed_again_and_again(sql_uri: str, kills: int, tmp_path: Path) -> None:
    store = open_sql_store(sql_uri, str(tmp_path / "artifacts"))
    fill(store)
    _, contents = read_runs(store)
    chance = random.Random(7)
    killed, cut_moves, cut_undos = 0, 0, 0
    command = [sys.executable, mover.__file__, sql_uri, str(tmp_path / "artifacts")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        while killed < kills or not (cut_moves and cut_undos):
            killed += 1
            assert killed < kills + 60, "no kill came while it worked"
            print(file=process.stdin, flush=True)
            child = int(process.stdout.readline())
            time.sleep(chance.uniform(0, 0.5))
            os.kill(child, signal.SIGKILL)
            assert process.stdout.readline() == "gone\n"
            moved, undone = check(store, contents)
            cut_moves += 0 < moved < RUNS and not undone
            cut_undos += undone > 0
        process.stdin.close()

    for operation in read_operations(store):
        if operation.undone_at is None:
            store.undo_operation(UndoOperation(operation_id=operation.operation_id))

    places, _ = read_runs(store)
    assert set(places.values()) == {"1"}
    assert check(store, contents) == (0, 0)
    store.close()
