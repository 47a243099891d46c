"""Changes of many runs at once, each of which one call takes back."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission
from headrace.api.tracking import Request
from headrace.entities import RunTag

# How many runs one call changes.
MAX_RUNS_PER_CALL = 10_000

# An operation can be taken back as long as it is not older, and so many have not come after it.
KEPT_DAYS = 30
KEPT_OPERATIONS = 1_000


class RunsRequest(Request):
    """Base of the requests that change many runs: named by their ids, or found by a search.

    They are changed in slices, between which others write and see what has been done so far. A call
    that fails half-way says so; what it did is an operation like any other.

    Attributes:
        run_ids: The runs.
        experiment_ids: Instead of `run_ids`: the experiments to search.
        filter: Which of their runs; all if it is not given.

    """

    run_ids: list[str] | None = None
    experiment_ids: list[str] | None = None
    filter: str | None = None


class DeleteRuns(RunsRequest):
    """Mark runs as deleted; a search finds active ones."""


class RestoreRuns(RunsRequest):
    """Take back the deletion of runs; a search finds deleted ones."""


class TagRuns(RunsRequest):
    """Set and delete tags of active runs; a tag that a run has not is no error.

    Attributes:
        set: Tags to set.
        delete: Keys of tags to delete.

    """

    set: list[RunTag] = []
    delete: list[str] = []


class MoveRuns(RunsRequest, kw_only=True):
    """Move active runs into another active experiment, with all that they logged.

    Artifacts stay where they are. Logged models that the runs made move along.

    Attributes:
        to_experiment_id: The experiment to move to.

    """

    to_experiment_id: str


class RunsChanged(Struct, omit_defaults=True):
    """What a call has changed.

    Attributes:
        operation_id: What `UndoOperation` takes it back by; None if nothing changed.
        runs: Number of runs that were changed; runs that were so before do not count.

    """

    operation_id: str | None = None
    runs: int = 0


class UndoOperation(Request):
    """Take back a change of many runs, if none of them was changed in that since.

    One that was cut off goes on when it is called again.
    """

    operation_id: str


class ListOperations(Request):
    """List the changes that can be taken back, and those that were, the newest first."""

    max_results: int = 100


class Operation(Struct, omit_defaults=True):
    """A change of many runs.

    Attributes:
        operation_id: Its id.
        kind: ``delete``, ``restore``, ``tag`` or ``move``.
        runs: Number of runs that it changed.
        made_at: When, in milliseconds since the epoch.
        user: By whom; empty if nobody said.
        undone_at: When it was taken back; None if it was not, or not wholly.
        undone_runs: Number of runs that were changed back: of an undo that was cut off, some.

    """

    operation_id: str
    kind: str
    runs: int
    made_at: int
    user: str = ""
    undone_at: int | None = None
    undone_runs: int = 0


class Operations(Struct, omit_defaults=True):
    """Answer of `ListOperations`."""

    operations: list[Operation] = []


DELETE_RUNS = Endpoint(
    "delete_runs", "POST", HEADRACE + "/runs/delete", DeleteRuns, RunsChanged, Permission.WRITE
)
RESTORE_RUNS = Endpoint(
    "restore_runs", "POST", HEADRACE + "/runs/restore", RestoreRuns, RunsChanged, Permission.WRITE
)
TAG_RUNS = Endpoint(
    "tag_runs", "POST", HEADRACE + "/runs/tag", TagRuns, RunsChanged, Permission.WRITE
)
MOVE_RUNS = Endpoint(
    "move_runs", "POST", HEADRACE + "/runs/move", MoveRuns, RunsChanged, Permission.WRITE
)
UNDO_OPERATION = Endpoint(
    "undo_operation",
    "POST",
    HEADRACE + "/operations/undo",
    UndoOperation,
    RunsChanged,
    Permission.WRITE,
)
LIST_OPERATIONS = Endpoint(
    "list_operations",
    "GET",
    HEADRACE + "/operations",
    ListOperations,
    Operations,
    Permission.READ,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
