"""From the command to a healthy server, and what it holds while nobody asks it anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.tracking import warm_up

START = Quantity("start to healthy", "s", (Bar("mlflow", at_most=1 / 15),))
START_CPU = Quantity("CPU until healthy", "s")
RSS = Quantity("idle memory, resident sets", "B")
# Shared pages count once here: the harder yardstick, since MLflow has 15 processes.
PSS = Quantity("idle memory, proportional sets", "B", (Bar("mlflow", at_most=1 / 20),))
WORKED = Quantity("memory after the first calls, proportional sets", "B")
IDLE = Quantity("idle CPU per minute", "s")
PROCESSES = Quantity("processes", "count")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Start on an empty database each round; an earlier start has warmed files and bytecode."""
    if contender not in bench.versions:
        with bench.fresh_server(contender):
            pass

    def measure() -> Figures:
        with bench.fresh_server(contender) as server:
            idle = server.idle_rate() * 60  # this also waits until start-up work has ended
            memory = server.memory()
            worked: dict[str, float] = {}
            if not bench.quick:
                warm_up(server)
                worked[WORKED.name] = server.memory().pss_bytes
            return {
                START.name: server.start_s,
                START_CPU.name: server.start_cpu_s,
                RSS.name: memory.rss_bytes,
                PSS.name: memory.pss_bytes,
                IDLE.name: idle,
                PROCESSES.name: memory.processes,
                **worked,
            }

    yield measure


CASE = Case(
    name="startup",
    title="start on an empty database until /health answers 200, then rest",
    contenders=("mlflow", "fasttrackml", "headrace"),
    quantities=(START, START_CPU, RSS, PSS, WORKED, IDLE, PROCESSES),
    open=contend,
    rounds=3,
    alone=True,
)
