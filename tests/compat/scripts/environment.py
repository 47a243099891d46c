"""Settings by environment variables. Runs first in its process: they count until code says else."""

from __future__ import annotations

import os
from typing import Any

import mlflow
from views import view_run

TAKES = (
    "MLFLOW_EXPERIMENT_NAME",
    "MLFLOW_EXPERIMENT_ID",
    "MLFLOW_RUN_ID",
    "MLFLOW_HTTP_REQUEST_TIMEOUT",
)


def run(place: Any) -> dict[str, Any]:
    os.environ["MLFLOW_EXPERIMENT_NAME"] = place.unique
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "30"
    try:
        with mlflow.start_run(run_name="by name") as first:
            mlflow.log_param("a", 1)
        named = mlflow.get_experiment_by_name(place.unique)

        os.environ["MLFLOW_RUN_ID"] = first.info.run_id
        with mlflow.start_run() as resumed:
            mlflow.log_param("b", 2)
        return {
            "uri is the server's": mlflow.get_tracking_uri() == os.environ["MLFLOW_TRACKING_URI"],
            "experiment": named.name,
            "in it": first.info.experiment_id == named.experiment_id,
            "resumed": resumed.info.run_id == first.info.run_id,
            "run": view_run(mlflow.get_run(first.info.run_id)),
        }
    finally:
        for name in TAKES:
            os.environ.pop(name, None)
