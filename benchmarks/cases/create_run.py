"""Whole small runs: what a hyperparameter search does a thousand times."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.points import curves, keys
from benchmarks.tracking import Tracking, WrongAnswer, warm_up

RATE = Quantity(
    "runs/s, 1 client",
    "/s",
    (Bar("mlflow", at_least=30), Bar("fasttrackml", at_least=2)),
)
CPU = Quantity("server CPU per run", "s")

_METRICS = [point.wire() for point in curves(keys(50), range(1), seed=2)]
_PARAMS = [{"key": f"param_{n:02d}", "value": f"value-{n * 7919}"} for n in range(20)]
_TAGS = [{"key": f"tag_{n}", "value": f"label {n}"} for n in range(5)]


def _check(run: dict[str, Any]) -> None:
    """Check that the run has what was logged; servers add tags of their own."""
    data = run["data"]
    tags = {tag["key"] for tag in data.get("tags", [])}
    seen = (len(data.get("metrics", [])), len(data.get("params", [])))
    if seen != (len(_METRICS), len(_PARAMS)) or not tags >= {tag["key"] for tag in _TAGS}:
        raise WrongAnswer(f"metrics and params {seen}, tags {sorted(tags)}")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Create runs for a while: runs/create, then everything else in one log-batch."""
    server = bench.server(contender)
    warm_up(server)
    with closing(Tracking(server.port)) as tracking:

        def create() -> str:
            run_id = tracking.create_run()
            body = {"run_id": run_id, "metrics": _METRICS, "params": _PARAMS, "tags": _TAGS}
            tracking.post("runs/log-batch", body)
            return run_id

        def measure() -> Figures:
            create()
            run_ids = []
            with server.metered() as meter:
                started = time.perf_counter()
                while time.perf_counter() - started < bench.choose(3.0, 1.0):
                    run_ids.append(create())
                elapsed = time.perf_counter() - started
            for run_id in (run_ids[0], run_ids[-1]):
                _check(json.loads(tracking.get("runs/get", run_id=run_id))["run"])
            return {RATE.name: len(run_ids) / elapsed, CPU.name: meter.cpu_s / len(run_ids)}

        yield measure


CASE = Case(
    name="create-run",
    title="1 client: create a run, then log 20 params, 50 metrics and 5 tags in one batch",
    contenders=("mlflow", "fasttrackml", "headrace"),
    quantities=(RATE, CPU),
    open=contend,
    rounds=3,
)
