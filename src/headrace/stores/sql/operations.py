"""What changes of many runs have changed, so that each can be taken back by one call.

Kept for a while: `KEPT_DAYS`, and `KEPT_OPERATIONS` of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from headrace.api.bulk import KEPT_DAYS, KEPT_OPERATIONS, Operation, RunsChanged
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist
from headrace.stores.base import current_actor
from headrace.stores.sql.calls import now
from headrace.stores.sql.engine import Transaction

DELETE, RESTORE, TAG, MOVE = "delete", "restore", "tag", "move"

_INSERT = "INSERT INTO operations (id, kind, user_id, made_at) VALUES (?, ?, ?, ?)"
_NOTE = "INSERT INTO operation_changes (operation_id, run_uuid, key, before, after) "
_FORGET = (
    "DELETE FROM operations WHERE made_at < ?",
    "DELETE FROM operations WHERE made_at < "
    f"(SELECT made_at FROM operations ORDER BY made_at DESC LIMIT 1 OFFSET {KEPT_OPERATIONS - 1})",
)
_COUNT = "SELECT COUNT(DISTINCT run_uuid) FROM operation_changes WHERE operation_id = ?"


class NewOperation:
    """An operation that is being made, in the transaction of its changes.

    Args:
        tx: The transaction.
        statements: The dialect's statements.
        kind: What it does.
        operation_id: An operation that this transaction goes on with; None for a new one.

    """

    def __init__(
        self, tx: Transaction, statements: Any, kind: str, operation_id: str | None = None
    ) -> None:
        self._tx = tx
        self._statements = statements
        self._is_new = operation_id is None
        self.id = operation_id or os.urandom(8).hex()
        self._before = self._count()
        if self._is_new:
            at = now()
            tx.execute(_FORGET[0], (at - KEPT_DAYS * 86_400_000,))
            tx.execute(_FORGET[1])
            tx.execute(_INSERT, (self.id, kind, current_actor().name, at))

    def note_stages(self, runs: Sequence[int], deleted_at: int | None) -> None:
        """Note that runs, by their row ids, are deleted at a time, or restored."""
        self._note("deleted_at", runs, deleted_at)

    def note_experiments(self, runs: Sequence[int], target: int) -> None:
        """Note that runs move to an experiment."""
        self._note("experiment_id", runs, target)

    def note_tags(self, runs: Sequence[int], key_id: int, key: str, value: str | None) -> None:
        """Note that runs of one experiment get a tag, or lose it, where that changes something."""
        sql = (
            _NOTE + "SELECT CAST(? AS TEXT), uuid, CAST(? AS TEXT), value, CAST(? AS TEXT) "
            "FROM runs LEFT JOIN run_tags ON run_id = runs.id AND key_id = ? "
            f"WHERE runs.id {self._statements.IN_LIST} AND "
        )
        sql += "value IS NOT NULL" if value is None else "(value IS NULL OR value <> ?)"
        values = (self.id, key, value, key_id, self._statements.bind_list(runs))
        self._tx.execute(sql, values if value is None else (*values, value))

    def finish(self) -> RunsChanged:
        """Return what changed; an operation that changed nothing is not kept."""
        count = self._count() - self._before
        if not count and self._is_new:
            self._tx.execute("DELETE FROM operations WHERE id = ?", (self.id,))
            return RunsChanged()
        return RunsChanged(self.id, count)

    def _count(self) -> int:
        return int(self._tx.execute(_COUNT, (self.id,)).fetchone()[0])

    def _note(self, column: str, runs: Sequence[int], after: int | None) -> None:
        sql = (
            _NOTE + f"SELECT CAST(? AS TEXT), uuid, '', CAST({column} AS TEXT), CAST(? AS TEXT) "
            f"FROM runs WHERE id {self._statements.IN_LIST}"
        )
        text = None if after is None else str(after)
        self._tx.execute(sql, (self.id, text, self._statements.bind_list(runs)))


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
    """An operation that is being taken back.

    Attributes:
        id: Its id.
        kind: What it did.
        changes: What it changed.

    """

    def __init__(self, tx: Transaction, operation_id: str, kind: str) -> None:
        self._tx = tx
        self.id = operation_id
        self.kind = kind
        sql = (
            "SELECT run_uuid, key, before, after FROM operation_changes WHERE operation_id = ? "
            "ORDER BY run_uuid, key"
        )
        self.changes = [Change(*row) for row in tx.execute(sql, (operation_id,)).fetchall()]

    def run_ids(self) -> list[str]:
        """Return the runs that it changed."""
        return list(dict.fromkeys(change.run_id for change in self.changes))

    def count_runs(self) -> int:
        """Return how many runs it changed."""
        return len(self.run_ids())

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

    def mark_undone(self, at: int) -> None:
        """Note that the operation is taken back."""
        self._tx.execute("UPDATE operations SET undone_at = ? WHERE id = ?", (at, self.id))

    def _changed(self, run_id: str, what: str) -> InvalidParameterValue:
        return InvalidParameterValue(
            f"The operation {self.id} cannot be taken back: the run {run_id} was changed{what} "
            "since. Nothing was done; change back by hand what shall be as it was."
        )


def read_operation(tx: Transaction, statements: Any, operation_id: str) -> KeptOperation:
    """Return an operation that nobody else takes back meanwhile.

    Raises:
        ResourceDoesNotExist: If it is not kept, or never was.
        InvalidParameterValue: If it was taken back already.

    """
    sql = f"SELECT kind, undone_at FROM operations WHERE id = ?{statements.FOR_UPDATE}"
    row = tx.execute(sql, (operation_id,)).fetchone()
    if row is None:
        raise ResourceDoesNotExist(
            f"No operation with the id {operation_id} is kept: they are for {KEPT_DAYS} days, and "
            f"the last {KEPT_OPERATIONS}. See: headrace runs operations"
        )
    kind, undone_at = row
    if undone_at is not None:
        raise InvalidParameterValue(f"The operation {operation_id} was taken back already.")
    return KeptOperation(tx, operation_id, kind)


def list_operations(tx: Transaction, limit: int) -> list[Operation]:
    """Return the newest operations."""
    sql = (
        "SELECT id, kind, user_id, made_at, undone_at, (SELECT COUNT(DISTINCT run_uuid) "
        "FROM operation_changes WHERE operation_id = operations.id) "
        "FROM operations ORDER BY made_at DESC, id LIMIT ?"
    )
    return [
        Operation(number, kind, runs, made_at, user, undone_at)
        for number, kind, user, made_at, undone_at, runs in tx.execute(sql, (limit,)).fetchall()
    ]
