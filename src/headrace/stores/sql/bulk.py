"""Changes of many runs by one call, each noted so that it can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TypeAlias

from headrace.amounts import count
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
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.stores.sql.calls import now
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.experiments import active_experiment
from headrace.stores.sql.moves import hold_to_move, move_held, prepare_moves
from headrace.stores.sql.operations import (
    DELETE,
    MOVE,
    RESTORE,
    TAG,
    NewOperation,
    list_operations,
    read_operation,
)
from headrace.stores.sql.pace import Pace
from headrace.stores.sql.run_events import note_stages
from headrace.stores.sql.runs import check_active, hold_runs
from headrace.stores.sql.search import SearchCalls
from headrace.stores.sql.tagging import checked_tags, delete_tags, set_tags
from headrace.stores.sql.undoing import check_undo, undo
from headrace.stores.texts import check_text, missing, parse_experiment_id

# Refuses rows of `hold_runs`; changes some of the runs and notes that in an operation.
_Check: TypeAlias = Callable[[Transaction, Sequence[Row]], None]
_Change: TypeAlias = Callable[[Transaction, Sequence[str], NewOperation], None]


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

        def change(tx: Transaction, names: Sequence[str], operation: NewOperation) -> None:
            rows = hold_runs(tx, self._statements, names, self._statements.FOR_UPDATE)
            check_active(rows)
            for experiment, found in groupby(sorted(rows, key=_experiment), key=_experiment):
                runs = [row[0] for row in found]
                set_tags(tx, self._statements, self._keys, experiment, runs, tags, operation)
                delete_tags(
                    tx, self._statements, self._keys, experiment, runs, request.delete, operation
                )

        names = self._choose(request, ViewType.ACTIVE_ONLY)
        return self._change_runs(TAG, names, lambda tx, rows: check_active(rows), change)

    def move_runs(self, request: MoveRuns) -> RunsChanged:
        """Move active runs into another experiment; see `headrace.stores.base.BulkStore`."""
        target = parse_experiment_id(request.to_experiment_id)

        def check(tx: Transaction, rows: Sequence[Row]) -> None:
            active_experiment(tx, self._statements, target, hold=False)
            check_active(rows)

        def change(tx: Transaction, names: Sequence[str], operation: NewOperation) -> None:
            active_experiment(tx, self._statements, target)
            rows = hold_to_move(tx, self._statements, names)
            elsewhere = [row for row in rows if row[2] != target]
            operation.note_experiments([row[0] for row in elsewhere], target)
            move_held(tx, self._statements, self._keys, elsewhere, target)

        prepare_moves()
        return self._change_runs(MOVE, self._choose(request, ViewType.ACTIVE_ONLY), check, change)

    def undo_operation(self, request: UndoOperation) -> RunsChanged:
        """Take back an operation; see `headrace.stores.base.BulkStore`."""
        check_text("operation_id", request.operation_id)
        pace, undone, is_whole = Pace(), RunsChanged(request.operation_id), False
        while not is_whole:  # again only where somebody is still making the operation
            with self._database.read() as tx:
                operation = read_operation(tx, self._statements, request.operation_id)
                if operation.kind == MOVE:
                    prepare_moves()
                names = [row[1] for row in check_undo(tx, self._statements, operation)]
            for part, is_last in pace.parts(names, self._database.give_way):

                def work(tx: Transaction, part: Sequence[str] = part) -> tuple[int, bool]:
                    pace.begin()
                    lock = self._statements.FOR_UPDATE
                    found = read_operation(tx, self._statements, request.operation_id, part, lock)
                    undo(tx, self._statements, self._keys, found)
                    return len(found.run_ids()), found.mark_undone(self._statements, now())

                with _telling(undone):
                    runs, is_whole = self._database.transact(work, durable=is_last)
                undone.runs += runs
        return undone

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

    # --- changes ---------------------------------------------------------------------------------

    def _change_runs(
        self, kind: str, names: Sequence[str], check: _Check, change: _Change
    ) -> RunsChanged:
        """Change runs in slices, all of them one operation.

        Args:
            kind: What the operation does.
            names: The runs.
            check: Refuses what cannot be; called before anything is done, if one slice is too few.
            change: Changes some of the runs, and notes that.

        """
        pace, changed = Pace(), RunsChanged()
        if len(names) > pace.rows:
            with self._database.read() as tx:
                rows = hold_runs(tx, self._statements, names, "")
                check(tx, rows)
            names = [row[1] for row in rows]  # in the order in which they lie
        for part, is_last in pace.parts(names, self._database.give_way):

            def work(
                tx: Transaction,
                part: Sequence[str] = part,
                operation_id: str | None = changed.operation_id,
            ) -> RunsChanged:
                pace.begin()
                operation = NewOperation(tx, self._statements, kind, operation_id)
                change(tx, part, operation)
                return operation.finish()

            with _telling(changed):
                # A commit that is on the disk brings those before it along.
                done = self._database.transact(work, durable=is_last)
            changed.operation_id = done.operation_id or changed.operation_id
            changed.runs += done.runs
        return changed

    def _change_stages(
        self, request: RunsRequest, kind: str, view: ViewType, deleted_at: int | None
    ) -> RunsChanged:
        def change(tx: Transaction, names: Sequence[str], operation: NewOperation) -> None:
            rows = hold_runs(tx, self._statements, names, self._statements.FOR_UPDATE)
            ids = [row[0] for row in rows if (row[3] is None) == (kind == DELETE)]
            operation.note_stages(ids, deleted_at)
            sql = f"UPDATE runs SET deleted_at = ? WHERE id {self._statements.IN_LIST}"
            tx.execute(sql, (deleted_at, self._statements.bind_list(ids)))
            note_stages(tx, self._statements, ids, now(), deleted=kind == DELETE)

        return self._change_runs(kind, self._choose(request, view), lambda tx, rows: None, change)


def _experiment(row: Row) -> int:
    return int(row[2])


@contextmanager
def _telling(changed: RunsChanged) -> Iterator[None]:
    """Let an error say what was done before it, which stays."""
    try:
        yield
    except HeadraceError as error:
        if not changed.runs:
            raise
        done = f"{count(changed.runs, 'run')} had been changed by then, and stay so"
        text = f"{error.message} {done} (operation {changed.operation_id})."
        raise type(error)(text, error.error_code, **error.details) from error
