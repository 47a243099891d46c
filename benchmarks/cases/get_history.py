"""Reading one long curve back, as ``MlflowClient.get_metric_history`` does."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.points import curves, keys
from benchmarks.tracking import Tracking, WrongAnswer

_KEYS = keys(1)

TIME = Quantity("time", "s", (Bar("fasttrackml", at_most=1 / 4),))
CPU = Quantity("server CPU", "s")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log the curve once, then read it; every value is compared with what was logged."""
    server = bench.server(contender)
    length = bench.choose(100_000, 20_000)
    expected = sorted(
        (p.step, p.value)
        for first in range(0, length, 1000)
        for p in curves(_KEYS, range(first, first + 1000), seed=0)
    )
    with closing(Tracking(server.port)) as tracking:
        run_id = tracking.create_run()
        tracking.fill(run_id, _KEYS, length)
        server.settle()

        def measure() -> Figures:
            before, started = server.cpu_seconds(), time.perf_counter()
            body = tracking.get("metrics/get-history", run_id=run_id, metric_key=_KEYS[0])
            elapsed = time.perf_counter() - started
            cpu = server.cpu_seconds() - before
            points = json.loads(body)["metrics"]
            if sorted((int(p["step"]), float(p["value"])) for p in points) != expected:
                raise WrongAnswer(f"{len(points)} points differ from the {length} logged ones")
            return {TIME.name: elapsed, CPU.name: cpu}

        yield measure


CASE = Case(
    name="get-history",
    title="get-history of 100,000 points as one JSON answer (20,000 with --quick)",
    contenders=("mlflow", "fasttrackml", "headrace"),
    quantities=(TIME, CPU),
    open=contend,
    rounds=3,
)
