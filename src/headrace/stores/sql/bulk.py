"""Changes of many runs by one call, each noted so that it can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from headrace.api import tracking as api
from headrace.api.bulk import (
    MAX_RUNS_PER_CALL,
    DeleteRuns,
    ListOperations,
    MoveRuns,
    Operations,
    RestoreRuns,
    RunsChanged,
    RunsRequest,
    TagRuns,
    UndoOperation,
)
from headrace.entities import ViewType
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.calls import now
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.experiments import active_experiment
from headrace.stores.sql.moves import BATCH_RUNS, lock_compactions, move
from headrace.stores.sql.operations import (
    DELETE,
    MOVE,
    RESTORE,
    TAG,
    Change,
    KeptOperation,
    NewOperation,
    list_operations,
    read_operation,
)
from headrace.stores.sql.run_events import note_stages
from headrace.stores.sql.runs import no_run
from headrace.stores.sql.search import SearchCalls
from headrace.stores.sql.tagging import checked_tags, delete_tags, set_tags
from headrace.stores.texts import check_text, missing, parse_experiment_id, run_is_deleted

_FOUND = "id, uuid, experiment_id, deleted_at"


class BulkCalls(SearchCalls):
    """The calls that change many runs."""

    def delete_runs(self, request: DeleteRuns) -> RunsChanged:
        """Mark runs as deleted; those that are deleted already stay as they are."""
        return self._change_stages(request, DELETE, ViewType.ACTIVE_ONLY, now())

    def restore_runs(self, request: RestoreRuns) -> RunsChanged:
        """Take back the deletion of runs; active ones stay as they are."""
        return self._change_stages(request, RESTORE, ViewType.DELETED_ONLY, None)

    def tag_runs(self, request: TagRuns) -> RunsChanged:
        """Set and delete tags of active runs; see `headrace.stores.base.BulkStore`."""
        tags = checked_tags(request.set, request.delete)
        names = self._choose(request, ViewType.ACTIVE_ONLY)

        def work(tx: Transaction) -> RunsChanged:
            rows = self._hold_runs(tx, names, self._statements.FOR_UPDATE)
            _check_active(rows)
            operation = NewOperation(tx, self._statements, TAG)
            for experiment, found in groupby(sorted(rows, key=_experiment), key=_experiment):
                runs = [row[0] for row in found]
                set_tags(tx, self._statements, self._keys, experiment, runs, tags, operation)
                delete_tags(
                    tx, self._statements, self._keys, experiment, runs, request.delete, operation
                )
            return operation.finish()

        return self._database.transact(work, durable=True)

    def move_runs(self, request: MoveRuns) -> RunsChanged:
        """Move active runs into another experiment, a bounded number a transaction."""
        target = parse_experiment_id(request.to_experiment_id)
        names = self._choose(request, ViewType.ACTIVE_ONLY)
        operation_id, count = None, 0
        for first in range(0, max(len(names), 1), BATCH_RUNS):
            batch = names[first : first + BATCH_RUNS]

            def work(
                tx: Transaction, batch: list[str] = batch, operation_id: str | None = operation_id
            ) -> RunsChanged:
                active_experiment(tx, self._statements, target)
                operation = NewOperation(tx, self._statements, MOVE, operation_id)
                self._move(tx, batch, target, operation)
                return operation.finish()

            # A commit that is on the disk brings those before it along.
            is_last = first + BATCH_RUNS >= len(names)
            changed = self._database.transact(work, durable=is_last)
            operation_id, count = changed.operation_id or operation_id, count + changed.runs
        return RunsChanged(operation_id, count)

    def undo_operation(self, request: UndoOperation) -> RunsChanged:
        """Take back an operation whole, or refuse; see `headrace.stores.base.BulkStore`."""
        check_text("operation_id", request.operation_id)

        def work(tx: Transaction) -> RunsChanged:
            operation = read_operation(tx, self._statements, request.operation_id)
            undo: dict[str, Callable[[Transaction, KeptOperation], None]] = {
                DELETE: self._undo_stage,
                RESTORE: self._undo_stage,
                TAG: self._undo_tags,
                MOVE: self._undo_move,
            }
            undo[operation.kind](tx, operation)
            operation.mark_undone(now())
            return RunsChanged(operation.id, operation.count_runs())

        return self._database.transact(work, durable=True)

    def list_operations(self, request: ListOperations) -> Operations:
        """Return operations, the newest first."""
        if not 1 <= request.max_results <= 1000:
            raise InvalidParameterValue(
                f"Invalid value {request.max_results} for parameter 'max_results' supplied: it "
                "must be from 1 to 1000."
            )
        with self._database.read() as tx:
            return Operations(list_operations(tx, request.max_results))

    # --- which runs ------------------------------------------------------------------------------

    def _choose(self, request: RunsRequest, view: ViewType) -> list[str]:
        """Return the ids of the runs that a request names or finds."""
        if request.run_ids is not None:
            if request.experiment_ids is not None or request.filter:
                raise InvalidParameterValue(
                    "Give either 'run_ids', or 'experiment_ids' with a 'filter', not both."
                )
            for run_id in request.run_ids:
                check_text("run_ids", run_id)
            names = list(dict.fromkeys(request.run_ids))
        elif request.experiment_ids is None:
            raise missing("run_ids")
        else:
            search = api.SearchRuns(
                experiment_ids=request.experiment_ids,
                filter=request.filter,
                run_view_type=view,
                max_results=MAX_RUNS_PER_CALL + 1,
                fields=[],  # their ids will do
            )
            names = [run.info.run_id for run in self.search_runs(search).runs]
        if len(names) > MAX_RUNS_PER_CALL:
            raise InvalidParameterValue(
                f"One call changes at most {MAX_RUNS_PER_CALL} runs. Give fewer ids or a narrower "
                "filter, and call again for the rest."
            )
        return names

    def _hold_runs(self, tx: Transaction, names: Sequence[str], lock: str) -> list[Row]:
        """Return (id, uuid, experiment, deletion) of runs that nobody else changes meanwhile.

        Raises:
            ResourceDoesNotExist: If one of them is not there.

        """
        sql = f"SELECT {_FOUND} FROM runs WHERE uuid {self._statements.IN_LIST} ORDER BY id{lock}"
        rows = tx.execute(sql, (self._statements.bind_list(names),)).fetchall()
        if len(rows) < len(names):
            found = {row[1] for row in rows}
            raise no_run(next(name for name in names if name not in found))
        return rows

    # --- changes and their undoing ---------------------------------------------------------------

    def _change_stages(
        self, request: RunsRequest, kind: str, view: ViewType, deleted_at: int | None
    ) -> RunsChanged:
        names = self._choose(request, view)

        def work(tx: Transaction) -> RunsChanged:
            rows = self._hold_runs(tx, names, self._statements.FOR_UPDATE)
            changed = [row for row in rows if (row[3] is None) == (kind == DELETE)]
            operation = NewOperation(tx, self._statements, kind)
            operation.note_stages([row[0] for row in changed], deleted_at)
            sql = f"UPDATE runs SET deleted_at = ? WHERE id {self._statements.IN_LIST}"
            ids = [row[0] for row in changed]
            tx.execute(sql, (deleted_at, self._statements.bind_list(ids)))
            note_stages(tx, self._statements, ids, now(), deleted=kind == DELETE)
            return operation.finish()

        return self._database.transact(work, durable=True)

    def _undo_stage(self, tx: Transaction, operation: KeptOperation) -> None:
        rows = self._hold_runs(tx, operation.run_ids(), self._statements.FOR_UPDATE)
        operation.check_unchanged({row[1]: row[3] for row in rows})
        if operation.kind == DELETE:
            for experiment in {row[2] for row in rows}:
                active_experiment(tx, self._statements, experiment)
        sql = "UPDATE runs SET deleted_at = ? WHERE uuid = ?"
        tx.executemany(sql, [(change.stage, change.run_id) for change in operation.changes])
        ids = [row[0] for row in rows]
        note_stages(tx, self._statements, ids, now(), deleted=operation.kind != DELETE)

    def _undo_tags(self, tx: Transaction, operation: KeptOperation) -> None:
        rows = self._hold_runs(tx, operation.run_ids(), self._statements.FOR_UPDATE)
        _check_active(rows)
        keys = {change.key for change in operation.changes}
        sql = (
            "SELECT uuid, keys.name, value FROM run_tags JOIN runs ON runs.id = run_id "
            f"JOIN keys ON keys.id = key_id WHERE run_id {self._statements.IN_LIST} "
            f"AND keys.name {self._statements.IN_LIST}"
        )
        ids = self._statements.bind_list([row[0] for row in rows])
        found = tx.execute(sql, (ids, self._statements.bind_list(sorted(keys)))).fetchall()
        operation.check_unchanged_tags({(run, key): value for run, key, value in found})
        known = {row[1]: row for row in rows}
        changes = sorted(
            operation.changes,
            key=lambda one: (known[one.run_id][2], one.key, one.before is None, one.before or ""),
        )
        for (experiment, key, before), group in groupby(
            changes, key=lambda one: (known[one.run_id][2], one.key, one.before)
        ):
            runs = [known[change.run_id][0] for change in group]
            if before is None:
                delete_tags(tx, self._statements, self._keys, experiment, runs, [key], None)
            else:
                tags = {key: before}
                set_tags(tx, self._statements, self._keys, experiment, runs, tags, None)

    def _undo_move(self, tx: Transaction, operation: KeptOperation) -> None:
        rows = self._hold_runs(tx, operation.run_ids(), "")
        operation.check_unchanged({row[1]: row[2] for row in rows})
        changes = sorted(operation.changes, key=_source)
        for before, group in groupby(changes, key=_source):
            active_experiment(tx, self._statements, before)
            self._move(tx, [change.run_id for change in group], before, None)

    def _move(
        self, tx: Transaction, names: Sequence[str], target: int, operation: NewOperation | None
    ) -> None:
        """Move those of the runs that are not in the target yet."""
        rows = self._hold_runs(tx, names, "")
        lock_compactions(tx, self._statements, [row[0] for row in rows])
        rows = self._hold_runs(tx, names, self._statements.FOR_REMOVAL)
        _check_active(rows)
        elsewhere = [row for row in rows if row[2] != target]
        if operation is not None:
            operation.note_experiments([row[0] for row in elsewhere], target)
        for source, found in groupby(sorted(elsewhere, key=_experiment), key=_experiment):
            runs = {row[0]: row[1] for row in found}
            move(tx, self._statements, self._keys, runs, source, target)


def _experiment(row: Row) -> int:
    return int(row[2])


def _source(change: Change) -> int:
    return int(change.before or 0)


def _check_active(rows: Sequence[Row]) -> None:
    for _, uuid, _, deleted_at in rows:
        if deleted_at is not None:
            raise run_is_deleted(uuid)
