"""Short ways to make what the suites test on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from headrace.api import registry
from headrace.api import tracking as api
from headrace.entities import Experiment, LoggedModel, ModelVersion, RegisteredModel, Run
from headrace.errors import HeadraceError
from headrace.stores.base import TrackingStore


def make_experiment(store: TrackingStore, name: str = "exp", **fields: Any) -> str:
    """Create an experiment and return its id."""
    return store.create_experiment(api.CreateExperiment(name=name, **fields)).experiment_id


def make_run(store: TrackingStore, experiment_id: str = "0", **fields: Any) -> str:
    """Create a run that starts at 1000 ms unless told otherwise, and return its id."""
    fields.setdefault("start_time", 1000)
    return store.create_run(api.CreateRun(experiment_id=experiment_id, **fields)).run.info.run_id


def make_model(store: TrackingStore, experiment_id: str = "0", **fields: Any) -> str:
    """Create a logged model and return its id."""
    request = api.CreateLoggedModel(experiment_id=experiment_id, **fields)
    return store.create_logged_model(request).model.model_id


def get_run(store: TrackingStore, run_id: str) -> Run:
    """Return a run."""
    return store.get_run(api.GetRun(run_id=run_id)).run


def get_experiment(store: TrackingStore, experiment_id: str) -> Experiment:
    """Return an experiment."""
    return store.get_experiment(api.GetExperiment(experiment_id=experiment_id)).experiment


def get_model(store: TrackingStore, model_id: str) -> LoggedModel:
    """Return a logged model."""
    return store.get_logged_model(api.GetLoggedModel(model_id=model_id)).model


def log(store: TrackingStore, run_id: str, key: str, value: float, **fields: Any) -> None:
    """Log one point, at step 0 and 1 ms unless told otherwise."""
    fields.setdefault("timestamp", 1)
    store.log_metric(api.LogMetric(run_id=run_id, key=key, value=value, **fields))


def make_registered_model(store: TrackingStore, name: str = "m", **fields: Any) -> RegisteredModel:
    """Create a registered model."""
    request = registry.CreateRegisteredModel(name=name, **fields)
    return store.create_registered_model(request).registered_model


def make_version(store: TrackingStore, name: str = "m", **fields: Any) -> ModelVersion:
    """Create a version, from a bucket unless told otherwise."""
    fields.setdefault("source", "s3://bucket/model")
    request = registry.CreateModelVersion(name=name, **fields)
    return store.create_model_version(request).model_version


def get_version(store: TrackingStore, version: str, name: str = "m") -> ModelVersion:
    """Return a version."""
    request = registry.GetModelVersion(name=name, version=version)
    return store.get_model_version(request).model_version


def get_registered_model(store: TrackingStore, name: str = "m") -> RegisteredModel:
    """Return a registered model."""
    request = registry.GetRegisteredModel(name=name)
    return store.get_registered_model(request).registered_model


def set_alias(store: TrackingStore, alias: str, version: str, **fields: Any) -> None:
    """Let an alias of the model ``m`` name a version."""
    fields.setdefault("name", "m")
    request = registry.SetRegisteredModelAlias(alias=alias, version=version, **fields)
    store.set_registered_model_alias(request)


def move(store: TrackingStore, version: str, stage: str, **fields: Any) -> ModelVersion:
    """Move a version of the model ``m`` into a stage."""
    request = registry.TransitionModelVersionStage(name="m", version=version, stage=stage, **fields)
    return store.transition_model_version_stage(request).model_version


def pass_millisecond() -> None:
    """Wait until the clock of the stores, which counts milliseconds, has moved on."""
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == now:
        time.sleep(0.0005)


@contextmanager
def refused(error_code: str, *parts: str) -> Iterator[None]:
    """Expect an error with this code, whose message holds each of these parts."""
    with pytest.raises(HeadraceError) as caught:
        yield
    assert caught.value.error_code == error_code, caught.value.message
    for part in parts:
        assert part in caught.value.message
