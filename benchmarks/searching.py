"""Searches over many runs: the same runs put into every peer, and what each search must find."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks import mlflow_tables
from benchmarks.bench import Bench
from benchmarks.case import Figures, Round
from benchmarks.peers import Server
from benchmarks.populations import MadeRun, fill, make_runs
from benchmarks.tracking import Tracking, WrongAnswer
from headrace.stores.sql import open_sql_store

_MEASURED_S = 0.5

_FEW = "metrics.m0 < 0.5 and params.p1 = 'sgd'"


@dataclass(frozen=True)
class Search:
    """One search, and the runs that it must find.

    Attributes:
        filter: The filter.
        order_by: The order; latest first if there is none.
        fits: Whether a run is one of those that are wanted.
        key: What the runs are sorted by, smallest first; ties may come in any order.

    """

    filter: str = ""
    order_by: tuple[str, ...] = ()
    fits: Callable[[MadeRun], bool] = lambda run: True
    key: Callable[[MadeRun], float] = lambda run: -run.start

    def body(self, size: int, token: str | None = None) -> dict[str, object]:
        """Return the request of a page in the experiment 0."""
        body: dict[str, object] = {"experiment_ids": ["0"], "max_results": size}
        if self.filter:
            body["filter"] = self.filter
        if self.order_by:
            body["order_by"] = list(self.order_by)
        return body | ({"page_token": token} if token else {})

    def expected(self, runs: Iterable[MadeRun]) -> list[MadeRun]:
        """Return the active runs that fit, in order."""
        return sorted((run for run in runs if not run.deleted and self.fits(run)), key=self.key)


LATEST = Search()
FILTERED = Search(
    filter=_FEW,
    fits=lambda run: run.metrics["m0"].last < 0.5 and run.params["p1"] == "sgd",
)
BY_METRIC = Search(order_by=("metrics.m0 DESC",), key=lambda run: -run.metrics["m0"].last)
ALL_TIED = Search(order_by=("metrics.m2 ASC",), key=lambda run: run.metrics["m2"].last)


@dataclass(frozen=True)
class Page:
    """One page of a search: the first one, or the last.

    Attributes:
        name: What the report calls it.
        search: The search.
        size: How many runs a page has.
        is_last: Whether it is the last page.

    """

    name: str
    search: Search
    size: int
    is_last: bool = False

    def token(self, tracking: Tracking) -> str | None:
        """Return the token of the page, found from page to page.

        Without the runs themselves, where the peer knows `fields`: else Headrace would be busy for
        minutes with documents of all of them.
        """
        token = following = None
        while self.is_last:
            token = following
            body = self.search.body(self.size, token) | {"fields": []}
            answer = tracking.post("runs/search", body)
            following = answer.get("next_page_token")
            if not following:
                break
        return token

    def read(self, tracking: Tracking, token: str | None) -> bytes:
        """Return the body of the page's answer."""
        return tracking.send("runs/search", self.search.body(self.size, token))


@cache
def population(count: int) -> list[MadeRun]:
    """Return the runs that every peer holds; FastTrackML's JSON has no infinities."""
    runs = make_runs(count)
    for run in runs:
        for key, series in run.metrics.items():
            if math.isinf(series.last):
                run.metrics[key] = series._replace(last=math.copysign(1e300, series.last))
    return runs


def put_into(server: Server, runs: Sequence[MadeRun]) -> None:
    """Put runs into the experiment 0 of a server, past its calls."""
    if server.peer.name == "mlflow":
        mlflow_tables.fill(server, "0", runs)
        return
    if server.peer.name == "fasttrackml":
        _fill_fasttrackml(server, runs)
        return
    store = open_sql_store(f"sqlite:///{server.folder / 'headrace.db'}")
    fill(store, "0", runs)
    store.close()


