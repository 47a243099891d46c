"""Headrace's own calls of `MlflowClient` that change many runs at once."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.api.bulk import MoveRuns, UndoOperation
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request


class BulkCalls(StoreClient):
    """Changes of many runs."""

    def move_runs(self, run_ids: Sequence[str], experiment_id: str) -> str | None:
        """Move active runs into another experiment, with all that they logged.

        Artifacts stay where they are; logged models that the runs made move along. Very many are
        moved in slices, between which others see what has been moved so far.

        Args:
            run_ids: The runs, at most 10,000.
            experiment_id: The experiment to move to.

        Returns:
            What `undo_operation` takes the move back by; None if all runs were there already.

        Raises:
            ResourceDoesNotExist: If a run or the experiment is not there.
            InvalidParameterValue: If one of them is deleted.

        """
        request = make_request(MoveRuns, run_ids=list(run_ids), to_experiment_id=str(experiment_id))
        return self._store.move_runs(request).operation_id

    def undo_operation(self, operation_id: str) -> int:
        """Take back a change of many runs; what was cut off before goes on.

        Args:
            operation_id: What the change answered.

        Returns:
            The number of runs that were changed back.

        Raises:
            ResourceDoesNotExist: If the operation is not kept any more, or a run is gone for good.
            InvalidParameterValue: If a run was changed in that since; nothing is done then, unless
                it was changed just now, in which case the message says how many runs were done.

        """
        request = make_request(UndoOperation, operation_id=operation_id)
        return self._store.undo_operation(request).runs
