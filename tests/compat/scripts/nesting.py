"""Runs within runs, runs taken up again, and how a run ends."""

from __future__ import annotations

from typing import Any

import mlflow
from mlflow import MlflowClient
from views import view_error, view_run


def run(place: Any) -> dict[str, Any]:
    experiment_id = place.experiment()
    with mlflow.start_run(run_name="parent") as parent:
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("m", 1.0)
            with mlflow.start_run(run_name="grandchild", nested=True) as grandchild:
                pass
        second_start = view_error(mlflow.start_run, run_name="not nested")
    children = mlflow.search_runs(
        filter_string=f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'", output_format="list"
    )

    with mlflow.start_run(run_id=parent.info.run_id):
        mlflow.log_param("later", "yes")
        running = mlflow.get_run(parent.info.run_id).info.status

    failed_id = ""
    try:
        with mlflow.start_run(run_name="fails") as failed:
            failed_id = failed.info.run_id
            raise RuntimeError("the training died")
    except RuntimeError:
        pass

    client = MlflowClient()
    made = client.create_run(
        experiment_id, start_time=1_700_000_000_000, tags={"made": "by hand"}, run_name="made"
    )
    client.update_run(made.info.run_id, status="RUNNING", name="renamed")
    client.set_terminated(made.info.run_id, "KILLED", 1_700_000_005_000)
    killed = client.get_run(made.info.run_id)
    return {
        "children": [r.info.run_id == child.info.run_id for r in children],
        "parent of": client.get_parent_run(grandchild.info.run_id).info.run_id == child.info.run_id,
        "parent of the first": client.get_parent_run(parent.info.run_id),
        "second start refused": second_start["class"] is not None,
        "running again": running,
        "parent": view_run(mlflow.get_run(parent.info.run_id)),
        "failed": mlflow.get_run(failed_id).info.status,
        "killed": view_run(killed) | {"times": [killed.info.start_time, killed.info.end_time]},
    }
