"""Fluent functions for experiments, and which experiment is the active one."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from headrace import settings
from headrace.api.limits import DEFAULT_EXPERIMENTS_PER_SEARCH
from headrace.client.fluent.paging import collect_pages
from headrace.client.mlflow_client import HastyClient, MlflowClient
from headrace.entities import Experiment, LifecycleStage, PagedList, ViewType
from headrace.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)

DEFAULT_EXPERIMENT_ID = "0"

_logger = logging.getLogger(__name__)
_active_experiment_id: str | None = None
_unseen_name = ""  # of the active experiment, if the store could not be reached when it was chosen


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
        The experiment. Where the store cannot be reached now, what was given is taken on trust: an
        experiment named so is made when the store has the first of its runs; until then its id
        is empty.

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
    client = HastyClient()
    try:
        if experiment_name is not None:
            experiment = _get_or_create(client, experiment_name)
        else:
            experiment = client.get_experiment(str(experiment_id))
    except TemporarilyUnavailable as error:
        if settings.MODE.get() != "offline":  # else nobody expects it to be
            _logger.warning("The experiment cannot be looked up now: %s", error.message)
        experiment = Experiment(
            experiment_id or "", experiment_name or "", lifecycle_stage=LifecycleStage.ACTIVE
        )
    if experiment.lifecycle_stage != LifecycleStage.ACTIVE:
        raise InvalidParameterValue(
            f"Cannot set a deleted experiment {experiment.name!r} as the active experiment. "
            f"headrace.restore_experiment({experiment.experiment_id!r}) takes the deletion back."
        )
    _choose(experiment)
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


class ActiveExperiment(NamedTuple):
    """The experiment of new runs.

    Attributes:
        experiment_id: Its id; None where only its name is known.
        name: Its name, where `set_experiment` or the environment named it while the store could
            not be reached.

    """

    experiment_id: str | None = None
    name: str | None = None


def active_experiment() -> ActiveExperiment:
    """Return the experiment of new runs, also where the store cannot be reached.

    Raises:
        InvalidParameterValue: As `active_experiment_id`.

    """
    if _unseen_name:
        return ActiveExperiment(name=_unseen_name)
    try:
        return ActiveExperiment(_active_experiment_id or _of_environment(HastyClient()))
    except TemporarilyUnavailable:
        name = settings.EXPERIMENT_NAME.get()
        if name:
            return ActiveExperiment(name=name)
        return ActiveExperiment(settings.EXPERIMENT_ID.get() or DEFAULT_EXPERIMENT_ID)


def active_experiment_id() -> str:
    """Return the id of the experiment of new runs.

    Returns:
        What `set_experiment` chose, else what the environment says, by name (the experiment is
        created if need be) or by id, else the experiment ``Default``.

    Raises:
        InvalidParameterValue: If the environment names an experiment that is not there, or two.

    """
    if _unseen_name:
        return _get_or_create(MlflowClient(), _unseen_name).experiment_id
    return _active_experiment_id or _of_environment(MlflowClient())


def _of_environment(client: MlflowClient) -> str:
    """Return the id of the experiment that the environment names, by default that of ``Default``.

    Raises:
        InvalidParameterValue: If it is not there, or two are named.

    """
    name, experiment_id = settings.EXPERIMENT_NAME.get(), settings.EXPERIMENT_ID.get()
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
    return DEFAULT_EXPERIMENT_ID


def _choose(experiment: Experiment) -> None:
    """Make an experiment the active one, here and in the processes that this one starts."""
    global _active_experiment_id, _unseen_name
    _active_experiment_id = experiment.experiment_id or None
    _unseen_name = "" if experiment.experiment_id else experiment.name
    settings.EXPERIMENT_ID.set(_active_experiment_id)
    if _unseen_name:
        settings.EXPERIMENT_NAME.set(_unseen_name)


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
