"""What changes of many runs have changed, so that each can be taken back by one call.

Both go in slices, and each transaction notes here what it does: whenever a process dies, the runs
are as the operation says. Kept for a while: `KEPT_DAYS`, and `KEPT_OPERATIONS` of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from headrace.api.bulk import KEPT_DAYS, KEPT_OPERATIONS, Operation, RunsChanged
from headrace.errors import InvalidParameterValue, ResourceConflict, ResourceDoesNotExist
from headrace.stores.base import current_actor
from headrace.stores.sql.calls import now
from headrace.stores.sql.engine import Transaction

DELETE, RESTORE, TAG, MOVE = "delete", "restore", "tag", "move"

# A change that was taken back says that it left things as they were: so does the part of an
# operation that an undo has done which was then cut off.
_IS_LEFT = "(before <> after OR (before IS NULL) <> (after IS NULL))"

_INSERT = "INSERT INTO operations (id, kind, user_id, made_at) VALUES (?, ?, ?, ?)"
_NOTE = "INSERT INTO operation_changes (operation_id, run_uuid, key, before, after) "
_FORGET = (
    "DELETE FROM operations WHERE made_at < ?",
    "DELETE FROM operations WHERE made_at < "
    f"(SELECT made_at FROM operations ORDER BY made_at DESC LIMIT 1 OFFSET {KEPT_OPERATIONS - 1})",
)
_COUNT = "SELECT COUNT(DISTINCT run_uuid) FROM operation_changes WHERE operation_id = operations.id"


class NewOperation:
    """An operation that is being made, in the transaction of its changes.

    Args:
        tx: The transaction.
        statements: The dialect's statements.
        kind: What it does.
        operation_id: An operation that this transaction goes on with; None for a new one.

    Raises:
        ResourceConflict: If the operation that goes on was taken back meanwhile.

    """

    def __init__(
        self, tx: Transaction, statements: Any, kind: str, operation_id: str | None = None
    ) -> None:
        self._tx = tx
        self._statements = statements
        self._is_new = operation_id is None
        self._changed: set[str] = set()
        self.id = operation_id or os.urandom(8).hex()
        if self._is_new:
            at = now()
            tx.execute(_FORGET[0], (at - KEPT_DAYS * 86_400_000,))
            tx.execute(_FORGET[1])
            tx.execute(_INSERT, (self.id, kind, current_actor().name, at))
        else:
            sql = f"SELECT undone_at FROM operations WHERE id = ?{statements.FOR_UPDATE}"
            if tx.execute(sql, (self.id,)).fetchone() != (None,):
                raise ResourceConflict("The operation was taken back while it was being made.")

    def note_stages(self, runs: Sequence[int], deleted_at: int | None) -> None:
        """Note that runs, by their row ids, are deleted at a time, or restored."""
        self._note_column("deleted_at", runs, deleted_at)

    def note_experiments(self, runs: Sequence[int], target: int) -> None:
        """Note that runs move to an experiment."""
        self._note_column("experiment_id", runs, target)

    def note_tags(self, runs: Sequence[int], key_id: int, key: str, value: str | None) -> None:
        """Note that runs of one experiment get a tag, or lose it, where that changes something."""
        sql = (
            "SELECT CAST(? AS TEXT), uuid, CAST(? AS TEXT), value, CAST(? AS TEXT) "
            "FROM runs LEFT JOIN run_tags ON run_id = runs.id AND key_id = ? "
            f"WHERE runs.id {self._statements.IN_LIST} AND "
        )
        sql += "value IS NOT NULL" if value is None else "(value IS NULL OR value <> ?)"
        values = (self.id, key, value, key_id, self._statements.bind_list(runs))
        self._note(sql, values if value is None else (*values, value))

    def finish(self) -> RunsChanged:
        """Return what this transaction changed; an operation that changed nothing is not kept."""
        if self._is_new and not self._changed:
            self._tx.execute("DELETE FROM operations WHERE id = ?", (self.id,))
            return RunsChanged()
        return RunsChanged(self.id, len(self._changed))

    def _note_column(self, column: str, runs: Sequence[int], after: int | None) -> None:
        sql = (
            f"SELECT CAST(? AS TEXT), uuid, '', CAST({column} AS TEXT), CAST(? AS TEXT) "
            f"FROM runs WHERE id {self._statements.IN_LIST}"
        )
        text = None if after is None else str(after)
        self._note(sql, (self.id, text, self._statements.bind_list(runs)))

    def _note(self, changes: str, values: Sequence[Any]) -> None:
        rows = self._tx.execute(f"{_NOTE}{changes} RETURNING run_uuid", values).fetchall()
        self._changed.update(run for (run,) in rows)


class Change(Struct, frozen=True):
    """What an operation changed of one run; None for absent.

    Attributes:
        run_id: The run.
        key: The tag; empty where it is the stage or the experiment.
        before: What was.
        after: What the operation made of it.

    """

    run_id: str
    key: str
    before: str | None
    after: str | None

    @property
    def stage(self) -> int | None:
        """When the run had been deleted before the operation."""
        return None if self.before is None else int(self.before)


class KeptOperation:
    """An operation that is being taken back, or a part of it.

    Attributes:
        id: Its id.
        kind: What it did.
        changes: What it changed and is not taken back yet, of the runs in question.

    """

    def __init__(
        self, tx: Transaction, operation_id: str, kind: str, changes: list[Change]
    ) -> None:
        self._tx = tx
        self.id = operation_id
        self.kind = kind
        self.changes = changes

    def run_ids(self) -> list[str]:
        """Return the runs that are to be changed back."""
        return list(dict.fromkeys(change.run_id for change in self.changes))

    def check_unchanged(self, present: Mapping[str, int | None]) -> None:
        """Refuse to go on if a run is not as the operation left it.

        Args:
            present: Run to its present stage or experiment.

        Raises:
            InvalidParameterValue: Naming the first such run.

        """
        for change in self.changes:
            value = present[change.run_id]
            if (None if value is None else str(value)) != change.after:
                raise self._changed(change.run_id, "")

    def check_unchanged_tags(self, present: Mapping[tuple[str, str], str]) -> None:
        """As `check_unchanged`, for the present values of tags by run and key."""
        for change in self.changes:
            if present.get((change.run_id, change.key)) != change.after:
                raise self._changed(change.run_id, f" in its tag {change.key!r}")

    def mark_undone(self, statements: Any, at: int) -> bool:
        """Note that these changes are taken back; return whether they were the last ones."""
        sql = (
            "UPDATE operation_changes SET after = before "
            f"WHERE operation_id = ? AND run_uuid {statements.IN_LIST}"
        )
        self._tx.execute(sql, (self.id, statements.bind_list(self.run_ids())))
        sql = (
            "UPDATE operations SET undone_at = ? WHERE id = ? AND NOT EXISTS "
            f"(SELECT 1 FROM operation_changes WHERE operation_id = ? AND {_IS_LEFT})"
        )
        return bool(self._tx.execute(sql, (at, self.id, self.id)).rowcount)

    def _changed(self, run_id: str, what: str) -> InvalidParameterValue:
        return InvalidParameterValue(
            f"The operation {self.id} cannot be taken back: the run {run_id} was changed{what} "
            "since. Change back by hand what shall be as it was."
        )


def read_operation(
    tx: Transaction,
    statements: Any,
    operation_id: str,
    runs: Sequence[str] | None = None,
    lock: str = "",
) -> KeptOperation:
    """Return an operation with what is left of it to take back.

    Args:
        tx: A transaction.
        statements: The dialect's statements.
        operation_id: The operation.
        runs: Only what it changed of these runs; None for all.
        lock: Of the dialect's, for one that nobody else takes back meanwhile.

    Raises:
        ResourceDoesNotExist: If it is not kept, or never was.
        InvalidParameterValue: If it was taken back already.

    """
    sql = f"SELECT kind, undone_at FROM operations WHERE id = ?{lock}"
    row = tx.execute(sql, (operation_id,)).fetchone()
    if row is None:
        raise ResourceDoesNotExist(
            f"No operation with the id {operation_id} is kept: they are for {KEPT_DAYS} days, and "
            f"the last {KEPT_OPERATIONS}. See: headrace runs operations"
        )
    kind, undone_at = row
    if undone_at is not None:
        raise InvalidParameterValue(f"The operation {operation_id} was taken back already.")
    sql = (
        "SELECT run_uuid, key, before, after FROM operation_changes "
        f"WHERE operation_id = ? AND {_IS_LEFT}"
    )
    values: list[Any] = [operation_id]
    if runs is not None:
        sql += f" AND run_uuid {statements.IN_LIST}"
        values.append(statements.bind_list(runs))
    rows = tx.execute(f"{sql} ORDER BY run_uuid, key", values).fetchall()
    return KeptOperation(tx, operation_id, kind, [Change(*row) for row in rows])


def list_operations(tx: Transaction, limit: int) -> list[Operation]:
    """Return the newest operations."""
    sql = (
        f"SELECT id, kind, user_id, made_at, undone_at, ({_COUNT}), ({_COUNT} AND {_IS_LEFT}) "
        "FROM operations ORDER BY made_at DESC, id LIMIT ?"
    )
    return [
        Operation(
            *(number, kind, runs, made_at, user),
            undone_at=undone_at,
            undone_runs=runs if undone_at is not None else runs - left,
        )
        for number, kind, user, made_at, undone_at, runs, left in tx.execute(sql, (limit,))
    ]
