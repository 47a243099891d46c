"""Reading points: pages, bulk answers, columns, and what is refused."""

from __future__ import annotations

import base64
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.stores.sql import compaction, open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import log, make_experiment, make_run, refused

Point = tuple[int, int, float]


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqlTrackingStore]:
    """A store for refusals, which no database has a say in."""
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    yield store
    store.close()


def log_points(store: SqlTrackingStore, run_id: str, points: list[Point], key: str = "m") -> None:
    for start in range(0, len(points), 1000):
        metrics = [
            api.MetricPoint(key=key, value=value, timestamp=time, step=step)
            for time, step, value in points[start : start + 1000]
        ]
        store.log_batch(api.LogBatch(run_id=run_id, metrics=metrics))


def read_pages(
    store: SqlTrackingStore, run_id: str, size: int, between: Any = lambda: None
) -> tuple[list[Point], list[int]]:
    """Return all points as (time, step, value), and the sizes of the pages."""
    found: list[Point] = []
    sizes: list[int] = []
    token = None
    while True:
        page = store.get_metric_history(
            api.GetMetricHistory(run_id=run_id, metric_key="m", max_results=size, page_token=token)
        )
        found += [(metric.timestamp, metric.step, metric.value) for metric in page.metrics]
        sizes.append(len(page.metrics))
        token = page.next_page_token
        if token is None:
            return found, sizes
        between()


# --- pages ---------------------------------------------------------------------------------------


def test_pages_over_blocks_and_log(
    sql_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "FULL_BLOCK_POINTS", 150)
    chance = random.Random(1)
    run_id = make_run(sql_store)
    points = [(chance.randint(0, 700), step, float(step % 5)) for step in range(900)]
    for start in range(0, 900, 150):
        log_points(sql_store, run_id, points[start : start + 150])
        if start < 700:
            sql_store.compact()
    log_points(sql_store, run_id, points[100:200])  # again, now in blocks and in the log

    for size in (1000, 450, 97):
        found, sizes = read_pages(sql_store, run_id, size)
        assert found == sorted(points)
        assert sizes[:-1] == [size] * (len(sizes) - 1)


