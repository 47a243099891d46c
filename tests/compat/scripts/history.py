"""Long histories: written in batches, read by pages of the client's own choice."""

from __future__ import annotations

import math
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric
from views import view_points

# A real client asks for pages of 25000 points: this needs two.
POINTS = 30_000


def run(place: Any) -> dict[str, Any]:
    experiment_id = place.experiment()
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    for start in range(0, POINTS, 1000):
        client.log_batch(
            run_id,
            metrics=[
                Metric("long", i / 8, 1_700_000_000_000 + i, i) for i in range(start, start + 1000)
            ],
        )
    points = client.get_metric_history(run_id, "long")
    steps = sorted(point.step for point in points)

    for value, step in [(3.0, 1), (math.nan, 2), (-1.5, -4), (2.0, 2**40), (3.0, 1)]:
        client.log_metric(run_id, "odd", value, timestamp=1_700_000_000_000, step=step)
    with mlflow.start_run(run_id=run_id):
        mlflow.log_metric("many", 1.0, step=0, timestamp=1_700_000_000_000)
    return {
        "count": len(points),
        "each once": steps == list(range(POINTS)),
        "sum": sum(point.value for point in points),
        "latest": client.get_run(run_id).data.metrics,
        "odd": view_points(client.get_metric_history(run_id, "odd")),
        "unknown": client.get_metric_history(run_id, "never logged"),
    }
