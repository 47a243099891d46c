"""Full batches: 1000 points a request, as loggers that collect send them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.points import curves, keys
from benchmarks.tracking import Tracking, warm_up

_KEYS = keys(10)
_STEPS = 100

CPU = Quantity(
    "server CPU per 1000 points",
    "s",
    (Bar("mlflow", at_most=1 / 40), Bar("fasttrackml", at_most=1 / 8)),
)
TIME = Quantity("time per request of 1000 points", "s")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log batches of 10 metrics x 100 steps into one run for a while, then end it."""
    server = bench.server(contender)
    warm_up(server)
    with closing(Tracking(server.port)) as tracking:

        def measure() -> Figures:
            run_id = tracking.create_run()
            batches, spent = 0, 0.0
            with server.metered() as meter:
                while spent < bench.choose(2.5, 1.0):
                    first = batches * _STEPS
                    points = curves(_KEYS, range(first, first + _STEPS), seed=1)
                    started = time.perf_counter()
                    tracking.log_points(run_id, points)
                    spent += time.perf_counter() - started
                    batches += 1
                tracking.finish(run_id)
            for key in (_KEYS[0], _KEYS[-1]):
                tracking.expect_points(run_id, key, batches * _STEPS)
            return {CPU.name: meter.cpu_s / batches, TIME.name: spent / batches}

        yield measure


CASE = Case(
    name="log-batch",
    title="1 client, log-batch of 1000 points (10 metrics x 100 steps); compaction counted",
    contenders=("mlflow", "fasttrackml", "headrace"),
    quantities=(CPU, TIME),
    open=contend,
    rounds=3,
)
