"""Runs: their life, from creation to deletion and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from headrace.api import tracking as api
from headrace.api.endpoint import Empty
from headrace.entities import Run, RunData, RunInfo, RunStatus, RunTag
from headrace.entities.tag_names import RUN_NAME
from headrace.errors import ResourceAlreadyExists, ResourceDoesNotExist
from headrace.search.selection import parse_fields
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.experiments import active_experiment, stage_of
from headrace.stores.sql.new_runs import SET_RUN_TAG, find_removal, insert_run, read_new_run
from headrace.stores.sql.outbox import IS_WATCHED
from headrace.stores.sql.run_events import note_end, note_stages
from headrace.stores.sql.run_reads import RUN_COLUMNS, load_runs, run_info
from headrace.stores.sql.sessions import end_session
from headrace.stores.texts import (
    check_hex_id,
    check_int64,
    check_text,
    parse_experiment_id,
    run_is_deleted,
)


class FoundRun(NamedTuple):
    """What the row of a run says of its life."""

    id: int
    status: str
    start_time: int
    deleted_at: int | None


class HeldRun(NamedTuple):
    """A run that stays active for the rest of a transaction.

    Attributes:
        id: Its row id.
        experiment_id: Its experiment.
        status: Its status.
        is_watched: Whether some webhook waits for something.

    """

    id: int
    experiment_id: int
    status: str
    is_watched: bool


class RunCalls(SqlCalls):
    """The calls on runs that are not about what a run logs."""

    def create_run(self, request: api.CreateRun) -> api.RunAnswer:
        """Create a run in an active experiment; see `headrace.stores.base.RunStore`."""
        experiment_id = parse_experiment_id(request.experiment_id)
        new = read_new_run(request)

        def work(tx: Transaction) -> str:
            parent = active_experiment(tx, self._statements, experiment_id)
            if request.run_id is not None and (removal := find_removal(tx, new.run_id)):
                raise removal
            row_id, location = insert_run(tx, self._keys, new, experiment_id, parent)
            if row_id is None:
                raise ResourceAlreadyExists(
                    f"Run with id={new.run_id} already exists. Choose another run_id, or resume it."
                )
            return location

        location = self._database.transact(work, durable=True)
        info = RunInfo(
            run_id=new.run_id,
            experiment_id=str(experiment_id),
            user_id=new.user,
            status=RunStatus.RUNNING.value,
            start_time=new.start_time,
            lifecycle_stage=stage_of(None),
            artifact_uri=self._locations.resolve(location),
            run_name=new.name,
            user_verified=bool(new.verified),
        )
        tag_list = [RunTag(key, value) for key, value in sorted(new.tags.items())]
        return api.RunAnswer(Run(info, RunData(tag_list=tag_list)))

    def get_run(self, request: api.GetRun) -> api.RunAnswer:
        """Return a run, deleted or not; whole, unless only its info is wanted."""
        check_text("run_id", request.run_id)
        selection = parse_fields([] if request.info_only else None)
        with self._database.read() as tx:
            row = tx.execute("SELECT id FROM runs WHERE uuid = ?", (request.run_id,)).fetchone()
            if row is None:
                raise no_run(request.run_id)
            resolve, lost_before = self._locations.resolve, self._lost_before()
            [run] = load_runs(
                tx, self._statements, resolve, row, selection, lost_before=lost_before
            )
            return api.RunAnswer(run)

    def update_run(self, request: api.UpdateRun) -> api.RunInfoAnswer:
        """Change status, end time or name of an active run; what is not given stays."""
        run, row = self._database.transact(self._updating(request), durable=True)
        if is_end(request):
            self._note_end(run)
        return api.RunInfoAnswer(run_info(row, self._locations.resolve))

    def delete_run(self, request: api.DeleteRun) -> Empty:
        """Mark a run as deleted; doing it twice is fine."""
        return self._change_stage(request.run_id, now())

    def restore_run(self, request: api.RestoreRun) -> Empty:
        """Make a deleted run active again; doing it twice is fine."""
        return self._change_stage(request.run_id, None)

    def _updating(self, request: api.UpdateRun) -> Callable[[Transaction], tuple[int, Row]]:
        """Return what an update does in its transaction, which gives the run's row id and row."""
        status = None if request.status in (None, "") else RunStatus.of(request.status).value
        check_int64("end_time", request.end_time)
        check_text("run_name", request.run_name)
        name = request.run_name or None
        session = request.session if is_end(request) else None
        if session is not None:
            check_hex_id("session", session)

        def work(tx: Transaction) -> tuple[int, Row]:
            held = hold_run(tx, self._statements, request.run_id, change=True)
            run, experiment_id = held.id, held.experiment_id
            changes = (status, request.end_time, name)
            if session is not None and not end_session(tx, run, session):
                changes = (None, None, name)
            if name is not None:
                key = self._keys.ids(tx, experiment_id, [RUN_NAME], create=True)[RUN_NAME]
                tx.execute(SET_RUN_TAG, (run, key, name))
            sql = (
                "UPDATE runs SET status = COALESCE(?, status), end_time = COALESCE(?, end_time), "
                f"name = COALESCE(?, name) WHERE id = ? RETURNING {RUN_COLUMNS}"
            )
            row = tx.execute(sql, (*changes, run)).fetchone()
            if held.is_watched and changes[0] is not None:
                note_end(tx, run, held.status, now())
            return run, row

        return work

    def _change_stage(self, run_id: str, deleted_at: int | None) -> Empty:
        """Delete a run at a time, or restore it; one that is so already stays as it is."""
        check_text("run_id", run_id)
        deletes = deleted_at is not None
        sql = (
            "UPDATE runs SET deleted_at = ? WHERE uuid = ? AND deleted_at IS "
            f"{'NULL' if deletes else 'NOT NULL'} RETURNING id, {IS_WATCHED}"
        )

        def work(tx: Transaction) -> None:
            row = tx.execute(sql, (deleted_at, run_id)).fetchone()
            if row is not None:
                if row[1]:
                    note_stages(tx, self._statements, row[:1], now(), deleted=deletes)
            elif tx.execute("SELECT 1 FROM runs WHERE uuid = ?", (run_id,)).fetchone() is None:
                raise no_run(run_id)

        self._database.transact(work, durable=True)
        return Empty()


