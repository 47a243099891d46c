"""Journals of clients: each record is applied once, in one transaction with the mark's move."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

from msgspec import Struct

from headrace.api import tracking as api
from headrace.api.context import AppendOutput, SetContext
from headrace.api.journals import (
    ApplyJournal,
    EnsureRun,
    JournalApplied,
    JournalEntry,
    RefusedEntry,
    Skip,
)
from headrace.api.limits import MAX_INT64
from headrace.entities import RunInfo
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.stores.sql.calls import now
from headrace.stores.sql.context import ContextCalls
from headrace.stores.sql.datasets import DatasetCalls
from headrace.stores.sql.drafts import Draft, draft
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.experiments import (
    active_experiment,
    check_experiment_name,
    ensure_experiment,
)
from headrace.stores.sql.new_runs import find_removal, insert_run, read_new_run
from headrace.stores.sql.output import OutputCalls
from headrace.stores.sql.run_reads import find_infos
from headrace.stores.sql.runs import RunCalls, is_end
from headrace.stores.sql.sessions import SessionCalls, begin_session
from headrace.stores.sql.write_group import WriteGroup
from headrace.stores.sql.writes import WriteCalls
from headrace.stores.texts import check_hex_id, check_text, missing, parse_experiment_id

logger = logging.getLogger("headrace.stores")

_KINDS = tuple(name for name in JournalEntry.__struct_fields__ if name != "records")

_SELECT_RUN = "SELECT id FROM runs WHERE uuid = ?"
_SELECT_MARK = "SELECT applied FROM journals WHERE id = ?"
_INSERT_MARK = (
    "INSERT INTO journals (id, applied, created_at, updated_at) VALUES (?, 0, ?, ?) "
    "ON CONFLICT (id) DO NOTHING"
)
_MOVE_MARK = "UPDATE journals SET applied = ?, updated_at = ? WHERE id = ?"


class Change(Struct):
    """An entry that is applied by itself.

    Attributes:
        work: What it does in the transaction; it gives the row id of a run that it ended.
        run_id: The run that must be there; None if it needs none.

    """

    work: Callable[[Transaction], int | None]
    run_id: str | None = None


# An entry as far as it is read without a database: a write that shares a group with its neighbours,
# a change of another kind, or why it is refused.
Step = Draft | Change | HeadraceError


class Progress:
    """What a transaction has made of a batch.

    Attributes:
        applied: The mark.
        is_next: Whether the batch began right after the mark, so that it was applied.
        refused: The entries that were refused, by their place.
        held: The unknown run at which it stopped.
        groups: The writes that were stored.
        ended: Row ids of the runs that ended.

    """

    def __init__(self, applied: int, *, is_next: bool) -> None:
        self.applied = applied
        self.is_next = is_next
        self.refused: dict[int, HeadraceError] = {}
        self.held: str | None = None
        self.groups: list[WriteGroup] = []
        self.ended: list[int] = []


class JournalCalls(RunCalls, WriteCalls, DatasetCalls, SessionCalls, ContextCalls, OutputCalls):
    """The call that applies journals."""

    @cached_property
    def _changes(self) -> dict[type, Callable[[Any], Callable[[Transaction], int | None]]]:
        """What makes the work of each kind of entry that changes a run by itself."""
        return {
            api.UpdateRun: self._updating_or_ending,
            api.LogInputs: self._adding_inputs,
            api.LogOutputs: self._adding_outputs,
            SetContext: self._setting_context,
            AppendOutput: self._appending_output,
        }

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        """Apply the next records of a journal; see `headrace.stores.base.JournalStore`."""
        contents = _check(request)
        if not contents:
            with self._database.read(snapshot=False) as tx:
                row = tx.execute(_SELECT_MARK, (request.journal,)).fetchone()
            return self._answer(request, Progress(row[0] if row else 0, is_next=False), [])
        steps = [self._read(content) for content in contents]
        ensured = [content.run_id for content in contents if isinstance(content, EnsureRun)]

        def work(tx: Transaction) -> tuple[Progress, list[RunInfo]]:
            mark = self._lock_mark(tx, request)
            progress = Progress(mark, is_next=mark + 1 == request.first)
            if progress.is_next:
                self._apply_steps(tx, request.entries, steps, progress)
                tx.execute(_MOVE_MARK, (progress.applied, now(), request.journal))
            resolve = self._locations.resolve
            runs = find_infos(tx, self._statements, resolve, ensured) if ensured else []
            return progress, runs

        progress, runs = self._database.transact(work, durable=request.durable)
        return self._answer(request, progress, runs)

    def _answer(
        self, request: ApplyJournal, progress: Progress, runs: list[RunInfo]
    ) -> JournalApplied:
        """Return the answer after the commit, and take note of what it brought."""
        for group in progress.groups:
            self._note_group(group)
        for run in progress.ended:
            self._note_end_of_journal(run)
        durable = request.durable or self._database.is_durable
        if durable and not progress.is_next:
            # What moved the mark may be the commit of another process, and not yet on the disk.
            self._database.sync(of_all=True)
        refused = [
            RefusedEntry(index, error.error_code, error.message)
            for index, error in progress.refused.items()
        ]
        return JournalApplied(progress.applied, durable, refused, progress.held, runs)

    # --- reading entries -------------------------------------------------------------------------

    def _read(self, content: Any) -> Step:
        try:
            if isinstance(content, Skip):
                return Change(lambda tx: logger.warning("Records are skipped: %r", content.reason))
            if not content.run_id:
                raise missing("run_id")
            check_text("run_id", content.run_id)
            if isinstance(content, EnsureRun):
                return Change(self._ensuring(content))
            make = self._changes.get(type(content))
            return draft(content) if make is None else Change(make(content), content.run_id)
        except HeadraceError as error:
            return error

    def _ensuring(self, request: EnsureRun) -> Callable[[Transaction], None]:
        """Return what makes a run that is not there, and its experiment if it is named."""
        new, session = read_new_run(request), request.session
        if session is not None:
            check_hex_id("session", session)
        number, name = None, request.experiment_name or ""
        if request.experiment_id is not None:
            number = parse_experiment_id(request.experiment_id)
        elif request.experiment_name is None:
            raise missing("experiment_id")
        else:
            check_experiment_name(name)

        def work(tx: Transaction) -> None:
            if tx.execute(_SELECT_RUN, (new.run_id,)).fetchone() is None:
                make(tx)
            if session is not None:
                [run] = tx.execute(_SELECT_RUN, (new.run_id,)).fetchone()
                begin_session(tx, run, session)

        def make(tx: Transaction) -> None:
            if removal := find_removal(tx, new.run_id):
                raise removal
            parent = ensure_experiment(tx, self._locations, name) if number is None else number
            location = active_experiment(tx, self._statements, parent)
            insert_run(tx, self._keys, new, parent, location)

        return work

    def _updating_or_ending(self, request: api.UpdateRun) -> Callable[[Transaction], int | None]:
        update, ends = self._updating(request), is_end(request)

        def work(tx: Transaction) -> int | None:
            run, _ = update(tx)
            return run if ends else None

        return work

    # --- applying them ---------------------------------------------------------------------------

    def _lock_mark(self, tx: Transaction, request: ApplyJournal) -> int:
        """Return the mark, which no other sender of the journal moves meanwhile."""
        sql = _SELECT_MARK + self._statements.FOR_UPDATE
        row = tx.execute(sql, (request.journal,)).fetchone()
        if row is None and request.first == 1:
            at = now()
            tx.execute(_INSERT_MARK, (request.journal, at, at))
            row = tx.execute(sql, (request.journal,)).fetchone()
        return int(row[0]) if row else 0

    def _apply_steps(
        self,
        tx: Transaction,
        entries: Sequence[JournalEntry],
        steps: Sequence[Step],
        progress: Progress,
    ) -> None:
        """Apply entries in their order until one is held; writes that follow each other as one."""
        if any(isinstance(step, Change) for step in steps):
            # All at once, in one order everywhere: two journals on the same runs cannot deadlock.
            runs = {step.run_id for step in steps if not isinstance(step, HeadraceError)}
            self._statements.lock_runs(tx, set(), runs - {None})
        for is_change, found in groupby(enumerate(steps), lambda pair: isinstance(pair[1], Change)):
            part = list(found)
            drafts = [step for _, step in part if isinstance(step, Draft)]
            group = WriteGroup(tx, self._statements, self._keys, drafts)
            for index, step in part:
                try:
                    self._apply_step(tx, group, step, progress)
                except HeadraceError as error:
                    progress.refused[index] = error
                if progress.held is not None:
                    break
                progress.applied += entries[index].records
            if not is_change:
                group.store()
                progress.groups.append(group)
            if progress.held is not None:
                return

    def _apply_step(
        self, tx: Transaction, group: WriteGroup, step: Step, progress: Progress
    ) -> None:
        """Apply an entry, or hold the batch.

        Raises:
            HeadraceError: If the entry is refused; it has changed nothing then.

        """
        if isinstance(step, HeadraceError):
            raise step
        if step.run_id is not None and not _is_known(tx, group, step, step.run_id):
            if removal := find_removal(tx, step.run_id):
                raise removal
            progress.held = step.run_id
        elif isinstance(step, Draft):
            group.take(step)
        else:
            ended = step.work(tx)
            if ended is not None:
                progress.ended.append(ended)


def _is_known(tx: Transaction, group: WriteGroup, step: Draft | Change, run_id: str) -> bool:
    if isinstance(step, Draft):
        return run_id in group.runs
    return tx.execute(_SELECT_RUN, (run_id,)).fetchone() is not None


def _check(request: ApplyJournal) -> list[Any]:
    """Return what the entries of a batch hold.

    Raises:
        InvalidParameterValue: If the batch itself is malformed, so that its records cannot be told.

    """
    check_hex_id("journal", request.journal)
    last = request.first - 1 + sum(entry.records for entry in request.entries)
    if not 1 <= request.first <= MAX_INT64 or last > MAX_INT64:
        raise InvalidParameterValue(
            f"Invalid value {request.first} for parameter 'first' supplied: records are numbered "
            f"from 1 to {MAX_INT64}."
        )
    contents = []
    for index, entry in enumerate(request.entries):
        if entry.records < 1:
            raise InvalidParameterValue(
                f"Invalid value {entry.records} for parameter 'entries[{index}].records' "
                "supplied: an entry stands for at least one record."
            )
        given = [name for name in _KINDS if getattr(entry, name) is not None]
        if len(given) != 1:
            raise InvalidParameterValue(
                f"entries[{index}] must hold exactly one of {', '.join(_KINDS)}. "
                f"Got {', '.join(given) or 'none of them'}."
            )
        contents.append(getattr(entry, given[0]))
    return contents
