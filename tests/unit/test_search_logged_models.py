"""Searches for logged models."""

from __future__ import annotations

import math
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.entities import LoggedModelParameter, LoggedModelTag
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.unit.search_stores import shared_store

__all__ = ["shared_store"]

# Name -> type, params, tags, and points: metric, value, timestamp, step, data set, digest.
MODELS: dict[str, Any] = {
    "Alpha": (
        "tree",
        {"depth": "3"},
        {"team": "red"},
        [("acc", 0.5, 1, 0, None, None), ("acc", 0.9, 1, 1, "iris", "d1")],
    ),
    "beta": (
        "tree",
        {"depth": "10"},
        {"team": "Red"},
        [("acc", 0.7, 2, 0, None, None), ("acc", 0.1, 1, 9, "wine", "d2")],
    ),
    "Gamma": ("net", {}, {"a b": "x"}, [("acc", math.nan, 1, 0, None, None)]),
    "delta": ("", {}, {}, []),
}


@pytest.fixture(scope="module")
def store(shared_store: SqlTrackingStore) -> SqlTrackingStore:
    """A store with four logged models made at 100, 101, 102, 103, and one that is deleted."""
    run_id = shared_store.create_run(api.CreateRun(experiment_id="0")).run.info.run_id
    for index, (name, (kind, params, tags, points)) in enumerate(MODELS.items()):
        made = shared_store.create_logged_model(
            api.CreateLoggedModel(
                experiment_id="0",
                name=name,
                model_type=kind,
                source_run_id=run_id,
                params=[LoggedModelParameter(k, v) for k, v in params.items()],
                tags=[LoggedModelTag(k, v) for k, v in tags.items()],
            )
        ).model
        for key, value, timestamp, step, dataset, digest in points:
            shared_store.log_metric(
                api.LogMetric(
                    run_id=run_id,
                    key=key,
                    value=value,
                    timestamp=timestamp,
                    step=step,
                    model_id=made.model_id,
                    dataset_name=dataset,
                    dataset_digest=digest,
                )
            )
        if name == "beta":
            ready = api.FinalizeLoggedModel(model_id=made.model_id, status="LOGGED_MODEL_READY")
            shared_store.finalize_logged_model(ready)
        with shared_store._database.write() as tx:
            sql = "UPDATE logged_models SET created_at = ?, updated_at = 200 WHERE uuid = ?"
            tx.execute(sql, (100 + index, made.model_id))
    gone = shared_store.create_logged_model(api.CreateLoggedModel(experiment_id="0")).model
    shared_store.delete_logged_model(api.DeleteLoggedModel(model_id=gone.model_id))
    return shared_store


def names(store: SqlTrackingStore, **fields: Any) -> list[str | None]:
    given = {"experiment_ids": ["0"]} | fields
    models = store.search_logged_models(api.SearchLoggedModels(**given)).models
    return [model.name for model in models]


def order(field_name: str, ascending: bool | None = None, **more: str) -> api.LoggedModelOrder:
    return api.LoggedModelOrder(field_name=field_name, ascending=ascending, **more)


