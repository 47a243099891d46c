"""What became of a stored file: its content now, beside what was recorded when it was stored."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class FileState(StrEnum):
    """How a file is, by the names that travel.

    ``ok``: as it was stored. ``changed``: another content. ``missing``: stored, not deleted by
    anybody, and not there. ``unreadable``: it cannot be read to its end. ``not_recorded``: it can
    be read, and nobody recorded what it was. ``not_read``: too large to be read for this answer.
    """

    OK = "ok"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_RECORDED = "not_recorded"
    NOT_READ = "not_read"


class FileCheck(Struct, omit_defaults=True):
    """One file that was read, or could not be.

    Attributes:
        path: Its artifact path, or its URI where files of several roots are told.
        state: How it is, one of `FileState`.
        size: Its bytes, as many as there are now; None if it is not there.
        digest: BLAKE3 of its content now, in hexadecimal; None if it was not read to its end.
        recorded: The digest that was recorded when it was stored; None if none was.
        problem: What is wrong with it, as a sentence; None if nothing is.

    """

    path: str
    state: str
    size: int | None = None
    digest: str | None = None
    recorded: str | None = None
    problem: str | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether the file is not what was stored."""
        return self.state in (FileState.CHANGED, FileState.MISSING, FileState.UNREADABLE)
