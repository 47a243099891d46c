"""The keys of many runs, where only some of the runs are looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from headrace.api import tracking as api
from headrace.api.run_table import GetRunKeys, MetricKey, RunKeys, TextKey
from headrace.entities import Param
from headrace.stores.sql import key_census
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import log, make_experiment, make_run
from tests.unit.search_stores import shared_store

__all__ = ["shared_store"]

RUNS = 40
# Of 40 runs the first, the sixth and so on are looked at: that many, in the order of their start.
LOOKED_AT = 8


@pytest.fixture(scope="module")
def store(shared_store: SqlTrackingStore) -> Iterator[SqlTrackingStore]:
    """A store of which only `LOOKED_AT` runs are looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_census, "MAX_ROWS", 1)
        patch.setattr(key_census, "PROBED_RUNS", LOOKED_AT)
        patch.setattr(key_census, "MAX_EXTREMES", 3)
        yield shared_store


@pytest.fixture(scope="module")
def experiment(store: SqlTrackingStore) -> str:
    experiment = make_experiment(store, "many")
    runs = [make_run(store, experiment, start_time=1000 - index) for index in range(RUNS)]
    for index, run_id in enumerate(runs):
        points = [api.MetricPoint(key="loss", value=float(index), timestamp=1)]
        if index % 5 == 0:
            points.append(api.MetricPoint(key="seen", value=math.nan, timestamp=1))
        params = [Param("lr", f"1e-{index}"), Param("model", "vit"), Param("same", "x")]
        if index == 7:
            params[1] = Param("model", "resnet")
        store.log_batch(api.LogBatch(run_id=run_id, metrics=points, params=params))
    for step in range(3):
        log(store, runs[11], "rare", step, step=step)
    store.log_param(api.LogParam(run_id=runs[12], key="once", value="only"))
    store.set_tag(api.SetTag(run_id=runs[13], key="team", value="red"))
    for index, value in enumerate((1e9, -1e9)):
        gone = make_run(store, experiment, start_time=index)
        log(store, gone, "loss", value)
        store.delete_run(api.DeleteRun(run_id=gone))
    return experiment


def look(store: SqlTrackingStore, experiment: str, filter_text: str | None = None) -> RunKeys:
    return store.get_run_keys(GetRunKeys(experiment_ids=[experiment], filter=filter_text))


def test_what_a_sample_misses_is_looked_up(store: SqlTrackingStore, experiment: str) -> None:
    keys = look(store, experiment)

    assert (keys.runs, keys.looked_at) == (RUNS, LOOKED_AT)
    assert keys.metrics == [
        MetricKey("loss", RUNS, False, 0.0, RUNS - 1.0),
        MetricKey("seen", RUNS, False, None, None),
        MetricKey("rare", 1, True, 2.0, 2.0),
    ]
    assert [key.key for key in keys.params] == ["lr", "model", "same", "once"]
    lr, model, same, once = keys.params
    assert (lr.runs, lr.distinct, lr.value) == (RUNS, LOOKED_AT, None)
    assert (model.runs, model.distinct, model.value) == (RUNS, 2, None)
    assert same == TextKey("same", RUNS, 1, "x")
    assert once == TextKey("once", 1, 1, "only")
    assert keys.tags == [TextKey("team", 1, 1, "red")]


def test_a_filter_leaves_extremes_to_the_sample(store: SqlTrackingStore, experiment: str) -> None:
    keys = look(store, experiment, "metrics.loss < 20")

    assert (keys.runs, keys.looked_at) == (20, LOOKED_AT)
    loss = next(key for key in keys.metrics if key.key == "loss")
    assert (loss.runs, loss.min) == (20, 0.0)
    assert loss.max is not None
    assert loss.max < 20
    assert "rare" in [key.key for key in keys.metrics]


def test_extremes_of_many_deleted_runs_are_left_to_the_sample(
    store: SqlTrackingStore, experiment: str
) -> None:
    other = make_experiment(store, "diverged")
    for index in range(RUNS):
        log(store, make_run(store, other, start_time=1000 - index), "loss", float(index))
    for _ in range(5):
        gone = make_run(store, other)
        log(store, gone, "loss", 1e30)
        store.delete_run(api.DeleteRun(run_id=gone))

    [loss] = look(store, other).metrics
    assert (loss.min, loss.max) == (0.0, 35.0)
