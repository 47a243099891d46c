"""Changes of many runs, taken back: what each kind of operation has changed is put as it was."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from headrace.stores.sql.calls import now
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.experiments import active_experiment
from headrace.stores.sql.keys import Keys
from headrace.stores.sql.moves import hold_to_move, move_held
from headrace.stores.sql.operations import DELETE, MOVE, TAG, Change, KeptOperation
from headrace.stores.sql.run_events import note_stages
from headrace.stores.sql.runs import check_active, hold_runs
from headrace.stores.sql.tagging import delete_tags, put_tags


def check_undo(tx: Transaction, statements: Any, operation: KeptOperation) -> list[Row]:
    """Return the rows of `hold_runs` of an operation that could be taken back at this moment.

    Raises:
        ResourceDoesNotExist: If one of its runs, or an experiment that they were in, is not there.
        InvalidParameterValue: If a run was changed since in what the operation changed, or it or
            that experiment is deleted.

    """
    rows = hold_runs(tx, statements, operation.run_ids(), "")
    _check(tx, statements, operation, rows, hold=False)
    return rows


def undo(tx: Transaction, statements: Any, keys: Keys, operation: KeptOperation) -> None:
    """Take back an operation, or a part of it, whole.

    Args:
        tx: A transaction that writes, and holds the operation.
        statements: The dialect's statements.
        keys: The store's keys.
        operation: What to take back.

    Raises:
        ResourceDoesNotExist: As `check_undo`.
        InvalidParameterValue: As `check_undo`.

    """
    if operation.kind == MOVE:
        rows = hold_to_move(tx, statements, operation.run_ids())
    else:
        rows = hold_runs(tx, statements, operation.run_ids(), statements.FOR_UPDATE)
    _check(tx, statements, operation, rows, hold=True)
    known = {row[1]: row for row in rows}
    if operation.kind == MOVE:
        for before, group in groupby(sorted(operation.changes, key=_source), key=_source):
            held = [known[change.run_id] for change in group]
            move_held(tx, statements, keys, held, before)
    elif operation.kind == TAG:
        _undo_tags(tx, statements, keys, operation.changes, known)
    else:
        sql = f"UPDATE runs SET deleted_at = ? WHERE id {statements.IN_LIST}"
        for stage, group in groupby(sorted(operation.changes, key=_order), key=_stage):
            ids = [known[change.run_id][0] for change in group]
            tx.execute(sql, (stage, statements.bind_list(ids)))
        ids = [row[0] for row in rows]
        note_stages(tx, statements, ids, now(), deleted=operation.kind != DELETE)


def _check(
    tx: Transaction, statements: Any, operation: KeptOperation, rows: Sequence[Row], *, hold: bool
) -> None:
    """Refuse what cannot be taken back; with `hold` it can be until the end of the transaction."""
    experiments: set[int] = set()
    if operation.kind == MOVE:
        check_active(rows)
        operation.check_unchanged({row[1]: row[2] for row in rows})
        experiments = {_source(change) for change in operation.changes}
    elif operation.kind == TAG:
        check_active(rows)
        operation.check_unchanged_tags(_read_tags(tx, statements, operation.changes, rows))
    else:
        operation.check_unchanged({row[1]: row[3] for row in rows})
        if operation.kind == DELETE:
            experiments = {row[2] for row in rows}
    for experiment in sorted(experiments):
        active_experiment(tx, statements, experiment, hold=hold)


def _read_tags(
    tx: Transaction, statements: Any, changes: Sequence[Change], rows: Sequence[Row]
) -> dict[tuple[str, str], str]:
    """Return the present values of the tags that were changed, by run and key."""
    sql = (
        "SELECT uuid, keys.name, value FROM run_tags JOIN runs ON runs.id = run_id "
        f"JOIN keys ON keys.id = key_id WHERE run_id {statements.IN_LIST} "
        f"AND keys.name {statements.IN_LIST}"
    )
    ids = statements.bind_list([row[0] for row in rows])
    names = statements.bind_list(sorted({change.key for change in changes}))
    found = tx.execute(sql, (ids, names)).fetchall()
    return {(run, key): value for run, key, value in found}


def _undo_tags(
    tx: Transaction,
    statements: Any,
    keys: Keys,
    changes: Sequence[Change],
    known: dict[str, Row],
) -> None:
    def place(change: Change) -> tuple[int, str]:
        return known[change.run_id][2], change.key

    for (experiment, key), found in groupby(sorted(changes, key=place), key=place):
        values = {known[change.run_id][0]: change.before for change in found}
        put = {run: before for run, before in values.items() if before is not None}
        put_tags(tx, keys, experiment, key, put)
        gone = [run for run in values if run not in put]
        delete_tags(tx, statements, keys, experiment, gone, [key], None)


def _source(change: Change) -> int:
    return int(change.before or 0)


def _stage(change: Change) -> int | None:
    return change.stage


def _order(change: Change) -> int:
    return change.stage or -1