def contend_with(
    pages: Sequence[Page], counts: Mapping[str, int]
) -> Callable[[Bench, str], AbstractContextManager[Round]]:
    """Return the opener of a case that reads pages from a server of its own.

    Args:
        pages: The pages, one for each quantity of the case.
        counts: How many runs each contender holds; a tenth of it in a quick run.

    """

    @contextmanager
    def contend(bench: Bench, contender: str) -> Iterator[Round]:
        runs = population(counts[contender] // bench.choose(1, 10))
        with bench.fresh_server(contender) as server, closing(Tracking(server.port)) as tracking:
            put_into(server, runs)
            tokens = {page: page.token(tracking) for page in pages}
            for page in pages:
                found = page.read(tracking, tokens[page])
                _check(page, runs, found)
            # What was read first leaves work behind: Headrace makes documents of it, a few at a
            # time. The figures are those of pages that somebody looks at again.
            server.settle()

            def measure() -> Figures:
                return {page.name: _cpu(server, tracking, page, tokens[page]) for page in pages}

            yield measure

    return contend


def _cpu(server: Server, tracking: Tracking, page: Page, token: str | None) -> float:
    """Return the CPU seconds of one reading of a page, of as many as take half a second."""
    page.read(tracking, token)
    before, started, count = server.cpu_seconds(), time.perf_counter(), 0
    while count < 3 or time.perf_counter() - started < _MEASURED_S:
        page.read(tracking, token)
        count += 1
    return (server.cpu_seconds() - before) / count


def _check(page: Page, runs: Sequence[MadeRun], answer: bytes) -> None:
    """Check an answer: the runs, their order, and what the first of them hold.

    Raises:
        WrongAnswer: If others were found, in another order, or with other data.

    """
    search, found = page.search, json.loads(answer).get("runs", [])
    made = {run.run_id: run for run in runs}
    expected = search.expected(runs)
    first = (len(expected) - 1) // page.size * page.size if page.is_last else 0
    expected = expected[first : first + page.size]
    keys = [search.key(made[run["info"]["run_id"]]) for run in found]
    if not found or keys != [search.key(run) for run in expected]:
        raise WrongAnswer(f"{len(found)} runs are not those of {page.name!r}")
    for run in found[:20]:
        one, data = made[run["info"]["run_id"]], run["data"]
        seen = {entry["key"]: entry["value"] for entry in data.get("params", [])}
        metrics = {entry["key"]: float(entry["value"]) for entry in data.get("metrics", [])}
        logged = {key: series.last for key, series in one.metrics.items()}
        if seen != one.params or repr(sorted(metrics.items())) != repr(sorted(logged.items())):
            raise WrongAnswer(f"the run {one.run_id} has other data than was put in")


# --- FastTrackML's tables ------------------------------------------------------------------------


def _fill_fasttrackml(server: Server, runs: Sequence[MadeRun]) -> None:
    with closing(sqlite3.connect(server.folder / "fasttrackml.db", timeout=60)) as connection:
        for table, columns, rows in (
            ("runs", _RUN, _run_rows(runs)),
            ("params", "run_uuid, key, value_str", _texts(runs, lambda run: run.params)),
            ("tags", "run_uuid, key, value", _texts(runs, lambda run: run.tags)),
            ("metrics", f"{_POINT}, iter", _points(runs)),
            ("latest_metrics", f"{_POINT}, last_iter", _points(runs)),
        ):
            marks = ", ".join("?" * (columns.count(",") + 1))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        connection.commit()


_RUN = (
    "run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, "
    "artifact_uri, experiment_id, row_num"
)
_POINT = "run_uuid, key, value, is_nan, timestamp, step, context_id"


def _run_rows(runs: Sequence[MadeRun]) -> Iterator[tuple[Any, ...]]:
    for number, run in enumerate(runs):
        stage = "deleted" if run.deleted else "active"
        life = (run.user, run.status, run.start, run.end, stage)
        yield (run.run_id, run.name, "UNKNOWN", *life, f"/artifacts/0/{run.run_id}", 0, number)


def _texts(
    runs: Sequence[MadeRun], texts_of: Callable[[MadeRun], dict[str, str]]
) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        for key, text in texts_of(run).items():
            yield (run.run_id, key, text)


def _points(runs: Sequence[MadeRun]) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        for key, series in run.metrics.items():
            is_nan = math.isnan(series.last)
            value = 0.0 if is_nan else series.last
            yield (run.run_id, key, value, is_nan, run.start + 1, 1, 1, 1)
