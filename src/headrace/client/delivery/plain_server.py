"""Journals towards a plain MLflow server, which does not know them.

The entries of a journal become MLflow's own calls, and what a Headrace server would keep of the
journal is kept on this machine. That is weaker in three ways:

* A run gets the server's id. The client's stands in the run's tag ``headrace.client_run_id``, by
  which the run is looked for before it is made, so a creation whose answer was lost makes no
  second run.
* The call and the mark are not one transaction. What was in flight when a client died is sent
  again: a point is stored once and a param stays the same, but a tag or a status may be set twice,
  and so overwrite what another client set in between.
* A log call that the server refuses for one of its params may have stored its points.

Context and output of runs, which MLflow's servers have no place for, are passed over.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

from msgspec.structs import replace

from headrace.api import journals
from headrace.api import tracking as api
from headrace.api.journals import ApplyJournal, JournalApplied, JournalEntry, RefusedEntry
from headrace.api.limits import MAX_POINTS_PER_PAGE
from headrace.client.batches import split_batch
from headrace.client.delivery.plain_server_state import PlainServerState
from headrace.entities import Metric, Run, RunInfo, RunTag, ViewType, tag_names
from headrace.errors import (
    BadRequest,
    EndpointNotFound,
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from headrace.stores.base import TrackingStore
from headrace.stores.texts import check_run_id

_DEFAULT_EXPERIMENT_ID = "0"
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)

_LogCall = (
    journals.LogPoints
    | api.LogBatch
    | api.LogParam
    | api.SetTag
    | api.UpdateRun
    | api.LogInputs
    | api.LogOutputs
)


class PlainServer:
    """Applies journals to a plain MLflow server.

    Args:
        store: The server. Each call is tried once: whoever ships the journal tries again.
        folder: Keeps ids of runs and marks of journals; the same one for every process of this
            machine that ships to this server, and for no other server.

    """

    # Of one batch: each is a call that takes long, and who waits hears nothing before the last.
    MAX_ENTRIES = 20

    def __init__(self, store: TrackingStore, folder: Path) -> None:
        self._store = store
        self._state = PlainServerState(folder)

    def mapping(self) -> dict[str, str]:
        """Return the server's id of every run that was begun with an id of a client's choice."""
        return dict(self._state.runs().made)

    def server_run_id(self, client_run_id: str) -> str:
        """Return the server's id of a run; an id that no client chose is the server's already."""
        return self._state.runs().made.get(client_run_id, client_run_id)

    def forget_journal(self, journal: str) -> None:
        """Drop the mark of a journal that was shipped whole and deleted."""
        self._state.forget(journal)

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        """Carry out the next records of a journal, by the rule of `headrace.api.journals`.

        The mark moves after each entry. What an MLflow server has answered counts as durable.

        Returns:
            How far it came: a failure after some entries ends the batch there without being raised.

        Raises:
            HeadraceError: If not even the first entry was carried out, for a reason that is none
                of its own: no answer, no permission, a failure of the server. The records wait.
            InvalidState: If what this machine remembers of the server is damaged.
            TemporarilyUnavailable: Also if that cannot be read or written.

        """
        mark = self._state.mark(request.journal)
        answer = JournalApplied(mark, durable=True)
        if request.first != mark + 1:
            return answer
        for index, entry in enumerate(request.entries):
            try:
                outcome = self._try(index, entry)
                self._state.move_mark(request.journal, answer.applied + entry.records)
            except _UnknownRun as unknown:
                answer.held = unknown.run_id
                break
            except HeadraceError:
                if answer.applied == mark:
                    raise
                break  # else nobody would hear what was refused
            answer.applied += entry.records
            if isinstance(outcome, RefusedEntry):
                answer.refused.append(outcome)
            elif outcome is not None:
                answer.runs.append(outcome)
        return answer

    def _try(self, index: int, entry: JournalEntry) -> RunInfo | RefusedEntry | None:
        try:
            return self._apply(entry)
        except HeadraceError as error:
            if _concerns_entry(error, entry):
                return RefusedEntry(index, error.error_code, error.message)
            raise

    def _apply(self, entry: JournalEntry) -> RunInfo | None:
        if entry.skip or entry.set_context or entry.append_output:
            return None
        if entry.ensure_run is not None:
            return self._ensure_run(entry.ensure_run)
        call = _log_call(entry)
        refusal = self._state.runs().refused.get(call.run_id)
        if refusal is not None:
            raise InvalidParameterValue(f"The run {call.run_id} could not be made: {refusal}")
        try:
            self._log(call, self.server_run_id(call.run_id))
        except ResourceDoesNotExist:
            if self._is_unknown(call.run_id):
                raise _UnknownRun(call.run_id) from None
            raise
        return None

    def _is_unknown(self, run_id: str) -> bool:
        """Return whether a run was not made yet; one that was, and is gone, is gone for good."""
        return run_id not in self._state.runs().made and self._get_run(run_id) is None

    # --- runs ------------------------------------------------------------------------------------

    def _ensure_run(self, request: journals.EnsureRun) -> RunInfo:
        made = self._state.runs().made.get(request.run_id)
        if made is not None:
            return self._store.get_run(api.GetRun(run_id=made)).run.info
        try:
            return self._make_run(request)
        except HeadraceError as error:
            if _is_refusal(error):  # of what follows in the run, nothing waits for it then
                with self._state.changing_runs() as runs:
                    runs.refused[request.run_id] = error.message
            raise

    def _make_run(self, request: journals.EnsureRun) -> RunInfo:
        client_id = request.run_id
        check_run_id(client_id)
        with self._state.changing_runs() as runs:
            run = self._get_run(runs.made.get(client_id, client_id))
            if run is None:
                experiment_id = self._experiment_id(request)
                run = self._find_run(experiment_id, client_id)
                run = run or self._create_run(experiment_id, request)
            if run.info.run_id != client_id:
                runs.made[client_id] = run.info.run_id
            runs.refused.pop(client_id, None)
        return run.info

    def _get_run(self, run_id: str) -> Run | None:
        try:
            return self._store.get_run(api.GetRun(run_id=run_id)).run
        except ResourceDoesNotExist:
            return None

    def _find_run(self, experiment_id: str, client_id: str) -> Run | None:
        """Return the run that some machine has made for this id, deleted or not."""
        search = api.SearchRuns(
            experiment_ids=[experiment_id],
            filter=f"tags.`{tag_names.CLIENT_RUN_ID}` = '{client_id}'",
            run_view_type=ViewType.ALL,
            max_results=1,
            order_by=["attributes.start_time ASC"],
        )
        return next(iter(self._store.search_runs(search).runs), None)

    def _create_run(self, experiment_id: str, request: journals.EnsureRun) -> Run:
        mark = RunTag(tag_names.CLIENT_RUN_ID, request.run_id)
        creation = api.CreateRun(
            experiment_id=experiment_id,
            user_id=request.user_id,
            run_name=request.run_name,
            start_time=request.start_time,
            tags=[*self._map_parents(request.tags), mark],
        )
        return self._store.create_run(creation).run

    def _experiment_id(self, request: journals.EnsureRun) -> str:
        if request.experiment_name is None:
            return request.experiment_id or _DEFAULT_EXPERIMENT_ID
        by_name = api.GetExperimentByName(experiment_name=request.experiment_name)
        try:
            return self._store.get_experiment_by_name(by_name).experiment.experiment_id
        except ResourceDoesNotExist:
            pass
        try:
            creation = api.CreateExperiment(name=request.experiment_name)
            return self._store.create_experiment(creation).experiment_id
        except ResourceAlreadyExists:  # another client was quicker
            return self._store.get_experiment_by_name(by_name).experiment.experiment_id

    # --- what a run logs -------------------------------------------------------------------------

    def _log(self, call: _LogCall, run_id: str) -> None:
        store = self._store
        match call:
            case journals.LogPoints():
                for batch in split_batch(run_id, _points(call), (), ()):
                    self._log_batch(batch)
            case api.LogBatch():
                tags = self._map_parents(call.tags)
                for batch in split_batch(run_id, call.metrics, call.params, tags):
                    self._log_batch(batch)
            case api.LogParam():
                store.log_param(api.LogParam(run_id=run_id, key=call.key, value=call.value))
            case api.SetTag():
                (tag,) = self._map_parents([RunTag(call.key, call.value)])
                store.set_tag(api.SetTag(run_id=run_id, key=tag.key, value=tag.value))
            case api.UpdateRun():
                store.update_run(replace(call, run_id=run_id, run_uuid=None, session=None))
            case api.LogInputs():
                store.log_inputs(replace(call, run_id=run_id))
            case api.LogOutputs():
                store.log_outputs(replace(call, run_id=run_id))

    def _log_batch(self, batch: api.LogBatch) -> None:
        """Log a batch, of which the server may have some points already.

        MLflow 2.22 takes those for new in two cases, and meets its own primary key: NaN, which it
        holds unequal to itself, and more than a hundred metrics in one batch.
        """
        try:
            self._store.log_batch(batch)
        except BadRequest:
            missing = self._missing_points(batch)
            if len(missing) == len(batch.metrics):
                raise
            self._store.log_batch(replace(batch, metrics=missing))

    def _missing_points(self, batch: api.LogBatch) -> list[api.MetricPoint]:
        """Return the points of a batch that the server does not have, each once."""
        stored = {
            _identity(point)
            for key in {point.key for point in batch.metrics}
            for point in self._history(batch.run_id, key)
        }
        points = {_identity(point): point for point in batch.metrics}
        return [point for identity, point in points.items() if identity not in stored]

    def _history(self, run_id: str, key: str) -> Iterator[Metric]:
        token: str | None = None
        while token != "":
            request = api.GetMetricHistory(
                run_id=run_id, metric_key=key, max_results=MAX_POINTS_PER_PAGE, page_token=token
            )
            page = self._store.get_metric_history(request)
            yield from page.metrics
            token = page.next_page_token or ""

    def _map_parents(self, tags: Sequence[RunTag]) -> list[RunTag]:
        """Return tags that name the parent run as the server does."""
        return [
            RunTag(tag.key, self.server_run_id(tag.value))
            if tag.key == tag_names.PARENT_RUN_ID
            else tag
            for tag in tags
        ]


class _UnknownRun(Exception):
    """An entry's run does not exist yet."""

    def __init__(self, run_id: str) -> None:
        super().__init__(run_id)
        self.run_id = run_id