BY_NAME = [order("name")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["Alpha", "Gamma", "beta", "delta"]),
        ("name = 'Alpha'", ["Alpha"]),
        ("attributes.name ILIKE 'a%'", ["Alpha"]),
        ("name IN ('Alpha', 'delta')", ["Alpha", "delta"]),
        ("name NOT IN ('Alpha', 'delta')", ["Gamma", "beta"]),
        ("name = Alpha", ["Alpha"]),
        ("model_type = 'tree'", ["Alpha", "beta"]),
        ("experiment_id = '0'", ["Alpha", "Gamma", "beta", "delta"]),
        ("creation_time > 101", ["Gamma", "delta"]),
        ("last_updated_timestamp = 200", ["Alpha", "Gamma", "beta", "delta"]),
        ("params.depth = '3'", ["Alpha"]),
        ("params.depth = 3", ["Alpha"]),
        ("params.depth LIKE '1%'", ["beta"]),
        ("tags.team != 'red'", ["beta"]),
        ("tags.`a b` = 'x'", ["Gamma"]),
        ("tags.team IS NULL", ["Gamma", "delta"]),
        # any point counts, not the latest alone
        ("metrics.acc > 0.8", ["Alpha"]),
        ("metrics.acc = 0.1", ["beta"]),
        ("metrics.acc < 100", ["Alpha", "beta"]),
        ("metrics.acc != 0.5", ["Alpha", "Gamma", "beta"]),
        ("metrics.acc > 0.4 AND params.depth = '3'", ["Alpha"]),
        ("metrics.nothing > 0", []),
        # statuses by their names
        ("status = 'READY'", ["beta"]),
        ("status != 'READY'", ["Alpha", "Gamma", "delta"]),
        ("status IN ('PENDING', 'FAILED')", ["Alpha", "Gamma", "delta"]),
        ("status LIKE 'P%'", ["Alpha", "Gamma", "delta"]),
        ("status ILIKE '%ready'", ["beta"]),
        ("status NOT LIKE 'P%'", ["beta"]),
        ("status = 'NO SUCH'", []),
        # beyond MLflow
        ("name = 'Alpha' OR metrics.acc = 0.7", ["Alpha", "beta"]),
        ("NOT metrics.acc > 0.4", ["Gamma", "delta"]),
        ("params.depth RLIKE '^[0-9]$'", ["Alpha"]),
        ("name NOT RLIKE '(?i)a$'", []),
        ("status RLIKE 'ADY$'", ["beta"]),
        ("number(params.depth) < 9.5", ["Alpha"]),
        ("number(params.depth) > 9.5", ["beta"]),
        ("number(tags.team) IS NULL", ["Alpha", "Gamma", "beta", "delta"]),
        # a function is of one value, that of all points
        ("min(metrics.acc) = 0.1", ["beta"]),
        ("min(metrics.acc) >= 0.5", ["Alpha"]),
        ("max(metrics.acc) < 0.8", ["beta"]),
        ("max(metrics.acc) IS NULL", ["Gamma", "delta"]),
        ("first(metrics.acc) = 0.1", ["beta"]),
        ("last(metrics.acc) BETWEEN 0.6 AND 1", ["Alpha", "beta"]),
        ("last(metrics.acc) IS NULL", ["delta"]),
        ("last(metrics.acc) != 0.7", ["Alpha", "Gamma"]),
    ],
)
def test_filters(store: SqlTrackingStore, text: str, expected: list[str]) -> None:
    assert names(store, filter=text, order_by=BY_NAME) == expected


