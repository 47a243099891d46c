"""The thread that ships what a process logs, and what those may ask of it who cannot wait for ever.

Whoever logs only appends to the journal. The thread sends what is new a few times a second, brings
the journal to the disk once a second, and takes care of the journals that dead processes left. A
failure of the store stops neither: it is told once, and tried again with growing pauses.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from headrace import settings
from headrace.amounts import count
from headrace.api.journals import EnsureRun, JournalEntry
from headrace.client.delivery.consignment import Destination, RunIsUnknown, Step
from headrace.client.delivery.heartbeats import Heartbeats
from headrace.client.delivery.leftovers import Leftovers
from headrace.client.delivery.outage import Outage
from headrace.client.delivery.own_journal import SECONDS_BETWEEN_SYNCS, OwnJournal
from headrace.client.delivery.refusals import Refusals, Verdict
from headrace.client.journal.journal import Journal
from headrace.entities import RunInfo
from headrace.errors import HeadraceError, TemporarilyUnavailable

# How long points may lie in the journal before they are sent: a page that shows a run live asks
# about once a second.
SECONDS_BETWEEN_BATCHES = 0.2
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# How long those who wait, one after the other, may put off the store's upkeep.
SECONDS_WITHOUT_UPKEEP = 5.0
# How long the end of the process waits for a thread that is in the midst of a call.
SECONDS_TO_END = 1.0
# How long a fork waits for it.
SECONDS_BEFORE_FORK = 1.0

_logger = logging.getLogger("headrace.client")


class Delivery:
    """Ships the journal of this process, and leftovers, into one store.

    Attributes:
        place: The store's URI as it may be shown.
        folder: Where the journals for this store lie.
        refusals: What the store has refused of what this process logged.
        heartbeats: Say of the runs that go on that they do.

    """

    def __init__(
        self,
        place: str,
        folder: Path,
        make_journal: Callable[[], Journal],
        connect: Callable[[], Destination],
        tend: Callable[[], None],
    ) -> None:
        """Take what is needed; nothing is made or contacted yet.

        Args:
            place: The store's URI as it may be shown.
            folder: Where the journals for this store lie.
            make_journal: Makes the journal of this process.
            connect: Returns the store; it may raise whatever a `Destination` may.
            tend: Does the store's upkeep, when nobody has waited for a moment.

        """
        self.place = place
        self.folder = folder
        self._make_journal = make_journal
        self._connect = connect
        self._tend = tend
        self.restart()

    def restart(self) -> None:
        """Begin anew, as a forked child must; what is the parent's is not touched."""
        self._state = threading.Condition()
        self._making = threading.RLock()  # a signal handler may log while its thread makes it
        self._working = threading.Lock()  # held while the thread does something
        self._is_held = False
        self._forked_during = -1  # the attempt that a fork waited for in vain
        self._own: OwnJournal | None = None
        self._first_own: dict[int, OwnJournal] = {}
        self._applied = self._durable = 0  # of that, as far as everybody may know
        self._leftovers = Leftovers(self.folder)
        self.heartbeats = Heartbeats()
        self._thread: threading.Thread | None = None
        self._is_asked = self._is_stopped = self._is_to_be_secured = False
        self._begun = self._ended = 0  # attempts to ship
        self._given_up = 0  # the attempt that somebody waited for in vain
        self._awaited_since = 0.0  # when that wait began
        self._failure: HeadraceError | None = None
        self._outage = Outage(self.place, self.folder)
        self._runs: dict[str, RunInfo | None] = {}  # that somebody begins, by the client's ids
        self.refusals = Refusals(self.folder)
        self._secured_at = time.monotonic()

    def pause(self) -> None:
        """Let the thread finish what it is at before a fork, for a while, and hold it.

        A child that is forked while a thread imports something can never import that itself. An
        attempt that has been waited for in vain is past that: its store is silent.
        """
        seconds = 0.0 if self._forked_during == self._begun else SECONDS_BEFORE_FORK
        if self._working.acquire(timeout=seconds):
            self._is_held = True  # nobody else's hold ends here: other threads may fork too
        else:
            self._forked_during = self._begun

    def resume(self) -> None:
        """Let the thread go on in the parent."""
        if self._is_held:
            self._is_held = False
            self._working.release()

    # --- what loggers use ------------------------------------------------------------------------

    @property
    def journal(self) -> Journal:
        """The journal of this process, made at its first use.

        Raises:
            HeadraceError: If it cannot be made.

        """
        own = self._own
        if own is None:
            own = self._make_own()
        return own.journal

    def _make_own(self) -> OwnJournal:
        with self._making:
            own = self._own
            if own is None:
                made = OwnJournal(self._make_journal(), self._outage)
                # A signal handler that logs may have been quicker, within this very call.
                own = self._first_own.setdefault(0, made)
                if own is not made:
                    made.journal.remove()
                self._own = own
        with self._state:
            self._start()
        return own

    @property
    def last(self) -> int:
        """Number of the last record of this process; 0 if it has logged nothing."""
        return self._own.journal.last if self._own else 0

    @property
    def pending(self) -> int:
        """How many records of this process the store does not have yet."""
        return self._own.pending if self._own else 0

    def has(self, record: int) -> bool:
        """Return whether the store is known to have a record of this process."""
        return self._reached(record, durable=False)

    def forget_run(self, run_id: str) -> None:
        """Let the journal forget a run that is over."""
        if self._own is not None:
            self._own.journal.forget_run(run_id)

    # --- what waits ------------------------------------------------------------------------------

    def wait(self, record: int, seconds: float, *, durable: bool = False) -> None:
        """Return when the store has every record of this process up to one.

        Args:
            record: Number of the record.
            seconds: How long to wait at most for a store that says nothing.
            durable: Whether to wait until the store has it on its disk.

        Raises:
            HeadraceError: Why the store takes nothing, at the first try that fails.
            TemporarilyUnavailable: If it said nothing for so long, or is not to be called at all.

        """
        self._wait(lambda _: self._reached(record, durable=durable), seconds, durable=durable)

    def verdict(self, record: int, seconds: float, *, durable: bool = False) -> Verdict:
        """Wait for what the store says of one record; as `wait`, but nothing is raised.

        Args:
            record: Its number; 0 for one that waits in memory, since the disk did not take it.
            seconds: As for `wait`.
            durable: As for `wait`.

        """
        if not record:
            return Verdict(failure=self._disk_failure())
        try:
            with self.refusals.awaiting(record):
                self.wait(record, seconds, durable=durable)
        except HeadraceError as error:
            return Verdict(failure=error)
        return self.refusals.verdict_on(record)

    def begin_run(self, request: EnsureRun, seconds: float) -> Verdict:
        """Put the begin of a run into the journal, and wait as `verdict`."""
        run_id = request.run_id
        self._runs[run_id] = None  # before it can be sent, so that the answer is kept
        try:
            record = self.journal.append(JournalEntry(ensure_run=request))
            verdict = self._hear_out(record, seconds)
        finally:
            run = self._runs.pop(run_id)
        return Verdict(verdict.failure, verdict.refusal, run)

    def _hear_out(self, record: int, seconds: float) -> Verdict:
        """Wait as `verdict`, but longer for a store that is slow and not silent."""
        while True:
            before = self._applied
            verdict = self.verdict(record, seconds)
            if verdict.failure is None or self._applied == before:
                return verdict

    def collect(self, seconds: float) -> None:
        """Return when the store has everything: of this process and of those that died.

        Raises:
            HeadraceError: As `wait`.

        """
        self._leftovers.look_again()
        failure = self._write_waiting()
        record = self.last
        if record or self._leftovers.are_there():
            self._wait(
                lambda has_tried: has_tried and self._reached(record, durable=True),
                seconds,
                durable=True,
            )
        if failure is not None:
            raise failure

    def _write_waiting(self) -> HeadraceError | None:
        """Write what waits in memory, if there is room by now; return why that cannot be."""
        journal = self._own.journal if self._own else None
        if journal is None or not journal.unprotected:
            return None
        try:
            journal.sync()
        except HeadraceError as error:
            return error
        return self._disk_failure() if journal.unprotected else None

    def _disk_failure(self) -> HeadraceError:
        waiting = self._own.journal.unprotected if self._own else 0
        return TemporarilyUnavailable(
            f"The disk takes nothing more: {count(waiting, 'record')} in memory must still be "
            f"written to {self.folder}. Free some space there."
        )

    def _wait(
        self, is_done: Callable[[bool], bool], seconds: float, *, durable: bool = False
    ) -> None:
        """Ask for an attempt, and wait until `is_done`, which is told whether it has ended."""
        began = time.monotonic()
        until = began + seconds
        with self._state:
            wanted = self._begun + 1  # only an attempt that begins from now on sees everything
            has_tried = False
            while not is_done(has_tried):
                if self._ended < self._begun == self._given_up:
                    # Somebody has waited for this very attempt in vain: not as long again.
                    until = min(until, self._awaited_since + seconds)
                if has_tried and self._failure is not None:
                    raise self._failure
                if not self._ask(durable=durable):
                    raise TemporarilyUnavailable(
                        f"{self.place} is not called, since HEADRACE_MODE is offline."
                    )
                rest = until - time.monotonic()
                if rest <= 0 or not self._state.wait(rest):
                    if self._given_up != self._begun:
                        self._given_up, self._awaited_since = self._begun, began
                    raise TemporarilyUnavailable(
                        f"{self.place} gave no answer within {seconds:.3g} s."
                    )
                has_tried = self._ended >= wanted

    def _reached(self, record: int, *, durable: bool) -> bool:
        if self._own is None:
            return True
        return (self._durable if durable else self._applied) >= record

    def _ask(self, *, durable: bool) -> bool:
        """Have an attempt made now, by who holds the state; return whether there will be one."""
        self._is_to_be_secured |= durable
        self._is_asked = True
        is_running = self._start()
        self._state.notify_all()
        return is_running

    def tell_pending(self, failure: HeadraceError) -> None:
        """Say what the store does not have yet, where it lies, and how it gets there."""
        self._outage.tell_pending(failure, self.pending)

    # --- the thread ------------------------------------------------------------------------------

    def _start(self) -> bool:
        """Start the thread if it does not run; return whether it may send anything."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="headrace-delivery", daemon=True)
            self._thread = thread  # before it starts: a signal handler that logs begins no second
            try:
                thread.start()
            except BaseException:
                self._thread = None
                raise
        return _is_online()

    def _run(self) -> None:
        pause = SECONDS_BETWEEN_BATCHES
        due_at = time.monotonic() + pause
        tend_by = time.monotonic() + SECONDS_WITHOUT_UPKEEP
        while True:
            with self._state:
                if not (self._is_asked or self._is_stopped):
                    # However long the store is left alone, the journal is brought to the disk.
                    rest = max(0.0, due_at - time.monotonic())
                    self._state.wait(min(rest, SECONDS_BETWEEN_SYNCS))
                if self._is_stopped:
                    break
                is_asked, self._is_asked = self._is_asked, False
                is_due = is_asked or time.monotonic() >= due_at
            with self._working:
                is_called = is_due and _is_online()
                if is_called:
                    failure = self._attempt()
                    pause = min(max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
                    if failure is None:
                        pause = SECONDS_BETWEEN_BATCHES
                if is_due:
                    due_at = time.monotonic() + pause
                self._try(self._sync_journal)
                # Who has just been answered goes on first: upkeep may load numpy.
                if is_called and (not is_asked or time.monotonic() >= tend_by):
                    self._try(self._tend)
                    tend_by = time.monotonic() + SECONDS_WITHOUT_UPKEEP
        if self._begun:
            self._try(self._tend)

    def _attempt(self) -> HeadraceError | None:
        """Ship all that is there, and tell those who wait; return what stopped it."""
        with self._state:
            self._begun += 1
        failure = self._try(self._ship)
        with self._state:
            self._failure = failure
            self._note_progress()
            self._ended += 1
            self._state.notify_all()
        if failure is None:
            self._outage.end()
        elif not self._is_stopped:
            self._outage.tell(failure, self.pending)
        return failure

    def _try(self, work: Callable[[], None]) -> HeadraceError | None:
        """Do something; return what stopped it."""
        try:
            work()
        except HeadraceError as error:
            return error
        except Exception as error:  # border: a thread that dies would keep everything for ever
            if not self._is_stopped:  # else what it works on is closed by now
                _logger.exception("The delivery of what is logged failed, and will be tried again.")
            return HeadraceError(f"{type(error).__name__}: {error}")
        return None

    def _ship(self) -> None:
        """Ship all that is there; what is left of others may take long, and is not waited for."""
        held = self._ship_present()
        if held is not None:
            self._leftovers.look_again()  # one of them may bring the run that is waited for
        self._leftovers.ship(self._connect, self._go_on_between)
        if held is not None:
            self._ship_own()

    def _go_on_between(self, *_: object) -> None:
        """Do what is due for this process, between two batches of others."""
        self._check_running()
        self._sync_journal()
        self._ship_present()

    def _ship_present(self) -> RunIsUnknown | None:
        """Ship what this process logs, and say that its runs go on; return what it waits for."""
        held = None
        try:
            self._ship_own()
        except RunIsUnknown as error:
            held = error
        self.heartbeats.send(self._connect)
        return held

    def _ship_own(self) -> None:
        """Ship what this process has logged by now.

        Raises:
            RunIsUnknown: If that waits for a run that another process begins.
            HeadraceError: If the store takes nothing now.

        """
        if self._own is None:
            return
        own, last = self._own.consignment, self.last
        while own.applied < last:
            step = own.ship(self._connect(), durable=False)
            if step is None:
                break
            self._note(step, own.journal_id)
            self._tell_waiters()
            self._check_running()
            self._sync_journal()
        now = time.monotonic()
        if own.durable < own.applied and (
            self._is_to_be_secured or now - self._secured_at >= SECONDS_BETWEEN_SYNCS
        ):
            self._is_to_be_secured = False
            own.secure(self._connect())
            self._secured_at = now
            self._tell_waiters()

    def _note(self, step: Step, journal_id: str) -> None:
        """Take note of what came of a batch; only then who waits may see that it is stored."""
        for refusal in step.refusals:
            self.refusals.note(refusal, journal_id)
        for run_id in self._runs.keys() & step.runs.keys():
            self._runs[run_id] = step.runs[run_id]

    def _tell_waiters(self) -> None:
        """Let go on who waits for what the store has by now, and for what it says of it."""
        with self._state:
            self._note_progress()
            self._state.notify_all()

    def _note_progress(self) -> None:
        if self._own is not None:
            shipped = self._own.consignment
            self._applied, self._durable = shipped.applied, shipped.durable

    def _sync_journal(self) -> None:
        if self._own is not None:
            self._own.sync(self._failure)

    # --- the end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """End the thread, and let go of the journal: it is removed if the store has all of it."""
        with self._state:
            self._is_stopped = True
            self._state.notify_all()
        is_busy = False
        if self._thread is not None:
            self._thread.join(SECONDS_TO_END)
            is_busy = self._thread.is_alive()
        if self._own is not None:
            self._own.close(self._connect, is_read=is_busy)

    def _check_running(self) -> None:
        """End what the thread is at if nobody waits for it any more.

        Raises:
            TemporarilyUnavailable: If that is so.

        """
        if self._is_stopped:
            raise TemporarilyUnavailable("The process ended before everything was sent.")


def _is_online() -> bool:
    return settings.MODE.get() != "offline"
