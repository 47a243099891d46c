"""One journal on its way into a store, batch by batch; the rules of exactly once on our side.

The store's own mark decides what comes next, whatever this process remembers: it may be behind what
was sent (an answer was lost, the store was restored from a backup) or ahead of it (another machine
ships a copy of the journal).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from headrace.api.journals import ApplyJournal, JournalApplied, JournalEntry, Skip
from headrace.client.journal.batch import Batch
from headrace.client.journal.reader import JournalReader
from headrace.client.journal.rejected import keep_rejected
from headrace.entities import RunInfo
from headrace.errors import (
    BadRequest,
    HeadraceError,
    InvalidParameterValue,
    ResourceDoesNotExist,
    from_code,
)

# Of one batch: some 50 ms of a store's time, and a request of some hundred kilobytes.
MAX_POINTS = 10_000
MAX_BYTES = 512 * 1024

# How often a batch may fail for reasons that the store does not tell.
MAX_FAILURES = 5

_logger = logging.getLogger("headrace.client")


class Destination(Protocol):
    """What takes journals: a store of ours, or what stands for an MLflow server."""

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        """Apply the next records of a journal; see `headrace.api.journals`."""
        ...


class RunIsUnknown(ResourceDoesNotExist):
    """A journal waits for a run that the store does not know yet."""


class Refusal(Struct):
    """Records that the store refused; they are not sent again.

    Attributes:
        first: Number of the first record.
        entry: What they said.
        error: Why.

    """

    first: int
    entry: JournalEntry
    error: HeadraceError

    @property
    def run_id(self) -> str:
        """The run that they were logged to; empty if they name none."""
        return self.entry.run_id

    def keep(self, folder: Path, journal_id: str) -> str:
        """Keep them with the reason, in a file below the store's journals; return where."""
        error = self.error
        try:
            return str(
                keep_rejected(
                    folder, journal_id, self.entry, self.first, error.error_code, error.message
                )
            )
        except OSError as failure:
            return f"no file: {failure}"


class Step(Struct):
    """What came of one batch.

    Attributes:
        records: How many records the mark moved over.
        refusals: What was refused.
        runs: Runs that were made or found, by the id that their client chose.

    """

    records: int
    refusals: list[Refusal]
    runs: dict[str, RunInfo]


class Failures:
    """How often the batch at one place of a journal has failed, and nobody knows why."""

    def __init__(self) -> None:
        self._first = self._count = 0

    def are_enough(self, first: int) -> bool:
        """Count one more; return whether it is the batch then.

        Args:
            first: Number of the batch's first record.

        """
        if self._first != first:
            self._first, self._count = first, 0
        self._count += 1
        return self._count >= MAX_FAILURES


