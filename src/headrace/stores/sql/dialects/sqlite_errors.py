"""What SQLite's errors mean, in words that help."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    InvalidState,
    PermissionDenied,
    TemporarilyUnavailable,
)


def translate(error: sqlite3.Error | OSError, path: Path, patience: float) -> HeadraceError:
    """Return the error that stands for a failure.

    Args:
        error: What SQLite or the file system said.
        path: The database file.
        patience: How long the lock of another process was waited for, in seconds.

    """
    text = str(error)
    if path.is_dir():
        return InvalidParameterValue(
            f"{path} is a folder, not a SQLite file. For an embedded store in that "
            "folder, give its path without sqlite:///"
        )
    if isinstance(error, PermissionError) or "readonly" in text:
        return PermissionDenied(
            f"The store {path} cannot be written: {text}. Make the file and its folder "
            "writable for this user, or choose another tracking URI."
        )
    if is_busy(error):
        return TemporarilyUnavailable(
            f"The store {path} is locked by another process since {patience:.0f} s. Try again when "
            "that process has finished."
        )
    if "disk is full" in text or "disk I/O error" in text or isinstance(error, OSError):
        return TemporarilyUnavailable(
            f"The store {path} cannot be used: {text}. Nothing of this call was kept. "
            "Free some space or mend the disk, then try again."
        )
    if "unable to open" in text:
        return PermissionDenied(
            f"The store {path} cannot be opened: check that the folder {path.parent} exists and is "
            "writable for this user."
        )
    if isinstance(error, sqlite3.DatabaseError) and (
        "not a database" in text or "malformed" in text
    ):
        return InvalidState(
            f"The file {path} is no usable SQLite database: {text}. "
            "Restore it from a backup, or choose another tracking URI."
        )
    return HeadraceError(f"SQLite failed on {path}: {text}")


def is_busy(error: BaseException) -> bool:
    """Return whether an error says that another connection holds a lock."""
    return isinstance(error, sqlite3.OperationalError) and (
        getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    )
