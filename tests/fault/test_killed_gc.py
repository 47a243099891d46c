"""``headrace gc`` killed at any moment: no files without a row, no rows without their files."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from headrace.api import tracking as api
from headrace.api.cleanup import CollectGarbage
from headrace.file_uri import path_of
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import make_experiment, make_run
from tests.fault import garbage_collector

RUNS, KILLS = 400, 12


def fill(store: SqlTrackingStore) -> list[str]:
    """Make deleted runs, each with a file, in a deleted experiment; return their folders' names."""
    experiment = make_experiment(store)
    runs = [make_run(store, experiment) for _ in range(RUNS)]
    for run_id in runs:
        info = store.get_run(api.GetRun(run_id=run_id)).run.info
        folder = path_of(info.artifact_uri or "") / "plots"
        folder.mkdir(parents=True)
        (folder / "loss.png").write_bytes(b"x" * 100)
    store.delete_experiment(api.DeleteExperiment(experiment_id=experiment))
    return runs


def rows_of(store: SqlTrackingStore, sql: str) -> set[str]:
    with store._database.read(snapshot=False) as tx:
        return {value for (value,) in tx.execute(sql).fetchall()}


def check(store: SqlTrackingStore, folder: Path, runs: list[str]) -> int:
    """Check that rows and files agree; return how many runs are left."""
    with store._database.read() as tx:  # PostgreSQL may commit what a killed process asked for
        left, gone, places = (
            {value for (value,) in tx.execute(sql).fetchall()}
            for sql in (
                "SELECT uuid FROM runs",
                "SELECT run_uuid FROM tombstones",
                "SELECT path FROM removals",
            )
        )
    noted = {path.split("/")[0] for path in places}
    files = {path.parts[-4] for path in folder.glob("*/*/artifacts/plots/loss.png")}
    assert gone == set(runs) - left
    assert left <= files, "a run lost its files"
    assert files <= left | noted, "files that nothing names"
    assert not left & noted
    return len(left)


def test_gc_is_killed_again_and_again(sql_uri: str, tmp_path: Path) -> None:
    root = tmp_path / "artifacts"
    store = open_sql_store(sql_uri, str(root))
    runs = fill(store)
    chance = random.Random(7)
    command = [sys.executable, garbage_collector.__file__, sql_uri, str(root)]
    seen = {RUNS}
    kills, longest = 0, 0.15
    while kills < KILLS or (len(seen) <= 2 and 0 not in seen):
        kills += 1
        if kills > KILLS:
            longest *= 1.2  # the machine is so busy that all were too early
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, longest))
        process.kill()
        process.communicate()
        seen.add(check(store, root, runs))
    assert len(seen) > 2, "no kill came while it worked"

    after = None
    while after := store.collect_garbage(CollectGarbage(after=after)).next:
        pass

    assert check(store, root, runs) == 0
    assert rows_of(store, "SELECT path FROM removals") == set()
    assert rows_of(store, "SELECT name FROM experiments") == {"Default"}
    assert list(root.iterdir()) == []
    store.close()
