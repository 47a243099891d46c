"""Deleting for good: what is in the stage `deleted` goes, rows and files."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission
from headrace.api.tracking import Request


class CollectGarbage(Request):
    """Delete for good a bounded part of what is in the stage `deleted`.

    A call works for about a second. Its answer's `next` is the `after` of the call that goes on;
    the rest of the request stays the same. Whatever ends the chain early, a new one finds the rest.

    Attributes:
        older_than: Least time since the deletion in milliseconds; 0 takes everything.
        run_ids: Only these runs. Where runs, experiments or models are named, all else is left.
        experiment_ids: Only these experiments, which must be deleted, with all that is in them.
        model_ids: Only these logged models.
        registered: Take runs and logged models too whose files a version of a registered model
            names; the version then says that they are gone.
        dry_run: Count, and change nothing.
        after: Where the call before stopped.

    """

    older_than: int = 0
    run_ids: list[str] | None = None
    experiment_ids: list[str] | None = None
    model_ids: list[str] | None = None
    registered: bool = False
    dry_run: bool = False
    after: str | None = None


class Kept(Struct):
    """What was not deleted, and why.

    Attributes:
        kind: ``run``, ``experiment``, ``model`` or ``folder``.
        id: Its id, or the place of a folder whose run or model is gone and which is tried again.
        reason: Why, as a sentence.

    """

    kind: str
    id: str
    reason: str


class GarbageCollected(Struct, omit_defaults=True):
    """What one call has deleted, or a dry run would.

    Attributes:
        runs: Number of runs.
        experiments: Number of experiments.
        models: Number of logged models.
        points: Number of points of metrics of the runs.
        files: Number of artifacts.
        bytes: Their size.
        shared: How much of that stays on the disk, since other artifacts have the same content; a
            dry run does not tell.
        kept: What had to stay.
        left: Number of runs that the chain of calls has not looked at yet.
        next: `CollectGarbage.after` of the next call; None at the end.

    """

    runs: int = 0
    experiments: int = 0
    models: int = 0
    points: int = 0
    files: int = 0
    bytes: int = 0
    shared: int = 0
    kept: list[Kept] = []
    left: int = 0
    next: str | None = None


COLLECT_GARBAGE = Endpoint(
    "collect_garbage",
    "POST",
    HEADRACE + "/gc",
    CollectGarbage,
    GarbageCollected,
    Permission.ADMIN,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (COLLECT_GARBAGE,)
