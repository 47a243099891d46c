"""Fluent functions for views: what an experiment's page shows, under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from headrace.api.limits import MAX_VIEWS_PER_PAGE
from headrace.client.fluent.experiments import active_experiment_id
from headrace.client.fluent.paging import collect_pages
from headrace.client.mlflow_client import MlflowClient
from headrace.client.validation import to_experiment_ids
from headrace.client.view_state import ViewWords, view_state
from headrace.entities import PagedList, View
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist


def save_view(
    name: str,
    *,
    experiment_name: str | None = None,
    experiment_ids: Sequence[str] | str | None = None,
    is_shared: bool = True,
    is_default: bool = False,
    state: Mapping[str, Any] | None = None,
    **words: Unpack[ViewWords],
) -> View:
    """Save what an experiment's page shows; a view that you have of this name is changed.

    ``save_view("Best", filter="metrics.loss < 1", order_by=["metrics.loss ASC"], smoothing=0.6)``

    Args:
        name: What people call it.
        experiment_name: The experiment; the active one if neither name nor ids are given.
        experiment_ids: The experiments, by their ids.
        is_shared: Whether all who may read the experiments see it. A private view needs a server
            that knows you.
        is_default: Whether who opens the experiment sees it first.
        state: A state to begin with, as `View.state` of another view has it.
        **words: What it shows; see `headrace.client.view_state.ViewWords`.

    Returns:
        The view, with the `url` where it is shown.

    Raises:
        ResourceDoesNotExist: If there is no such experiment.
        InvalidParameterValue: If an argument is malformed, or an experiment is deleted.
        NotSupported: If the server is one of MLflow's.

    """
    whole = dict(state or {}) | view_state(words)
    client = MlflowClient()
    ids = _find_experiments(client, experiment_name, experiment_ids) or [active_experiment_id()]
    return client.save_view(name, ids, whole, is_shared=is_shared, is_default=is_default)


def get_view(view_id: str) -> View:
    """Return a view with its state.

    Raises:
        ResourceDoesNotExist: If there is none of this id, or it is somebody else's alone.

    """
    return MlflowClient().get_view(view_id)


def list_views(
    *, experiment_name: str | None = None, experiment_ids: Sequence[str] | str | None = None
) -> list[View]:
    """Return the views that you may see, newest first, without their states.

    Args:
        experiment_name: Only those of this experiment.
        experiment_ids: Only those that show all of these experiments.

    Raises:
        ResourceDoesNotExist: If there is no experiment of the name.
        InvalidParameterValue: If both are given.

    """
    client = MlflowClient()
    ids = _find_experiments(client, experiment_name, experiment_ids)

    def read_page(size: int, token: str | None) -> PagedList[View]:
        return client.list_views(ids, size, token)

    return collect_pages(read_page, MAX_VIEWS_PER_PAGE, None)


def delete_view(view_id: str) -> None:
    """Delete a view.

    Raises:
        ResourceDoesNotExist: If there is none of this id, or it is somebody else's alone.
        PermissionDenied: If it is another's, and you are no admin.

    """
    MlflowClient().delete_view(view_id)


def _find_experiments(
    client: MlflowClient, name: str | None, experiment_ids: Sequence[str] | str | None
) -> list[str] | None:
    """Return the ids of the experiments that are named; None if none are."""
    if name is None:
        return None if experiment_ids is None else to_experiment_ids(experiment_ids)
    if experiment_ids is not None:
        raise InvalidParameterValue("Give experiment_name or experiment_ids, not both.")
    found = client.get_experiment_by_name(name)
    if found is None:
        raise ResourceDoesNotExist(f"Could not find experiment with name '{name}'")
    return [found.experiment_id]
