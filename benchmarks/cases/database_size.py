"""What a million points take on disk, in long series and in short ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.peers import Server
from benchmarks.points import keys
from benchmarks.tracking import Tracking

LONG = Quantity("database per 1e6 points, series of 1000", "B", (Bar("mlflow", at_most=1 / 20),))
SHORT = Quantity("database per 1e6 points, series of 10", "B", (Bar("mlflow", at_most=1 / 8),))

# Rows cost the slower peers the same at any number, so they are asked for fewer, and scaled.
_POINTS = {"mlflow": 50_000, "fasttrackml": 300_000, "headrace": 1_000_000}
_POINTS_QUICK = {"mlflow": 10_000, "fasttrackml": 30_000, "headrace": 100_000}


def _growth(server: Server, metrics: list[str], length: int, points: int) -> float:
    """Log runs of `metrics` series of `length` points; return the bytes per million points."""
    before = server.database_bytes(log=False)
    per_run = len(metrics) * length
    with closing(Tracking(server.port)) as tracking:
        for number in range(points // per_run):
            run_id = tracking.create_run()
            tracking.fill(run_id, metrics, length, seed=number)
        time.sleep(server.peer.settle_s)  # 5 s for Headrace; the others change nothing later
        growth = server.database_bytes(log=True) - before
        tracking.expect_points(run_id, metrics[-1], length)
    return growth / points * 1e6


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Use a server of its own, so that no free page of an earlier case hides growth."""
    points = bench.choose(_POINTS, _POINTS_QUICK)[contender]
    with bench.own_server(contender) as server:

        def measure() -> Figures:
            return {
                LONG.name: _growth(server, keys(10), 1000, points),
                SHORT.name: _growth(server, keys(100), 10, points),
            }

        yield measure


CASE = Case(
    name="database-size",
    title=(
        "database and write-ahead log 5 s after the last write, scaled to 1e6 points "
        "(logged: MLflow 50,000, FastTrackML 300,000, Headrace 1,000,000 of each kind)"
    ),
    contenders=("mlflow", "fasttrackml", "headrace"),
    quantities=(LONG, SHORT),
    open=contend,
    rounds=1,
)
