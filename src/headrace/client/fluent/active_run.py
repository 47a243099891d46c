"""The active run: started, resumed, nested and ended, in each thread its own."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from types import TracebackType
from typing import Any

from headrace import settings
from headrace.api import tracking as api
from headrace.client.context import resolve_tags
from headrace.client.fluent.endings import Watch, status_after
from headrace.client.fluent.experiments import (
    ActiveExperiment,
    active_experiment,
    chosen_experiment_id,
)
from headrace.client.fluent.links import RunLinks
from headrace.client.journal.rows import Row
from headrace.client.mlflow_client import HastyClient, MlflowClient
from headrace.client.page_addresses import find_pages
from headrace.client.recording import Recording, forget_recordings, wanted_parts
from headrace.client.run_calls import begin_run
from headrace.client.session import Session
from headrace.client.tracking import get_session, settle_sessions
from headrace.client.validation import check_run_id_type, make_request, to_experiment_id
from headrace.entities import LifecycleStage, Run, RunInfo, RunStatus, RunTag, tag_names
from headrace.entities.card import shown_by
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    ResourceConflict,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)

# How often a rank asks for the run that the first rank is about to begin.
SECONDS_BETWEEN_LOOKS = 0.2


class ActiveRun(Run):
    """A run that ends with the ``with`` block: FINISHED, or FAILED if an exception leaves it.

    Ctrl-C makes it KILLED, and leaving by ``sys.exit(0)`` is no failure.

    It shows the run as it was when it was started; `headrace.get_run` reads what it holds now.
    """

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        # By id: the block may have ended the run and started it again.
        if find_active(self.info.run_id) is not None:
            _end(status_after(exc_val), exc_val)


class Active:
    """An active run, with what belongs to it.

    Attributes:
        run: The run as it was when it was started.
        run_id: Its id.
        client: The client of the store that it was started in: it stays there, even if the
            tracking URI changes.
        links: Its models and data sets, as far as this process knows.
        writer: Takes what is logged to it.
        journal: What that is appended to.
        recording: What it records of itself.
        series: Number in the journal of each metric whose points need nothing but to be appended
            there; empty while a point may have to say more, such as which model it describes.
        rows: Those metrics that are logged together, by their names.

    """

    __slots__ = (
        *("client", "journal", "links", "recording", "rows", "run"),
        *("run_id", "series", "writer"),
    )

    def __init__(
        self, run: ActiveRun, client: MlflowClient, session: Session, recording: Recording
    ) -> None:
        self.run = run
        self.run_id = run.info.run_id
        self.client = client
        self.links = RunLinks(run)
        self.writer = session.writer
        self.journal = session.delivery.journal
        self.recording = recording
        self.series: dict[str, int] = {}
        self.rows: dict[tuple[str, ...], Row] = {}


class _Thread(threading.local):
    """The runs of this thread.

    Attributes:
        stack: The active ones, the outermost first.
        last: The one that ended last.

    """

    def __init__(self) -> None:
        self.stack: list[Active] = []
        self.last: Active | None = None


_thread = _Thread()

# The active runs of all threads, in the order in which they were started.
_everywhere: dict[int, Active] = {}


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: dict[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Start a run, or resume one, and make it the active run of this thread.

    Args:
        run_id: A run to resume; ``MLFLOW_RUN_ID`` if not given.
        experiment_id: Experiment of a new run; the active one if not given.
        run_name: Name for people; the store finds one for a new run if not given.
        nested: Whether the run may start inside the active run, as its child.
        parent_run_id: The run that a new run is the child of.
        tags: Tags of the run; values become texts.
        description: Text for the tag ``mlflow.note.content``.
        log_system_metrics: Whether CPU, memory, disk, network and GPUs are recorded as metrics
            ``system/...``; if not given, as ``MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING`` says.

    Returns:
        The run, for use in a ``with`` block or until `end_run`.

    Raises:
        ResourceConflict: If a run is active and `nested` is not set.
        InvalidParameterValue: If an argument is malformed, or the run does not fit to the active
            experiment.
        ResourceDoesNotExist: If the run, its parent or the experiment is not there.

    """
    if _thread.stack and not nested:
        raise ResourceConflict(
            f"Run with UUID {_thread.stack[0].run_id} is already active. To start a new run, "
            "first end the current run with headrace.end_run(). To start a nested run, call "
            "start_run with nested=True."
        )
    parts = wanted_parts()
    client, session = MlflowClient(), get_session()
    described = _with_description(tags, description)
    existing = run_id or settings.RUN_ID.get()
    if existing:
        settings.RUN_ID.set(None)  # it names this run, not the nested ones to come
        checked = check_run_id_type(existing)
        run = _resume(client, session, checked, run_name, described, is_expected=run_id is None)
    else:
        run = _create(session, experiment_id, run_name, parent_run_id, described)
    started = shown_by(client._draw_card, ActiveRun(run.info, run.data, run.inputs, run.outputs))
    recording = Recording(session.writer, session.uri, started, parts, log_system_metrics)
    active = Active(started, client, session, recording)
    _thread.stack.append(active)
    _everywhere[id(active)] = active
    _watch.begin()
    return started


