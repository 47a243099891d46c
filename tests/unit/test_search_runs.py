"""Searches for runs equal a naive evaluation, on every database, page by page."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.populations import MadeRun
from headrace.api import tracking as api
from headrace.entities import Run
from headrace.errors import InvalidParameterValue
from headrace.search.ordering import MAX_ORDER_ITEMS
from headrace.search.parser import MAX_COMPARISONS, MAX_DEPTH
from headrace.stores.base import TrackingStore
from headrace.stores.sql import plans
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.unit.naive_runs import log_runs, make_nasty_runs
from tests.unit.naive_search import NASTY, Condition, filters, orders, sort_runs, write_order
from tests.unit.search_stores import shared_store

__all__ = ["shared_store"]

VIEWS = {
    "ACTIVE_ONLY": lambda run: not run.deleted,
    "DELETED_ONLY": lambda run: run.deleted,
    "ALL": lambda run: True,
}


@dataclass(repr=False)
class World:
    """A store with runs in two experiments, and what was logged there."""

    store: SqlTrackingStore
    experiments: dict[str, list[MadeRun]]

    def __repr__(self) -> str:
        return f"the world on {self.store._database.dialect}"

    def runs(self, ids: list[str]) -> list[MadeRun]:
        return [run for number in ids for run in self.experiments[number]]


@pytest.fixture(scope="module")
def world(shared_store: SqlTrackingStore) -> World:
    experiments = {}
    for seed, count in enumerate([70, 20]):
        made = shared_store.create_experiment(api.CreateExperiment(name=f"e{seed}"))
        runs = make_nasty_runs(count, seed)
        log_runs(shared_store, made.experiment_id, runs)
        experiments[made.experiment_id] = runs
    return World(shared_store, experiments)


def read_pages(store: TrackingStore, request: api.SearchRuns) -> list[list[Run]]:
    """Return the pages of a search."""
    pages = []
    while True:
        page = store.search_runs(request)
        pages.append(page.runs)
        if page.next_page_token is None:
            return pages
        request.page_token = page.next_page_token


@given(
    condition=filters(NASTY),
    order=orders(NASTY),
    view=st.sampled_from(sorted(VIEWS)),
    several=st.booleans(),
    size=st.sampled_from([1, 7, 30, 1000]),
    match_cost=st.sampled_from([1e-9, plans.MATCH_COST, math.inf]),
)
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_search_equals_a_naive_one(
    world: World,
    condition: Condition,
    order: list[tuple[str, bool]],
    view: str,
    several: bool,
    size: int,
    match_cost: float,
) -> None:
    ids = list(world.experiments)[: 2 if several else 1]
    expected = sort_runs(
        [run for run in world.runs(ids) if VIEWS[view](run) and condition.holds(run)], order
    )
    request = api.SearchRuns(
        experiment_ids=ids,
        filter=condition.text,
        order_by=write_order(order),
        run_view_type=view,
        max_results=size,
    )
    with pytest.MonkeyPatch.context() as patch:
        # Whatever the plan: look matches up first always, as it is, or never.
        patch.setattr(plans, "MATCH_COST", match_cost)
        pages = read_pages(world.store, request)
    assert [run.info.run_id for page in pages for run in page] == [run.run_id for run in expected]
    assert all(len(page) == size for page in pages[:-1])


def test_a_run_comes_back_whole(world: World) -> None:
    number = next(iter(world.experiments))
    found = world.store.search_runs(
        api.SearchRuns(experiment_ids=[number], run_view_type="ALL", max_results=1000)
    )
    made = {run.run_id: run for run in world.experiments[number]}
    assert len(found.runs) == len(made)
    for run in found.runs:
        logged = made[run.info.run_id]
        assert run == world.store.get_run(api.GetRun(run_id=run.info.run_id)).run
        assert run.data.params == logged.params
        assert run.data.tags == logged.tags | {"mlflow.runName": logged.name}
        last = {key: series.last for key, series in logged.metrics.items()}
        assert run.data.metrics == pytest.approx(last, rel=0, abs=0, nan_ok=True)
        assert len(run.inputs.dataset_inputs) == len(logged.datasets)


@pytest.mark.parametrize(
    "clause", ["metrics.m", "metrics.m DESC", "params.p", "start_time", "status"]
)
def test_paging_while_runs_are_added(sql_store: SqlTrackingStore, clause: str) -> None:
    def add(index: int) -> str:
        value = [1.0, 2.0, math.nan, None][index % 4]
        made = sql_store.create_run(api.CreateRun(experiment_id="0", start_time=index % 3))
        run_id = made.run.info.run_id
        if value is not None:
            point = api.MetricPoint(key="m", value=value, timestamp=1)
            sql_store.log_batch(api.LogBatch(run_id=run_id, metrics=[point]))
            sql_store.log_param(api.LogParam(run_id=run_id, key="p", value=str(value)))
        return run_id

    present = {add(index) for index in range(24)}
    request = api.SearchRuns(experiment_ids=["0"], order_by=[clause], max_results=5)
    seen: list[str] = []
    for round_number in range(100):
        page = sql_store.search_runs(request)
        seen += [run.info.run_id for run in page.runs]
        if page.next_page_token is None:
            break
        request.page_token = page.next_page_token
        for index in range(2):
            if round_number < 8:
                add(round_number + index)
    assert len(seen) == len(set(seen))
    assert present <= set(seen)


def test_no_experiments_means_no_runs(sql_store: SqlTrackingStore) -> None:
    sql_store.create_run(api.CreateRun(experiment_id="0"))
    assert sql_store.search_runs(api.SearchRuns()).runs == []
    assert sql_store.search_runs(api.SearchRuns(experiment_ids=["777"])).runs == []
    twice = sql_store.search_runs(api.SearchRuns(experiment_ids=["0", "0", "777"]))
    assert len(twice.runs) == 1
    assert twice.next_page_token is None


def test_a_full_last_page_has_no_token(sql_store: SqlTrackingStore) -> None:
    for _ in range(4):
        sql_store.create_run(api.CreateRun(experiment_id="0"))
    request = api.SearchRuns(experiment_ids=["0"], max_results=2)
    assert [len(page) for page in read_pages(sql_store, request)] == [2, 2]


def test_artifact_uri_is_searched_as_it_is_shown(sql_store: SqlTrackingStore) -> None:
    run = sql_store.create_run(api.CreateRun(experiment_id="0")).run
    for condition in (f"= '{run.info.artifact_uri}'", "LIKE '%artifacts/0/%'"):
        found = sql_store.search_runs(
            api.SearchRuns(experiment_ids=["0"], filter=f"artifact_uri {condition}")
        )
        assert [r.info.run_id for r in found.runs] == [run.info.run_id]


def test_a_huge_list(sql_store: SqlTrackingStore) -> None:
    wanted = [sql_store.create_run(api.CreateRun(experiment_id="0")).run.info.run_id for _ in "ab"]
    sql_store.create_run(api.CreateRun(experiment_id="0"))
    ids = ", ".join(f"'{name}'" for name in [*map(str, range(50_000)), *wanted])
    found = sql_store.search_runs(api.SearchRuns(experiment_ids=["0"], filter=f"run_id IN ({ids})"))
    assert {run.info.run_id for run in found.runs} == set(wanted)


def test_the_largest_filters_run(world: World) -> None:
    number = next(iter(world.experiments))
    parts = ["metrics.acc > 0", "params.lr LIKE 'a%'", "tags.team IS NULL", "end_time > 5"]
    many = [parts[index % 4] for index in range(MAX_COMPARISONS)]
    deep = "NOT (" * (MAX_DEPTH // 2) + "metrics.acc > 0 OR status = 'x'" + ")" * (MAX_DEPTH // 2)
    orders = [f"metrics.m{index}" for index in range(MAX_ORDER_ITEMS)]
    for text in (" AND ".join(many), " OR ".join(many), deep):
        request = api.SearchRuns(experiment_ids=[number], filter=text, order_by=orders)
        world.store.search_runs(request)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"max_results": 0}, "Invalid value 0 .*It must be a positive integer"),
        ({"max_results": -1}, "Invalid value -1 .*It must be a positive integer"),
        ({"max_results": 50_001}, "Invalid value 50001 .*It must be at most 50000"),
        ({"experiment_ids": ["abc"]}, "Invalid experiment ID 'abc'"),
        ({"run_view_type": "SOME"}, "SOME"),
        (
            {"page_token": "not base64!"},
            "^Invalid page token, could not base64-decode$",
        ),
        ({"page_token": "bm90IGpzb24="}, "Invalid page token"),
        ({"filter": "metrics.a > 'x'"}, "column 13"),
        ({"order_by": ["metrics.a UP"]}, "column 11"),
    ],
)
def test_bad_input(sql_store: SqlTrackingStore, fields: dict[str, object], message: str) -> None:
    request = api.SearchRuns(**({"experiment_ids": ["0"]} | fields))  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterValue, match=message):
        sql_store.search_runs(request)


@pytest.mark.parametrize(
    "changed",
    [
        {"filter": "status = 'RUNNING'"},
        {"order_by": ["run_id"]},
        {"run_view_type": "ALL"},
        {"experiment_ids": ["0", "1"]},
    ],
)
def test_a_token_of_another_search_is_refused(
    sql_store: SqlTrackingStore, changed: dict[str, object]
) -> None:
    for _ in range(2):
        sql_store.create_run(api.CreateRun(experiment_id="0"))
    first: dict[str, object] = {"experiment_ids": ["0"], "max_results": 1}
    token = sql_store.search_runs(api.SearchRuns(**first)).next_page_token  # type: ignore[arg-type]
    assert token
    again = api.SearchRuns(**(first | {"page_token": token}))  # type: ignore[arg-type]
    assert len(sql_store.search_runs(again).runs) == 1
    other = api.SearchRuns(**(first | changed | {"page_token": token}))  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterValue, match="continues another search"):
        sql_store.search_runs(other)