def _log_call(entry: JournalEntry) -> _LogCall:
    call = (
        entry.log_points
        or (entry.log_rows and entry.log_rows.as_points())
        or entry.log_batch
        or entry.log_param
        or entry.set_tag
        or entry.update_run
        or entry.log_inputs
        or entry.log_outputs
    )
    if call is None:
        raise InvalidParameterValue(
            "An entry of the journal holds no call that this version of Headrace knows. Ship it "
            "with the version that wrote it."
        )
    return call


def _points(call: journals.LogPoints) -> list[api.MetricPoint]:
    columns = (call.series, call.steps, call.timestamps, call.values)
    indexes = range(len(call.keys))
    if len({len(column) for column in columns}) > 1 or not all(s in indexes for s in call.series):
        raise InvalidParameterValue(
            "Points must come in columns of equal length, and each index of a series must be that "
            f"of one of the {len(call.keys)} keys."
        )
    return [
        api.MetricPoint(key=call.keys[series], value=value, timestamp=timestamp, step=step)
        for series, step, timestamp, value in zip(*columns, strict=True)
    ]


def _identity(point: api.MetricPoint | Metric) -> tuple[str, int, int, float | str]:
    """Return what tells a point from others of its run; MLflow has no infinities."""
    value: float | str = point.value
    if math.isnan(point.value):
        value = "NaN"
    elif math.isinf(point.value):
        value = math.copysign(sys.float_info.max, point.value)
    return point.key, point.step, point.timestamp, value


def _is_refusal(error: HeadraceError) -> bool:
    """Return whether the server refused what it was given, and would do so at any time.

    An answer that is none of the protocol's comes from something in between, and says nothing of
    the entry unless that is too large.
    """
    if "http_status" in error.details:
        return bool(error.details["http_status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    status = error.get_http_status_code()
    return status in _REFUSALS and not isinstance(error, EndpointNotFound)


def _concerns_entry(error: HeadraceError, entry: JournalEntry) -> bool:
    """Return whether a failure is one of this entry alone."""
    if isinstance(error, (EndpointNotFound, NotSupported)):  # as logged models in MLflow 2
        return entry.log_inputs is not None or entry.log_outputs is not None
    return _is_refusal(error)
