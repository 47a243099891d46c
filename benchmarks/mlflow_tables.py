"""Runs put straight into MLflow's SQLite tables, where its own calls would take an hour."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from benchmarks.peers import Server
from benchmarks.points import START_MS, STEP_MS
from benchmarks.populations import MadeRun

_RUN = (
    "run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, "
    "end_time, source_version, lifecycle_stage, artifact_uri, experiment_id"
)
# Built again after the rows: one by one, entries of these would cost more than the rows.
_INDEXES = {
    "index_metrics_run_uuid": "metrics (run_uuid)",
    "index_metrics_run_uuid_key_step": 'metrics (run_uuid, "key", step)',
}


def fill(server: Server, experiment_id: str, runs: Sequence[MadeRun]) -> None:
    """Put runs, with one point for each of their metrics, into an experiment of MLflow."""
    with closing(_connect(server)) as connection:
        _insert(connection, "runs", _RUN, _run_rows(runs, int(experiment_id)))
        _insert(connection, "params", "run_uuid, key, value", _params(runs))
        _insert(connection, "tags", "run_uuid, key, value", _tags(runs))
        columns = "run_uuid, key, value, is_nan, timestamp, step"
        _insert(connection, "metrics", columns, _points(runs))
        _insert(connection, "latest_metrics", columns, _points(runs))
        connection.commit()


def fill_curves(server: Server, metrics: Sequence[str], length: int) -> None:
    """Give every run a noisy curve of each of these metrics, as `points.curves` makes them."""
    with closing(_connect(server)) as connection:
        for name in _INDEXES:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("CREATE TEMP TABLE curves (key TEXT, position INTEGER)")
        connection.executemany(
            "INSERT INTO curves VALUES (?, ?)", [(key, at) for at, key in enumerate(metrics)]
        )
        # In the order of the primary key, which begins with key and time.
        connection.execute(
            "INSERT INTO metrics (key, timestamp, step, run_uuid, value, is_nan) "
            "WITH RECURSIVE steps (step) AS "
            "(SELECT 0 UNION ALL SELECT step + 1 FROM steps WHERE step < ? - 1) "
            "SELECT key, ? + step * ?, step, run_uuid, "
            "exp(-step / 5000.0) * (1 + position) + random() / 1e20, 0 "
            "FROM curves CROSS JOIN steps CROSS JOIN runs",
            (length, START_MS, STEP_MS),
        )
        connection.execute(
            "INSERT INTO latest_metrics (key, timestamp, step, run_uuid, value, is_nan) "
            "SELECT key, timestamp, step, run_uuid, value, 0 FROM metrics WHERE step = ? - 1",
            (length,),
        )
        for name, place in _INDEXES.items():
            connection.execute(f"CREATE INDEX {name} ON {place}")
        connection.commit()


def _connect(server: Server) -> sqlite3.Connection:
    assert server.peer.database is not None
    return sqlite3.connect(server.folder / server.peer.database, timeout=60)


def _insert(
    connection: sqlite3.Connection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _run_rows(runs: Sequence[MadeRun], experiment: int) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        stage = "deleted" if run.deleted else "active"
        life = (run.user, run.status, run.start, run.end, "", stage)
        place = f"/artifacts/{experiment}/{run.run_id}"
        yield (run.run_id, run.name, "UNKNOWN", "", "", *life, place, experiment)


def _params(runs: Sequence[MadeRun]) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        for key, text in run.params.items():
            yield (run.run_id, key, text)


def _tags(runs: Sequence[MadeRun]) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        for key, text in (run.tags | {"mlflow.runName": run.name}).items():
            yield (run.run_id, key, text)


def _points(runs: Sequence[MadeRun]) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        for key, series in run.metrics.items():
            is_nan = math.isnan(series.last)
            yield (run.run_id, key, 0.0 if is_nan else series.last, is_nan, run.start + 1, 1)
