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

# The peers get the form that is best for them; Headrace must do with 20 calls.
STEP = Quantity(
    "a step: Headrace by 20 log_metric, others by one call",
    "s",
    tuple(
        Bar(peer, at_most=at_most, of=of)
        for of in (clients.SERVER, clients.EMBEDDED)
        for peer, at_most in ((clients.MLFLOW_SQLITE, 1 / 200), (clients.TRACKIO, 1 / 4))
    ),
)
TOGETHER = Quantity("a step: all by one call", "s")
BLOCKED = Quantity("of the first, what the loop itself waits", "s")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log step after step in a fresh process, and count the way into the store at the end."""
    if bench.quick and contender == clients.MLFLOW_SERVER:
        raise Unavailable("left out with --quick")
    client = clients.open_client(bench, contender)
    steps = bench.choose(50, 20) if contender in _SLOW else bench.choose(5_000, 1_000)

    def loop(*, together: bool) -> dict[str, float]:
        seen = client.run("training", steps=steps, metrics=_METRICS, together=together)
        client.expect_points(seen["run_id"], seen["keys"], steps)
        return dict(seen)

    def measure() -> Figures:
        together = loop(together=True)
        best = loop(together=False) if client.library == "headrace" else together
        return {
            STEP.name: best["step_s"],
            BLOCKED.name: best["blocked_s"],
            TOGETHER.name: together["step_s"],
        }

    yield measure


CASE = Case(
    name="training-loop",
    title=f"{_METRICS} metrics a step, all stored when the run has ended",
    contenders=(
        clients.MLFLOW_SERVER,
        clients.MLFLOW_SQLITE,
        clients.TRACKIO,
        clients.SERVER,
        clients.EMBEDDED,
    ),
    quantities=(STEP, BLOCKED, TOGETHER),
    open=contend,
    quick_rounds=3,
)
