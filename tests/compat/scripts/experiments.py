"""Experiments by the fluent calls and by the client."""

from __future__ import annotations

from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType
from views import view_error, view_experiment


def run(place: Any) -> dict[str, Any]:
    client = MlflowClient()
    name = place.unique
    made = mlflow.create_experiment(
        name, artifact_location=str(place.folder / "own"), tags={"a": "1"}
    )
    again = mlflow.set_experiment(name)
    mlflow.set_experiment_tags({"b": 2, "c": "x"})
    mlflow.set_experiment_tag("d", "y")
    client.set_experiment_tag(made, "e", "z")
    client.rename_experiment(made, f"{name} renamed")
    with mlflow.start_run() as active:
        pass
    before = view_experiment(mlflow.get_experiment(made))
    client.delete_experiment(made)
    deleted = {
        "stage": mlflow.get_experiment(made).lifecycle_stage,
        "by name": client.get_experiment_by_name(f"{name} renamed").lifecycle_stage,
        "run": client.get_run(active.info.run_id).info.lifecycle_stage,
        "create again": view_error(mlflow.create_experiment, f"{name} renamed"),
        "set": view_error(mlflow.set_experiment, f"{name} renamed")["error_code"],
        "start": view_error(client.create_run, made),
        "listed": [
            e.name
            for e in client.search_experiments(
                ViewType.DELETED_ONLY, filter_string=f"name LIKE '{name}%'"
            )
        ],
    }
    client.restore_experiment(made)
    return {
        "same": again.experiment_id == made,
        "experiment": before,
        "own artifacts": active.info.artifact_uri.startswith(str(place.folder / "own")),
        "deleted": deleted,
        "restored": mlflow.get_experiment_by_name(f"{name} renamed").lifecycle_stage,
        "none": mlflow.get_experiment_by_name(f"{name} none"),
        "default": client.get_experiment("0").name,
    }
