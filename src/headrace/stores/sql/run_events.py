"""What happens to runs, for webhooks: only where their life changes, never where they log."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from headrace.entities import RunStatus
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.outbox import Happening, Waiting, find_waiting, note_happenings

CREATED, DELETED, RESTORED = "run.created", "run.deleted", "run.restored"

_ENDS = {one.value: f"run.{one.value.lower()}" for one in RunStatus if RunStatus.is_terminated(one)}

_SELECT = (
    "SELECT r.uuid, r.name, r.experiment_id, e.name, r.status, r.start_time, r.end_time, r.user_id "
    "FROM runs AS r JOIN experiments AS e ON e.id = r.experiment_id WHERE r.id "
)


def note_end(tx: Transaction, run: int, before: str, at: int) -> None:
    """Note the end of a run, by its row id, if it has ended since it had the status `before`."""
    rows = tx.execute(_SELECT + "= ?", (run,)).fetchall()
    status = rows[0][4]
    event = _ENDS.get(status)
    if event is not None and status != before and (waiting := find_waiting(tx, (event,))):
        _note(tx, waiting, rows, at)


def note_creation(tx: Transaction, run: int, at: int) -> None:
    """Note that a run, by its row id, was created."""
    if waiting := find_waiting(tx, (CREATED,)):
        _note(tx, waiting, tx.execute(_SELECT + "= ?", (run,)).fetchall(), at)


def note_stages(
    tx: Transaction, statements: Any, runs: Collection[int], at: int, *, deleted: bool
) -> None:
    """Note that runs, by their row ids, were deleted or restored."""
    if runs and (waiting := find_waiting(tx, (DELETED if deleted else RESTORED,))):
        sql = f"{_SELECT}{statements.IN_LIST} ORDER BY r.id"
        _note(tx, waiting, tx.execute(sql, (statements.bind_list(runs),)).fetchall(), at)


def _note(tx: Transaction, waiting: list[Waiting], rows: Iterable[Row], at: int) -> None:
    event = waiting[0].event
    happenings = (
        Happening(
            event,
            {
                "run_id": uuid,
                "run_name": name,
                "experiment_id": str(experiment),
                "experiment_name": experiment_name,
                "status": status,
                "start_time": start_time,
                "end_time": end_time,
                "user_id": user,
            },
            experiment_id=str(experiment),
        )
        for uuid, name, experiment, experiment_name, status, start_time, end_time, user in rows
    )
    note_happenings(tx, waiting, happenings, at)
