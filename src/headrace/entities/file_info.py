"""A file or a folder among artifacts."""

from __future__ import annotations

from msgspec import Struct


class FileInfo(Struct, omit_defaults=True):
    """One entry of an artifact listing.

    Attributes:
        path: Path below the artifact root, separated by ``/``.
        is_dir: Whether it is a folder.
        file_size: Size in bytes; None for a folder.

    """

    path: str
    is_dir: bool
    file_size: int | None = None
