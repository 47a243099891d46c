"""What the real MLflow answers when it samples metric points, for points made from a seed.

Run by the Python of an environment that has MLflow, with the seeds of the cases:

    .envs/mlflow-3.17/bin/python tests/unit/mlflow_metric_samples.py $(seq 12) \
        > tests/unit/data/mlflow_metric_samples.json
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "data" / "mlflow_metric_samples.json"

# Points as (step, timestamp, value), answers of the same form with the value as a text.
Point = tuple[int, int, float]
Answer = list[tuple[int, int, str]]


def make_points(seed: int) -> list[Point]:
    """Return up to 120 points with repeated steps and times, NaN and points that occur twice."""
    chance = random.Random(seed)
    steps, times = chance.choice([(1, 40), (5, 5), (40, 3), (1000, 1000)])
    made = [
        (
            chance.randint(-steps, steps),
            chance.randint(0, times),
            chance.choice([float("nan"), 0.0, -1.5, 2.5, chance.random()]),
        )
        for _ in range(chance.choice([1, 2, 9, 60, 120]))
    ]
    return made + made[: len(made) // 4]


def make_queries(seed: int) -> list[tuple[int, int | None, int | None]]:
    """Return (max_results, start_step, end_step) of the questions about a case."""
    chance = random.Random(-seed)
    queries: list[tuple[int, int | None, int | None]] = [
        (size, None, None) for size in (1, 2, 3, 7, 30, 2500)
    ]
    for _ in range(4):
        start = chance.randint(-40, 40)
        queries.append((chance.choice([1, 4, 10, 100]), start, start + chance.randint(0, 60)))
    return queries


def main(seeds: list[int]) -> None:
    """Print the cases as JSON."""
    from mlflow.entities import Metric
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    def show(metric: Any) -> tuple[int, int, str]:
        return metric.step, metric.timestamp, repr(float(metric.value))

    cases: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", folder)
        for seed in seeds:
            run_id = store.create_run("0", "user", 1, [], "run").info.run_id
            points = make_points(seed)
            for step, timestamp, value in points:
                store.log_metric(run_id, Metric("m", value, timestamp, step))
            latest = store.get_run(run_id).data.metrics["m"]
            cases[str(seed)] = {
                "latest": repr(float(latest)),
                "history": [show(metric) for metric in store.get_metric_history(run_id, "m")],
                "samples": [
                    [
                        show(answer)
                        for answer in store.get_metric_history_bulk_interval(
                            [run_id], "m", size, start, end
                        )
                    ]
                    for size, start, end in make_queries(seed)
                ],
            }
    json.dump(cases, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]])
