"""search_runs and search_experiments: filters, orders, pages, pandas and lists."""

from __future__ import annotations

import math
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType

FILTERS = [
    "",
    "metrics.acc > 0.5",
    "metrics.acc >= 0.5 AND params.kind = 'tree'",
    "params.kind != 'tree'",
    "params.kind LIKE 't%'",
    "tags.team ILIKE 'R%'",
    "attributes.status = 'FINISHED'",
    "attributes.run_name > 'a'",
    "run_name = 'run 3'",
    "tags.`mlflow.runName` LIKE 'run%'",
    "params.absent IS NULL",
]
ORDERS = [
    None,
    ["metrics.acc DESC"],
    ["metrics.acc ASC"],
    ["params.kind", "start_time DESC"],
    ["attributes.start_time ASC"],
    ["tags.team DESC", "metrics.acc"],
]


def run(place: Any) -> dict[str, Any]:
    experiment_id = place.experiment()
    other_id = mlflow.create_experiment(f"{place.unique} other", tags={"kind": "second"})
    client = MlflowClient()
    for number in range(6):
        made = client.create_run(
            experiment_id, start_time=1_700_000_000_000 + number, run_name=f"run {number}"
        )
        run_id = made.info.run_id
        client.log_metric(run_id, "acc", [0.9, 0.1, 0.5, math.nan, 0.7, 0.3][number])
        client.log_param(run_id, "kind", ["tree", "net", "tree", "Tree", "svm", "net"][number])
        if number % 2:
            client.set_tag(run_id, "team", ["", "red", "", "Red", "", "blue"][number])
        client.set_terminated(run_id, "FINISHED" if number < 4 else "FAILED", 1_700_000_001_000)
    client.create_run(other_id, run_name="elsewhere")
    return {
        "filters": {text: _filter(experiment_id, text) for text in FILTERS},
        "orders": {str(order): _names(client, experiment_id, order_by=order) for order in ORDERS},
        "pages": _pages(client, experiment_id),
        "views": _views(client, experiment_id),
        "frame": _frame(experiment_id),
        "experiments": _experiments(place, client),
        "by names": len(mlflow.search_runs(experiment_names=[place.unique], output_format="list")),
        "both": len(mlflow.search_runs([experiment_id, other_id], output_format="list")),
    }


def _names(client: MlflowClient, experiment_id: str, **options: Any) -> list[str]:
    return [r.info.run_name for r in client.search_runs([experiment_id], **options)]


def _filter(experiment_id: str, text: str) -> Any:
    try:
        runs = mlflow.search_runs([experiment_id], filter_string=text, output_format="list")
    except mlflow.MlflowException as error:
        return error.error_code
    return sorted(r.info.run_name for r in runs)


def _pages(client: MlflowClient, experiment_id: str) -> list[Any]:
    pages = []
    token = None
    while token is not None or not pages:
        page = client.search_runs(
            [experiment_id], max_results=4, order_by=["start_time"], page_token=token
        )
        pages.append([r.info.run_name for r in page])
        token = page.token
    return pages


def _views(client: MlflowClient, experiment_id: str) -> dict[str, Any]:
    gone = client.search_runs([experiment_id], "run_name = 'run 5'")[0].info.run_id
    client.delete_run(gone)
    views = {
        name: sorted(_names(client, experiment_id, run_view_type=getattr(ViewType, name)))
        for name in ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]
    }
    client.restore_run(gone)
    return views


def _frame(experiment_id: str) -> dict[str, Any]:
    frame = mlflow.search_runs([experiment_id], order_by=["start_time"])
    own = [
        c
        for c in sorted(frame.columns)
        if not c.startswith(("tags.mlflow.source", "tags.mlflow.user"))
    ]
    return {
        "columns": own,
        "types": {c: str(frame[c].dtype) for c in ["start_time", "end_time", "metrics.acc"]},
        "start": [str(moment) for moment in frame["start_time"]],
        "acc": list(frame["metrics.acc"]),
        "kind": list(frame["params.kind"]),
        "team": [None if value != value else value for value in frame["tags.team"]],
        "empty": len(mlflow.search_runs([experiment_id], filter_string="metrics.acc > 100")),
    }


def _experiments(place: Any, client: MlflowClient) -> dict[str, Any]:
    mine = f"name LIKE '{place.unique}%'"
    return {
        "all": [e.name for e in mlflow.search_experiments(filter_string=mine, order_by=["name"])],
        "tagged": [
            e.name
            for e in mlflow.search_experiments(filter_string=mine + " AND tags.kind = 'second'")
        ],
        "descending": [
            e.name for e in client.search_experiments(filter_string=mine, order_by=["name DESC"])
        ],
        "page": len(client.search_experiments(filter_string=mine, max_results=1)),
        "token": client.search_experiments(filter_string=mine, max_results=1).token is not None,
    }
