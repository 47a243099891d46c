"""What a version of a registered model is made of: its files, each with its digest."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from headrace.entities.file_check import FileCheck


class ContentState(StrEnum):
    """How the files of a version are, by the names that travel.

    ``unverified``: nobody has recorded yet what they are. ``verified``: they are recorded, and were
    so when they were last read. ``changed``: the last who read them found another content.
    ``missing``: found one of them gone.
    """

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    CHANGED = "changed"
    MISSING = "missing"


class ContentFile(Struct):
    """One file of a version.

    Attributes:
        path: Its path below the version's folder.
        size: Its size in bytes.
        digest: BLAKE3 of its content, in hexadecimal.

    """

    path: str
    size: int
    digest: str


class VersionContent(Struct, omit_defaults=True):
    """The files of a version, as they were recorded once and for all, and how they are.

    Attributes:
        name: Name of the registered model.
        version: Decimal number as text.
        state: A `ContentState`.
        digest: BLAKE3 over the files' paths, sizes and digests; None if they are not recorded yet.
        files: The files in the order of their paths; none if they are not recorded yet.
        checked_at: When they were last looked at, in milliseconds since the epoch; None if never,
            or if somebody has asked for it and that is still to come.
        problems: Files that were not as recorded when they were last looked at; one that was there
            and is no part of the version is ``not_recorded``.
        problem: Why they are not recorded, or could not be looked at, as a sentence.

    """

    name: str
    version: str
    state: str
    digest: str | None = None
    files: list[ContentFile] = []
    checked_at: int | None = None
    problems: list[FileCheck] = []
    problem: str | None = None
