"""Delete and restore runs; what a deleted run still tells."""

from __future__ import annotations

from typing import Any

import mlflow
from mlflow import MlflowClient
from views import view_run


def run(place: Any) -> dict[str, Any]:
    experiment_id = place.experiment()
    client = MlflowClient()
    with mlflow.start_run(run_name="kept") as active:
        mlflow.log_metric("m", 1.0)
        mlflow.log_text("x", "x.txt")
    run_id = active.info.run_id
    mlflow.delete_run(run_id)
    deleted = view_run(client.get_run(run_id))
    found_deleted = len(client.search_runs([experiment_id]))
    client.restore_run(run_id)
    return {
        "deleted": deleted,
        "found deleted": found_deleted,
        "history": len(client.get_metric_history(run_id, "m")),
        "restored": client.get_run(run_id).info.lifecycle_stage,
        "found restored": len(client.search_runs([experiment_id])),
        "artifacts": [f.path for f in client.list_artifacts(run_id)],
    }
