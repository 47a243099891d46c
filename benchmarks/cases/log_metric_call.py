"""What training itself waits for: one call of log_metric, whose point survives the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import clients
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.environments import Unavailable

CALL = Quantity(
    "p50 of a call",
    "s",
    (
        Bar(clients.TRACKIO, at_most=1 / 2),
        Bar(clients.TRACKIO, at_most=1 / 2, of=clients.EMBEDDED),
    ),
)
P99 = Quantity("p99 of a call", "s")
WRITE = Quantity("p50 of a bare 100-byte write beside it", "s")
RATIO = Quantity(
    "calls in terms of that write",
    "count",
    (Bar(None, at_most=3), Bar(None, at_most=3, of=clients.EMBEDDED)),
)
LOST = Quantity(
    "points lost by kill -9 after the last call",
    "count",
    (Bar(None, at_most=0), Bar(None, at_most=0, of=clients.EMBEDDED)),
)
TWICE = Quantity(
    "points stored twice",
    "count",
    (Bar(None, at_most=0), Bar(None, at_most=0, of=clients.EMBEDDED)),
)

_SLOW = (clients.MLFLOW_SQLITE, clients.MLFLOW_SERVER)


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log in a process that kills itself, then count what another one finds."""
    if bench.quick and contender == clients.MLFLOW_SERVER:
        raise Unavailable("left out with --quick")
    client = clients.open_client(bench, contender)
    calls = bench.choose(50, 20) if contender in _SLOW else bench.choose(20_000, 5_000)

    def measure() -> Figures:
        seen = client.run("log_calls", calls=calls)
        steps = client.stored(seen["run_id"], "loss", adopt=True)
        return {
            CALL.name: seen["call_s"],
            P99.name: seen["p99_s"],
            WRITE.name: seen["write_s"],
            RATIO.name: seen["call_s"] / seen["write_s"],
            LOST.name: calls - len(set(steps)),
            TWICE.name: len(steps) - len(set(steps)),
        }

    yield measure


CASE = Case(
    name="log-metric-call",
    title="one log_metric call in a training process, in turn with bare writes; then kill -9",
    contenders=(
        clients.MLFLOW_SERVER,
        clients.MLFLOW_SQLITE,
        clients.TRACKIO,
        clients.SERVER,
        clients.EMBEDDED,
    ),
    quantities=(CALL, P99, WRITE, RATIO, LOST, TWICE),
    open=contend,
    quick_rounds=3,
)
