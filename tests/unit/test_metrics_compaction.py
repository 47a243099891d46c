"""From the log to blocks: what is stored afterwards, and when it happens by itself."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.errors import TemporarilyUnavailable
from headrace.stores.sql import backlog, compaction, maintenance, open_sql_store
from headrace.stores.sql.engine import Busy
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import get_run, log, make_run, refused

Points = list[tuple[int, int, float]]


@pytest.fixture(autouse=True)
def look_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine one look through the log may put off the next by a second."""
    monkeypatch.setattr(maintenance, "LOOKING_SHARE", math.inf)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Any:
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    yield store
    store.close()


def log_points(store: SqlTrackingStore, run_id: str, key: str, points: Points) -> None:
    """Log points (step, time, value) in batches of 1000."""
    for start in range(0, len(points), 1000):
        metrics = [
            api.MetricPoint(key=key, value=value, timestamp=time, step=step)
            for step, time, value in points[start : start + 1000]
        ]
        store.log_batch(api.LogBatch(run_id=run_id, metrics=metrics))


def curve(first: int, count: int) -> Points:
    return [(step, 10 * step, math.sin(step)) for step in range(first, first + count)]


def history(store: SqlTrackingStore, run_id: str, key: str) -> Points:
    answer = store.get_metric_history(api.GetMetricHistory(run_id=run_id, metric_key=key))
    return [(metric.step, metric.timestamp, metric.value) for metric in answer.metrics]


def select(store: SqlTrackingStore, sql: str) -> list[Any]:
    with store._database.read() as tx:
        return [row[0] if len(row) == 1 else tuple(row) for row in tx.execute(sql).fetchall()]


def log_rows(store: SqlTrackingStore) -> int:
    return int(select(store, "SELECT COUNT(*) FROM metric_log")[0])


def blocks(store: SqlTrackingStore) -> list[tuple[str, int]]:
    """Return (key, number of points) of each block, oldest first; packed ones under ''."""
    sql = (
        "SELECT COALESCE(name, ''), count FROM metric_blocks "
        "LEFT JOIN keys ON keys.id = key_id ORDER BY metric_blocks.id"
    )
    return select(store, sql)


def counts(store: SqlTrackingStore) -> dict[str, int]:
    sql = "SELECT name, count FROM metric_summaries JOIN keys ON keys.id = key_id"
    return dict(select(store, sql))


# --- what is stored ------------------------------------------------------------------------------


