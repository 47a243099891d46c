"""Runs as people name them: by an id, or by its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.api import tracking as api
from headrace.cli.pages import search_experiments, search_runs
from headrace.entities import Run
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist

if TYPE_CHECKING:
    from headrace.stores.base import TrackingStore


def find_run(store: TrackingStore, run_id: str) -> Run:
    """Return the run of an id, or of the beginning of an id that no other run has.

    Raises:
        InvalidParameterValue: If several runs have an id that begins so.
        ResourceDoesNotExist: If there is none.

    """
    if not run_id:
        raise InvalidParameterValue("The run's id must not be empty.")
    try:
        return store.get_run(api.GetRun(run_id=run_id)).run
    except ResourceDoesNotExist:
        found = _starting_with(store, run_id)
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidParameterValue(
                f"{len(found)} or more runs have an id that starts with {run_id}: give more of it."
            ) from None
        raise


def _starting_with(store: TrackingStore, start: str) -> list[Run]:
    """Return at most two runs whose id starts with a text that can be part of an id."""
    if not start.isalnum():
        return []
    experiments = [item.experiment_id for item in search_experiments(store, "all")]
    return list(
        search_runs(
            store,
            experiments,
            filter_text=f"attributes.run_id LIKE '{start}%'",
            view="all",
            max_results=2,
        )
    )
