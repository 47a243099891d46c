"""Reading the files of versions of registered models: recorded once, compared ever after.

The SQL store says whose turn it is, and keeps what is found. Who calls this knows how the files are
opened: a server opens only what lies where artifacts may lie, a client goes by its own credentials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.manifests import compare_manifest, take_manifest
from headrace.entities import ContentFile, ContentState, FileCheck, FileState
from headrace.errors import HeadraceError
from headrace.stores.sql.calls import now
from headrace.stores.sql.version_contents import DueContent, PutOff

# What cannot be read is tried again when it is twice as old, but soon and once a day in any case.
LEAST_WAIT_MS = 10_000
MOST_WAIT_MS = 24 * 3600 * 1000


class ContentStore(Protocol):
    """The part of a SQL store that keeps what versions hold."""

    def find_due_contents(self, limit: int) -> list[DueContent]:
        """Return versions whose files are to be looked at, those that were asked for first."""
        ...

    def find_content(self, name: str, version: int) -> DueContent:
        """Return a version, as if somebody had asked for it now."""
        ...

    def claim_content(self, due: DueContent) -> bool:
        """Take a version, for a while; return whether nobody else was quicker."""
        ...

    def hold_content(self, due: DueContent) -> None:
        """Say that one is still at a version."""
        ...

    def put_off_contents(self, versions: Sequence[PutOff]) -> None:
        """Say why versions cannot be looked at now, and when to try again."""
        ...

    def seal_content(self, due: DueContent, files: Sequence[ContentFile]) -> None:
        """Record once and for all what a version holds, and all others of its place do."""
        ...

    def note_content(self, due: DueContent, checks: Sequence[FileCheck]) -> ContentState:
        """Keep what became of the files of a version since they were recorded."""
        ...

    def read_manifest(self, digest: str) -> list[ContentFile]:
        """Return the files of a manifest."""
        ...


def look_at(
    store: ContentStore,
    due: DueContent,
    open_files: Callable[[DueContent], ArtifactStore],
    on_bytes: Callable[[int], None] = lambda _: None,
) -> PutOff | None:
    """Record the files of a version, or compare them with what is recorded.

    Args:
        store: Keeps what is found.
        due: The version.
        open_files: Returns its folder as a root.
        on_bytes: Called with how many bytes were read since the last call; what it raises ends it.

    Returns:
        What to put off, with `ContentStore.put_off_contents`; None if it is done.

    """
    try:
        files = open_files(due)
        if due.digest is None:
            store.seal_content(due, take_manifest(files, on_bytes))
            return None
        recorded = store.read_manifest(due.digest)
        checks = [
            check
            for check in compare_manifest(files, recorded, on_bytes)
            if check.state != FileState.OK
        ]
    except HeadraceError as error:
        return _later(due, error.message)
    unreadable = [check for check in checks if check.state == FileState.UNREADABLE]
    if unreadable and not any(check.state in ("changed", "missing") for check in checks):
        first = unreadable[0]
        return _later(due, f"{first.path!r} cannot be read: {first.problem}")
    store.note_content(due, checks)
    return None


def _later(due: DueContent, problem: str) -> PutOff:
    if due.digest is not None:  # who asked for it asks again
        return PutOff(due.id, None, problem)
    at = now()
    wait = min(max(at - due.created_at, LEAST_WAIT_MS), MOST_WAIT_MS)
    return PutOff(due.id, at + wait, problem)