def test_long_series_get_blocks_and_short_ones_share_one(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    series = {"long": curve(0, 128), "short": curve(0, 127), "tiny": curve(5, 1)}
    for key, points in series.items():
        log_points(sql_store, run_id, key, points)

    assert sql_store.compact() == 256

    assert log_rows(sql_store) == 0
    assert sorted(blocks(sql_store)) == [("", 128), ("long", 128)]
    assert {key: history(sql_store, run_id, key) for key in series} == series
    assert sql_store.compact() == 0


def test_a_short_series_that_grows_leaves_the_packed_block(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    for first in range(0, 300, 60):
        log_points(sql_store, run_id, "a", curve(first, 60))
        log_points(sql_store, run_id, "b", curve(first, 2))
        sql_store.compact()

    assert sum(count for _, count in blocks(sql_store)) == 310
    assert dict(blocks(sql_store))["a"] >= 128
    assert history(sql_store, run_id, "a") == curve(0, 300)
    assert history(sql_store, run_id, "b") == sorted(
        point for first in range(0, 300, 60) for point in curve(first, 2)
    )


def test_blocks_grow_but_not_without_end(
    sql_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "FULL_BLOCK_POINTS", 1000)
    run_id = make_run(sql_store)
    for first in range(0, 6000, 200):
        log_points(sql_store, run_id, "m", curve(first, 200))
        sql_store.compact()

    sizes = [count for _, count in blocks(sql_store)]
    assert len(sizes) <= 10
    assert (max(sizes), sum(sizes)) == (1000, 6000)
    assert history(sql_store, run_id, "m") == curve(0, 6000)


def test_a_block_never_holds_more_than_its_bound(
    sql_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "FULL_BLOCK_POINTS", 300)
    monkeypatch.setattr(compaction, "MAX_BLOCK_POINTS", 100)
    run_id = make_run(sql_store)
    log_points(sql_store, run_id, "m", curve(0, 1000))
    for key in ("x", "y", "z"):
        log_points(sql_store, run_id, key, curve(0, 90))

    sql_store.compact()

    sizes = [count for _, count in blocks(sql_store)]
    assert sorted(sizes) == [70, 100, 100, 100, 300, 300, 300]
    assert history(sql_store, run_id, "m") == curve(0, 1000)
    assert [history(sql_store, run_id, key) for key in "xyz"] == [curve(0, 90)] * 3


def test_equal_points_are_kept_and_counted_once(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    odd: Points = [(3, 30, math.nan), (3, 30, math.inf), (3, 30, -0.0), (3, 30, 0.0)]
    for _ in range(3):
        log_points(sql_store, run_id, "long", [*curve(0, 500), *odd])
        log_points(sql_store, run_id, "short", odd)
        log_points(sql_store, run_id, "short", odd)
        sql_store.compact()
        assert counts(sql_store) == {"long": 503, "short": 3}
    log_points(sql_store, run_id, "long", curve(490, 20))

    assert counts(sql_store)["long"] == 523  # at most, until the next compaction
    assert len(history(sql_store, run_id, "long")) == 513
    sql_store.compact()
    assert counts(sql_store)["long"] == 513


def test_points_out_of_order_and_far_apart(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    chance = random.Random(3)
    extremes: Points = [
        (-(2**63), 0, 1.0),
        (2**63 - 1, 2**63 - 1, 2.0),
        (0, 2**63 - 1, 3.0),
    ]
    points = [*curve(-200, 1000), *extremes]
    points = [(step, abs(time), value) for step, time, value in points]
    chance.shuffle(points)
    for start in range(0, len(points), 150):
        log_points(sql_store, run_id, "m", points[start : start + 150])
        sql_store.compact()

    assert history(sql_store, run_id, "m") == sorted(points, key=lambda p: (p[1], p[0], p[2]))


def test_a_compaction_takes_a_bounded_number_of_points(
    sql_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MAX_POINTS", 1500)
    monkeypatch.setattr(maintenance, "TRANSACTION_POINTS", 2000)
    runs = [make_run(sql_store) for _ in range(4)]
    for run_id in runs:
        log_points(sql_store, run_id, "m", curve(0, 3500))
    before = sql_store._database.commits

    assert sql_store.compact() == 4 * 3500

    # Two rows of 1000 fill a transaction, or the rest of one run and two rows of the next.
    assert sql_store._database.commits - before == 5
    assert log_rows(sql_store) == 0
    for run_id in runs:
        assert history(sql_store, run_id, "m") == curve(0, 3500)


def test_a_compaction_takes_a_bounded_number_of_rows(
    sqlite_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MAX_ROWS", 40)
    run_id = make_run(sqlite_store)
    for step in range(100):
        log(sqlite_store, run_id, "m", 1.0, step=step)
    before = sqlite_store._database.commits

    assert sqlite_store.compact() == 100

    assert sqlite_store._database.commits - before == 3
    assert len(history(sqlite_store, run_id, "m")) == 100


def test_a_compaction_that_fails_leaves_everything(
    sql_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = make_run(sql_store)
    log_points(sql_store, run_id, "m", curve(0, 500))
    sql_store.compact()
    log_points(sql_store, run_id, "m", curve(400, 300))
    before = blocks(sql_store), log_rows(sql_store), counts(sql_store)

    def fail(*_: Any) -> None:
        raise TemporarilyUnavailable("the disk is full")

    monkeypatch.setattr(sql_store._statements, "delete_rows", fail)
    with refused("TEMPORARILY_UNAVAILABLE"):
        sql_store.compact()
    monkeypatch.undo()

    assert (blocks(sql_store), log_rows(sql_store), counts(sql_store)) == before
    assert history(sql_store, run_id, "m") == curve(0, 700)


def test_a_run_is_compacted_by_one_process_at_a_time(
    postgres_store_uri: str, tmp_path: Path
) -> None:
    stores = [open_sql_store(postgres_store_uri, str(tmp_path)) for _ in range(2)]
    run_id = make_run(stores[0])
    log_points(stores[0], run_id, "m", curve(0, 10))

    with stores[0]._database.write() as tx:
        [number] = tx.execute("SELECT id FROM runs WHERE uuid = ?", (run_id,)).fetchone()
        assert stores[0]._statements.lock_compaction(tx, number)
        assert stores[1].compact() == 0
        assert stores[1].compact() == 0
    assert stores[1].compact() == 10

    for store in stores:
        store.close()


# --- when it happens -----------------------------------------------------------------------------


def test_a_full_run_is_compacted_without_being_asked(sqlite_store: SqlTrackingStore) -> None:
    run_id = make_run(sqlite_store)
    log_points(sqlite_store, run_id, "m", curve(0, backlog.FULL_RUN_POINTS + 3000))
    assert log_rows(sqlite_store) <= 3
    assert len(history(sqlite_store, run_id, "m")) == backlog.FULL_RUN_POINTS + 3000


def test_a_failed_compaction_fails_no_write(
    sqlite_store: SqlTrackingStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any) -> None:
        raise TemporarilyUnavailable("the disk is full")

    monkeypatch.setattr(compaction, "compact_run", fail)
    run_id = make_run(sqlite_store)
    points = curve(0, backlog.FULL_RUN_POINTS + 1000)
    log_points(sqlite_store, run_id, "m", points)

    assert history(sqlite_store, run_id, "m") == points
    assert "could not be compacted now, and will be later: the disk is full" in caplog.text


def test_a_run_is_compacted_where_it_ends(sqlite_store: SqlTrackingStore) -> None:
    run_id = make_run(sqlite_store)
    log_points(sqlite_store, run_id, "m", curve(0, maintenance.EMBEDDED_POINTS))
    assert log_rows(sqlite_store) > 0

    sqlite_store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED"))

    assert log_rows(sqlite_store) == 0
    assert history(sqlite_store, run_id, "m") == curve(0, maintenance.EMBEDDED_POINTS)


def test_what_small_runs_leave_is_compacted_when_it_is_much(
    sqlite_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "EMBEDDED_ROWS", 40)
    monkeypatch.setattr(maintenance, "EMBEDDED_POINTS_WITH_NUMPY", 10_000)
    rows = []
    for _ in range(12):
        run_id = make_run(sqlite_store)
        for step in range(5):
            log(sqlite_store, run_id, "m", 1.0, step=step)
        sqlite_store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED"))
        rows.append(log_rows(sqlite_store))
    assert rows[6] == 35
    assert max(rows) < 40
    assert min(rows[7:]) == 0


def test_a_client_that_logs_few_points_never_loads_numpy(tmp_path: Path) -> None:
    script = f"""
import sys
from headrace.api import tracking as api
from headrace.stores.sql import open_sql_store
store = open_sql_store({f"sqlite:///{tmp_path}/store.db"!r})
run_id = store.create_run(api.CreateRun(experiment_id="0")).run.info.run_id
for step in range(900):
    store.log_metric(api.LogMetric(run_id=run_id, key="m", value=1.0, timestamp=1, step=step))
store.log_param(api.LogParam(run_id=run_id, key="p", value="1"))
store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED"))
assert store.get_run(api.GetRun(run_id=run_id)).run.data.metrics == {{"m": 1.0}}
store.close()
loaded = {{"numpy", "pcodec", "tsdownsample", "sqlalchemy", "psycopg"}} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# --- under a server's care -----------------------------------------------------------------------


def test_maintenance_compacts_what_pays(sql_store: SqlTrackingStore) -> None:
    ended, going_on, tiny = (make_run(sql_store) for _ in range(3))
    log_points(sql_store, ended, "m", curve(0, 50))
    log_points(sql_store, going_on, "m", curve(0, 50))
    log_points(sql_store, tiny, "m", curve(0, 2))
    for run_id in (ended, tiny):
        sql_store.update_run(api.UpdateRun(run_id=run_id, status="FAILED"))

    sql_store.maintain()

    assert blocks(sql_store) == [("", 50)]
    assert log_rows(sql_store) == 2
    for run_id, count in ((ended, 50), (going_on, 50), (tiny, 2)):
        assert history(sql_store, run_id, "m") == curve(0, count)


def test_under_care_a_write_compacts_only_what_is_over_the_bound(
    sqlite_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MAX_RUN_POINTS", 20_000)
    run_id = make_run(sqlite_store)
    sqlite_store.maintain()
    log_points(sqlite_store, run_id, "m", curve(0, 19_000))
    assert log_rows(sqlite_store) == 19

    batch = [
        api.MetricPoint(key="m", value=1.0, timestamp=1, step=step) for step in range(-1000, 0)
    ]
    sqlite_store._backlog.add({1: 1000})  # as if another thread had just logged
    with pytest.raises(Busy):
        sqlite_store.apply([api.LogBatch(run_id=run_id, metrics=batch)], wait=False)
    assert sqlite_store.apply([api.LogBatch(run_id=run_id, metrics=batch)]) == [None]

    assert log_rows(sqlite_store) == 0
    assert len(history(sqlite_store, run_id, "m")) == 20_000


def test_maintenance_gives_space_back(sqlite_store: SqlTrackingStore, tmp_path: Path) -> None:
    def size() -> int:
        return sum(
            os.path.getsize(path) for path in tmp_path.glob("store.db*") if "shm" not in str(path)
        )

    sqlite_store.maintain()
    empty = size()
    for number in range(20):
        run_id = make_run(sqlite_store)
        log_points(sqlite_store, run_id, "m", curve(number, 5000))
        sqlite_store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED"))
    full = size()

    for _ in range(3):
        sqlite_store.maintain()

    assert full - empty > 100_000 * 32
    assert size() - empty < 100_000 * 10
    assert os.path.getsize(tmp_path / "store.db-wal") == 0
    assert get_run(sqlite_store, run_id).data.metrics == {"m": math.sin(number + 4999)}


def test_maintenance_leaves_readers_alone(sqlite_store: SqlTrackingStore) -> None:
    sqlite_store.maintain()
    run_id = make_run(sqlite_store)
    log_points(sqlite_store, run_id, "m", curve(0, 2000))
    sqlite_store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED"))
    with sqlite_store._database.read() as tx:
        before = tx.execute("SELECT COUNT(*) FROM metric_log").fetchone()
        for _ in range(4):
            sqlite_store.maintain()
        assert tx.execute("SELECT COUNT(*) FROM metric_log").fetchone() == before == (2,)
    assert log_rows(sqlite_store) == 0


def test_maintenance_without_work_writes_nothing(sql_store: SqlTrackingStore) -> None:
    for _ in range(3):
        sql_store.maintain()
    commits = sql_store._database.commits
    for _ in range(3):
        sql_store.maintain()
    assert sql_store._database.commits == commits