def end_run(status: str = RunStatus.FINISHED) -> None:
    """End the active run of this thread, if there is one; the run around it becomes active.

    Args:
        status: A terminal `RunStatus`.

    Raises:
        HeadraceError: If the store does not take the end; the run is not active any more then.

    """
    _end(RunStatus.of(status))


def _end(status: RunStatus, error: BaseException | None = None) -> None:
    """End the active run of this thread, if there is one, which an exception may have ended."""
    if not _thread.stack:
        return
    settings.RUN_ID.set(None)
    ended = _thread.last = _thread.stack.pop()
    _everywhere.pop(id(ended), None)
    if error is not None and not isinstance(error, SystemExit):
        ended.recording.note_error(error)
    ended.recording.end(is_last=_watch.may_be_missed)
    ended.client.set_terminated(ended.run_id, status)
    _print_address(ended)


def innermost() -> Active:
    """Return the active run of this thread.

    Raises:
        IndexError: If there is none.

    """
    return _thread.stack[-1]


def forget_series() -> None:
    """Have the points of this thread's active runs logged the long way from now on."""
    for active in _thread.stack:
        active.series.clear()
        active.rows.clear()


def active_run() -> ActiveRun | None:
    """Return the active run of this thread as it was when it was started; None if there is none."""
    return _thread.stack[-1].run if _thread.stack else None


def last_active_run() -> Run | None:
    """Return the active run of this thread, else the one that ended last, as it is now.

    Returns:
        None if this thread has started no run.

    """
    if _thread.stack:
        return _thread.stack[-1].run
    last = _thread.last
    return last.client.get_run(last.run_id) if last else None


def active_or_new() -> Active:
    """Return the active run of this thread; one is started if there is none."""
    if not _thread.stack:
        start_run()
    return _thread.stack[-1]


def find_active(run_id: str) -> Active | None:
    """Return the active run of this thread that has this id; None if there is none."""
    return next((active for active in reversed(_thread.stack) if active.run_id == run_id), None)


# --- how a run begins ----------------------------------------------------------------------------


def _resume(
    client: MlflowClient,
    session: Session,
    run_id: str,
    run_name: str | None,
    tags: dict[str, Any],
    *,
    is_expected: bool,
) -> Run:
    """Return a run that exists, made active again.

    Args:
        client: Of the run's store.
        session: Of the run's store.
        run_id: The run.
        run_name: Its new name, if it gets one.
        tags: Its new tags.
        is_expected: Whether another process is about to begin it, as the first of several ranks.

    """
    try:
        run = _find(run_id, is_expected=is_expected)
    except TemporarilyUnavailable:
        return _join_unseen(client, session, run_id, run_name, tags)
    chosen = chosen_experiment_id()
    if chosen is not None and chosen != run.info.experiment_id:
        raise InvalidParameterValue(
            f"Cannot start run with ID {run_id}: it belongs to the experiment "
            f"{run.info.experiment_id}, but the active experiment is {chosen}. Call "
            f"set_experiment(experiment_id={run.info.experiment_id!r}) first."
        )
    if run.info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameterValue(
            f"Cannot start run with ID {run_id} because it is in the deleted state. "
            f"headrace.restore_run({run_id!r}) takes the deletion back."
        )
    session.writer.begin_session(run_id, run.info.experiment_id)
    client.update_run(run_id, RunStatus.RUNNING, run_name)
    _tag(client, run_id, tags)
    try:
        return HastyClient().get_run(run_id)
    except TemporarilyUnavailable:  # it has gone in between: as the run was, then
        return run


