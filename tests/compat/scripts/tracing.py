"""Traced training code: a server that keeps no traces must not disturb it."""

from __future__ import annotations

from typing import Any

import mlflow
from views import view_run


@mlflow.trace
def _predict(x: float) -> float:
    return x * 2


@mlflow.trace(name="train")
def _train(steps: int) -> float:
    loss = 1.0
    for step in range(steps):
        with mlflow.start_span(name="step") as span:
            span.set_inputs({"step": step})
            loss /= _predict(1.0)
            mlflow.log_metric("loss", loss, step=step)
            span.set_outputs(loss)
    return loss


def run(place: Any) -> dict[str, Any]:
    place.experiment()
    with mlflow.start_run(run_name="traced") as active:
        mlflow.log_param("before", 1)
        loss = _train(3)
        mlflow.log_param("after", 1)
    outside = _predict(4.0)
    if hasattr(mlflow, "flush_trace_async_logging"):
        mlflow.flush_trace_async_logging()
    return {"loss": loss, "outside": outside, "run": view_run(mlflow.get_run(active.info.run_id))}
