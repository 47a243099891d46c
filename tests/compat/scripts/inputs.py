"""Data sets that a run used."""

from __future__ import annotations

from typing import Any

import mlflow
import pandas
from mlflow import MlflowClient


def run(place: Any) -> dict[str, Any]:
    experiment_id = place.experiment()
    frame = pandas.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, 2.5]})
    dataset = mlflow.data.from_pandas(
        frame, source="s3://bucket/table.csv", name="table", targets="y"
    )
    with mlflow.start_run() as active:
        mlflow.log_input(dataset, context="training", tags={"fold": "1"})
        mlflow.log_input(dataset, context="training", tags={"fold": "1"})
        mlflow.log_input(mlflow.data.from_pandas(frame.head(1), name="small"), context="eval")
    run_back = mlflow.get_run(active.info.run_id)
    used = [
        {
            "name": item.dataset.name,
            "digest": item.dataset.digest,
            "source_type": item.dataset.source_type,
            "source": item.dataset.source if item.dataset.source_type != "code" else "code",
            "schema": item.dataset.schema,
            "profile": item.dataset.profile,
            "tags": sorted([t.key, t.value] for t in item.tags),
        }
        for item in run_back.inputs.dataset_inputs
    ]
    found = MlflowClient().search_runs([experiment_id], "datasets.name = 'table'")
    return {
        "used": sorted(used, key=lambda item: item["name"]),
        "found": len(found),
        "found with inputs": [len(r.inputs.dataset_inputs) for r in found],
        "by context": len(MlflowClient().search_runs([experiment_id], "dataset.context = 'eval'")),
        "not found": len(MlflowClient().search_runs([experiment_id], "dataset.name = 'no'")),
    }
