"""Samples of long series: MLflow's own, point for point, and the reduction of our charts."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.api import tracking as api
from headrace.entities import Metric
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.blocks import PointArrays
from headrace.stores.sql.sampling import reduce_for_chart, sample_evenly
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import get_run, make_run
from tests.compat.environments import need_environment
from tests.unit import mlflow_metric_samples as mlflow

RECORDED: dict[str, Any] = json.loads(mlflow.GOLDEN.read_text("utf-8"))


def series(values: Sequence[float]) -> PointArrays:
    steps = np.arange(len(values), dtype=np.int64)
    return PointArrays(np.ones_like(steps), steps, 10 * steps, np.array(values, dtype=np.float64))


def show(metrics: Sequence[Metric]) -> list[list[Any]]:
    return [[metric.step, metric.timestamp, repr(metric.value)] for metric in metrics]


def check(store: SqlTrackingStore, seed: int, recorded: dict[str, Any]) -> None:
    """Log the points of a case and ask what MLflow was asked, before and after compaction."""
    run_id = make_run(store)
    points = [
        api.MetricPoint(key="m", value=value, timestamp=time, step=step)
        for step, time, value in mlflow.make_points(seed)
    ]
    store.log_batch(api.LogBatch(run_id=run_id, metrics=points[::2]))
    store.log_batch(api.LogBatch(run_id=run_id, metrics=points[1::2]))
    for _ in range(2):
        history = store.get_metric_history(api.GetMetricHistory(run_id=run_id, metric_key="m"))
        assert show(history.metrics) == recorded["history"]
        answers = [
            store.get_metric_history_bulk_interval(
                api.GetMetricHistoryBulkInterval(
                    run_ids=[run_id],
                    metric_key="m",
                    max_results=size,
                    start_step=start,
                    end_step=end,
                )
            )
            for size, start, end in mlflow.make_queries(seed)
        ]
        assert [show(answer.metrics) for answer in answers] == recorded["samples"]
        assert repr(get_run(store, run_id).data.metrics["m"]) == recorded["latest"]
        store.compact()


@pytest.mark.parametrize("seed", RECORDED)
def test_what_mlflow_answered(tmp_path: Path, seed: str) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    check(store, int(seed), RECORDED[seed])
    store.close()


@pytest.mark.slow
def test_what_mlflow_answers_now(tmp_path: Path) -> None:
    python = need_environment("3.17") / "bin" / "python"
    seeds = [str(seed) for seed in range(1000, 1030)]
    answer = subprocess.run(
        [python, mlflow.__file__, *seeds], capture_output=True, check=True, timeout=300
    )
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    for seed, recorded in json.loads(answer.stdout).items():
        check(store, int(seed), recorded)
    store.close()


@given(total=st.integers(0, 400), count=st.integers(1, 60))
def test_even_sample_is_that_of_ntile(total: int, count: int) -> None:
    sample = sample_evenly(series([0.0] * total), count).steps.tolist()

    sizes = [total // count + (bucket < total % count) for bucket in range(min(count, total))]
    first = [sum(sizes[:bucket]) for bucket in range(len(sizes))]
    assert sample == ([*first[:-1], total - 1] if total else [])


@given(
    st.lists(st.sampled_from([0.0, 1.0, -2.5, math.nan, math.inf, -math.inf]), max_size=300),
    st.integers(1, 50),
)
def test_reduced_series_are_points_of_the_series(values: list[float], count: int) -> None:
    points = series(values)

    reduced = reduce_for_chart(points, count)

    steps = reduced.steps.tolist()
    assert len(steps) <= count or len(steps) == len(values) <= count
    assert steps == sorted(set(steps))
    assert [repr(value) for value in reduced.values.tolist()] == [
        repr(float(values[step])) for step in steps
    ]
    if values:
        assert steps[-1] == len(values) - 1
        assert count == 1 or steps[0] == 0


@pytest.mark.parametrize("spike", [1e9, -1e9, math.inf, -math.inf])
def test_reduced_series_keep_their_spikes(spike: float) -> None:
    values = [math.sin(i / 50) for i in range(20_000)]
    values[12_345] = spike
    values[777] = math.nan

    reduced = reduce_for_chart(series(values), 200)

    assert spike in reduced.values.tolist()
    assert len(reduced) > 150
