"""Searches over many runs: the same runs put into every peer, and what each search must find."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks.peers import Server
from benchmarks.populations import MadeRun, fill, make_runs
from benchmarks.tracking import Tracking, WrongAnswer
from headrace.stores.sql import open_sql_store

_FEW_ADAM = "metrics.m0 < 0.5 and params.p1 = 'sgd'"


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
    filter=_FEW_ADAM,
    fits=lambda run: run.metrics["m0"].last < 0.5 and run.params["p1"] == "sgd",
)
BY_METRIC = Search(order_by=("metrics.m0 DESC",), key=lambda run: -run.metrics["m0"].last)
ALL_TIED = Search(order_by=("metrics.m2 ASC",), key=lambda run: run.metrics["m2"].last)


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
    if server.peer.name == "fasttrackml":
        _fill_fasttrackml(server, runs)
        return
    store = open_sql_store(f"sqlite:///{server.folder / 'headrace.db'}")
    fill(store, "0", runs)
    store.close()


def read_page(tracking: Tracking, search: Search, size: int, token: str | None = None) -> Any:
    """Return the answer of a page."""
    return tracking.post("runs/search", search.body(size, token))


def last_token(tracking: Tracking, search: Search, size: int) -> str:
    """Return the token of the last page, after reading all before it."""
    token, before = None, ""
    while True:
        token = read_page(tracking, search, size, token).get("next_page_token")
        if not token:
            return before
        before = token


def check(search: Search, runs: Sequence[MadeRun], found: Sequence[Any], first: int = 0) -> None:
    """Check that runs of an answer are those from the `first` on that a search must find.

    Raises:
        WrongAnswer: If others were found, in another order, or with other data.

    """
    made = {run.run_id: run for run in runs}
    expected = search.expected(runs)[first : first + len(found)]
    keys = [search.key(made[run["info"]["run_id"]]) for run in found]
    if not found or keys != [search.key(run) for run in expected]:
        raise WrongAnswer(f"{len(found)} runs are not those of {search}")
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
