"""The one place that every log call of a client goes through: into the journal, or to the store.

Calls come already checked by `headrace.client.validation`. What only a store can know, such as that
a run is deleted, is told at once where that is cheap: a run that this process did not begin is
looked at before the first call to it, and a param that is known to have another value is refused.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress

from msgspec.structs import replace

from headrace import settings
from headrace.api import tracking as api
from headrace.api.context import AppendOutput, SetContext
from headrace.api.journals import EnsureRun, JournalEntry
from headrace.client.delivery.connections import Connection
from headrace.client.delivery.consignment import RunIsUnknown
from headrace.client.delivery.delivery import Delivery
from headrace.client.delivery.refusals import Verdict
from headrace.client.journal.journal import UnknownSeries
from headrace.client.journal.rows import Row
from headrace.client.known_runs import KnownRun, KnownRuns
from headrace.client.operations import Finished, Outcome, RunOperations, raise_all
from headrace.client.writes import Write, apply, entry_of, params_of, plain_points
from headrace.entities import LifecycleStage, RunInfo
from headrace.errors import HeadraceError, TemporarilyUnavailable
from headrace.stores.texts import run_is_deleted

# Sets of metrics of a run that are remembered to be logged together.
MAX_ROWS = 256

_logger = logging.getLogger(__name__)


class Recorded:
    """The outcome of a log call that stands in the journal.

    Attributes:
        record: Its number there; 0 while the disk does not take it.

    """

    def __init__(self, delivery: Delivery, record: int) -> None:
        self._delivery = delivery
        self.record = record

    def result(self) -> None:
        """Return when the store has it.

        Raises:
            HeadraceError: If the store refused it, or cannot be reached.

        """
        verdict = self._delivery.verdict(self.record, settings.HTTP_REQUEST_TIMEOUT.get())
        error = verdict.failure or verdict.refusal
        if error is not None:
            raise error


class Writer:
    """Takes the log calls of one tracking store, in the order in which they are made."""

    def __init__(self, delivery: Delivery, connection: Connection) -> None:
        self._delivery = delivery
        self._connection = connection
        self._known = KnownRuns(delivery.has)

    # --- what is logged --------------------------------------------------------------------------

    def write(
        self, writes: Iterable[Write], *, synchronous: bool | None = None
    ) -> RunOperations | None:
        """Take log calls.

        Args:
            writes: The calls.
            synchronous: None takes them into the journal, from where they are shipped. False does
                the same and hands out what tells when the store has them. True waits until the
                store has them, after all that was logged before. None becomes False where
                ``MLFLOW_ENABLE_ASYNC_LOGGING`` says so.

        Returns:
            The outcome of each call if `synchronous` is False, else None.

        Raises:
            HeadraceError: If the store has refused a call by the time this returns, unless
                `synchronous` is False; or if it is True and the store cannot be reached.

        """
        if synchronous:
            self.deliver()
            store = self._connection.store
            for write in writes:
                apply(store, replace(write, run_id=self._connection.server_run_id(write.run_id)))
            return None
        if synchronous is None and not settings.ENABLE_ASYNC_LOGGING.get():
            for write in writes:
                self._take(write)
            return None
        return RunOperations([self._try(write) for write in writes])

    def write_and_wait(self, write: Write) -> None:
        """Take a call that its caller wants to know done: wait, unless nobody can be reached.

        Raises:
            HeadraceError: If the store refuses it.

        """
        outcome = self._take(write)
        if isinstance(outcome, Recorded):
            self._hear(outcome.record, settings.SHUTDOWN_TIMEOUT.get())

    def record(self, record: SetContext | AppendOutput) -> None:
        """Take what a run that this process knows records of itself; nobody waits for it.

        A server of MLflow has no place for it: it is passed over there.

        Raises:
            InvalidParameterValue: If it is larger than a record of a journal may be.

        """
        if isinstance(record, SetContext):
            entry = JournalEntry(set_context=record)
        else:
            entry = JournalEntry(append_output=record)
        self._delivery.journal.append(entry)

    # --- runs ------------------------------------------------------------------------------------

    def begin_run(self, request: EnsureRun) -> RunInfo | None:
        """Begin a run, and wait a moment for the store to say how it knows it.

        Returns:
            The run as the store knows it; None if the store cannot be reached now.

        Raises:
            HeadraceError: If the store refuses it.

        """
        verdict = self._delivery.begin_run(request, settings.CONTACT_TIMEOUT.get())
        if verdict.refusal is not None:
            raise verdict.refusal
        run = verdict.run
        run_id = run.run_id if run else request.run_id
        known = self.know(run_id)
        known.is_new = True
        known.begin = self._delivery.last
        known.is_active = request.session is not None
        if request.session is not None:
            self._delivery.heartbeats.begin(run_id, request.session)
        return run

    def begin_session(self, run_id: str, experiment_id: str) -> None:
        """Go on with a run that the store has: it is shown as lost if this process goes silent."""
        self.know(run_id).is_active = True
        session = _new_session()
        request = EnsureRun(run_id=run_id, experiment_id=experiment_id, session=session)
        self._delivery.journal.append(JournalEntry(ensure_run=request))
        self._delivery.heartbeats.begin(run_id, session)

    def session_of(self, run_id: str) -> str:
        """Return the id of the session in which this process works on a run."""
        return self._delivery.heartbeats.session_of(run_id) or _new_session()

    def end_run(self, request: api.UpdateRun) -> None:
        """End a run, and wait until the store has it whole, as far as that can be.

        Raises:
            HeadraceError: If the store refuses the end.

        """
        request.session = self._delivery.heartbeats.end(request.run_id)
        outcome = self._take(request)
        try:
            self.finish()
            if isinstance(outcome, Recorded):
                self._hear(outcome.record, 0)
        finally:
            self.forget(request.run_id)

    def knows(self, run_id: str) -> bool:
        """Return whether the store is known to have a run, or to get it from this process."""
        return self._known.get(run_id) is not None

    def has_begun(self, run_id: str) -> bool:
        """Return whether a run that goes on was begun by this process."""
        known = self._known.get(run_id)
        return known is not None and known.is_new

    def know(self, run_id: str) -> KnownRun:
        """Take note that the store has a run that may be logged to, or will have it."""
        known = self._known.get(run_id)
        if known is None:
            known = self._known.add(run_id)
            needless = self._known.find_needless()
            if needless is not None and needless != run_id:
                self.forget(needless)
        return known

    def make_quick(self, run_id: str, keys: Collection[str]) -> KnownRun:
        """Let the points of metrics be appended to the journal by whoever knows their numbers.

        Returns:
            The run, with the numbers of all metrics that may be; they are gone when they may not
            any more.

        """
        known = self.know(run_id)
        for key in keys:
            known.quick[key] = self._series_of(run_id, known, key)
        if len(known.rows) >= MAX_ROWS:
            known.rows.clear()
        known.rows[tuple(keys)] = Row([known.quick[key] for key in keys])
        return known

    def forget(self, run_id: str) -> None:
        """Have the store itself asked again at the next call to a run."""
        known = self._known.pop(run_id)
        if known is not None:
            known.forget_series()
            self._delivery.forget_run(run_id)

    def forget_all(self) -> None:
        """Have the store itself asked again at the next call to any run."""
        for run_id in self._known.ids():
            self.forget(run_id)

    def restart(self) -> None:
        """Begin anew in a forked child; which runs the store has is known on."""
        self._delivery.restart()
        self._known.restart()

    # --- until it is stored ----------------------------------------------------------------------

    def deliver(self, *, patient: bool = True) -> None:
        """Return when the store has what this process logged, so that reading finds it.

        Args:
            patient: Whether a store that cannot be reached is tried as often and as long as any
                call of a client; otherwise once, for ``HEADRACE_CONTACT_TIMEOUT``.

        Raises:
            HeadraceError: If it takes nothing.

        """
        waits: Iterator[float] | None = None
        timeout = settings.HTTP_REQUEST_TIMEOUT if patient else settings.CONTACT_TIMEOUT
        last = self._delivery.last  # what other threads log meanwhile is not waited for
        while True:
            try:
                self._delivery.wait(last, timeout.get())
                return
            except RunIsUnknown:
                return  # that is no matter of whoever reads
            except TemporarilyUnavailable:
                waits = waits or (_pauses() if patient else iter(()))
                pause = next(waits, None)
                if pause is None or settings.MODE.get() == "offline":
                    raise
                time.sleep(pause)

    def flush(self, seconds: float | None = None) -> None:
        """Return when the store has everything, also of processes that died.

        Args:
            seconds: How long to wait for a store that says nothing; by default as long as the
                setting ``HEADRACE_SHUTDOWN_TIMEOUT`` says.

        Raises:
            HeadraceError: If the store cannot be reached or takes nothing from this client; or if
                it refused something since the last flush.

        """
        self._delivery.collect(settings.SHUTDOWN_TIMEOUT.get() if seconds is None else seconds)
        raise_all(self._delivery.refusals.take_untold())

    def pick_up(self, seconds: float) -> None:
        """Ship what processes that died left for this store, as far as it can be done so soon."""
        if settings.MODE.get() != "offline":
            with suppress(HeadraceError):  # who reads next is told what the matter is
                self._delivery.collect(seconds)

    def finish(self) -> None:
        """Do as `flush`, but tell what cannot be shipped now instead of raising it."""
        try:
            self._delivery.collect(settings.SHUTDOWN_TIMEOUT.get())
        except HeadraceError as error:
            self._delivery.tell_pending(error)

    def _hear(self, record: int, seconds: float) -> Verdict:
        """Return what the store says of a record; if it says nothing, the delivery tells why.

        Raises:
            HeadraceError: If the store has refused it.

        """
        verdict = self._delivery.verdict(record, seconds)
        if verdict.refusal is not None:
            raise verdict.refusal
        return verdict

    # --- one call --------------------------------------------------------------------------------

    def _try(self, write: Write) -> Outcome:
        try:
            return self._take(write)
        except HeadraceError as error:
            _logger.warning("A log call of run %s was not stored: %s", write.run_id, error.message)
            return Finished(error)

    def _take(self, write: Write) -> Outcome:
        known = self._known.get(write.run_id) or self._meet(write.run_id)
        params = params_of(write)
        known.check_params(write, params)
        try:
            record = self._append(known, write)
        except UnknownSeries:  # another thread has just ended the run
            known.forget_series()
            return self._take(write)
        known.params.update((param.key, param.value) for param in params)
        return Recorded(self._delivery, record)

    def _meet(self, run_id: str) -> KnownRun:
        """Look at a run that this process did not begin, unless its store cannot be reached.

        Raises:
            ResourceDoesNotExist: If there is no such run.
            InvalidParameterValue: If it is deleted.

        """
        if settings.MODE.get() == "offline":
            return self.know(run_id)
        try:
            run = self._connection.hasty_store.get_run(api.GetRun(run_id=run_id)).run
        except TemporarilyUnavailable:
            return self.know(run_id)
        if run.info.lifecycle_stage == LifecycleStage.DELETED:
            raise run_is_deleted(run_id)
        known = self.know(run_id)
        known.params.update(run.data.params)
        return known

    def _append(self, known: KnownRun, write: Write) -> int:
        journal = self._delivery.journal
        points = plain_points(write)
        if not points:
            return journal.append(entry_of(write))
        numbers = [self._series_of(write.run_id, known, point.key) for point in points]
        first = points[0]
        if len(points) == 1:
            return journal.append_point(numbers[0], first.step, first.timestamp, first.value)
        return journal.append_points(
            first.step, first.timestamp, numbers, [point.value for point in points]
        )

    def _series_of(self, run_id: str, known: KnownRun, key: str) -> int:
        number = known.series.get(key)
        if number is None:
            number = known.series[key] = self._delivery.journal.series(run_id, key)
        return number


def _new_session() -> str:
    return os.urandom(16).hex()


def _pauses() -> Iterator[float]:
    # Imported only here: who finds the store there needs neither sockets nor TLS.
    from headrace.connection import pauses

    return pauses()
