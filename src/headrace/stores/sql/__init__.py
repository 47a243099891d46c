"""The store on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.stores.sql.opening import OpenDatabase
    from headrace.stores.sql.tracking import SqlTrackingStore


def open_sql_store(
    uri: str, artifact_root: str | None = None, *, fsync: str = "interval"
) -> SqlTrackingStore:
    """Open the store in a database; an empty database is made one.

    Args:
        uri: ``sqlite:///PATH`` or ``postgresql://...``, also with MLflow's driver names.
        artifact_root: Folder or URI below which the experiments made from now on keep their
            artifacts. If not given: the folder ``artifacts`` beside a SQLite file, which may be
            moved together with it, and otherwise ``.headrace/artifacts`` of the working directory.
        fsync: When the commits of log calls reach the disk: ``interval`` (when `sync` is called)
            or ``always``.

    Raises:
        InvalidParameterValue: If the URI names no database that Headrace has a store for.
        InvalidState: If it holds something else, or a store of another version.
        PermissionDenied: If it cannot be written.
        TemporarilyUnavailable: If it cannot be reached or is locked.
    """
    return open_sql_database(uri, artifact_root, fsync=fsync).tracking


def open_sql_database(
    uri: str, artifact_root: str | None = None, *, fsync: str = "interval"
) -> OpenDatabase:
    """Open a database, of which not all may be needed; see `open_sql_store`."""
    from headrace.stores.sql.opening import connect, open_database

    return open_database(connect(uri, fsync), artifact_root)


def open_embedded_database(path: Path, *, fsync: str = "interval") -> OpenDatabase:
    """Open a SQLite file, with its artifacts beside it; see `open_sql_store`."""
    from headrace.stores.sql.dialects.sqlite import SqliteDatabase
    from headrace.stores.sql.opening import check_fsync, open_database

    check_fsync(fsync)
    return open_database(SqliteDatabase(path, fsync), None)