def test_a_full_last_page_has_no_token(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    log_points(sql_store, run_id, [(step, step, 1.0) for step in range(20)])
    assert read_pages(sql_store, run_id, 20)[1] == [20]
    assert read_pages(sql_store, run_id, 10)[1] == [10, 10]


def test_pages_hold_together_while_points_come(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    points = [(step, step, math.nan if step % 3 else 0.0) for step in range(0, 100, 2)]
    points += [(time, step, 0.0) for time, step, _ in points]
    log_points(sql_store, run_id, points)
    news = iter(range(1, 1000))

    def log_before() -> None:
        log_points(sql_store, run_id, [(0, -next(news), 1.0)])
        sql_store.compact()

    found, _ = read_pages(sql_store, run_id, 7, log_before)

    order = sorted(points, key=lambda p: (p[0], p[1], math.isnan(p[2])))
    assert [repr(point) for point in found] == list(dict.fromkeys(map(repr, order)))


@pytest.mark.parametrize("token", ["?!", "not base64!", "YWJj", base64.b64encode(b"x" * 33)])
def test_a_token_that_is_none_is_refused(sqlite_store: SqlTrackingStore, token: Any) -> None:
    token = token.decode() if isinstance(token, bytes) else token
    for size in (None, 3):
        with refused("INVALID_PARAMETER_VALUE", "Invalid page token"):
            sqlite_store.get_metric_history(
                api.GetMetricHistory(
                    run_id=make_run(sqlite_store),
                    metric_key="m",
                    max_results=size,
                    page_token=token,
                )
            )


def test_a_token_of_another_metric_is_refused(sqlite_store: SqlTrackingStore) -> None:
    run_id = make_run(sqlite_store)
    log_points(sqlite_store, run_id, [(1, 1, 1.0), (2, 2, 2.0)])
    request = api.GetMetricHistory(run_id=run_id, metric_key="m", max_results=1)
    token = sqlite_store.get_metric_history(request).next_page_token
    for other in ({"metric_key": "n"}, {"run_id": "other"}):
        with refused("INVALID_PARAMETER_VALUE", "continues the history of another run or metric"):
            fields = {"run_id": run_id, "metric_key": "m", "page_token": token, **other}
            sqlite_store.get_metric_history(api.GetMetricHistory(**fields))


@pytest.mark.parametrize("size", [0, -1, -(10**30)])
def test_a_page_has_a_positive_size(sqlite_store: SqlTrackingStore, size: int) -> None:
    with refused(
        "INVALID_PARAMETER_VALUE",
        f"Invalid value {size} for parameter 'max_results' supplied. "
        "It must be a positive integer.",
    ):
        sqlite_store.get_metric_history(
            api.GetMetricHistory(run_id="r", metric_key="m", max_results=size)
        )


def test_a_page_may_be_larger_than_all(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    log(sql_store, run_id, "m", 1.0)
    assert read_pages(sql_store, run_id, 10**30) == ([(1, 0, 1.0)], [1])


# --- several runs --------------------------------------------------------------------------------


def bulk(store: SqlTrackingStore, runs: list[str], **fields: Any) -> list[tuple[str, int]]:
    answer = store.get_metric_history_bulk(
        api.GetMetricHistoryBulk(run_id=runs, metric_key="m", **fields)
    )
    return [(str(metric.run_id), metric.step) for metric in answer.metrics]


def test_bulk_goes_over_experiments(sql_store: SqlTrackingStore) -> None:
    places = ["0", make_experiment(sql_store, "a"), make_experiment(sql_store, "b")]
    runs = sorted(make_run(sql_store, place) for place in places for _ in range(2))
    for number, run_id in enumerate(runs):
        log_points(sql_store, run_id, [(0, 0, 0.0)], f"only{number}")  # key ids differ
        log_points(sql_store, run_id, [(time, 5 - time, 0.0) for time in range(3)])

    expected = [(run_id, step) for run_id in runs for step in (5, 4, 3)]
    assert bulk(sql_store, [*reversed(runs), runs[0], "unknown"]) == expected
    assert bulk(sql_store, runs, max_results=4) == expected[:4]
    assert bulk(sql_store, runs, max_results=0) == []
    sql_store.compact()
    assert bulk(sql_store, runs, max_results=10**9) == expected


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ([], "GetMetricHistoryBulk request must specify at least one run_id."),
        (
            ["r"] * 101,
            "GetMetricHistoryBulk request cannot specify more than 100 run_ids. "
            "Received 101 run_ids.",
        ),
        (["a\0b"], "NUL"),
    ],
)
def test_bulk_refuses(sqlite_store: SqlTrackingStore, runs: list[str], words: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", words):
        bulk(sqlite_store, runs)


def test_bulk_refuses_a_negative_size(sqlite_store: SqlTrackingStore) -> None:
    with refused("INVALID_PARAMETER_VALUE", "Invalid value -1 for parameter 'max_results'"):
        bulk(sqlite_store, ["r"], max_results=-1)


def sample(store: SqlTrackingStore, runs: list[str], **fields: Any) -> list[tuple[str, int]]:
    answer = store.get_metric_history_bulk_interval(
        api.GetMetricHistoryBulkInterval(run_ids=runs, metric_key="m", **fields)
    )
    return [(str(metric.run_id), metric.step) for metric in answer.metrics]


def test_a_sample_answers_runs_in_their_order(sql_store: SqlTrackingStore) -> None:
    runs = [make_run(sql_store) for _ in range(3)]
    for run_id in runs[:2]:
        log_points(sql_store, run_id, [(step, step, 0.0) for step in range(10)])

    order = [runs[1], "unknown", runs[0], runs[2], runs[1]]
    found = sample(sql_store, order, max_results=3)

    assert found == [(run, step) for run in (runs[1], runs[0], runs[1]) for step in (0, 4, 9)]
    assert sample(sql_store, runs[:1], start_step=4, end_step=4) == [(runs[0], 4)]
    assert sample(sql_store, runs[:1], start_step=-9, end_step=-1) == []


SEE_DOCS = "See the API docs for more information about request parameters."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"max_results": 0}, f"max_results must be between 1 and 2500. {SEE_DOCS}"),
        ({"max_results": 2501}, f"max_results must be between 1 and 2500. {SEE_DOCS}"),
        (
            {"start_step": 5},
            "If either start step or end step are specified, both must be specified.",
        ),
        ({"end_step": 5}, "both must be specified"),
        (
            {"start_step": 5, "end_step": 2},
            "end_step must be greater than start_step. Found start_step=5 and end_step=2.",
        ),
        ({"start_step": 0, "end_step": 2**63}, "it must be a 64-bit integer"),
    ],
    ids=str,
)
def test_a_sample_refuses(
    sqlite_store: SqlTrackingStore, fields: dict[str, int], words: str
) -> None:
    with refused("INVALID_PARAMETER_VALUE", words):
        sample(sqlite_store, ["r"], **fields)


