"""64 clients at once, each logging into a run of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.cases.log_metric import EMPTY, KEY, PATH
from benchmarks.http1 import drive_many, request_bytes
from benchmarks.peers import Server
from benchmarks.points import point_body
from benchmarks.tracking import Tracking, warm_up

_CLIENTS = 64

RATE = Quantity(
    "requests/s, 64 clients",
    "/s",
    (Bar(EMPTY, at_least=0.5), Bar("fasttrackml", at_least=2)),
)
CPU = Quantity("server CPU per request, 64 clients", "s")


def _requests(server: Server, run_ids: list[str]) -> list[Callable[[int], bytes]]:
    def maker(run_id: str) -> Callable[[int], bytes]:
        return lambda step: request_bytes(server.port, "POST", PATH, point_body(run_id, KEY, step))

    return [maker(run_id) for run_id in run_ids]


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Give each client a new run each round; afterwards every run's points are counted."""
    server = bench.server(contender)
    seconds = bench.choose(4.0, 2.0)

    def measure_empty() -> Figures:
        requests = _requests(server, ["0" * 32] * _CLIENTS)
        with server.metered() as meter:
            done, elapsed = drive_many(server.port, requests, seconds)
        return {RATE.name: sum(done) / elapsed, CPU.name: meter.cpu_s / sum(done)}

    if contender == EMPTY:
        yield measure_empty
        return

    warm_up(server)
    with closing(Tracking(server.port)) as tracking:

        def measure() -> Figures:
            run_ids = [tracking.create_run() for _ in range(_CLIENTS)]
            with server.metered() as meter:
                done, elapsed = drive_many(server.port, _requests(server, run_ids), seconds)
            for run_id, count in zip(run_ids, done, strict=True):
                tracking.expect_points(run_id, KEY, count)
            return {RATE.name: sum(done) / elapsed, CPU.name: meter.cpu_s / sum(done)}

        yield measure


CASE = Case(
    name="log-metric-clients",
    title="64 clients log one metric each, one request under way per client",
    contenders=("mlflow", "fasttrackml", "headrace", "headrace-fsync", EMPTY),
    quantities=(RATE, CPU),
    open=contend,
    rounds=3,
)
