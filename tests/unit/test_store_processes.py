"""Several processes on one store: created at once, forked, killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.entities import Param, RunTag
from headrace.errors import InvalidState
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.dialects import sqlite
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.stores.uri import open_tracking_store

PROCESSES = 6
SPAWN = multiprocessing.get_context("spawn")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def run_ids(store: SqlTrackingStore) -> set[str]:
    page = store.search_runs(api.SearchRuns(experiment_ids=["0"], max_results=50_000))
    return {run.info.run_id for run in page.runs}


def create_runs(store: SqlTrackingStore, count: int, tag: str = "t") -> list[str]:
    return [
        store.create_run(
            api.CreateRun(experiment_id="0", tags=[RunTag(f"{tag}{number}", "x")])
        ).run.info.run_id
        for number in range(count)
    ]


def open_and_create(
    uri: str, gate: multiprocessing.synchronize.Barrier, found: multiprocessing.Queue
) -> None:
    gate.wait()
    store = open_sql_store(uri, "/artifacts")
    found.put(create_runs(store, 5))
    store.close()


def open_in_many_processes(uri: str) -> set[str]:
    gate, found = SPAWN.Barrier(PROCESSES), SPAWN.Queue()
    processes = [
        SPAWN.Process(target=open_and_create, args=(uri, gate, found)) for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    created = [found.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    return {run_id for ids in created for run_id in ids}


def test_many_processes_create_one_sqlite_store_at_once(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/deep/folder/store.db"

    created = open_in_many_processes(uri)

    store = open_sql_store(uri)
    assert len(created) == PROCESSES * 5
    assert run_ids(store) == created
    store.close()


def test_many_processes_create_one_postgresql_store_at_once(postgres_uri: str) -> None:
    created = open_in_many_processes(postgres_uri)

    store = open_sql_store(postgres_uri)
    assert len(created) == PROCESSES * 5
    assert run_ids(store) == created
    store.close()


def test_threads_share_a_store(sql_store: SqlTrackingStore) -> None:
    created: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: created.append(create_runs(sql_store, 10)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert run_ids(sql_store) == {run_id for ids in created for run_id in ids}
    assert len(run_ids(sql_store)) == 40


def fork_and_create_run(store: SqlTrackingStore) -> str:
    """Return the run that a forked child made, or what it raised."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            text = create_runs(store, 1, tag="child")[0]
        except Exception as error:  # the parent is told, whatever it is
            text = repr(error)
        os.write(write_end, text.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


@needs_fork
def test_forked_child_works_beside_its_parent(sql_store: SqlTrackingStore) -> None:
    created = create_runs(sql_store, 1)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            created.extend(create_runs(sql_store, 1))
            run_ids(sql_store)

    thread = threading.Thread(target=work)
    thread.start()
    children = [fork_and_create_run(sql_store) for _ in range(5)]
    stop.set()
    thread.join()
    created.extend(create_runs(sql_store, 1))

    assert run_ids(sql_store) == {*created, *children}


@needs_fork
@pytest.mark.parametrize("doing", ["read", "write"])
def test_child_forked_in_the_midst_of_a_call_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doing: str
) -> None:
    monkeypatch.setattr(sqlite, "FORK_TIMEOUT_SECONDS", 0.05)
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    with getattr(store._database, doing)():
        in_child = fork_and_create_run(store)

    assert "cannot be used in this process: it was forked" in in_child
    created = create_runs(store, 1)
    assert run_ids(store) == set(created)
    store.close()


WRITER = """
import sys
from headrace.api import tracking as api
from headrace.entities import Param
from headrace.stores.uri import open_tracking_store

store = open_tracking_store(sys.argv[1])
while True:
    run = store.create_run(api.CreateRun(experiment_id="0")).run.info.run_id
    print(run, flush=True)
    store.log_batch(api.LogBatch(run_id=run, params=[Param(f"p{n}", str(n)) for n in range(50)]))
    print("batch", run, flush=True)
"""


