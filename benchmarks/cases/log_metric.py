"""One client that logs one metric, point by point: the call that training makes most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from statistics import median

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.http1 import drive_one, request_bytes
from benchmarks.points import point_body
from benchmarks.tracking import Tracking, warm_up

KEY = "loss"
EMPTY = "empty-asgi"
PATH = "/api/2.0/mlflow/runs/log-metric"

CPU = Quantity(
    "server CPU per request",
    "s",
    (
        Bar("mlflow", at_most=1 / 60),
        Bar("fasttrackml", at_most=1 / 4),
        Bar("mlflow", at_most=1 / 30, of="headrace-fsync"),
    ),
)
P50 = Quantity(
    "p50, 1 client", "s", (Bar("mlflow", at_most=1 / 80), Bar("fasttrackml", at_most=1.0))
)
P99 = Quantity("p99, 1 client", "s")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log into a run of its own each round, end it, and count compaction into the CPU time."""
    server = bench.server(contender)
    seconds = bench.choose(3.0, 1.0)

    def request(run_id: str, step: int) -> bytes:
        return request_bytes(server.port, "POST", PATH, point_body(run_id, KEY, step))

    def figures(cpu_s: float, times: list[float]) -> Figures:
        return {
            CPU.name: cpu_s / len(times),
            P50.name: median(times),
            P99.name: sorted(times)[int(len(times) * 0.99)],
        }

    def measure_empty() -> Figures:
        with server.metered() as meter:
            times = drive_one(server.port, partial(request, "0" * 32), seconds)
        return figures(meter.cpu_s, times)

    if contender == EMPTY:
        yield measure_empty
        return

    warm_up(server)
    with closing(Tracking(server.port)) as tracking:

        def measure() -> Figures:
            run_id = tracking.create_run()
            with server.metered() as meter:
                times = drive_one(server.port, partial(request, run_id), seconds)
                tracking.finish(run_id)
            tracking.expect_points(run_id, KEY, len(times))
            return figures(meter.cpu_s, times)

        yield measure


CASE = Case(
    name="log-metric",
    title="1 client, one log-metric after the other; compaction counted",
    contenders=("mlflow", "fasttrackml", "headrace", "headrace-fsync", EMPTY),
    quantities=(CPU, P50, P99),
    open=contend,
)
