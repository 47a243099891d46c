"""Searches for experiments."""

from __future__ import annotations

import pytest

from headrace.api import tracking as api
from headrace.entities import ExperimentTag
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.unit.search_stores import shared_store

__all__ = ["shared_store"]


@pytest.fixture(scope="module")
def store(shared_store: SqlTrackingStore) -> SqlTrackingStore:
    """A store with five experiments, one of them deleted, beside ``Default``."""
    tags = {
        "Alpha": {"team": "red", "stage one": "x"},
        "beta": {"team": "Red"},
        "Gamma": {"team": "blue", "note": "50%_off"},
        "delta": {},
        "gone": {"team": ""},
    }
    for index, (name, pairs) in enumerate(tags.items()):
        given = [ExperimentTag(key, value) for key, value in pairs.items()]
        made = shared_store.create_experiment(api.CreateExperiment(name=name, tags=given))
        number = made.experiment_id
        assert number == str(index + 1)
        if name == "gone":
            shared_store.delete_experiment(api.DeleteExperiment(experiment_id=number))
        with shared_store._database.write() as tx:
            sql = "UPDATE experiments SET created_at = ?, updated_at = ? WHERE id = ?"
            tx.execute(sql, (100 + index // 2, 200 - index, index + 1))
    return shared_store


def names(store: SqlTrackingStore, text: str = "", **fields: object) -> list[str]:
    given = {"max_results": 100, "filter": text, "order_by": ["name"]} | fields
    page = store.search_experiments(api.SearchExperiments(**given))  # type: ignore[arg-type]
    return [experiment.name for experiment in page.experiments if experiment.name != "Default"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = 'beta'", ["beta"]),
        ("attribute.name != 'beta'", ["Alpha", "Gamma", "delta"]),
        ("name LIKE '%a'", ["Alpha", "Gamma", "beta", "delta"]),
        ("name LIKE 'ALPHA'", []),
        ("name ILIKE 'ALPHA'", ["Alpha"]),
        ("name NOT LIKE '%a%' AND name != 'Default'", []),
        ("tags.team = 'red'", ["Alpha"]),
        ("tag.team ILIKE 'r%'", ["Alpha", "beta"]),
        ("tags.`stage one` = 'x'", ["Alpha"]),
        ("tags.note LIKE '50%'", ["Gamma"]),
        ("tags.team IS NULL", ["delta"]),
        ("tags.team IS NOT NULL", ["Alpha", "Gamma", "beta"]),
        ("creation_time <= 100", ["Alpha", "beta"]),
        ("last_update_time = 197", ["delta"]),
        ("experiment_id = '1'", ["Alpha"]),
        ("experiment_id IN ('1', '2', '77')", ["Alpha", "beta"]),
        ("experiment_id NOT IN ('0', '1', '2')", ["Gamma", "delta"]),
        # beyond MLflow
        ("name = 'beta' OR tags.team = 'blue'", ["Gamma", "beta"]),
        ("NOT (name = 'beta' OR tags.team IS NOT NULL)", ["delta"]),
        ("tags.team IN ('red', 'blue')", ["Alpha", "Gamma"]),
        ("creation_time BETWEEN 101 AND 200", ["Gamma", "delta"]),
    ],
)
def test_filters(store: SqlTrackingStore, text: str, expected: list[str]) -> None:
    assert names(store, text) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([], ["Gamma", "delta", "Alpha", "beta"]),
        (["name"], ["Alpha", "Gamma", "beta", "delta"]),
        (["name desc"], ["delta", "beta", "Gamma", "Alpha"]),
        (["creation_time"], ["beta", "Alpha", "delta", "Gamma"]),
        (["last_update_time ASC"], ["delta", "Gamma", "beta", "Alpha"]),
        (["experiment_id"], ["Alpha", "beta", "Gamma", "delta"]),
    ],
)
def test_orders(store: SqlTrackingStore, order: list[str], expected: list[str]) -> None:
    assert names(store, order_by=order) == expected
    paged: list[str] = []
    request = api.SearchExperiments(max_results=1, order_by=order)
    while True:
        page = store.search_experiments(request)
        paged += [e.name for e in page.experiments if e.name != "Default"]
        if page.next_page_token is None:
            break
        request.page_token = page.next_page_token
    assert paged == expected


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (None, ["Alpha", "Gamma", "beta", "delta"]),
        ("DELETED_ONLY", ["gone"]),
        (3, ["Alpha", "Gamma", "beta", "delta", "gone"]),
    ],
)
def test_views(store: SqlTrackingStore, view: str | int | None, expected: list[str]) -> None:
    assert names(store, view_type=view) == expected


def test_an_experiment_comes_back_whole(store: SqlTrackingStore) -> None:
    request = api.SearchExperiments(max_results=10, filter="name = 'Alpha'")
    (found,) = store.search_experiments(request).experiments
    assert found == store.get_experiment(api.GetExperiment(experiment_id="1")).experiment
    assert found.tags == {"team": "red", "stage one": "x"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"max_results": None}, "Invalid value 0 .*It must be a positive integer"),
        ({"max_results": 50_001}, "It must be at most 50000"),
        ({"max_results": -3}, "Invalid value -3"),
        ({"page_token": "?"}, "could not base64-decode"),
        ({"filter": "experiment_id = 'abc'"}, "Invalid experiment ID 'abc'"),
        ({"filter": "params.a = 'x'"}, "Invalid entity type 'params'"),
        ({"order_by": ["tags.team"]}, "Invalid order_by entity: tag"),
    ],
)
def test_bad_input(store: SqlTrackingStore, fields: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        names(store, **fields)


def test_a_token_for_runs_is_foreign(store: SqlTrackingStore) -> None:
    for _ in range(2):
        store.create_run(api.CreateRun(experiment_id="0"))
    runs = store.search_runs(api.SearchRuns(experiment_ids=["0"], max_results=1))
    request = api.SearchExperiments(max_results=1, page_token=runs.next_page_token)
    with pytest.raises(InvalidParameterValue, match="continues another search"):
        store.search_experiments(request)
