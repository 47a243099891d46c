"""Points: order, duplicates, odd numbers, pages, bulk answers and columns."""

from __future__ import annotations

import math
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.entities import Metric
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import get_run, log, make_run, refused

INT64_MAX = 2**63 - 1


def history(store: TrackingStore, run_id: str, key: str) -> list[tuple[int, int, float]]:
    """Return the points of a metric as (step, timestamp, value)."""
    answer = store.get_metric_history(api.GetMetricHistory(run_id=run_id, metric_key=key))
    assert answer.next_page_token is None
    return [(point.step, point.timestamp, point.value) for point in answer.metrics]


class MetricSuite:
    """What a metric store must do."""

    def test_history_is_in_the_order_of_time_step_value(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        points = [(5, 1, 1.0), (-3, 9, 2.0), (5, 1, 0.5), (0, 3, 3.0), (5, 0, 9.0)]
        for step, timestamp, value in points:
            log(store, run_id, "m", value, step=step, timestamp=timestamp)

        in_order = sorted(points, key=lambda point: (point[1], point[0], point[2]))
        assert history(store, run_id, "m") == in_order

    @pytest.mark.parametrize(
        "value", [math.nan, math.inf, -math.inf, 0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2]
    )
    def test_values_come_back_as_given(self, store: TrackingStore, value: float) -> None:
        run_id = make_run(store)

        log(store, run_id, "m", value)

        [(_, _, stored)] = history(store, run_id, "m")
        latest = get_run(store, run_id).data.metrics["m"]
        assert stored == value or (math.isnan(stored) and math.isnan(value))
        assert latest == value or (math.isnan(latest) and math.isnan(value))

    @pytest.mark.parametrize("step", [0, -1, INT64_MAX, -INT64_MAX - 1])
    def test_steps_of_64_bit(self, store: TrackingStore, step: int) -> None:
        run_id = make_run(store)

        log(store, run_id, "m", 1.0, step=step, timestamp=1_700_000_000_000)

        assert history(store, run_id, "m") == [(step, 1_700_000_000_000, 1.0)]

    @pytest.mark.parametrize("step", [2**63, -(2**63) - 1])
    def test_steps_beyond_64_bit_are_refused(self, store: TrackingStore, step: int) -> None:
        run_id = make_run(store)

        with refused("INVALID_PARAMETER_VALUE"):
            log(store, run_id, "m", 1.0, step=step)

        assert history(store, run_id, "m") == []

    def test_equal_points_are_one(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        for value in (1.0, math.nan, -0.0, 0.0, 1.0, math.nan):
            log(store, run_id, "m", value, step=2, timestamp=3)

        values = [value for _, _, value in history(store, run_id, "m")]

        assert len(values) == 3
        assert {str(abs(value)) for value in values} == {"nan", "0.0", "1.0"}

    def test_latest_is_the_greatest_step_time_value(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        cases = [
            ("step", [(2, 1, 5.0), (1, 9, 7.0)], 5.0),
            ("time", [(1, 8, 5.0), (1, 9, 4.0), (1, 7, 6.0)], 4.0),
            ("value", [(1, 1, 5.0), (1, 1, 7.0), (1, 1, 6.0)], 7.0),
            ("nan as zero below", [(1, 1, 1.0), (1, 1, math.nan)], 1.0),
            ("nan as zero above", [(1, 1, -1.0), (1, 1, math.nan)], math.nan),
            ("minus infinity", [(1, 1, -math.inf), (1, 1, -5.0)], -5.0),
        ]
        for key, points, _ in cases:
            for step, timestamp, value in points:
                log(store, run_id, key, value, step=step, timestamp=timestamp)

        latest = get_run(store, run_id).data.metrics

        for key, _, expected in cases:
            assert str(latest[key]) == str(expected), key

    def test_latest_carries_its_step_and_time(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        log(store, run_id, "m", 1.0, step=4, timestamp=77)

        assert get_run(store, run_id).data.metric_list == [Metric("m", 1.0, 77, 4)]

    def test_history_of_unknown_things(self, store: TrackingStore) -> None:
        assert history(store, make_run(store), "none") == []

    def test_history_in_pages(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        points = [
            api.MetricPoint(key="m", value=float(step), timestamp=step, step=step)
            for step in range(250)
        ]
        for start in range(0, 250, 50):
            store.log_batch(api.LogBatch(run_id=run_id, metrics=points[start : start + 50]))

        found: list[int] = []
        token = None
        while True:
            page = store.get_metric_history(
                api.GetMetricHistory(
                    run_id=run_id, metric_key="m", max_results=100, page_token=token
                )
            )
            found += [point.step for point in page.metrics]
            token = page.next_page_token
            if token is None:
                break

        assert found == list(range(250))

    @pytest.mark.parametrize("max_results", [0, -5])
    def test_bad_page_sizes_of_points_are_refused(
        self, store: TrackingStore, max_results: int
    ) -> None:
        run_id = make_run(store)
        with refused("INVALID_PARAMETER_VALUE"):
            store.get_metric_history(
                api.GetMetricHistory(run_id=run_id, metric_key="m", max_results=max_results)
            )

    def test_bad_page_token_is_refused(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        log(store, run_id, "m", 1.0)
        with refused("INVALID_PARAMETER_VALUE", "page token"):
            store.get_metric_history(
                api.GetMetricHistory(run_id=run_id, metric_key="m", max_results=1, page_token="?!")
            )

    def test_long_series_survives_every_layout(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        expected = []
        for start in range(0, 6000, 1000):
            points = [
                api.MetricPoint(
                    key=f"m{step % 2}", value=math.sin(step), timestamp=10 * step, step=step
                )
                for step in range(start, start + 1000)
            ]
            store.log_batch(api.LogBatch(run_id=run_id, metrics=points))
            expected += [(p.step, p.timestamp, p.value) for p in points if p.key == "m1"]
        store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED", end_time=5))
        log(store, run_id, "m1", 0.5, step=-1, timestamp=0)

        assert history(store, run_id, "m1") == [(-1, 0, 0.5), *expected]

    def test_bulk_answers_several_runs(self, store: TrackingStore) -> None:
        runs = sorted(make_run(store) for _ in range(3))
        for number, run_id in enumerate(runs[:2]):
            for step in range(4):
                log(store, run_id, "m", float(number), step=step, timestamp=step)

        answer = store.get_metric_history_bulk(
            api.GetMetricHistoryBulk(run_id=runs, metric_key="m")
        )

        assert [(point.run_id, point.step, point.value) for point in answer.metrics] == [
            (run_id, step, float(number))
            for number, run_id in enumerate(runs[:2])
            for step in range(4)
        ]

    def test_bulk_interval_samples_between_steps(self, store: TrackingStore) -> None:
        runs = [make_run(store), make_run(store)]
        for run_id in runs:
            points = [
                api.MetricPoint(key="m", value=float(step), timestamp=step, step=step)
                for step in range(500)
            ]
            store.log_batch(api.LogBatch(run_id=run_id, metrics=points))

        answer = store.get_metric_history_bulk_interval(
            api.GetMetricHistoryBulkInterval(
                run_ids=runs, metric_key="m", start_step=100, end_step=300, max_results=20
            )
        )

        steps = [point.step for point in answer.metrics if point.run_id == runs[0]]
        assert {point.run_id for point in answer.metrics} == set(runs)
        assert steps == sorted(set(steps))
        assert (min(steps), max(steps)) == (100, 300)
        assert 15 <= len(steps) <= 30

    def test_bulk_interval_refuses_half_an_interval(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        for start, end in ((1, None), (None, 1), (5, 4)):
            with refused("INVALID_PARAMETER_VALUE", "step"):
                store.get_metric_history_bulk_interval(
                    api.GetMetricHistoryBulkInterval(
                        run_ids=[run_id], metric_key="m", start_step=start, end_step=end
                    )
                )

    def test_series_are_columns(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        for step, value in enumerate([1.0, math.nan, math.inf]):
            log(store, run_id, "m", value, step=step, timestamp=10 + step)

        answer = store.get_metric_series(
            api.GetMetricSeries(run_ids=[run_id, make_run(store)], metric_key="m")
        )

        [series] = answer.series
        assert (series.run_id, series.steps, series.timestamps) == (
            run_id,
            [0, 1, 2],
            [10, 11, 12],
        )
        assert [str(value) for value in series.values] == ["1.0", "nan", "inf"]
        assert series.total == 3

    def test_series_of_several_metrics_come_together(self, store: TrackingStore) -> None:
        runs = [make_run(store), make_run(store)]
        for run_id, key, values in (
            (runs[0], "a", [1.0, 1e308, 1e308]),
            (runs[1], "a", [3.0]),
            (runs[1], "b", [4.0, 5.0]),
        ):
            for step, value in enumerate(values):
                log(store, run_id, key, value, step=step)
        request = api.GetMetricSeries(
            run_ids=[*runs, runs[0]], metric_key="b", metric_keys=["a", "none", "b"]
        )

        found = [
            (series.metric_key, series.run_id, series.values, series.count)
            for series in store.get_metric_series(request).series
        ]
        assert found == [
            ("b", runs[1], [4.0, 5.0], 2),
            ("a", runs[0], [1.0, 1e308, 1e308], 3),
            ("a", runs[1], [3.0], 1),
        ]
        request.timestamps = False
        assert [series.timestamps for series in store.get_metric_series(request).series] == [[]] * 3

    def test_series_that_have_not_grown_stay_away(self, store: TrackingStore) -> None:
        runs = [make_run(store), make_run(store)]
        for run_id in runs:
            for key in ("a", "b"):
                log(store, run_id, key, 0.5, step=1)
        request = api.GetMetricSeries(run_ids=runs, metric_keys=["a", "b"], start_step=1)

        def look() -> list[tuple[str, str, list[int], int]]:
            answer = store.get_metric_series(request)
            for series in answer.series:
                row = request.metric_keys.index(series.metric_key)
                request.known[row][runs.index(series.run_id)] = series.count
            return [(s.metric_key, s.run_id, s.steps, s.count) for s in answer.series]

        request.known = [[0, 0], [0, 0]]
        assert len(look()) == 4
        assert look() == []
        log(store, runs[1], "a", 0.25, step=3)
        log(store, runs[0], "b", 0.25, step=0)
        assert look() == [("a", runs[1], [1, 3], 2), ("b", runs[0], [1], 2)]
        assert look() == []

    def test_bad_requests_for_series_are_refused(self, store: TrackingStore) -> None:
        for fields in (
            {},
            {"metric_key": "a", "max_points": 0},
            {"metric_key": "a", "start_step": 2, "end_step": 1},
            {"metric_keys": [f"m{index}" for index in range(201)]},
            {"metric_keys": ["a"], "known": [[1]]},
            {"metric_keys": ["a"], "known": [[1] * 100, [1] * 100]},
        ):
            request: dict[str, Any] = {"run_ids": [f"{index:032x}" for index in range(100)]}
            with refused("INVALID_PARAMETER_VALUE"):
                store.get_metric_series(api.GetMetricSeries(**(fields | request)))

    def test_reduced_series_keep_the_spike(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        points = [
            api.MetricPoint(
                key="m", value=100.0 if step == 617 else 0.01 * step, timestamp=step, step=step
            )
            for step in range(1000)
        ]
        store.log_batch(api.LogBatch(run_id=run_id, metrics=points))

        [series] = store.get_metric_series(
            api.GetMetricSeries(run_ids=[run_id], metric_key="m", max_points=50)
        ).series

        assert len(series.steps) <= 50
        assert (max(series.values), series.total) == (100.0, 1000)
        assert (series.steps[0], series.steps[-1]) == (0, 999)

    def test_points_that_name_a_model(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        model_id = store.create_logged_model(
            api.CreateLoggedModel(experiment_id="0", source_run_id=run_id)
        ).model.model_id
        for step, value in ((1, 0.5), (2, 0.7)):
            log(store, run_id, "acc", value, step=step, model_id=model_id,
                dataset_name="test", dataset_digest="d1")  # fmt: skip
        log(store, run_id, "acc", 0.1, step=9)

        model = store.get_logged_model(api.GetLoggedModel(model_id=model_id)).model

        assert [(metric.key, metric.value, metric.step) for metric in model.metrics] == [
            ("acc", 0.5, 1),
            ("acc", 0.7, 2),
        ]
        for metric in model.metrics:
            assert (metric.dataset_name, metric.dataset_digest) == ("test", "d1")
            assert (metric.model_id, metric.run_id) == (model_id, run_id)
        assert get_run(store, run_id).data.metrics == {"acc": 0.1}
