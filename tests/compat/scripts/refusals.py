"""What a program sees when a server refuses."""

from __future__ import annotations

from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from views import view_error

ABSENT = "0123456789abcdef0123456789abcdef"


def run(place: Any) -> dict[str, Any]:
    experiment_id = place.experiment()
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    client.log_param(run_id, "p", "1")
    deleted = client.create_run(experiment_id).info.run_id
    client.delete_run(deleted)
    return {
        "unknown run": view_error(mlflow.get_run, ABSENT),
        "unknown experiment": view_error(mlflow.get_experiment, "777777777"),
        "experiment id of letters": view_error(mlflow.get_experiment, "abc"),
        "taken name": view_error(mlflow.create_experiment, place.unique),
        "empty name": view_error(mlflow.create_experiment, ""),
        "changed param": view_error(client.log_param, run_id, "p", "2"),
        "same param": view_error(client.log_param, run_id, "p", "1"),
        "changed param in a batch": view_error(client.log_batch, run_id, params=[Param("p", "2")]),
        "param twice in a batch": view_error(
            client.log_batch, run_id, params=[Param("q", "1"), Param("q", "2")]
        ),
        "bad metric key": view_error(client.log_metric, run_id, "../a", 1.0),
        "long key": view_error(client.set_tag, run_id, "k" * 300, "v"),
        "text for a metric refused": view_error(client.log_metric, run_id, "m", "abc")["class"]
        is not None,
        "metric of a deleted run": view_error(client.log_metric, deleted, "m", 1.0),
        "tag of a deleted run": view_error(client.set_tag, deleted, "t", "v"),
        "batch of a deleted run": view_error(client.log_batch, deleted, tags=[RunTag("t", "v")]),
        "absent tag": view_error(client.delete_tag, run_id, "none"),
        "bad filter": view_error(client.search_runs, [experiment_id], "metrics.acc > 'x'"),
        "no filter at all": view_error(client.search_runs, [experiment_id], "what is this"),
        "too many at once": view_error(client.search_runs, [experiment_id], max_results=50001),
        "bad page token": view_error(client.search_runs, [experiment_id], page_token="no token"),
        "1001 metrics": view_error(
            client.log_batch, run_id, metrics=[Metric("m", 1.0, 1, i) for i in range(1001)]
        )["class"],
        "artifact that is not there": view_error(client.download_artifacts, run_id, "no/such/file")[
            "class"
        ]
        is not None,
        "fluent param": _fluent(),
        "nothing was written": sorted(client.get_run(run_id).data.params),
    }


def _fluent() -> dict[str, Any]:
    with mlflow.start_run():
        mlflow.log_param("a", 1)
        return view_error(mlflow.log_param, "a", 2)
