"""Runs by the hundred thousand: made from a seed, and put into a store at once.

Values are as skewed as those of people: continuous ones, ties, one value for all, NaN and
infinities, keys that a run in a hundred has, long texts with one beginning. The runs are Python
objects too, so that a test can evaluate a search over them, and a peer be fed with the same.

Runs go into the tables past the store's calls, which would take an hour for these many. Their
metrics have summaries, which is all that a search reads, and no points.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.summaries import COLUMNS as SUMMARY_COLUMNS
from headrace.stores.sql.tracking import SqlTrackingStore

METRICS = [f"m{index}" for index in range(20)]
PARAMS = [f"p{index}" for index in range(20)]
TAGS = [f"t{index}" for index in range(5)]

# Milliseconds since the epoch: 2026-01-01.
FIRST_START = 1_767_225_600_000

# Longer than what an index of texts holds.
LONG = "long " * 50

_CATEGORIES = ["adam", "sgd", "Adam", "größe", "50%_off", "it's", "", "日本"]
_NOT_NUMBERS = ["", "auto", "1e", "0x10", "nan", "1_000", "１"]


class Series(NamedTuple):
    """What is known of one metric of one run.

    Attributes:
        last: Value of the last point.
        first: Value of the first point.
        least: Least value that is a number; None if there is only NaN.
        greatest: Greatest value that is a number; None if there is only NaN.

    """

    last: float
    first: float
    least: float | None
    greatest: float | None


@dataclass(repr=False)
class MadeRun:
    """A run as its maker knows it; times in milliseconds since the epoch.

    Attributes:
        run_id: Its id.
        name: Its name.
        user: Who made it.
        status: ``RUNNING``, ``FINISHED`` or ``FAILED``.
        start: When it began.
        end: When it ended, if it did.
        deleted: Whether it is deleted.
        metrics: Key to what is known of the metric.
        params: Key to value.
        tags: Key to value.
        datasets: Name, digest and context (perhaps "") of its data sets.

    """

    run_id: str
    name: str
    user: str
    status: str
    start: int
    end: int | None
    deleted: bool
    metrics: dict[str, Series] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    datasets: list[tuple[str, str, str]] = field(default_factory=list)


def make_series(values: Sequence[float]) -> Series:
    """Return what is known of a metric with these values, in the order of their steps."""
    numbers = [value for value in values if not math.isnan(value)]
    least, greatest = (min(numbers), max(numbers)) if numbers else (None, None)
    return Series(values[-1], values[0], least, greatest)


def make_runs(count: int, seed: int = 0) -> list[MadeRun]:
    """Return runs, the same for the same seed.

    Args:
        count: How many.
        seed: Seed of everything that is random in them.

    """
    rng = random.Random(seed)
    return [_make_run(rng, index) for index in range(count)]


def _make_run(rng: random.Random, index: int) -> MadeRun:
    ended = rng.random() < 0.9
    # Sweeps start many runs in the same second.
    start = FIRST_START + 1000 * (index // 7)
    run = MadeRun(
        run_id=f"{rng.getrandbits(128):032x}",
        name=f"run-{index % 1000}",
        user=rng.choice(["ann", "bob", "eve", "ann"]),
        status=rng.choice(["FINISHED", "FINISHED", "FAILED"]) if ended else "RUNNING",
        start=start,
        end=start + int(rng.expovariate(1 / 60_000)) if ended else None,
        deleted=rng.random() < 0.03,
    )
    for number, key in enumerate(METRICS):
        values = _METRIC_KINDS[number % len(_METRIC_KINDS)](rng)
        if values:
            run.metrics[key] = make_series(values)
    for number, key in enumerate(PARAMS):
        text = _PARAM_KINDS[number % len(_PARAM_KINDS)](rng)
        if text is not None:
            run.params[key] = text
    for number, key in enumerate(TAGS):
        text = _TAG_KINDS[number % len(_TAG_KINDS)](rng)
        if text is not None:
            run.tags[key] = text
    return run


# --- kinds of values: one function each, cycled through by the number of the key ----------------


def _continuous(rng: random.Random) -> list[float]:
    end = rng.lognormvariate(0, 2)
    return [end * 4, end * rng.uniform(0.5, 2), end]


def _tied(rng: random.Random) -> list[float]:
    return [round(rng.expovariate(1), 1), float(int(rng.expovariate(0.5)))]


def _all_tied(rng: random.Random) -> list[float]:
    return [1.0]


def _broken(rng: random.Random) -> list[float]:
    if rng.random() < 0.1:
        return []
    return [_perhaps_broken(rng) for _ in range(rng.randint(1, 2))]


def _perhaps_broken(rng: random.Random) -> float:
    if rng.random() < 0.8:
        return rng.gauss(0, 1)
    return rng.choice([math.nan, math.nan, math.inf, -math.inf, 0.0])


def _rare(rng: random.Random) -> list[float]:
    return [rng.random()] if rng.random() < 0.01 else []


def _number(rng: random.Random) -> str:
    if rng.random() < 0.05:
        return rng.choice(_NOT_NUMBERS)
    exponent = min(int(rng.expovariate(0.5)), 7)
    shown = [f"1e-{exponent}", f"{10.0**-exponent:.8f}", str(rng.randint(1, 20)), f"{10**exponent}"]
    return rng.choice(shown)


def _category(rng: random.Random) -> str:
    return _CATEGORIES[min(int(rng.expovariate(0.8)), len(_CATEGORIES) - 1)]


def _unique(rng: random.Random) -> str:
    return f"{rng.getrandbits(64):016x}"


def _constant(rng: random.Random) -> str:
    return "same"


def _rare_category(rng: random.Random) -> str | None:
    return _category(rng) if rng.random() < 0.01 else None


def _long(rng: random.Random) -> str:
    return f"{LONG}{rng.randint(0, 9)}"


_METRIC_KINDS = [_continuous, _tied, _all_tied, _broken, _rare]
_PARAM_KINDS = [_number, _category, _unique, _constant, _rare_category]
_TAG_KINDS = [_category, _unique, _long, _rare_category, _constant]


# --- into the tables ----------------------------------------------------------------------------


def fill(store: SqlTrackingStore, experiment_id: str, runs: Sequence[MadeRun]) -> None:
    """Put runs into an experiment, in one transaction.

    Args:
        store: A store on SQLite or PostgreSQL.
        experiment_id: An experiment of the store.
        runs: Runs without data sets whose ids are new.

    """
    experiment = int(experiment_id)
    database = store._database
    with database.write() as tx:
        ids = _reserve_ids(tx, database.dialect, len(runs))
        names = sorted({key for run in runs for key in (*run.metrics, *run.params, *run.tags)})
        keys = store._keys.ids(tx, experiment, [*names, "mlflow.runName"], create=True)
        numbered = list(zip(ids, runs, strict=True))
        load = _copy if database.dialect == "postgresql" else _insert
        load(tx, "runs", _RUN_COLUMNS, _run_rows(numbered, experiment))
        load(tx, "metric_summaries", SUMMARY_COLUMNS, _summary_rows(numbered, keys))
        params = (
            (row, keys[key], text) for row, run in numbered for key, text in run.params.items()
        )
        load(tx, "params", "run_id, key_id, value", params)
        tags = (
            (row, keys[key], text)
            for row, run in numbered
            for key, text in (run.tags | {"mlflow.runName": run.name}).items()
        )
        load(tx, "run_tags", "run_id, key_id, value", tags)
        if database.dialect == "postgresql":
            tx.execute("ANALYZE")  # its own would come a minute later


_RUN_COLUMNS = (
    "id, uuid, experiment_id, name, user_id, status, start_time, end_time, deleted_at, artifact_uri"
)


def _reserve_ids(tx: Transaction, dialect: str, count: int) -> list[int]:
    if dialect == "postgresql":
        sql = "SELECT nextval(pg_get_serial_sequence('runs', 'id')) FROM generate_series(1, ?)"
        return [row[0] for row in tx.execute(sql, (count,)).fetchall()]
    sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'runs'"
    (last,) = tx.execute(sql).fetchone()
    return list(range(last + 1, last + 1 + count))


def _run_rows(
    numbered: Iterable[tuple[int, MadeRun]], experiment: int
) -> Iterator[tuple[Any, ...]]:
    for row, run in numbered:
        place = f"./artifacts/{experiment}/{run.run_id}/artifacts"
        deleted_at = run.start if run.deleted else None
        times = (run.start, run.end, deleted_at)
        yield (row, run.run_id, experiment, run.name, run.user, run.status, *times, place)


def _summary_rows(
    numbered: Iterable[tuple[int, MadeRun]], keys: dict[str, int]
) -> Iterator[tuple[Any, ...]]:
    for row, run in numbered:
        for key, series in run.metrics.items():
            last, first = _kind_and_number(series.last), _kind_and_number(series.first)
            last_point, first_point = (*last, 1, run.start + 1), (*first, 0, run.start)
            extremes = (series.least, series.greatest)
            yield (row, keys[key], *last_point, *first_point, *extremes, 2)


def _kind_and_number(value: float) -> tuple[int, float]:
    return (1, 0.0) if math.isnan(value) else (0, value)


def _insert(tx: Any, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    tx.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _copy(tx: Any, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with (
        tx.connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
