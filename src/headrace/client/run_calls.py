"""The methods of `MlflowClient` for runs: their life, and finding them."""

from __future__ import annotations

import os
from typing import Any

from headrace.api import tracking as api
from headrace.api.journals import EnsureRun
from headrace.api.limits import DEFAULT_RUNS_PER_PAGE, MAX_POINTS_PER_PAGE
from headrace.client.background import background
from headrace.client.frames import columns_of
from headrace.client.store_client import StoreClient
from headrace.client.validation import (
    check_run_id_type,
    make_request,
    now,
    to_experiment_id,
    to_experiment_ids,
)
from headrace.client.writer import Writer
from headrace.entities import (
    LifecycleStage,
    Metric,
    PagedList,
    Run,
    RunData,
    RunInfo,
    RunStatus,
    RunTag,
    ViewType,
    tag_names,
)
from headrace.entities.card import shown_by
from headrace.errors import EndpointNotFound
from headrace.stores.names import two_word_name


class RunCalls(StoreClient):
    """Runs as a whole, and the points of their metrics."""

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: dict[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a run in state RUNNING. It does not become the active run.

        Args:
            experiment_id: The experiment.
            start_time: Milliseconds since the epoch; now if not given.
            tags: Tags; values become texts.
            run_name: Name for people; the store finds one if not given.

        Raises:
            ResourceDoesNotExist: If there is no such experiment.
            InvalidParameterValue: If it is deleted, or an argument is malformed.

        """
        run = begin_run(
            self._writer,
            experiment_id=to_experiment_id(experiment_id),
            start_time=start_time,
            tags=tags,
            run_name=run_name,
        )
        return shown_by(self._draw_card, run)

    def get_run(self, run_id: str) -> Run:
        """Return a run whole, deleted or not, with the latest value of each metric.

        Raises:
            ResourceDoesNotExist: If there is none with this id.

        """
        run = self._store.get_run(api.GetRun(run_id=check_run_id_type(run_id))).run
        if run.info.lifecycle_stage == LifecycleStage.ACTIVE:
            self._writer.know(run.info.run_id)
        return shown_by(self._draw_card, run)

    def get_parent_run(self, run_id: str) -> Run | None:
        """Return the run that a run is nested in; None if it is nested in none."""
        parent_id = self.get_run(run_id).data.tags.get(tag_names.PARENT_RUN_ID)
        return self.get_run(parent_id) if parent_id else None

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """Return every point of a metric of a run; none for a metric that is not there.

        Raises:
            ResourceDoesNotExist: If there is no such run.

        """
        points: list[Metric] = []
        token: str | None = None
        while True:
            page = self._store.get_metric_history(
                make_request(
                    api.GetMetricHistory,
                    run_id=run_id,
                    metric_key=key,
                    max_results=MAX_POINTS_PER_PAGE,
                    page_token=token,
                )
            )
            points += page.metrics
            token = page.next_page_token
            if not token:
                return points

    def search_runs(
        self,
        experiment_ids: list[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT_RUNS_PER_PAGE,
        order_by: list[str] | None = None,
        page_token: str | None = None,
        *,
        fields: list[str] | None = None,
    ) -> PagedList[Run]:
        """Return a page of the runs that fit.

        Args:
            experiment_ids: The experiments to look in.
            filter_string: Such as ``metrics.loss < 0.1 AND params.model = 'forest'``.
            run_view_type: A `ViewType`.
            max_results: Length of the page, 1 to 50000.
            order_by: Such as ``["metrics.loss ASC"]``; latest first if not given.
            page_token: The `token` of the page before.
            fields: What is wanted of the runs besides their infos: ``metrics.KEY``, ``params.KEY``
                and ``tags.KEY``, with ``*`` for all keys, ``inputs`` and ``outputs``. Everything if
                not given; Headrace's own, so MLflow's servers answer everything.

        Raises:
            InvalidParameterValue: If an argument is malformed.

        """
        answer = self._store.search_runs(
            make_request(
                api.SearchRuns,
                experiment_ids=to_experiment_ids(experiment_ids),
                filter=filter_string,
                run_view_type=run_view_type,
                max_results=max_results,
                order_by=order_by,
                page_token=page_token,
                fields=fields,
            )
        )
        draw = self._draw_card
        for run in answer.runs:
            shown_by(draw, run)
        return PagedList(answer.runs, answer.next_page_token)

    def count_runs(
        self,
        experiment_ids: list[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
    ) -> int:
        """Return how many runs fit, however many; none of them is read. Headrace's own.

        Args:
            experiment_ids: The experiments to look in.
            filter_string: Such as ``metrics.loss < 0.1 AND params.model = 'forest'``.
            run_view_type: A `ViewType`.

        Raises:
            InvalidParameterValue: If an argument is malformed.
            EndpointNotFound: If the server is one of MLflow.

        """
        request = make_request(
            api.CountRuns,
            experiment_ids=to_experiment_ids(experiment_ids),
            filter=filter_string,
            run_view_type=run_view_type,
        )
        return self._store.count_runs(request).count

    def _search_columns(self, request: api.SearchRunColumns) -> api.RunColumns:
        """Return a page of runs as columns, from any server."""
        try:
            return self._store.search_run_columns(request)
        except EndpointNotFound:  # a server of MLflow
            answer = self._store.search_runs(request)
            return columns_of(answer.runs, answer.next_page_token)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change the status or the name of a run; what is not given stays.

        Args:
            run_id: The run.
            status: A `RunStatus`.
            name: The new name.

        Raises:
            InvalidParameterValue: If the run is deleted or the status is none.

        """
        if status is not None or name is not None:
            self._writer.write_and_wait(_change(run_id, status=status, run_name=name))

    def set_terminated(
        self, run_id: str, status: str | None = None, end_time: int | None = None
    ) -> None:
        """End a run, and wait until the store has all of it.

        Where the store cannot be reached, a warning tells what is still to be shipped.

        Args:
            run_id: The run.
            status: FINISHED if not given, else FAILED or KILLED.
            end_time: Milliseconds since the epoch; now if not given.

        """
        self._session.end_run(
            _change(run_id, status=status or RunStatus.FINISHED.value, end_time=end_time or now())
        )

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted; `restore_run` takes it back."""
        background.wait()  # a deleted run takes nothing
        self._store.delete_run(make_request(api.DeleteRun, run_id=run_id))
        self._writer.forget(run_id)

    def restore_run(self, run_id: str) -> None:
        """Make a deleted run active again."""
        self._store.restore_run(make_request(api.RestoreRun, run_id=run_id))


def begin_run(
    writer: Writer,
    *,
    experiment_id: str | None = None,
    experiment_name: str | None = None,
    start_time: int | None = None,
    tags: dict[str, Any] | None = None,
    run_name: str | None = None,
    with_heartbeat: bool = False,
) -> Run:
    """Create a run, also where its store cannot be reached now.

    Args:
        writer: Brings it into the store.
        experiment_id: The experiment; it or its name must be given.
        experiment_name: Its name, where the id is not known; it is made if it is not there.
        start_time: Milliseconds since the epoch; now if not given.
        tags: Tags; values become texts.
        run_name: Name for people; one is found if not given.
        with_heartbeat: Whether the run is shown as lost when this process goes silent.

    Returns:
        The run. Until the store has it, its artifact location is None, and the id of its
        experiment is empty if that was given by name.

    Raises:
        HeadraceError: If an argument is malformed, or the store refuses the run.

    """
    texts = {key: str(value) for key, value in (tags or {}).items()}
    request = make_request(
        EnsureRun,
        run_id=os.urandom(16).hex(),
        user_id=texts.get(tag_names.USER, "unknown"),
        run_name=run_name or texts.get(tag_names.RUN_NAME) or two_word_name(),
        start_time=start_time or now(),
        tags=[{"key": key, "value": value} for key, value in texts.items()],
        **_given(
            experiment_id=experiment_id,
            experiment_name=experiment_name,
            session=os.urandom(16).hex() if with_heartbeat else None,
        ),
    )
    info = writer.begin_run(request) or _provisional(request)
    texts[tag_names.RUN_NAME] = info.run_name or ""
    data = RunData(tag_list=[RunTag(key, value) for key, value in sorted(texts.items())])
    return Run(info, data)


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _change(run_id: str, **fields: Any) -> api.UpdateRun:
    if fields.get("status") is not None:
        fields["status"] = RunStatus.of(fields["status"])
    return make_request(api.UpdateRun, run_id=run_id, **fields)


def _provisional(request: EnsureRun) -> RunInfo:
    """Return what is known of a run before its store has it."""
    return RunInfo(
        run_id=request.run_id,
        experiment_id=request.experiment_id or "",
        user_id=request.user_id or "",
        status=RunStatus.RUNNING.value,
        start_time=request.start_time,
        lifecycle_stage=LifecycleStage.ACTIVE,
        run_name=request.run_name,
    )