def test_a_sample_refuses_too_many_runs(sqlite_store: SqlTrackingStore) -> None:
    with refused("INVALID_PARAMETER_VALUE", "at most 100 run_ids. Received 101 run_ids. See"):
        sample(sqlite_store, ["r"] * 101)


# --- columns -------------------------------------------------------------------------------------


def columns(store: SqlTrackingStore, run_id: str, **fields: Any) -> api.MetricSeries | None:
    answer = store.get_metric_series(
        api.GetMetricSeries(run_ids=[run_id, "unknown", run_id], metric_key="m", **fields)
    )
    return answer.series[0] if answer.series else None


def test_columns_between_steps(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    log_points(sql_store, run_id, [(100 - step, step, float(step)) for step in range(10)])

    everything = columns(sql_store, run_id)
    late = columns(sql_store, run_id, start_step=7)
    early = columns(sql_store, run_id, end_step=1)

    assert everything == api.MetricSeries(
        run_id,
        list(range(10)),
        list(range(100, 90, -1)),
        [float(step) for step in range(10)],
        total=10,
        metric_key="m",
        count=10,
    )
    assert late is not None
    assert (late.steps, late.total) == ([7, 8, 9], 3)
    assert early is not None
    assert early.steps == [0, 1]
    assert columns(sql_store, run_id, start_step=50) is None
    answer = sql_store.get_metric_series(
        api.GetMetricSeries(run_ids=[run_id, run_id], metric_key="m")
    )
    assert len(answer.series) == 1


def test_reduced_columns_tell_how_many_there_are(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    log_points(sql_store, run_id, [(step, step, math.sin(step)) for step in range(5000)])
    reduced = columns(sql_store, run_id, max_points=100)
    assert reduced is not None
    assert reduced.total == 5000
    assert len(reduced.steps) == len(reduced.timestamps) == len(reduced.values) <= 100


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"max_points": 0}, "Invalid value 0 for parameter 'max_points' supplied."),
        ({"start_step": 2, "end_step": 1}, "Found start_step=2 and end_step=1."),
        ({"start_step": -(2**63) - 1}, "it must be a 64-bit integer"),
    ],
    ids=str,
)
def test_columns_refuse(sqlite_store: SqlTrackingStore, fields: dict[str, int], words: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", words):
        columns(sqlite_store, "r", **fields)


def test_points_of_a_deleted_run_can_be_read(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    log(sql_store, run_id, "m", 2.0, step=3)
    sql_store.delete_run(api.DeleteRun(run_id=run_id))
    assert read_pages(sql_store, run_id, 5)[0] == [(1, 3, 2.0)]
