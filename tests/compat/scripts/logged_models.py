"""Logged models, which are there since MLflow 3."""

from __future__ import annotations

from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus, Metric
from views import view_error


def run(place: Any) -> dict[str, Any]:
    experiment_id = place.experiment()
    client = MlflowClient()
    with mlflow.start_run() as active:
        run_id = active.info.run_id
        model = mlflow.initialize_logged_model(
            "first", params={"depth": "3"}, tags={"team": "red"}, model_type="tree"
        )
        mlflow.log_metric("acc", 0.5, step=1, timestamp=1_700_000_000_000, model_id=model.model_id)
        mlflow.log_metric("acc", 0.7, step=2, timestamp=1_700_000_000_000, model_id=model.model_id)
        mlflow.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        external = mlflow.create_external_model(
            "second", params={"depth": "10"}, source_run_id=run_id
        )
    client.log_batch(
        run_id, metrics=[Metric("batch", 1.0, 1_700_000_000_000, 0, model_id=external.model_id)]
    )
    mlflow.set_logged_model_tags(model.model_id, {"stage": "one", "gone": "x"})
    mlflow.delete_logged_model_tag(model.model_id, "gone")
    client.log_model_params(model.model_id, {"later": "yes"})
    file = place.folder / "weights.bin"
    file.write_bytes(b"weights")
    client.log_model_artifact(model.model_id, str(file))
    back = mlflow.get_logged_model(model.model_id)

    doomed = client.create_logged_model(experiment_id, name="doomed")
    client.delete_logged_model(doomed.model_id)
    return {
        "experiment_id": experiment_id,
        "model": _view(back) | {"metrics": sorted([m.key, m.value, m.step] for m in back.metrics)},
        "external": _view(mlflow.get_logged_model(external.model_id)),
        "artifacts": [
            [f.path, f.is_dir, f.file_size]
            for f in client.list_logged_model_artifacts(model.model_id)
        ],
        "outputs": [
            output.model_id == model.model_id
            for output in mlflow.get_run(run_id).outputs.model_outputs
        ],
        "search": _search(experiment_id),
        "deleted": view_error(mlflow.get_logged_model, doomed.model_id),
        "unknown": view_error(mlflow.get_logged_model, "m-none"),
        "active": _active_model(place),
    }


def _view(model: Any) -> dict[str, Any]:
    return {
        "name": model.name,
        "status": str(model.status),
        "model_type": model.model_type,
        "source_run_id": model.source_run_id,
        "params": dict(sorted(model.params.items())),
        "tags": {k: v for k, v in sorted(model.tags.items()) if not k.startswith("mlflow.")},
        "artifact_location": model.artifact_location,
    }


def _search(experiment_id: str) -> dict[str, Any]:
    def names(text: str | None = None, **options: Any) -> list[str]:
        models = mlflow.search_logged_models(
            [experiment_id], filter_string=text, output_format="list", **options
        )
        return [model.name for model in models]

    frame = mlflow.search_logged_models([experiment_id])
    return {
        "all": sorted(names()),
        "by metric": names("metrics.acc > 0.6"),
        "by param": names("params.depth = '10'"),
        "by tag": names("tags.team = 'red'"),
        "ordered": names(order_by=[{"field_name": "name", "ascending": False}]),
        "by metric order": names(order_by=[{"field_name": "metrics.acc", "ascending": False}]),
        "first of them": names(max_results=1, order_by=[{"field_name": "name"}]),
        "frame": sorted(frame.columns),
        "rows": len(frame),
    }


def _active_model(place: Any) -> dict[str, Any]:
    with mlflow.set_active_model(name=f"{place.unique} active") as active:
        with mlflow.start_run():
            mlflow.log_metric("linked", 0.25, step=0, timestamp=1_700_000_000_000)
        model_id = active.model_id
    back = mlflow.get_logged_model(model_id)
    return {"metrics": [[m.key, m.value] for m in back.metrics or []], "status": str(back.status)}
