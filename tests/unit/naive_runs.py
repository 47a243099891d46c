"""Runs with every value that may make trouble, made at random and logged by the store's calls."""

from __future__ import annotations

import math
import random
import string
from collections.abc import Sequence

from benchmarks.populations import MadeRun, make_series
from headrace.api import tracking as api
from headrace.entities import Dataset, DatasetInput, InputTag, Param, RunTag
from headrace.stores.base import TrackingStore

NUMBERS = [0.0, -0.0, 1.0, -1.5, 0.1, 2.0**53, 1e-300, 1e300, math.inf, -math.inf, math.nan]
LONG = "x" * 199
TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "aB",
    "b",
    "10",
    "9",
    "50%_off",
    "a*b?[c]",
    'it\'s "so"',
    "größe",
    "GRÖSSE",
    "日本",
    "\U0001f600",
    "\uffff",
    LONG,
    LONG + "yb",
    LONG + "ya",
    LONG + "yy",
]
NUMBER_TEXTS = [
    "0.001",
    "1e-3",
    "-5",
    "+7",
    ".5",
    "5.",
    "1E2",
    "0.1000000000000000055511151231257827",
    "0.30000000000000004",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "-1e400",
    "4.9e-324",
    "1e-400",
    "inf",
    "-Infinity",
    "nan",
    "1e",
    "0x10",
    "1_000",
    " 1",
    "1\n",
    "１",
    "12abc",
    "1e0005",
    "1" * 100,
    "1" * 101,
]
METRICS = ["acc", "loss", "a b", "x/y", "rare"]
PARAMS = ["lr", "kind", "a.b"]
TAGS = ["team", "mlflow.user"]
STATUSES = ["RUNNING", "FINISHED", "FAILED"]
PATTERNS = [
    *TEXTS,
    *["%", "a%", "A%", "%b", "_", "a_", "%_off", LONG + "%", LONG + "y%", "x%y_", "*", "[a]"],
    "gr_SSE",
]
REGEXES = ["", "a", "^a", "^[aA]b?$", "(?i)^AB", "[^a-z]", "^.{199}y[a-b]$", "ö|日", "^\\d+$", "^$"]


def make_nasty_runs(count: int, seed: int) -> list[MadeRun]:
    """Return random runs: skewed values, ties, NaN, missing keys."""
    rng = random.Random(seed)
    return [_make_nasty_run(rng) for _ in range(count)]


def _make_nasty_run(rng: random.Random) -> MadeRun:
    ended = rng.random() < 0.6
    run = MadeRun(
        run_id="".join(rng.choices(string.hexdigits[:16], k=32)),
        name=rng.choice(TEXTS) or "unnamed",
        user=rng.choice(["ann", "bob", ""]),
        status=rng.choice(STATUSES[1:]) if ended else "RUNNING",
        start=rng.choice([0, 5, 5, 5, 1000, 10**12]),
        end=rng.choice([0, 7, 10**12]) if ended else None,
        deleted=rng.random() < 0.2,
    )
    for key in METRICS[:-1]:
        if rng.random() < 0.8:
            run.metrics[key] = make_series(rng.choices(NUMBERS, k=rng.choice([1, 1, 2, 3])))
    if rng.random() < 0.05:
        run.metrics["rare"] = make_series([rng.random()])
    run.params = {k: rng.choice(TEXTS) for k in PARAMS if rng.random() < 0.8}
    if rng.random() < 0.9:
        run.params["lr"] = rng.choice(NUMBER_TEXTS)
    run.tags = {k: rng.choice(TEXTS) for k in TAGS if rng.random() < 0.7}
    for name in ("iris", "Iris", "wine"):
        if rng.random() < 0.2:
            run.datasets.append((name, rng.choice(["d1", "d2"]), rng.choice(["train", ""])))
    return run


def log_runs(store: TrackingStore, experiment_id: str, runs: Sequence[MadeRun]) -> None:
    """Log the runs through the store's own calls."""
    for run in runs:
        store.create_run(
            api.CreateRun(
                experiment_id=experiment_id,
                run_id=run.run_id,
                run_name=run.name,
                user_id=run.user,
                start_time=run.start,
                tags=[RunTag(key, value) for key, value in run.tags.items()],
            )
        )
        points = [
            api.MetricPoint(key=key, value=value, timestamp=5, step=step)
            for key, series in run.metrics.items()
            for step, value in enumerate([series.first, series.least, series.greatest, series.last])
            if value is not None
        ]
        params = [Param(key, value) for key, value in run.params.items()]
        store.log_batch(api.LogBatch(run_id=run.run_id, metrics=points, params=params))
        inputs = [
            DatasetInput(
                Dataset(name, digest, "local", "{}"),
                [InputTag("mlflow.data.context", context)] if context else [],
            )
            for name, digest, context in run.datasets
        ]
        if inputs:
            store.log_inputs(api.LogInputs(run_id=run.run_id, datasets=inputs))
        if run.status != "RUNNING":
            store.update_run(api.UpdateRun(run_id=run.run_id, status=run.status, end_time=run.end))
        if run.deleted:
            store.delete_run(api.DeleteRun(run_id=run.run_id))
