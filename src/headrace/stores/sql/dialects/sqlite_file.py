"""What a SQLite file is, told before it is opened for use: nothing here changes it.

Opening a foreign file in the usual way may already do so (its journal mode, its log). Nor may the
file be read without SQLite: closing any descriptor of it would drop the locks that this process
holds through others, as POSIX has it.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from headrace.errors import InvalidState
from headrace.stores.sql.migrations import APPLICATION_ID, is_of_mlflow

_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")

# File systems on which the shared memory that write-ahead logging needs does not work between
# machines. Of those in user space only that of containers without root is known to be local.
_NETWORK_FILE_SYSTEMS = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "beegfs", "ceph", "afs"),
        *("9p", "glusterfs", "orangefs", "panfs", "wekafs", "vboxsf"),
    }
)
_LOCAL_IN_USER_SPACE = "fuse.fuse-overlayfs"


def is_new(path: Path) -> bool:
    """Return whether a file is one that a store may be made in: not there, or empty.

    Raises:
        InvalidState: If the file is neither empty nor a store of Headrace.
        OSError: If it cannot be looked at.
        sqlite3.Error: If SQLite cannot open it.

    """
    try:
        if path.stat().st_size == 0 or _was_empty(path):
            return True
    except FileNotFoundError:
        return True
    if not os.access(path, os.R_OK):
        raise PermissionError(f"{path} may not be read")
    # immutable: no lock is taken, no log is made, and none that is there is read.
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        try:
            # While the log is brought into the file, and for good where that was cut off, the file
            # says that it is longer than it is, which SQLite refuses unless it may be mended.
            connection.execute("PRAGMA writable_schema=ON")
            if connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,):
                return False
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in rows}
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise InvalidState(
                f"The file {path} is no SQLite database ({error}), so it is left alone. Choose "
                "another tracking URI, for example the folder that shall hold the store."
            ) from None
    if not tables and not _has_log(path):
        return True
    raise _foreign(path, tables)


def _was_empty(path: Path) -> bool:
    """Return whether the first transaction ever on a file is in progress, or was cut off."""
    try:
        with Path(f"{path}-journal").open("rb") as file:
            header = file.read(20)
    except OSError:
        return False
    # Bytes 16 to 19: how many pages the file had when the transaction began.
    return header.startswith(_JOURNAL_MAGIC) and header[16:20] == bytes(4)


def _has_log(path: Path) -> bool:
    try:
        return os.stat(f"{path}-wal").st_size > 0
    except OSError:
        return False


def _foreign(path: Path, tables: set[str]) -> InvalidState:
    if is_of_mlflow(tables):
        return InvalidState(
            f"The database {path} was made by MLflow, and Headrace never writes to those. Copy its "
            f"content into a store of Headrace with: headrace import mlflow sqlite:///{path}"
        )
    shown = ", ".join(sorted(tables)[:5]) or "none in the file itself, but it has a log"
    return InvalidState(
        f"The database {path} is not a store of Headrace (its tables: {shown}), so it is left "
        "alone. Choose another tracking URI."
    )


def on_network_file_system(path: Path) -> bool:
    """Return whether a file lives, or would live, on NFS, CIFS, Lustre or their kind (Linux)."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    kind = file_system_of(os.path.realpath(path), mounts)
    return kind in _NETWORK_FILE_SYSTEMS or (
        kind.startswith("fuse.") and kind != _LOCAL_IN_USER_SPACE
    )


def file_system_of(place: str, mounts: str) -> str:
    """Return the kind of file system that an absolute path lies on.

    Args:
        place: The path, without symbolic links.
        mounts: What ``/proc/self/mounts`` says.

    Returns:
        The kind of the innermost mount, of several the last; empty if there is none.

    """
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1]
        if "\\" in point:
            point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