def is_end(request: api.UpdateRun) -> bool:
    """Return whether an update, whose status is a right one, ends its run."""
    status = request.status
    return status not in (None, "") and RunStatus.is_terminated(RunStatus.to_string(status))


def active_run(
    tx: Transaction, statements: Any, run_id: str, *, change: bool = False
) -> tuple[int, int]:
    """Hold a run active, as `hold_run` does; return its row id and the id of its experiment."""
    held = hold_run(tx, statements, run_id, change=change)
    return held.id, held.experiment_id


def hold_run(tx: Transaction, statements: Any, run_id: str, *, change: bool = False) -> HeldRun:
    """Hold a run active until the end of the transaction.

    Args:
        tx: A transaction that writes.
        statements: The dialect's statements.
        run_id: The run.
        change: Whether the transaction will change the run's own row.

    Raises:
        ResourceDoesNotExist: If there is no such run.
        InvalidParameterValue: If it is deleted.
    """
    check_text("run_id", run_id)
    sql = f"SELECT id, experiment_id, status, {IS_WATCHED}, deleted_at FROM runs WHERE uuid = ?"
    sql += statements.FOR_UPDATE if change else statements.FOR_SHARE
    row = tx.execute(sql, (run_id,)).fetchone()
    if row is None:
        raise no_run(run_id)
    if row[4] is not None:
        raise run_is_deleted(run_id)
    return HeldRun(*row[:4])


def find_run(tx: Transaction, run_id: str) -> FoundRun:
    """Return a run, deleted or not.

    Raises:
        ResourceDoesNotExist: If there is no such run.

    """
    check_text("run_id", run_id)
    sql = "SELECT id, status, start_time, deleted_at FROM runs WHERE uuid = ?"
    row = tx.execute(sql, (run_id,)).fetchone()
    if row is None:
        raise no_run(run_id)
    return FoundRun(*row)


def no_run(run_id: str) -> ResourceDoesNotExist:
    """Return the error for a run that is not there."""
    return ResourceDoesNotExist(f"Run with id={run_id} not found")


def hold_runs(tx: Transaction, statements: Any, names: Sequence[str], lock: str) -> list[Row]:
    """Return (id, uuid, experiment, deletion) of runs, by row id.

    Args:
        tx: A transaction.
        statements: The dialect's statements.
        names: The runs.
        lock: Of the dialect's; empty only to look.

    Raises:
        ResourceDoesNotExist: If one of them is not there.

    """
    sql = (
        "SELECT id, uuid, experiment_id, deleted_at FROM runs "
        f"WHERE uuid {statements.IN_LIST} ORDER BY id{lock}"
    )
    rows = tx.execute(sql, (statements.bind_list(names),)).fetchall()
    if len(rows) < len(names):
        found = {row[1] for row in rows}
        raise no_run(next(name for name in names if name not in found))
    return rows


def check_active(rows: Sequence[Row]) -> None:
    """Refuse rows of `hold_runs` of which one is deleted."""
    for _, uuid, _, deleted_at in rows:
        if deleted_at is not None:
            raise run_is_deleted(uuid)