class Consignment:
    """The records of one journal that a store does not have yet.

    Attributes:
        journal_id: The journal.
        applied: The store's mark, as far as is known.
        durable: Up to here the store has everything on its disk.
        unreadable: How many records were skipped, since the journal is damaged where they were.

    """

    def __init__(
        self,
        journal_id: str,
        reader: JournalReader,
        applied: int = 0,
        failures: Failures | None = None,
    ) -> None:
        """Take a journal.

        Args:
            journal_id: Its id.
            reader: Reads it.
            applied: The mark that was last heard of.
            failures: Those of earlier tries, if there were any.

        """
        self.journal_id = journal_id
        self.applied = self.durable = applied
        self.unreadable = 0
        self._reader = reader
        self._careful_until = 0
        self._points = MAX_POINTS  # of the next batch; fewer after one was more than was taken
        self._failures = failures or Failures()

    def ship(self, destination: Destination, *, durable: bool) -> Step | None:
        """Send the next batch.

        Args:
            destination: Where to.
            durable: Whether the store is asked to bring it to its disk before it answers; the
                begin and the end of a run always are.

        Returns:
            What came of it; None if every record is applied.

        Raises:
            TemporarilyUnavailable: If the store cannot be reached; nothing is known then.
            RunIsUnknown: If the next record is of a run that the store does not know.
            HeadraceError: If the store takes nothing from this client now.

        """
        if self.applied < self._reader.first - 1:
            self._skip_lost(destination)
        points = min(self._points, MAX_POINTS)
        batch = self._reader.read(self.applied, max_points=points, max_bytes=MAX_BYTES)
        if batch is None:
            return None
        most = getattr(destination, "MAX_ENTRIES", len(batch.entries))
        batch = _first_of(batch, 1 if self._careful_until >= batch.first else most)
        durable = durable or any(e.ensure_run or e.update_run for e in batch.entries)
        refusals: list[Refusal] = []
        try:
            answer = self._apply(destination, batch.first, batch.entries, durable=durable)
        except HeadraceError as error:
            if not self._is_matter_of_batch(batch, error):
                raise
            if len(batch.entries) > 1:  # one of them is more than the store can take: which?
                self._careful_until = batch.last
                return self.ship(destination, durable=durable)
            points_in = batch.entries[0].log_points
            if points_in is not None and batch.entries[0].records > 1:
                self._points = len(points_in.series) // 2
                return self.ship(destination, durable=durable)
            refusals.append(Refusal(batch.first, batch.entries[0], error))
            skipped = _skip(batch.entries[0].records, error.message)
            answer = self._apply(destination, batch.first, [skipped], durable=durable)
        self._points = points * 2
        return self._note(batch, answer, refusals)

    def ship_or_secure(self, destination: Destination) -> Step | None:
        """Send the next batch; None if every record is applied and on the store's disk.

        Raises:
            HeadraceError: As `ship`.

        """
        step = self.ship(destination, durable=False)
        while step is None:
            applied = self.applied
            self.secure(destination)
            if self.applied == applied:
                return None
            step = self.ship(destination, durable=False)  # the store has gone back in between
        return step

    def close(self) -> None:
        """Let go of the journal's file."""
        self._reader.close()

    def forget(self, destination: Destination) -> None:
        """Let what stands for a plain server drop the mark of a journal that is gone."""
        forget = getattr(destination, "forget_journal", None)
        if forget is not None:
            forget(self.journal_id)

    def find_mark(self, destination: Destination) -> None:
        """Ask the store how far it is: what was heard last may be long ago."""
        self._note_answer(self._apply(destination, self.applied + 1, [], durable=False))

    def secure(self, destination: Destination) -> None:
        """Ask the store to bring to its disk what it has, and let go of it here."""
        self._note_answer(self._apply(destination, self.applied + 1, [], durable=True))

    def _is_matter_of_batch(self, batch: Batch, error: HeadraceError) -> bool:
        """Return whether a call failed for what was sent, and would fail so for ever."""
        status = error.details.get("http_status")
        if status is not None:  # not the store has answered, but something before it
            return bool(status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if isinstance(error, (InvalidParameterValue, BadRequest)):
            return True
        if error.error_code != HeadraceError.error_code:
            return False
        # The store does not know what is wrong. If a batch fails so again and again while the mark
        # can be moved over it, it is the batch; `ship` finds out by moving it.
        return self._failures.are_enough(batch.first)

    def _apply(
        self,
        destination: Destination,
        first: int,
        entries: Sequence[JournalEntry],
        *,
        durable: bool,
    ) -> JournalApplied:
        return destination.apply_journal(
            ApplyJournal(
                journal=self.journal_id, first=first, entries=list(entries), durable=durable
            )
        )

    def _note(self, batch: Batch, answer: JournalApplied, refusals: list[Refusal]) -> Step:
        places = _places(batch)
        for refused in answer.refused:
            first, entry = places[refused.index]
            error = from_code(refused.error_code, refused.message)
            refusals.append(Refusal(first, entry, error))
        gone = {refusal.first for refusal in refusals}
        asked = [
            entry.ensure_run.run_id
            for first, entry in places
            if entry.ensure_run and first not in gone
        ]
        runs = dict(zip(asked, answer.runs, strict=False))  # fewer, where the batch was held
        before = self.applied
        self._note_answer(answer)
        self.unreadable += sum(
            entry.records
            for first, entry in places
            if entry.skip and before < first <= self.applied
        )
        step = Step(max(self.applied - before, 0), refusals, runs)
        if answer.held is not None and not step.records:
            raise RunIsUnknown(
                f"The store does not know the run {answer.held} yet, so what was logged to it "
                "waits. It comes with the journal of the process that started the run."
            )
        return step

    def _note_answer(self, answer: JournalApplied) -> None:
        self.applied = answer.applied
        if answer.durable:
            self.durable = answer.applied
            self._reader.discard(answer.applied)

    def _skip_lost(self, destination: Destination) -> None:
        """Move a mark that went back over records that are gone here, since the store had them."""
        self.secure(destination)  # what is remembered here may be older than the mark
        first, last = self.applied + 1, self._reader.first - 1
        if last < first:
            return
        _logger.error(
            "The store has lost the records %d to %d of journal %s, which it had applied: it was "
            "probably restored from a backup. What was logged after them goes on.",
            *(first, last, self.journal_id),
        )
        lost = _skip(last - first + 1, "the store lost them, and the journal is gone")
        self._note_answer(self._apply(destination, first, [lost], durable=True))


def _skip(records: int, reason: str) -> JournalEntry:
    return JournalEntry(records=records, skip=Skip(reason=reason))


def _first_of(batch: Batch, count: int) -> Batch:
    """Return a batch with the first so many entries of another one."""
    if count >= len(batch.entries):
        return batch
    entries = batch.entries[:count]
    return Batch(batch.first, batch.first - 1 + sum(entry.records for entry in entries), entries)


def _places(batch: Batch) -> list[tuple[int, JournalEntry]]:
    """Return each entry of a batch with the number of its first record."""
    places = []
    first = batch.first
    for entry in batch.entries:
        places.append((first, entry))
        first += entry.records
    return places