@pytest.mark.parametrize(
    ("datasets", "text", "expected"),
    [
        ([("iris", None)], "", ["Alpha"]),
        ([("iris", "d1")], "", ["Alpha"]),
        ([("iris", "d9")], "", []),
        ([("iris", None), ("wine", "d2")], "", ["Alpha", "beta"]),
        ([("iris", "d1")], "metrics.acc > 0.8", ["Alpha"]),
        ([("iris", "d1")], "metrics.acc < 0.8", []),
        ([("wine", None)], "metrics.acc < 0.8", ["beta"]),
        ([("wine", None)], "name = 'Alpha'", []),
        ([("iris", None)], "min(metrics.acc) > 0.8", ["Alpha"]),
        ([("iris", None)], "first(metrics.acc) > 0.8", ["Alpha"]),
        ([("wine", None)], "max(metrics.acc) > 0.5", []),
    ],
)
def test_data_sets(
    store: SqlTrackingStore,
    datasets: list[tuple[str, str | None]],
    text: str,
    expected: list[str],
) -> None:
    given = [api.DatasetFilter(name, digest) for name, digest in datasets]
    assert names(store, datasets=given, filter=text, order_by=BY_NAME) == expected


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([], ["delta", "Gamma", "beta", "Alpha"]),
        ([order("name", True)], ["Alpha", "Gamma", "beta", "delta"]),
        ([order("name", False)], ["delta", "beta", "Gamma", "Alpha"]),
        ([order("model_type"), order("name")], ["delta", "Gamma", "Alpha", "beta"]),
        ([order("creation_time")], ["Alpha", "beta", "Gamma", "delta"]),
        ([order("status"), order("name")], ["Alpha", "Gamma", "delta", "beta"]),
        # the latest point is that of the greatest time, then step; NaN and missing come last
        ([order("metrics.acc")], ["beta", "Alpha", "Gamma", "delta"]),
        ([order("metrics.acc", False)], ["Alpha", "beta", "Gamma", "delta"]),
        (
            [order("metrics.acc", dataset_name="wine", dataset_digest="d2")],
            ["beta", "delta", "Gamma", "Alpha"],
        ),
        ([order("metrics.acc", dataset_name="none")], ["delta", "Gamma", "beta", "Alpha"]),
        ([order("metrics.nothing"), order("name")], ["Alpha", "Gamma", "beta", "delta"]),
        ([order("min(metrics.acc)")], ["beta", "Alpha", "delta", "Gamma"]),
        ([order("max(metrics.acc)", False)], ["Alpha", "beta", "delta", "Gamma"]),
        ([order("first(metrics.acc)")], ["beta", "Alpha", "Gamma", "delta"]),
        ([order("last(metrics.acc)", False)], ["Alpha", "beta", "Gamma", "delta"]),
        ([order("min(metrics.acc)", dataset_name="iris")], ["Alpha", "delta", "Gamma", "beta"]),
        ([order("number(params.depth)", False)], ["beta", "Alpha", "delta", "Gamma"]),
    ],
)
def test_orders_and_pages(
    store: SqlTrackingStore, orders: list[api.LoggedModelOrder], expected: list[str]
) -> None:
    assert names(store, order_by=orders) == expected
    paged: list[str | None] = []
    request = api.SearchLoggedModels(experiment_ids=["0"], order_by=orders, max_results=1)
    while True:
        page = store.search_logged_models(request)
        paged += [model.name for model in page.models]
        if page.next_page_token is None:
            break
        request.page_token = page.next_page_token
    assert paged == expected


def test_a_model_comes_back_whole(store: SqlTrackingStore) -> None:
    request = api.SearchLoggedModels(experiment_ids=["0"], filter="name = 'Alpha'")
    (found,) = store.search_logged_models(request).models
    assert found == store.get_logged_model(api.GetLoggedModel(model_id=found.model_id)).model
    assert (found.params, found.tags) == ({"depth": "3"}, {"team": "red"})
    assert len(found.metrics) == 2


def test_experiments(store: SqlTrackingStore) -> None:
    assert names(store, experiment_ids=[]) == []
    assert names(store, experiment_ids=["77"]) == []
    assert len(names(store, experiment_ids=["0", "77", "0"])) == 4


@pytest.mark.parametrize("size", [None, 0, 100_000])
def test_the_size_of_a_page_has_a_default(store: SqlTrackingStore, size: int | None) -> None:
    assert len(names(store, max_results=size)) == 4


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"max_results": -1}, "Invalid value -1 .*It must be a positive integer"),
        ({"experiment_ids": ["abc"]}, "Invalid experiment ID 'abc'"),
        ({"datasets": [api.DatasetFilter("")]}, "`dataset_name` in the `datasets` clause must"),
        ({"datasets": [api.DatasetFilter("a\0")]}, "NUL"),
        ({"order_by": [order("params.depth")]}, "Only metrics are supported"),
        ({"order_by": [order("no_such")]}, "Invalid order by field name: no_such"),
        ({"order_by": [order("metrics.a", dataset_name="\ud800")]}, "cannot be stored"),
        ({"filter": "params.depth > 3"}, "Invalid comparator '>'"),
        ({"filter": "no_such = 'a'"}, "Invalid attribute key 'no_such'"),
        ({"page_token": "not base64!"}, "could not base64-decode"),
    ],
)
def test_bad_input(store: SqlTrackingStore, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        names(store, **fields)


def test_a_token_of_other_data_sets_is_refused(store: SqlTrackingStore) -> None:
    request = api.SearchLoggedModels(experiment_ids=["0"], max_results=1)
    request.page_token = store.search_logged_models(request).next_page_token
    request.datasets = [api.DatasetFilter("iris")]
    with pytest.raises(InvalidParameterValue, match="continues another search"):
        store.search_logged_models(request)