def test_killed_writer_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    folder = str(tmp_path / "store")
    answered: list[str] = []
    for seconds in (0.0, 0.05, 0.2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, folder], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout
        answered.append(writer.stdout.readline().strip())
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().splitlines(keepends=True)
        answered += [line.strip() for line in rest if line.endswith("\n")]
        writer.stdout.close()
        writer.wait()

    store = open_tracking_store(folder)
    runs = {line for line in answered if not line.startswith("batch")}
    batches = {line.split()[1] for line in answered if line.startswith("batch")}
    assert runs <= run_ids(store)
    for run_id in run_ids(store):
        params = store.get_run(api.GetRun(run_id=run_id)).run.data.params
        assert len(params) in ((50,) if run_id in batches else (0, 50))
    store.close()
    check = sqlite3.connect(f"{folder}/headrace.db")
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_killed_while_the_store_is_made(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    command = (
        "import sys, os; from headrace.stores.sql import migrations, open_sql_store;"
        "statements = migrations.read_snapshot();"
        "from headrace.stores.sql.dialects import sqlite;"
        "cut = int(sys.argv[2]);"
        "die = lambda: os.kill(os.getpid(), 9);"
        "sqlite.read_snapshot = lambda: "
        "(die() if number == cut else text for number, text in enumerate(statements));"
        "open_sql_store(sys.argv[1])"
    )
    for cut in (0, 10):
        subprocess.run([sys.executable, "-c", command, f"sqlite:///{path}", str(cut)], check=False)

        store = open_sql_store(f"sqlite:///{path}")
        create_runs(store, 1)
        store.close()
        path.unlink()


def test_interrupted_first_transaction_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA cache_spill=1")
    writer.execute("PRAGMA cache_size=1")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("CREATE TABLE t (x)")
    writer.executemany("INSERT INTO t VALUES (?)", [("x" * 3000,)] * 100)  # some reach the file
    half_written, journal = path.read_bytes(), Path(f"{path}-journal").read_bytes()
    assert half_written
    writer.close()
    path.write_bytes(half_written)
    Path(f"{path}-journal").write_bytes(journal)

    store = open_sql_store(f"sqlite:///{path}")

    create_runs(store, 1)
    store.close()


FILLER = """
import resource, sys
from headrace.api import tracking as api
from headrace.errors import HeadraceError
from headrace.stores.uri import open_tracking_store

store = open_tracking_store(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
run = store.create_run(api.CreateRun(experiment_id="0")).run.info.run_id
written = []
try:
    while True:
        key = f"p{len(written)}"
        store.log_param(api.LogParam(run_id=run, key=key, value="x" * 50_000))
        written.append(key)
except HeadraceError as error:
    print(type(error).__name__, error)
assert sorted(store.get_run(api.GetRun(run_id=run)).run.data.params) == sorted(written)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.log_param(api.LogParam(run_id=run, key="after", value="x" * 50_000))
print(run, len(written))
"""


def test_full_disk(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", FILLER, str(tmp_path)], capture_output=True, text=True, check=True
    )

    refusal, last = answer.stdout.splitlines()
    assert refusal.startswith("TemporarilyUnavailable")
    assert "Nothing of this call was kept. Free some space" in refusal
    run_id, written = last.split()
    assert int(written) > 1
    store = open_tracking_store(str(tmp_path))
    assert len(store.get_run(api.GetRun(run_id=run_id)).run.data.params) == int(written) + 1
    store.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_store_that_vanished_refuses_writes(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "store.db"
    store = open_sql_store(f"sqlite:///{path}")
    create_runs(store, 1)
    path.rename(tmp_path / "elsewhere.db")
    if replaced:
        open_sql_store(f"sqlite:///{path}").close()

    with pytest.raises(InvalidState, match="deleted, moved or replaced"):
        create_runs(store, 1)
    with pytest.raises(InvalidState, match="deleted, moved or replaced"):
        run_ids(store)
    store.close()


def test_second_store_in_one_process_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/store.db"
    first = open_sql_store(uri)
    with first._database.write() as tx:
        tx.execute("INSERT INTO store_info (key, value) VALUES ('a', 'b')")
        second = open_sql_store(uri)
        second.close()
        command = (
            "import sqlite3, sys;"
            "sqlite3.connect(sys.argv[1], timeout=0.1).execute('BEGIN IMMEDIATE')"
        )
        other = subprocess.run(
            [sys.executable, "-c", command, str(tmp_path / "store.db")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "database is locked" in other.stderr
    create_runs(first, 1)
    first.close()


def test_params_of_a_rolled_back_batch_leave_no_keys_behind(sql_store: SqlTrackingStore) -> None:
    [one, other] = create_runs(sql_store, 2)
    store = sql_store

    def log(run_id: str, **params: str) -> None:
        given = [Param(key, value) for key, value in params.items()]
        store.log_batch(api.LogBatch(run_id=run_id, params=given))

    log(one, a="1")

    def fail(tx: Transaction) -> None:
        store._keys.ids(tx, 0, ["lost"], create=True)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store._database.transact(fail)
    log(other, found="x")
    log(one, lost="y")

    assert store.get_run(api.GetRun(run_id=one)).run.data.params == {"a": "1", "lost": "y"}
    assert store.get_run(api.GetRun(run_id=other)).run.data.params == {"found": "x"}