def _find(run_id: str, *, is_expected: bool) -> Run:
    client = HastyClient()
    until = time.monotonic() + settings.CONTACT_TIMEOUT.get()
    while True:
        try:
            return client.get_run(run_id)
        except ResourceDoesNotExist:
            if not is_expected or time.monotonic() > until:
                raise
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _join_unseen(
    client: MlflowClient,
    session: Session,
    run_id: str,
    run_name: str | None,
    tags: dict[str, Any],
) -> Run:
    """Return a run that cannot be looked at now; what is logged waits until its store has it."""
    session.writer.know(run_id)
    goes_on = make_request(
        api.UpdateRun, run_id=run_id, status=RunStatus.RUNNING.value, run_name=run_name
    )
    session.writer.write((goes_on,))  # nobody has answered: that is not waited for again
    _tag(client, run_id, tags)
    info = RunInfo(
        run_id=run_id,
        experiment_id=chosen_experiment_id() or "",
        status=RunStatus.RUNNING.value,
        lifecycle_stage=LifecycleStage.ACTIVE,
        run_name=run_name,
    )
    return Run(info)


def _tag(client: MlflowClient, run_id: str, tags: dict[str, Any]) -> None:
    client.log_batch(run_id, tags=[RunTag(key, str(value)) for key, value in tags.items()])


def _create(
    session: Session,
    experiment_id: str | None,
    run_name: str | None,
    parent_run_id: str | None,
    tags: dict[str, Any],
) -> Run:
    parent_id = _parent_of_new_run(parent_run_id)
    if parent_id is not None:
        tags[tag_names.PARENT_RUN_ID] = parent_id
    if run_name:
        tags[tag_names.RUN_NAME] = run_name
    chosen = (
        active_experiment()
        if experiment_id is None
        else ActiveExperiment(to_experiment_id(experiment_id))
    )
    return begin_run(
        session.writer,
        experiment_id=chosen.experiment_id,
        experiment_name=chosen.name,
        tags=resolve_tags(tags),
        run_name=run_name,
        with_heartbeat=True,
    )


def _parent_of_new_run(parent_run_id: str | None) -> str | None:
    around = _thread.stack[-1].run_id if _thread.stack else None
    if not parent_run_id:
        return around
    if around is not None and around != parent_run_id:
        raise InvalidParameterValue(
            f"Current run with UUID {around} does not match the specified parent_run_id "
            f"{parent_run_id}. To start a new nested run under the parent run with UUID "
            f"{parent_run_id}, first end the current run with headrace.end_run()."
        )
    try:
        parent = HastyClient().get_run(parent_run_id)
    except TemporarilyUnavailable:
        return parent_run_id
    if parent.info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameterValue(
            f"Cannot start run under parent run with ID {parent_run_id} because it is in the "
            "deleted state."
        )
    return parent_run_id


def _with_description(tags: dict[str, Any] | None, description: str | None) -> dict[str, Any]:
    own = dict(tags or {})
    if description:
        if tag_names.NOTE in own:
            raise InvalidParameterValue(
                f"The description is given twice: as `description` and as the tag {tag_names.NOTE}."
            )
        own[tag_names.NOTE] = description
    return own


# --- how it ends ---------------------------------------------------------------------------------


def _print_address(ended: Active) -> None:
    """Say where a server shows the run."""
    pages = find_pages(ended.client.tracking_uri)
    info = ended.run.info
    is_known = info.artifact_uri is not None  # by the server
    if not (pages and is_known) or settings.SUPPRESS_PRINTING_URL_TO_STDOUT.get():
        return
    experiment = f"{pages}/#/experiments/{info.experiment_id}"
    print(f"🏃 View run {info.run_name} at: {experiment}/runs/{info.run_id}")
    print(f"🧪 View experiment at: {experiment}")


def _end_all(status: RunStatus) -> None:
    """End the active runs of all threads, the innermost first."""
    _thread.stack.clear()
    for active in reversed(list(_everywhere.values())):
        if _everywhere.pop(id(active), None) is None:
            continue  # its own thread has just ended it
        # Nobody is left to be told, not even of an output that is closed.
        with contextlib.suppress(HeadraceError, OSError):
            active.recording.end(is_last=_watch.may_be_missed)
            active.client.set_terminated(active.run_id, status)
            _print_address(active)


_watch = Watch(_end_all, settle_sessions)


def _forget_runs_of_parent() -> None:
    """Give a forked child no active run: the parent goes on with its own, and ends them."""
    _thread.stack.clear()
    _thread.last = None
    _everywhere.clear()
    forget_recordings()
    _watch.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_runs_of_parent)
