"""Fluent functions for runs as a whole: get, delete, restore, search."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, overload

from headrace.api.tracking import RunColumns, SearchRunColumns
from headrace.client.fluent.experiments import (
    active_experiment_id,
    get_experiment_by_name,
    search_experiments,
)
from headrace.client.fluent.paging import collect_pages
from headrace.client.frames import check_output_format, join_columns, runs_frame
from headrace.client.mlflow_client import MlflowClient
from headrace.client.validation import make_request, to_experiment_ids
from headrace.entities import PagedList, Run, ViewType
from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    import pandas
    import polars

MAX_RUNS_OF_SEARCH = 100_000
_RUNS_PER_PAGE = 10_000

_logger = logging.getLogger(__name__)


def get_run(run_id: str) -> Run:
    """Return a run whole, deleted or not, with the latest value of each metric.

    Raises:
        ResourceDoesNotExist: If there is none with this id.

    """
    return MlflowClient().get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    """Return the run that a run is nested in; None if it is nested in none."""
    return MlflowClient().get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Mark a run as deleted; `restore_run` takes it back."""
    MlflowClient().delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Make a deleted run active again."""
    MlflowClient().restore_run(run_id)


@overload
def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = MAX_RUNS_OF_SEARCH,
    order_by: list[str] | None = None,
    output_format: Literal["pandas"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
    *,
    fields: list[str] | None = None,
) -> pandas.DataFrame: ...


@overload
def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = MAX_RUNS_OF_SEARCH,
    order_by: list[str] | None = None,
    output_format: Literal["list"] = ...,
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
    *,
    fields: list[str] | None = None,
) -> list[Run]: ...


@overload
def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = MAX_RUNS_OF_SEARCH,
    order_by: list[str] | None = None,
    output_format: Literal["polars"] = ...,
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
    *,
    fields: list[str] | None = None,
) -> polars.DataFrame: ...


def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = MAX_RUNS_OF_SEARCH,
    order_by: list[str] | None = None,
    output_format: Literal["pandas", "list", "polars"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
    *,
    fields: list[str] | None = None,
) -> pandas.DataFrame | polars.DataFrame | list[Run]:
    """Return the runs that fit.

    Args:
        experiment_ids: The experiments to look in, by id; the active one if neither ids nor names
            are given.
        filter_string: Such as ``metrics.loss < 0.1 AND params.model = 'forest'``.
        run_view_type: A `ViewType`.
        max_results: How many at most.
        order_by: Such as ``["metrics.loss ASC"]``; latest first if not given.
        output_format: ``pandas`` or ``polars`` for a frame with a row for each run and the columns
            ``run_id``, ``experiment_id``, ``status``, ``artifact_uri``, ``start_time``,
            ``end_time``, ``metrics.*``, ``params.*`` and ``tags.*``; ``list`` for `Run` objects.
        search_all_experiments: Whether to look in all active experiments if none are given.
        experiment_names: The experiments to look in, by name; unknown ones are left out with a
            warning.
        fields: What is wanted of the runs besides what they are: ``metrics.KEY``, ``params.KEY``
            and ``tags.KEY``, with ``*`` for all keys, and for lists ``inputs`` and ``outputs``.
            Everything if not given; Headrace's own, so MLflow's servers answer everything.

    Raises:
        InvalidParameterValue: If an argument is malformed, or both ids and names are given.
        MissingLibrary: If pandas or polars is wanted and not installed.

    """
    check_output_format(output_format, "pandas", "polars", "list")
    ids = _experiments_to_search(experiment_ids, experiment_names, search_all_experiments)
    client = MlflowClient()
    if output_format != "list":
        request = make_request(
            SearchRunColumns,
            experiment_ids=ids,
            filter=filter_string,
            run_view_type=run_view_type,
            order_by=order_by,
            fields=fields,
        )
        return runs_frame(_read_columns(client, request, max_results), output_format)

    def read_page(size: int, token: str | None) -> PagedList[Run]:
        return client.search_runs(
            ids, filter_string, run_view_type, size, order_by, token, fields=fields
        )

    return collect_pages(read_page, _RUNS_PER_PAGE, max_results) if ids else []


def _read_columns(client: MlflowClient, request: SearchRunColumns, limit: int) -> RunColumns:
    """Return what a search finds on all its pages, at most `limit` runs of it."""
    pages: list[RunColumns] = []
    while request.experiment_ids and limit > 0:
        request.max_results = min(limit, _RUNS_PER_PAGE)
        page = client._search_columns(request)
        pages.append(page)
        limit -= len(page.run_id)
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    return join_columns(pages)


def _experiments_to_search(
    ids: list[str] | None, names: list[str] | None, search_all: bool
) -> list[str]:
    if ids and names:
        raise InvalidParameterValue(
            "Only experiment_ids or experiment_names can be used, but not both."
        )
    if ids:
        return to_experiment_ids(ids)
    if names:
        return [found for name in names if (found := _id_of(name)) is not None]
    if search_all:
        return [experiment.experiment_id for experiment in search_experiments()]
    return [active_experiment_id()]


def _id_of(experiment_name: str) -> str | None:
    experiment = get_experiment_by_name(experiment_name)
    if experiment is None:
        _logger.warning("There is no experiment named %r: it is left out.", experiment_name)
    return experiment.experiment_id if experiment else None
