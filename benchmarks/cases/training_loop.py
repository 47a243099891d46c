"""What a training step pays for 20 metrics, until all of them are stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import clients
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.environments import Unavailable

_METRICS = 20
_SLOW = (clients.MLFLOW_SQLITE, clients.MLFLOW_SERVER)

# As long as an epoch that logs every step: begin and end of the run are left out, but what comes
# after the loop until all is stored is part of every step's cost.
_STEPS = 200
_LONG = 5_000

_BARS = tuple(
    Bar(peer, at_most=at_most, of=of)
    for of in (clients.SERVER, clients.EMBEDDED)
    for peer, at_most in ((clients.MLFLOW_SQLITE, 1 / 200), (clients.TRACKIO, 1 / 4))
)

# All log a step by one call, as the figures that the bars come from were measured.
TOGETHER = Quantity("a step, by one call", "s", _BARS)
CPU = Quantity("of it, CPU of the process", "s")
# Many scripts call log_metric for each instead, which no peer bears.
STEP = Quantity("a step, Headrace by 20 log_metric", "s")
BLOCKED = Quantity("of it, what the loop itself waits", "s")
LONG = Quantity("a step of a loop of 5,000, Headrace by 20 log_metric", "s")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log step after step in a fresh process, and count the way into the store at the end."""
    if bench.quick and contender == clients.MLFLOW_SERVER:
        raise Unavailable("left out with --quick")
    client = clients.open_client(bench, contender)
    steps = bench.choose(50, 20) if contender in _SLOW else _STEPS

    def loop(steps: int, *, together: bool) -> dict[str, float]:
        seen = client.run("training", steps=steps, metrics=_METRICS, together=together)
        client.expect_points(seen["run_id"], seen["keys"], steps)
        return dict(seen)

    def measure() -> Figures:
        is_best = client.library != "headrace"
        together = loop(steps, together=True)
        first = together if is_best else loop(steps, together=False)
        long = {}
        if contender not in _SLOW:
            long[LONG.name] = loop(bench.choose(_LONG, 1_000), together=is_best)["step_s"]
        return {
            STEP.name: first["step_s"],
            BLOCKED.name: first["blocked_s"],
            TOGETHER.name: together["step_s"],
            CPU.name: together["cpu_s"],
            **long,
        }

    yield measure


CASE = Case(
    name="training-loop",
    title=f"{_STEPS} steps of {_METRICS} metrics, all stored when the run has ended",
    contenders=(
        clients.MLFLOW_SERVER,
        clients.MLFLOW_SQLITE,
        clients.TRACKIO,
        clients.SERVER,
        clients.EMBEDDED,
    ),
    quantities=(TOGETHER, CPU, STEP, BLOCKED, LONG),
    open=contend,
    quick_rounds=3,
)
