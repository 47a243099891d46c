"""Fluent functions for experiments, and which experiment is the active one."""

from __future__ import annotations

import logging
import threading
from typing import Any

from headrace import settings
from headrace.api.limits import DEFAULT_EXPERIMENTS_PER_SEARCH
from headrace.client.fluent.paging import collect_pages
from headrace.client.mlflow_client import MlflowClient
from headrace.entities import Experiment, LifecycleStage, PagedList, ViewType
from headrace.errors import InvalidParameterValue, ResourceAlreadyExists, ResourceDoesNotExist

DEFAULT_EXPERIMENT_ID = "0"

_logger = logging.getLogger(__name__)
_lock = threading.Lock()
_active_experiment_id: str | None = None


def set_experiment(
    experiment_name: str | None = None,
    experiment_id: str | None = None,
    trace_location: Any | None = None,
) -> Experiment:
    """Make an experiment the active one: of this process and of those that it starts.

    Args:
        experiment_name: Its name; it is created if there is none of this name.
        experiment_id: Its id, instead of a name.
        trace_location: There for MLflow's sake; refused.

    Returns:
        The experiment.

    Raises:
        InvalidParameterValue: If not exactly one of name and id is given, or the experiment is
            deleted.
        ResourceDoesNotExist: If there is none with this id.

    """
    _check_no_trace_location(trace_location)
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidParameterValue(
            "Must specify exactly one of: `experiment_id` or `experiment_name`."
        )
    client = MlflowClient()
    with _lock:
        if experiment_name is not None:
            experiment = _get_or_create(client, experiment_name)
        else:
            experiment = client.get_experiment(str(experiment_id))
    if experiment.lifecycle_stage != LifecycleStage.ACTIVE:
        raise InvalidParameterValue(
            f"Cannot set a deleted experiment {experiment.name!r} as the active experiment. "
            f"headrace.restore_experiment({experiment.experiment_id!r}) takes the deletion back."
        )
    _set_active_experiment_id(experiment.experiment_id)
    return experiment


def get_experiment(experiment_id: str) -> Experiment:
    """Return an experiment, deleted or not.

    Raises:
        ResourceDoesNotExist: If there is none with this id.

    """
    return MlflowClient().get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """Return an experiment, deleted or not; None if there is none of this name."""
    return MlflowClient().get_experiment_by_name(name)


def search_experiments(
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[Experiment]:
    """Return the experiments that fit.

    Args:
        view_type: A `ViewType`.
        max_results: How many at most; all if not given.
        filter_string: Such as ``name LIKE 'vision%' AND tags.team = 'a'``.
        order_by: Such as ``["last_update_time DESC"]``; newest first if not given.

    Raises:
        InvalidParameterValue: If an argument is malformed.

    """
    client = MlflowClient()

    def read_page(size: int, token: str | None) -> PagedList[Experiment]:
        return client.search_experiments(view_type, size, filter_string, order_by, token)

    return collect_pages(read_page, DEFAULT_EXPERIMENTS_PER_SEARCH, max_results)


def create_experiment(
    name: str,
    artifact_location: str | None = None,
    tags: dict[str, Any] | None = None,
    trace_location: Any | None = None,
) -> str:
    """Create an experiment and return its id. It does not become the active one.

    Args:
        name: A name that no experiment of the store has, not even a deleted one.
        artifact_location: URI or folder for the artifacts of its runs; the store's own choice if
            not given.
        tags: Tags; values become texts.
        trace_location: There for MLflow's sake; refused.

    Raises:
        ResourceAlreadyExists: If the name is taken.
        InvalidParameterValue: If an argument is malformed.

    """
    _check_no_trace_location(trace_location)
    return MlflowClient().create_experiment(name, artifact_location, tags)


def delete_experiment(experiment_id: str) -> None:
    """Mark an experiment and its runs as deleted; `restore_experiment` takes it back."""
    MlflowClient().delete_experiment(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Make a deleted experiment active again, with its runs."""
    MlflowClient().restore_experiment(experiment_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a tag of the active experiment; the value becomes a text."""
    MlflowClient().set_experiment_tag(active_experiment_id(), key, value)


def set_experiment_tags(tags: dict[str, Any]) -> None:
    """Set tags of the active experiment; values become texts."""
    for key, value in tags.items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Delete a tag of the active experiment.

    Raises:
        ResourceDoesNotExist: If it has no such tag.

    """
    MlflowClient().delete_experiment_tag(active_experiment_id(), key)


# --- the active experiment -----------------------------------------------------------------------


def chosen_experiment_id() -> str | None:
    """Return the id that `set_experiment` chose in this process; None if it was not called."""
    return _active_experiment_id


def active_experiment_id() -> str:
    """Return the id of the experiment of new runs.

    Returns:
        What `set_experiment` chose, else what the environment says, by name (the experiment is
        created if need be) or by id, else the experiment ``Default``.

    Raises:
        InvalidParameterValue: If the environment names an experiment that is not there, or two.

    """
    return _active_experiment_id or _experiment_id_of_environment() or DEFAULT_EXPERIMENT_ID


def _experiment_id_of_environment() -> str | None:
    name, experiment_id = settings.EXPERIMENT_NAME.get(), settings.EXPERIMENT_ID.get()
    client = MlflowClient()
    if name:
        experiment = _get_or_create(client, name)
        if experiment_id and experiment_id != experiment.experiment_id:
            raise InvalidParameterValue(
                f"{settings.EXPERIMENT_ID.source()} is {experiment_id!r}, but the experiment "
                f"{name!r} of {settings.EXPERIMENT_NAME.source()} has the id "
                f"{experiment.experiment_id!r}: set one of them only."
            )
        return experiment.experiment_id
    if experiment_id:
        try:
            return client.get_experiment(experiment_id).experiment_id
        except ResourceDoesNotExist as error:
            raise InvalidParameterValue(
                f"{settings.EXPERIMENT_ID.source()} is {experiment_id!r}, and {client.tracking_uri}"
                f" has no such experiment."
            ) from error
    return None


def _set_active_experiment_id(experiment_id: str) -> None:
    global _active_experiment_id
    _active_experiment_id = experiment_id
    settings.EXPERIMENT_ID.set(experiment_id)


def _get_or_create(client: MlflowClient, name: str) -> Experiment:
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        try:
            experiment = client.get_experiment(client.create_experiment(name))
            _logger.info("Experiment %r did not exist and was created.", name)
        except ResourceAlreadyExists:  # another process was faster
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
    return experiment


def _check_no_trace_location(trace_location: object) -> None:
    if trace_location is not None:
        raise InvalidParameterValue(
            "`trace_location` is only supported with a Databricks tracking URI: leave it out."
        )
