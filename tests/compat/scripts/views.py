"""Entities of the client as plain data."""

from __future__ import annotations

from typing import Any

# Which tags a client sets by itself depends on its version and on where it runs.
_OWN_TAGS = ("mlflow.source", "mlflow.user", "mlflow.log-model", "mlflow.autologging")


def view_tags(tags: dict[str, str]) -> dict[str, str]:
    """Return tags without those that the client sets about itself."""
    return {key: tags[key] for key in sorted(tags) if not key.startswith(_OWN_TAGS)}


def view_run(run: Any) -> dict[str, Any]:
    """Return what a run shows, without times that the client takes from its clock."""
    return {
        "info": {
            "run_id": run.info.run_id,
            "run_name": run.info.run_name,
            "experiment_id": run.info.experiment_id,
            "status": run.info.status,
            "lifecycle_stage": run.info.lifecycle_stage,
            "artifact_uri": run.info.artifact_uri,
            "ended": run.info.end_time is not None,
        },
        "params": dict(sorted(run.data.params.items())),
        "metrics": dict(sorted(run.data.metrics.items())),
        "tags": view_tags(run.data.tags),
    }


def view_experiment(experiment: Any) -> dict[str, Any]:
    """Return what an experiment shows."""
    return {
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": experiment.lifecycle_stage,
        "tags": view_tags(experiment.tags),
        "times": [
            type(experiment.creation_time).__name__,
            type(experiment.last_update_time).__name__,
        ],
    }


def view_points(points: Any) -> list[list[Any]]:
    """Return the points of a history in the order of step, timestamp and value."""
    rows = [[point.key, point.value, point.timestamp, point.step] for point in points]
    return sorted(rows, key=lambda row: (row[3], row[2], str(row[1])))


def view_error(call: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
    """Call something that must fail and return what a program can see of the error."""
    try:
        call(*arguments, **options)
    except Exception as error:  # which class it is, is the result
        return {
            "class": type(error).__name__,
            "error_code": getattr(error, "error_code", None),
            "status": error.get_http_status_code()
            if hasattr(error, "get_http_status_code")
            else None,
            "json code": error.json.get("error_code")
            if isinstance(getattr(error, "json", None), dict)
            else None,
        }
    return {"class": None}
