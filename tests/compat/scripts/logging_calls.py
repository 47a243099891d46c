"""What a training script logs: params, metrics, tags and artifacts, and reads back."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from views import view_points, view_run


def run(place: Any) -> dict[str, Any]:
    place.experiment()
    with mlflow.start_run(
        run_name="first", description="what it is", tags={"team": "red"}
    ) as active:
        run_id = active.info.run_id
        mlflow.log_param("lr", 0.01)
        mlflow.log_params(
            {"depth": 3, "none": None, "list": [1, 2], "empty": "", "text": "日本 \U0001f600"}
        )
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"acc": 0.5, "nan": math.nan}, step=3)
        mlflow.log_metric("stamped", 2.0, step=7, timestamp=1_700_000_000_000)
        mlflow.set_tag("a.b", "c")
        mlflow.set_tags({"n": 5, "gone": "x"})
        mlflow.delete_tag("gone")
        artifacts = _log_artifacts(place.folder)

    client = MlflowClient()
    client.log_batch(
        run_id,
        metrics=[Metric("batch", float(i), 1_700_000_000_000 + i, i) for i in range(1000)],
        params=[Param(f"p{i:02d}", str(i)) for i in range(50)],
        tags=[RunTag(f"t{i:02d}", str(i)) for i in range(50)],
    )
    run_back = mlflow.get_run(run_id)
    stamped = client.get_metric_history(run_id, "stamped")
    return {
        "run": view_run(run_back),
        "loss": [
            row[:2] + row[3:] for row in view_points(client.get_metric_history(run_id, "loss"))
        ],
        "stamped": view_points(stamped),
        "batch": [len(client.get_metric_history(run_id, "batch")), run_back.data.metrics["batch"]],
        "artifacts": artifacts,
        "last active": mlflow.last_active_run().info.run_id == run_id,
    }


def _log_artifacts(folder: Path) -> dict[str, Any]:
    (folder / "data" / "deep").mkdir(parents=True)
    (folder / "data" / "a.txt").write_text("alpha")
    (folder / "data" / "deep" / "b.bin").write_bytes(bytes(range(256)))
    mlflow.log_artifact(str(folder / "data" / "a.txt"))
    mlflow.log_artifact(str(folder / "data" / "a.txt"), "sub/folder")
    mlflow.log_artifacts(str(folder / "data"), "all")
    mlflow.log_text("some text", "notes/text.txt")
    mlflow.log_dict({"a": [1, 2.5, None]}, "config.json")
    mlflow.log_dict({"a": 1}, "config.yaml")
    mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, "table.json")

    client = MlflowClient()
    run_id = mlflow.active_run().info.run_id
    listed = {
        path: [[f.path, f.is_dir, f.file_size] for f in client.list_artifacts(run_id, path)]
        for path in ["", "all", "all/deep", "notes", "missing"]
    }
    fetched = Path(client.download_artifacts(run_id, "all", str(folder)))
    return {
        "uri": mlflow.get_artifact_uri("notes"),
        "listed": listed,
        "downloaded": sorted(str(p.relative_to(fetched)) for p in fetched.rglob("*")),
        "bytes": (fetched / "deep" / "b.bin").read_bytes() == bytes(range(256)),
        "text": mlflow.artifacts.load_text(f"runs:/{run_id}/notes/text.txt"),
        "dict": mlflow.artifacts.load_dict(f"runs:/{run_id}/config.json"),
        "table": mlflow.load_table("table.json", run_ids=[run_id]).to_dict("list"),
    }
