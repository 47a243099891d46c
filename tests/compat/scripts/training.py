"""A scikit-learn training with autolog, and a model logged and loaded again."""

from __future__ import annotations

from typing import Any

import mlflow
import mlflow.sklearn
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from views import view_run


def run(place: Any) -> dict[str, Any]:
    place.experiment()
    features, target = load_iris(return_X_y=True, as_frame=True)
    mlflow.sklearn.autolog(log_models=False, log_datasets=True, silent=True)
    try:
        with mlflow.start_run(run_name="autolog") as active:
            model = LogisticRegression(max_iter=200, C=0.5)
            model.fit(features, target)
            score = model.score(features, target)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)
    back = mlflow.get_run(active.info.run_id)

    with mlflow.start_run(run_name="by hand") as by_hand:
        logged = _log_model(model, infer_signature(features, model.predict(features)), features)
        uri = logged.model_uri
    loaded = mlflow.sklearn.load_model(uri)
    generic = mlflow.pyfunc.load_model(uri)
    client = MlflowClient()
    history = client.get_run(by_hand.info.run_id).data.tags.get("mlflow.log-model.history")
    return {
        "score": score > 0.9,
        "autolog": {
            "name": back.info.run_name,
            "status": back.info.status,
            "params": {
                k: back.data.params[k]
                for k in ["C", "max_iter", "penalty", "solver"]
                if k in back.data.params
            },
            "metrics": sorted(back.data.metrics),
            "data sets": len(back.inputs.dataset_inputs),
            "artifacts": sorted(f.path for f in client.list_artifacts(active.info.run_id)),
        },
        "same predictions": bool((loaded.predict(features) == model.predict(features)).all()),
        "generic predictions": len(generic.predict(features)),
        "history tag": None if history is None else "iris" in history or "model" in history,
        "by hand": view_run(client.get_run(by_hand.info.run_id)),
        "outputs": _outputs(client.get_run(by_hand.info.run_id)),
    }


def _outputs(run: Any) -> int | None:
    # A model is an output of its run since MLflow 3; before, it was a folder of artifacts.
    return len(run.outputs.model_outputs) if hasattr(run, "outputs") and run.outputs else None


def _log_model(model: Any, signature: Any, features: Any) -> Any:
    # Requirements are named: guessing them starts another interpreter, for many seconds.
    options = {"signature": signature, "pip_requirements": ["scikit-learn"]}
    if mlflow.__version__.startswith("2."):
        return mlflow.sklearn.log_model(model, "model", **options)
    return mlflow.sklearn.log_model(model, name="model", **options)
