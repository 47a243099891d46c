"""Among four and a hundred thousand runs a search equals a naive one, whoever writes meanwhile."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.populations import LONG, MadeRun, fill, make_runs
from headrace.api import tracking as api
from headrace.entities import Param
from headrace.stores.sql import open_sql_store, plans
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.databases import PostgresServer
from tests.unit.naive_search import (
    EVERYTHING,
    Condition,
    Words,
    filters,
    orders,
    sort_runs,
    write_order,
)

FEW, MANY = 4_000, 100_000
MAX_PAGES = 6

WORDS = Words(
    metrics=[f"m{index}" for index in range(5)],
    params=[f"p{index}" for index in range(5)],
    tags=[f"t{index}" for index in range(5)],
    numbers=[0, 0.001, 0.1, 0.5, 1, 1.0, 2, 3.3, 40, -0.5, 1e300],
    cast_numbers=[1e-7, 0.001, 0.1, 1, 7, 1000, 1e9],
    moments=[1_767_225_600_000 + 1000 * second for second in (0, 3, 700, 1400)],
    texts=["adam", "Adam", "größe", "", "same", "1e-3", "10", "7", LONG + "3", "run-7", "ann"],
    patterns=["a%", "A_am", "%m", "7%", "%e7%", LONG + "%", "run-1%", "%größe%", "_"],
    regexes=["^a", "(?i)^ADAM$", "^[0-9]+$", "[a-f]{3}", "ö|日", "^..?$", "(long ){9}7$", "_off$"],
)


@dataclass(repr=False)
class Population:
    """A store with many runs, and the same runs in memory."""

    store: SqlTrackingStore
    runs: list[MadeRun]

    def __repr__(self) -> str:
        return f"{len(self.runs)} runs on {self.store._database.dialect}"


def _runs(dialect: str, count: int, *marks: pytest.MarkDecorator) -> Any:
    # One worker fills each database, which takes as long as the tests.
    group = pytest.mark.xdist_group(f"{count} runs on {dialect}")
    return pytest.param((dialect, count), marks=[group, *marks])


@pytest.fixture(
    scope="module",
    params=[
        _runs("sqlite", FEW),
        _runs("postgresql", FEW),
        _runs("sqlite", MANY, pytest.mark.slow),
        _runs("postgresql", MANY, pytest.mark.slow),
    ],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def population(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Population]:
    dialect, count = request.param
    folder = tmp_path_factory.mktemp("population")
    uri = f"sqlite:///{folder}/store.db"
    if dialect == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        uri = server.make_store()
    store = open_sql_store(uri, str(folder / "artifacts"))
    runs = make_runs(count)
    fill(store, "0", runs)
    yield Population(store, runs)
    store.close()


def read_pages(
    store: SqlTrackingStore, text: str, order_by: Sequence[str], size: int
) -> Iterator[list[str]]:
    """Yield the run ids of each page of a search."""
    token: str | None = None
    while True:
        page = store.search_runs(
            api.SearchRuns(
                experiment_ids=["0"],
                filter=text,
                order_by=list(order_by),
                max_results=size,
                page_token=token,
                fields=[],
            )
        )
        yield [run.info.run_id for run in page.runs]
        token = page.next_page_token
        if token is None:
            return


def test_a_search_equals_a_naive_one(population: Population) -> None:
    is_few = len(population.runs) == FEW

    @given(
        condition=filters(WORDS),
        order=orders(WORDS),
        size=st.sampled_from([7, 100, 1000, 50_000]),
        match_cost=st.sampled_from([1e-9, plans.MATCH_COST, plans.MATCH_COST, math.inf]),
    )
    @settings(
        max_examples=40 if is_few else 12,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    def check(
        condition: Condition, order: list[tuple[str, bool]], size: int, match_cost: float
    ) -> None:
        found = [run for run in population.runs if not run.deleted and condition.holds(run)]
        expected = [run.run_id for run in sort_runs(found, order)]
        size = max(size, len(expected) // MAX_PAGES)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plans, "MATCH_COST", match_cost)
            pages = list(read_pages(population.store, condition.text, write_order(order), size))
        assert list(itertools.chain.from_iterable(pages)) == expected
        assert all(len(page) == size for page in pages[:-1])

    check()


def test_the_call_gives_what_was_found(population: Population) -> None:
    text, clauses = "number(params.p0) < 0.5 AND params.p1 RLIKE '^a'", ["min(metrics.m0)"]
    first = next(read_pages(population.store, text, clauses, 50))
    request = api.SearchRuns(experiment_ids=["0"], filter=text, order_by=clauses, max_results=50)
    runs = population.store.search_runs(request).runs
    made = {run.run_id: run for run in population.runs}
    assert [run.info.run_id for run in runs] == first
    for run in runs:
        logged = made[run.info.run_id]
        assert run.data.params == logged.params
        assert run.data.tags == logged.tags | {"mlflow.runName": logged.name}
        last = {key: series.last for key, series in logged.metrics.items()}
        assert run.data.metrics == pytest.approx(last, rel=0, abs=0, nan_ok=True)


class Writer(threading.Thread):
    """Somebody who adds runs and deletes some of those that are there, until told to stop."""

    def __init__(self, store: SqlTrackingStore, doomed: Sequence[str]) -> None:
        super().__init__()
        self._store = store
        self._doomed = iter(doomed)
        self._stopped = threading.Event()
        self.added = 0
        self.deleted: set[str] = set()

    def run(self) -> None:
        while not self._stopped.is_set():
            made = self._store.create_run(
                api.CreateRun(experiment_id="0", start_time=1_767_225_600_000 + 50 * self.added)
            )
            run_id = made.run.info.run_id
            value = [0.001, 1.0, 3.0, math.nan][self.added % 4]
            points = [api.MetricPoint(key=key, value=value, timestamp=1) for key in ("m0", "m3")]
            params = [Param("p0", str(value)), Param("p1", "adam")]
            self._store.log_batch(api.LogBatch(run_id=run_id, metrics=points, params=params))
            self.added += 1
            if doomed := next(self._doomed, None):
                self.deleted.add(doomed)
                self._store.delete_run(api.DeleteRun(run_id=doomed))

    def stop(self) -> None:
        self._stopped.set()
        self.join()


@pytest.mark.parametrize(
    ("condition", "order"),
    [
        (EVERYTHING, []),
        (EVERYTHING, [("metrics.m0", True)]),
        (EVERYTHING, [("metrics.m3", False)]),
        (EVERYTHING, [("params.p1", True), ("min(metrics.m0)", False)]),
        (EVERYTHING, [("number(params.p0)", True)]),
        (Condition("params.p1 = 'adam'", lambda run: run.params["p1"] == "adam"), []),
    ],
    ids=lambda value: repr(value),
)
def test_nothing_twice_and_nothing_left_out_while_runs_come_and_go(
    population: Population, condition: Condition, order: list[tuple[str, bool]]
) -> None:
    store = population.store
    before = [run for run in population.runs if not run.deleted and condition.holds(run)]
    doomed = [run.run_id for run in before[:: len(before) // 100]]
    writer = Writer(store, doomed)
    writer.start()
    try:
        size = max(100, len(before) // 20)
        pages = list(read_pages(store, condition.text, write_order(order), size))
    finally:
        writer.stop()
        for run_id in writer.deleted:
            store.restore_run(api.RestoreRun(run_id=run_id))
        _delete_added(store)
    assert writer.added > 0
    seen = list(itertools.chain.from_iterable(pages))
    assert len(seen) == len(set(seen))
    # Whoever stayed was seen, in order, between those that came and went.
    staying = [run for run in before if run.run_id not in writer.deleted]
    expected = [run.run_id for run in sort_runs(staying, order)]
    stayed = set(expected)
    assert [run_id for run_id in seen if run_id in stayed] == expected


def _delete_added(store: SqlTrackingStore) -> None:
    """Take away the runs that a test added: the others compare with those of the population."""
    with store._database.write() as tx:
        sql = "DELETE FROM runs WHERE id > (SELECT max(id) FROM runs WHERE name LIKE 'run-%')"
        tx.execute(sql)
