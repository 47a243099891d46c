"""Deleting an experiment for good, against deleting the same rows by hand."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.tracking import WrongAnswer

ELAPSED = Quantity(
    "delete and gc",
    "s",
    (
        Bar("by-hand", at_most=3),
        Bar("by-hand-postgresql", at_most=3, of="headrace-postgresql"),
    ),
)

RUNS, POINTS, METRICS, PARAMS = 10_000, 100, 10, 20

_BATCH = 200

# What hangs on runs, in the order in which foreign keys let it go.
_TABLES = (
    *("params", "run_tags", "metric_log", "metric_blocks", "metric_summaries", "dataset_inputs"),
    *("logged_model_metrics", "run_models", "run_sessions"),
)
_OF_RUNS = "(SELECT id FROM runs WHERE experiment_id = 1)"
_BY_HAND = (
    *(f"DELETE FROM {table} WHERE run_id IN {_OF_RUNS}" for table in _TABLES),
    "DELETE FROM runs WHERE experiment_id = 1",
    "DELETE FROM keys WHERE experiment_id = 1",
    "DELETE FROM experiments WHERE id = 1",
)


def fill(store: Any, runs: int) -> None:
    """Log runs of 100 points in 10 series, 20 params and 2 tags each, and compact them."""
    from headrace.api import tracking as api
    from headrace.api.journals import ApplyJournal, EnsureRun, JournalEntry
    from headrace.entities import Param, RunTag

    metrics = [
        api.MetricPoint(key=f"m{n % METRICS}", value=n / 7, timestamp=n, step=n // METRICS)
        for n in range(POINTS)
    ]
    params = [Param(f"p{n}", f"value {n}") for n in range(PARAMS)]
    tags = [RunTag("team", "red"), RunTag("stage", "test")]
    for first in range(0, runs, _BATCH):
        entries = []
        for number in range(first, min(first + _BATCH, runs)):
            run_id = f"{number:032x}"
            batch = api.LogBatch(run_id=run_id, metrics=metrics, params=params, tags=tags)
            ensured = EnsureRun(run_id=run_id, experiment_name="gone", start_time=number)
            entries += [JournalEntry(ensure_run=ensured), JournalEntry(log_batch=batch)]
        done = store.apply_journal(
            ApplyJournal(journal="a" * 32, first=2 * first + 1, entries=entries)
        )
        if done.refused:
            raise WrongAnswer(done.refused[0].message)
    store.compact()
    store.sync()


def _delete_by_gc(uri: str, root: Path) -> float:
    from headrace.api import tracking as api
    from headrace.api.cleanup import CollectGarbage
    from headrace.stores.sql import open_sql_store

    store = open_sql_store(uri, str(root))
    started = time.perf_counter()
    store.delete_experiment(api.DeleteExperiment(experiment_id="1"))
    after = None
    while after := store.collect_garbage(CollectGarbage(after=after)).next:
        pass
    elapsed = time.perf_counter() - started
    store.close()
    return elapsed


def _delete_by_hand(connection: Any) -> float:
    """Delete the rows in one transaction of a connection."""
    started = time.perf_counter()
    connection.execute("BEGIN")
    for statement in _BY_HAND:
        connection.execute(statement)
    connection.execute("COMMIT")
    return time.perf_counter() - started


def _check_gone(connection: Any) -> None:
    for table in (*_TABLES, "runs"):
        [left] = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
        if left:
            raise WrongAnswer(f"{left} rows of {table} are left")


def _on_sqlite(bench: Bench) -> Callable[[], tuple[str, Any]]:
    """Return what gives a fresh copy of a filled store: its URI, and a connection to it."""
    from headrace.stores.sql import open_sql_store

    template = bench.folder() / "filled.db"
    store = open_sql_store(f"sqlite:///{template}", str(template.parent))
    fill(store, bench.choose(RUNS, RUNS // 10))
    store.close()

    def copy() -> tuple[str, Any]:
        path = bench.folder() / "copy.db"
        shutil.copy(template, path)
        return f"sqlite:///{path}", sqlite3.connect(path, isolation_level=None)

    return copy


def _on_postgresql(bench: Bench) -> Callable[[], tuple[str, Any]]:
    import psycopg

    from headrace.stores.sql import open_sql_store

    uri = bench.postgresql()
    store = open_sql_store(uri, str(bench.folder()))
    fill(store, bench.choose(RUNS, RUNS // 10))
    store.close()
    head, mark, options = uri.partition("?")
    server, _, template = head.rpartition("/")
    numbers = count()

    def copy() -> tuple[str, Any]:
        name = f"{template}_copy{next(numbers)}"
        with psycopg.connect(f"{server}/postgres{mark}{options}", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        copied = f"{server}/{name}{mark}{options}"
        connection = psycopg.connect(copied, autocommit=True)
        connection.execute("ANALYZE")
        return copied, connection

    return copy


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Delete a copy of the same store in each round."""
    copy = (_on_postgresql if contender.endswith("postgresql") else _on_sqlite)(bench)

    def measure() -> Figures:
        uri, connection = copy()
        with closing(connection):
            if contender.startswith("by-hand"):
                elapsed = _delete_by_hand(connection)
            else:
                elapsed = _delete_by_gc(uri, bench.folder())
            _check_gone(connection)
        return {ELAPSED.name: elapsed}

    yield measure


CASE = Case(
    name="delete-and-gc",
    title="delete an experiment of 10,000 runs with 1e6 points for good; by hand: one transaction",
    contenders=("by-hand", "headrace", "by-hand-postgresql", "headrace-postgresql"),
    quantities=(ELAPSED,),
    open=contend,
    rounds=3,
)
