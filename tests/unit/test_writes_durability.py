"""When commits reach the disk, and what else `sync` and `shrink` do to a SQLite file."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import log, make_run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlTrackingStore]:
    opened = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def params_in(file: Path) -> int:
    """Return the number of params in a copy of the database file alone, without its log."""
    copy = file.with_name("copy.db")
    shutil.copy(file, copy)
    with closing(sqlite3.connect(copy)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM params").fetchone()[0])


def test_sync_brings_the_log_into_the_file(store: SqlTrackingStore, tmp_path: Path) -> None:
    run_id = make_run(store)
    store.sync()
    store.log_param(api.LogParam(run_id=run_id, key="a", value="1"))
    assert params_in(tmp_path / "store.db") == 0

    store.sync()

    assert params_in(tmp_path / "store.db") == 1


def test_sync_syncs_once(store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    run_id = make_run(store)
    monkeypatch.setattr(os, "fsync", synced.append)
    log(store, run_id, "m", 1.0)

    store.sync()
    assert len(synced) == 1
    store.sync()
    assert len(synced) == 1


def test_sync_reaches_the_disk_while_somebody_reads(
    store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    run_id = make_run(store)
    store.sync()
    with store._database.read() as tx:
        assert tx.execute("SELECT COUNT(*) FROM params").fetchone() == (0,)
        store.log_param(api.LogParam(run_id=run_id, key="a", value="1"))
        monkeypatch.setattr(os, "fsync", synced.append)
        store.sync()
        assert len(synced) == 1
        assert tx.execute("SELECT COUNT(*) FROM params").fetchone() == (0,)


def test_shrink_leaves_a_log_that_is_in_use(store: SqlTrackingStore, tmp_path: Path) -> None:
    run_id = make_run(store)
    with store._database.read() as tx:
        tx.execute("SELECT COUNT(*) FROM params").fetchone()
        store.log_param(api.LogParam(run_id=run_id, key="a", value="1"))
        store._database.shrink()
        assert os.path.getsize(tmp_path / "store.db-wal") > 0
    store._database.shrink()
    assert os.path.getsize(tmp_path / "store.db-wal") == 0
    assert params_in(tmp_path / "store.db") == 1


def test_shrink_of_a_file_without_incremental_vacuum_ends(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    run_id = make_run(store)
    store.close()
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA auto_vacuum=NONE")
        connection.execute("VACUUM")
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    store.set_tag(api.SetTag(run_id=run_id, key="large", value="x" * 1_000_000))
    store.set_tag(api.SetTag(run_id=run_id, key="large", value=""))

    store._database.shrink()

    assert os.path.getsize(tmp_path / "store.db") > 1_000_000
    store.close()
