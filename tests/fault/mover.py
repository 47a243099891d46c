"""Processes that move runs to and fro until they are killed; see `test_killed_moves`.

python mover.py URI ROOT

For each line that it reads it forks one, which has all modules already, and says its id; it says
``gone`` when that one is dead.
"""

from __future__ import annotations

import os
import sys

from headrace.api import tracking as api
from headrace.api.bulk import ListOperations, MoveRuns, UndoOperation
from headrace.stores.sql import open_sql_store, pace
from headrace.stores.sql.moves import prepare_moves


def main(uri: str, root: str) -> None:
    """Move a few runs a transaction, so that there are many moments to die in."""
    pace.FIRST_ROWS = pace.MOST_ROWS = 3
    prepare_moves()
    store = open_sql_store(uri, root)
    found = store.search_runs(api.SearchRuns(experiment_ids=["1", "2"], max_results=1000))
    store.close()
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            move_on(uri, root, [run.info.run_id for run in found.runs])
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


def move_on(uri: str, root: str, runs: list[str]) -> None:
    """Move runs and take that back, again and again."""
    store = open_sql_store(uri, root)
    while True:
        for operation in store.list_operations(ListOperations()).operations:
            if operation.undone_at is None:
                store.undo_operation(UndoOperation(operation_id=operation.operation_id))
        store.move_runs(MoveRuns(run_ids=runs, to_experiment_id="2"))


if __name__ == "__main__":
    main(*sys.argv[1:])
