"""Whatever is logged, in whatever order, compacted whenever: reads equal a plain model of sets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace.api import tracking as api
from headrace.stores.sql import blocks, compaction, histories, maintenance, open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import make_run
from tests.databases import PostgresServer

KEYS = ("a", "b", "c")

# A point as it is ordered: key, step, time, value with NaN as 0, and whether it is NaN.
Point = tuple[str, int, int, float, bool]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stores(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[SqlTrackingStore]]:
    """Two stores on one database, as two processes have them; blocks so short that few points do.

    Every example uses a run of its own.
    """
    folder = tmp_path_factory.mktemp("layout")
    uri = f"sqlite:///{folder}/store.db"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        uri = server.make_store()
    opened = [open_sql_store(uri, str(folder)) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compaction, "MIN_SERIES_POINTS", 6)
        patch.setattr(compaction, "FULL_BLOCK_POINTS", 24)
        patch.setattr(compaction, "MAX_BLOCK_POINTS", 8)
        patch.setattr(compaction, "MAX_POINTS", 20)
        patch.setattr(maintenance, "TRANSACTION_POINTS", 30)
        yield opened
    for store in opened:
        store.close()


steps = st.one_of(st.integers(-3, 30), st.sampled_from([-(2**63), 2**63 - 1]))
times = st.one_of(st.integers(0, 4), st.sampled_from([2**63 - 1]))
values = st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0, 1.0, -1.0, 0.1, 5e-324])
points = st.tuples(st.sampled_from(KEYS), steps, times, values)
batches = st.lists(points, min_size=1, max_size=40)
increasing = st.builds(  # what training does: a curve, which may be logged once more
    lambda key, first, count: [(key, first + i, 10 + first + i, 0.5) for i in range(count)],
    st.sampled_from(KEYS),
    st.integers(0, 60),
    st.integers(1, 40),
)
logs = st.tuples(
    st.just("log"), st.integers(0, 1), st.lists(st.one_of(batches, increasing), max_size=3)
)
compactions = st.tuples(st.just("compact"), st.integers(0, 1), st.just([]))
histories_of_a_run = st.lists(st.one_of(logs, logs, compactions), max_size=12)


def request(run_id: str, batch: list[Any]) -> api.LogBatch | api.LogMetric:
    if len(batch) == 1:
        [(key, step, time, value)] = batch
        return api.LogMetric(run_id=run_id, key=key, value=value, timestamp=time, step=step)
    metrics = [
        api.MetricPoint(key=key, value=value, timestamp=time, step=step)
        for key, step, time, value in batch
    ]
    return api.LogBatch(run_id=run_id, metrics=metrics)


def canonical(key: str, step: int, time: int, value: float) -> Point:
    is_nan = math.isnan(value)
    return key, step, time, 0.0 if is_nan else value + 0.0, is_nan


def read(store: SqlTrackingStore, run_id: str, key: str, size: int | None) -> list[Point]:
    """Return a history, page by page."""
    found: list[Point] = []
    token = None
    while True:
        page = store.get_metric_history(
            api.GetMetricHistory(run_id=run_id, metric_key=key, max_results=size, page_token=token)
        )
        found += [canonical(key, m.step, m.timestamp, m.value) for m in page.metrics]
        token = page.next_page_token
        if token is None:
            return found


def by_time(point: Point) -> Any:
    return point[2], point[1], point[3], point[4]


def check_reads(store: SqlTrackingStore, run_id: str, model: set[Point]) -> None:
    for key in KEYS:
        own = sorted(point for point in model if point[0] == key)
        assert read(store, run_id, key, None) == sorted(own, key=by_time)
        assert read(store, run_id, key, 7) == sorted(own, key=by_time)
        inside = [point for point in own if 0 <= point[1] <= 20]
        answer = store.get_metric_history_bulk_interval(
            api.GetMetricHistoryBulkInterval(
                run_ids=[run_id], metric_key=key, start_step=0, end_step=20
            )
        )
        found = [canonical(key, m.step, m.timestamp, m.value) for m in answer.metrics]
        assert found == inside


def check_summaries(store: SqlTrackingStore, run_id: str, model: set[Point]) -> None:
    sql = (
        "SELECT keys.name, last_step, last_time, last_value, last_kind, first_step, first_time, "
        "first_value, first_kind, min_value, max_value, count FROM metric_summaries "
        "JOIN keys ON keys.id = key_id JOIN runs ON runs.id = run_id WHERE uuid = ?"
    )
    with store._database.read() as tx:
        rows = tx.execute(sql, (run_id,)).fetchall()
        left = tx.execute("SELECT COUNT(*) FROM metric_log").fetchone()[0]
    assert {row[0] for row in rows} == {point[0] for point in model}
    for key, *row in rows:
        own = [point[1:] for point in model if point[0] == key]
        numbers = [value for _, _, value, is_nan in own if not is_nan]
        assert tuple(row[:8]) == (*max(own), *min(own))
        assert row[8] == (min(numbers) if numbers else None)
        assert row[9] == (max(numbers) if numbers else None)
        assert row[10] >= len(own)
        assert left or row[10] == len(own)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories_of_a_run)
def test_reads_equal_the_model(stores: list[SqlTrackingStore], history: list[Any]) -> None:
    run_id = make_run(stores[0])
    model: set[Point] = set()
    for what, number, content in history:
        store = stores[number]
        if what == "compact":
            store.compact()
        else:
            assert not any(store.apply([request(run_id, batch) for batch in content]))
            model |= {canonical(*point) for batch in content for point in batch}
        check_reads(stores[1 - number], run_id, model)
    check_summaries(stores[0], run_id, model)
    stores[0].compact()
    check_reads(stores[1], run_id, model)
    check_summaries(stores[1], run_id, model)


def test_the_blocks_of_this_test_are_short(stores: list[SqlTrackingStore]) -> None:
    """The bounds that the fixture sets reach the code, or the test above proves little."""
    run_id = make_run(stores[0])
    stores[0].apply([request(run_id, [("a", i, i, 1.0) for i in range(100)])])
    stores[0].apply([request(run_id, [(key, i, i, 1.0) for i in range(5)]) for key in "bc"])
    stores[0].compact()
    with stores[0]._database.read() as tx:
        sizes = [
            row[0]
            for row in tx.execute(
                "SELECT count FROM metric_blocks JOIN runs ON runs.id = run_id WHERE uuid = ?",
                (run_id,),
            ).fetchall()
        ]
        window = histories.Window(first_time=50, limit=10)
        few = histories.read_histories(tx, stores[0]._statements, [run_id], "a", window)[run_id]
    assert sorted(sizes) == [2, 4, 8, 24, 24, 24, 24]
    assert isinstance(few, blocks.PointArrays)
    assert len(few) < 60
