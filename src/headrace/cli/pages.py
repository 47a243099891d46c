"""Searches over as many pages as are asked for, and the run that an id or its beginning names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from headrace.api import tracking as api
from headrace.entities import Experiment, Run, ViewType
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist

if TYPE_CHECKING:
    from headrace.stores.base import TrackingStore

PAGE = 1000

T = TypeVar("T")


def search_runs(
    store: TrackingStore,
    experiment_ids: Sequence[str],
    *,
    filter_text: str | None = None,
    view: str = "active_only",
    order_by: Sequence[str] = (),
    max_results: int | None = None,
    fields: list[str] | None = None,
) -> Iterator[Run]:
    """Yield the runs of experiments; all of them if `max_results` is None.

    `fields` names what is wanted of them, as `headrace.api.tracking.SearchRuns` takes it.
    """
    request = api.SearchRuns(
        experiment_ids=list(experiment_ids),
        filter=filter_text,
        run_view_type=ViewType.from_string(view),
        order_by=list(order_by),
        fields=fields,
    )
    return _pages(store.search_runs, request, lambda page: page.runs, max_results)


def count_runs(
    store: TrackingStore,
    experiment_ids: Sequence[str],
    *,
    filter_text: str | None = None,
    view: str = "active_only",
) -> int:
    """Return how many runs of experiments there are that a filter matches."""
    request = api.CountRuns(
        experiment_ids=list(experiment_ids),
        filter=filter_text,
        run_view_type=ViewType.from_string(view),
    )
    return store.count_runs(request).count


def search_experiments(
    store: TrackingStore,
    view: str = "active_only",
    filter_text: str | None = None,
    max_results: int | None = None,
) -> Iterator[Experiment]:
    """Yield experiments; all of them if `max_results` is None."""
    request = api.SearchExperiments(filter=filter_text, view_type=ViewType.from_string(view))
    return _pages(store.search_experiments, request, lambda page: page.experiments, max_results)


def find_run(store: TrackingStore, run_id: str) -> Run:
    """Return the run with an id, or the only one whose id starts with it.

    Raises:
        ResourceDoesNotExist: If there is none.
        InvalidParameterValue: If there are several.

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


def _pages(
    search: Callable[[Any], Any],
    request: Any,
    items: Callable[[Any], list[T]],
    max_results: int | None,
) -> Iterator[T]:
    left = max_results
    while left is None or left > 0:
        request.max_results = PAGE if left is None else min(PAGE, left)
        page = search(request)
        yield from items(page)
        if left is not None:
            left -= len(items(page))
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return
