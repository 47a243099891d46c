"""A short run from begin to end: what a script pays for being tracked at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import clients
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.environments import Unavailable

_POINTS = 200


def _bars(fraction: float) -> tuple[Bar, ...]:
    return tuple(
        Bar(peer, at_most=at_most, of=of)
        for of in (clients.SERVER, clients.EMBEDDED)
        for peer, at_most in ((clients.MLFLOW_SQLITE, fraction), (clients.TRACKIO, 1.0))
    )


COLD = Quantity("the first run of a process", "s", _bars(1 / 25))
COLD_BEGIN = Quantity("of it, start_run", "s")
COLD_END = Quantity("of it, end_run", "s")
WARM = Quantity("the second run", "s", _bars(1 / 50))
WARM_BEGIN = Quantity("of the second, start_run", "s")
WARM_END = Quantity("of the second, end_run", "s")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Make two runs in a fresh process; its imports are not counted, what it loads later is."""
    if bench.quick and contender == clients.MLFLOW_SERVER:
        raise Unavailable("left out with --quick")
    client = clients.open_client(bench, contender)

    def measure() -> Figures:
        first, second = client.run("whole_runs", runs=2, points=_POINTS)
        for run in (first, second):
            client.expect_points(run["run_id"], ["loss"], _POINTS)
        return {
            COLD.name: first["whole_s"],
            COLD_BEGIN.name: first["begin_s"],
            COLD_END.name: first["end_s"],
            WARM.name: second["whole_s"],
            WARM_BEGIN.name: second["begin_s"],
            WARM_END.name: second["end_s"],
        }

    yield measure


CASE = Case(
    name="short-run",
    title=f"start_run, {_POINTS} log_metric, end_run: all stored and read back by another process",
    contenders=(
        clients.MLFLOW_SERVER,
        clients.MLFLOW_SQLITE,
        clients.TRACKIO,
        clients.SERVER,
        clients.EMBEDDED,
    ),
    quantities=(COLD, COLD_BEGIN, COLD_END, WARM, WARM_BEGIN, WARM_END),
    open=contend,
    quick_rounds=3,
)
