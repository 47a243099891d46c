"""Journals on a SQL store: several senders at once, failures of the database, the disk."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from headrace.api import tracking as api
from headrace.api.journals import JournalEntry
from headrace.api.server import ServerInfo
from headrace.entities import LoggedModelInput
from headrace.errors import HeadraceError
from headrace.stores.base import Actor, acting_as
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.journals import (
    ensure,
    history,
    new_id,
    param,
    points,
    send,
    tag,
    values,
)
from headrace.testing.stores.make import get_run, make_run

SPAWN = multiprocessing.get_context("spawn")
BATCHES = 40


def count(store: SqlTrackingStore, table: str) -> int:
    with store._database.read() as tx:
        return int(tx.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def remove_for_good(store: SqlTrackingStore, run_id: str) -> None:
    """Delete a run as `headrace gc` would."""
    with store._database.write() as tx:
        tx.execute("DELETE FROM runs WHERE uuid = ?", (run_id,))
        tx.execute("INSERT INTO tombstones (run_uuid, deleted_at) VALUES (?, 1)", (run_id,))


# --- several senders -----------------------------------------------------------------------------


def ship(uri: str, journal: str, run_id: str, gate: multiprocessing.synchronize.Barrier) -> None:
    """Send a journal of `BATCHES` batches of a point and a data set, whoever else does."""
    store = open_sql_store(uri, "/artifacts")
    gate.wait()
    mark = 0
    while mark < 2 * BATCHES:
        number = mark // 2
        used = api.LogInputs(run_id=run_id, models=[LoggedModelInput(f"m-{number}")])
        mark = send(
            store,
            journal,
            mark + 1,
            points(run_id, "m", [float(number)], step=number),
            JournalEntry(log_inputs=used),
        ).applied
    store.close()


def test_processes_send_one_journal_at_once(sql_uri: str) -> None:
    store = open_sql_store(sql_uri, "/artifacts")
    run_id, journal, gate = make_run(store), new_id(), SPAWN.Barrier(3)
    processes = [
        SPAWN.Process(target=ship, args=(sql_uri, journal, run_id, gate)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0

    assert send(store, journal, 1).applied == 2 * BATCHES
    assert values(store, run_id, "m") == [float(number) for number in range(BATCHES)]
    assert len(get_run(store, run_id).inputs.model_inputs) == BATCHES
    # Equal points are read as one, so the log and the blocks are asked for their number too.
    with store._database.read() as tx:
        [stored] = tx.execute("SELECT SUM(count) FROM metric_summaries").fetchone()
    assert stored == BATCHES
    store.close()


def test_journals_that_cross_each_other(sql_store: SqlTrackingStore) -> None:
    runs = [make_run(sql_store), make_run(sql_store)]
    journals = [new_id(), new_id()]

    def work(journal: str, first: str, second: str) -> None:
        for number in range(20):
            rename = api.UpdateRun(run_id=second, run_name=f"{journal} {number}")
            send(
                sql_store,
                journal,
                1 + 4 * number,
                param(first, f"{journal}-{number}", "1"),
                points(first, "m", [float(number)], step=number),
                JournalEntry(update_run=rename),
                points(second, "m", [float(number)], step=number),
            )

    threads = [
        threading.Thread(target=work, args=(journals[0], *runs)),
        threading.Thread(target=work, args=(journals[1], *runs[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [send(sql_store, journal, 1).applied for journal in journals] == [80, 80]
    for run_id in runs:
        assert len(get_run(sql_store, run_id).data.params) == 20
        assert values(sql_store, run_id, "m") == [float(number) for number in range(20)]


def test_journals_and_other_writes_at_once(sql_store: SqlTrackingStore) -> None:
    run_id, journal = make_run(sql_store), new_id()
    outcomes: list[Exception | None] = []

    def work() -> None:
        for number in range(50):
            write = api.LogMetric(run_id=run_id, key="direct", value=1.0, timestamp=number)
            outcomes.extend(sql_store.apply([write]))

    thread = threading.Thread(target=work)
    thread.start()
    for number in range(50):
        send(sql_store, journal, number + 1, points(run_id, "m", [1.0], step=number))
    thread.join()

    assert outcomes == [None] * 50
    assert len(history(sql_store, run_id, "direct")) == len(history(sql_store, run_id, "m")) == 50


# --- what a transaction keeps together -----------------------------------------------------------


def test_a_failure_of_the_database_leaves_all_as_it_was(sql_store: SqlTrackingStore) -> None:
    run_id, journal, made = make_run(sql_store), new_id(), new_id()
    batch = (
        ensure(made, experiment_name="new", run_name="made"),
        points(run_id, "m", [1.0]),
        tag(run_id, "t", "x"),
        JournalEntry(update_run=api.UpdateRun(run_id=run_id, status="FINISHED")),
    )
    with sql_store._database.write() as tx:
        tx.execute("ALTER TABLE metric_log RENAME TO metric_log_away")

    with pytest.raises(HeadraceError):
        send(sql_store, journal, 1, *batch)

    with sql_store._database.write() as tx:
        tx.execute("ALTER TABLE metric_log_away RENAME TO metric_log")
    assert send(sql_store, journal, 1).applied == 0
    assert (count(sql_store, "runs"), count(sql_store, "experiments")) == (1, 1)
    answer = send(sql_store, journal, 1, *batch)
    assert (answer.applied, answer.refused) == (4, [])
    assert get_run(sql_store, run_id).data.metrics == {"m": 1.0}
    assert get_run(sql_store, run_id).info.status == "FINISHED"
    assert get_run(sql_store, made).data.tags == {"mlflow.runName": "made"}


def test_a_run_that_was_deleted_for_good_stays_so(sql_store: SqlTrackingStore) -> None:
    run_id, other, journal = make_run(sql_store), make_run(sql_store), new_id()
    remove_for_good(sql_store, run_id)

    answer = send(
        sql_store,
        journal,
        1,
        ensure(run_id, experiment_name="not made"),
        points(run_id, "m", [1.0]),
        JournalEntry(update_run=api.UpdateRun(run_id=run_id, status="FINISHED")),
        tag(other, "t", "x"),
    )

    assert (answer.applied, answer.held, answer.runs) == (4, None, [])
    assert [one.index for one in answer.refused] == [0, 1, 2]
    for one in answer.refused:
        assert one.error_code == "INVALID_PARAMETER_VALUE"
        assert "deleted for good" in one.message
    assert count(sql_store, "experiments") == 1
    assert get_run(sql_store, other).data.tags["t"] == "x"


def test_the_mark_has_the_times_of_the_store(sql_store: SqlTrackingStore) -> None:
    run_id, journal = make_run(sql_store, start_time=1), new_id()
    send(sql_store, journal, 2, tag(run_id, "t", "x"))
    assert count(sql_store, "journals") == 0

    send(sql_store, journal, 1, tag(run_id, "t", "x"))

    with sql_store._database.read() as tx:
        [row] = tx.execute("SELECT id, applied, created_at, updated_at FROM journals").fetchall()
    assert row[:2] == (journal, 1)
    assert 1_600_000_000_000 < row[2] <= row[3]


def test_a_run_belongs_to_who_sends_it(sql_store: SqlTrackingStore) -> None:
    with acting_as(Actor("ada", verified=True)):
        answer = send(
            sql_store, new_id(), 1, ensure(new_id()), ensure(new_id(), user_id="someone else")
        )

    assert [(info.user_id, info.user_verified) for info in answer.runs] == [
        ("ada", True),
        ("someone else", False),
    ]


# --- the disk ------------------------------------------------------------------------------------


def test_only_what_is_on_the_disk_counts_as_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, synced = f"sqlite:///{tmp_path}/store.db", []
    mine, other = open_sql_store(uri), open_sql_store(uri)
    run_id, journal = make_run(mine), new_id()
    monkeypatch.setattr(os, "fsync", synced.append)

    assert not send(mine, journal, 1, tag(run_id, "t", "x")).durable
    assert not send(other, journal, 1).durable
    assert synced == []
    # The one who is asked did not commit it, and syncs it all the same.
    assert send(other, journal, 1, durable=True).durable
    assert len(synced) == 1
    assert send(other, journal, 1, tag(run_id, "t", "x"), durable=True).durable
    assert len(synced) == 3  # once for its own commit, and once for those of others
    mine.close()
    other.close()


def test_with_fsync_always_everything_is_durable(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db", fsync="always")
    run_id, journal = make_run(store), new_id()

    assert send(store, journal, 1, tag(run_id, "t", "x")).durable
    assert send(store, journal, 1).durable
    store.close()


def test_postgresql_is_durable(postgres_store_uri: str) -> None:
    store = open_sql_store(postgres_store_uri, "/artifacts")
    run_id, journal = make_run(store), new_id()

    assert send(store, journal, 1, tag(run_id, "t", "x")).durable
    assert send(store, journal, 1).durable
    store.close()


# --- the rest ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2_000, 20_000])
def test_points_become_blocks_at_the_end_of_their_run(
    sql_store: SqlTrackingStore, number: int
) -> None:
    run_id, journal = make_run(sql_store), new_id()
    given = [float(value) for value in range(number)]
    send(sql_store, journal, 1, points(run_id, "m", given))

    end = api.UpdateRun(run_id=run_id, status="FINISHED", end_time=5)
    send(sql_store, journal, number + 1, JournalEntry(update_run=end))
    sql_store.tend()  # whoever sent it does not wait for that

    assert count(sql_store, "metric_log") == 0
    assert values(sql_store, run_id, "m") == given


def test_the_embedded_way_loads_neither_sqlalchemy_nor_numpy(tmp_path: Path) -> None:
    code = f"""
import sys
from headrace.stores.uri import open_tracking_store
from headrace.testing.stores.journals import ensure, param, points, send
store = open_tracking_store({str(tmp_path / "store")!r})
answer = send(store, "a" * 32, 1, ensure("r"), param("r", "p", "1"), points("r", "m", [1.0]))
assert answer.applied == 3
print(sorted({{"sqlalchemy", "alembic", "numpy"}} & set(sys.modules)))
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_servers_without_journals_do_not_say_so() -> None:
    info = {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
        "presigned_upload_run_id_supported": False,
        "presigned_upload_model_id_supported": False,
        "features_enabled": {},
        "headrace": {"version": "0.1.0", "client_run_ids": True},
    }

    assert msgspec.convert(info, ServerInfo).headrace.journals is False
