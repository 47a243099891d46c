"""The chart of many runs: one call that MLflow's pages make for every plot."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.points import keys
from benchmarks.tracking import Tracking, WrongAnswer

_KEYS = keys(1)
_SAMPLES = 1000
_LONG = "headrace, 10k points"

TIME = Quantity("time", "s", (Bar("mlflow", at_most=1 / 60), Bar("headrace", at_most=3, of=_LONG)))
CPU = Quantity("server CPU", "s")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Fill 100 runs once, then ask for up to 1000 points of each in one call."""
    server = bench.server("headrace" if contender == _LONG else contender)
    bench.note("FastTrackML 0.6.0 has no such call: it answers 404.")
    length = 10_000 if contender == _LONG else 1000
    runs = bench.choose(100, 20)
    with closing(Tracking(server.port)) as tracking:
        run_ids = [tracking.create_run() for _ in range(runs)]
        for seed, run_id in enumerate(run_ids):
            tracking.fill(run_id, _KEYS, length, seed)
        server.settle()

        def measure() -> Figures:
            before, started = server.cpu_seconds(), time.perf_counter()
            body = tracking.get(
                "metrics/get-history-bulk-interval",
                run_ids=run_ids,
                metric_key=_KEYS[0],
                max_results=_SAMPLES,
            )
            elapsed = time.perf_counter() - started
            cpu = server.cpu_seconds() - before
            points = json.loads(body)["metrics"]
            steps = {(point["run_id"], int(point["step"])) for point in points}
            ends = {(run_id, step) for run_id in run_ids for step in (0, length - 1)}
            if len(steps) < runs * min(_SAMPLES, length) * 0.99 or not steps >= ends:
                raise WrongAnswer(f"{len(steps)} points of {runs} runs, or without their ends")
            return {TIME.name: elapsed, CPU.name: cpu}

        yield measure


CASE = Case(
    name="bulk-interval",
    title="get-history-bulk-interval of 100 runs x 1000 points (20 runs with --quick)",
    contenders=("mlflow", "headrace", _LONG),
    quantities=(TIME, CPU),
    open=contend,
    rounds=3,
)
