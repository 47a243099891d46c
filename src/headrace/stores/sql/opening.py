"""From a URI to a store that is ready: the tables made once, and what is not ours refused.

A store knows the version of its schema. An older one is opened only after ``headrace db upgrade``,
a newer one only by a newer Headrace.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from headrace.errors import InvalidParameterValue, InvalidState
from headrace.stores.sql import migrations
from headrace.stores.sql.engine import Database, Transaction
from headrace.stores.sql.experiments import create_default_experiment
from headrace.stores.sql.locations import Locations
from headrace.version import VERSION

if TYPE_CHECKING:
    from headrace.stores.sql.journals import JournalCalls
    from headrace.stores.sql.tracking import SqlTrackingStore

_SQLITE = "sqlite:///"
_OPTIONS = re.compile(r"\?\w+=")


def connect(uri: str, fsync: str = "interval") -> Database:
    """Return the database of a ``sqlite:///`` or ``postgresql://`` URI; it is not touched yet.

    Raises:
        InvalidParameterValue: If the URI is neither, or `fsync` is no level.
    """
    check_fsync(fsync)
    scheme = uri.partition(":")[0].partition("+")[0]
    if scheme == "sqlite":
        from headrace.stores.sql.dialects.sqlite import SqliteDatabase

        return SqliteDatabase(sqlite_path(uri), fsync)
    if scheme in ("postgresql", "postgres"):
        from headrace.stores.sql.dialects.postgresql import PostgresDatabase

        return PostgresDatabase(uri)
    raise InvalidParameterValue(
        f"{scheme!r} is no database that Headrace has a store for: give sqlite:///PATH or "
        "postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
    )


def check_fsync(fsync: str) -> None:
    """Refuse a text that is no fsync level."""
    if fsync not in ("interval", "always"):
        raise InvalidParameterValue(f"fsync is {fsync!r}: it must be 'interval' or 'always'.")


class OpenDatabase:
    """A database that is a store: the whole of it, or only what takes journals.

    Each is made when it is first asked for, since a script that only logs needs nothing of what
    searches and deletes. They share no memory, as two processes do not.
    """

    def __init__(self, database: Database, locations: Locations) -> None:
        self._database = database
        self._locations = locations
        self._journals: JournalCalls | None = None
        self._tracking: SqlTrackingStore | None = None

    @property
    def journals(self) -> JournalCalls:
        """The part that takes journals."""
        if self._journals is None:
            from headrace.stores.sql.journals import JournalCalls

            self._journals = JournalCalls(self._database, self._locations)
        return self._journals

    @property
    def tracking(self) -> SqlTrackingStore:
        """The whole store."""
        if self._tracking is None:
            from headrace.stores.sql.tracking import SqlTrackingStore

            self._tracking = SqlTrackingStore(self._database, self._locations)
        return self._tracking

    def close(self) -> None:
        """Close every connection of this process."""
        self._database.close()


def open_database(database: Database, artifact_root: str | None) -> OpenDatabase:
    """Return what is in a database; see `headrace.stores.sql.open_sql_store`."""
    try:
        if not artifact_root and database.folder is None:
            artifact_root = str(Path.cwd() / ".headrace" / "artifacts")
        locations = Locations(artifact_root, database.folder)
        prepare(database, locations)
    except BaseException:
        database.close()
        raise
    return OpenDatabase(database, locations)


def sqlite_path(uri: str) -> Path:
    """Return the absolute path of the file that a ``sqlite:///`` URI names.

    Raises:
        InvalidParameterValue: If it names no file.
    """
    text = uri[len(_SQLITE) :] if uri.startswith(_SQLITE) else ""
    if not text or text.startswith(":memory:") or "\0" in text or _OPTIONS.search(text):
        raise InvalidParameterValue(
            f"{uri!r} names no SQLite file: give sqlite:///RELATIVE/PATH.db or "
            "sqlite:////ABSOLUTE/PATH.db, without options. A store in memory is not offered; use a "
            "file in a temporary folder."
        )
    return Path(os.path.abspath(os.path.expanduser(text)))


def prepare(database: Database, locations: Locations) -> None:
    """Make an empty database a store, or check that it is one that this Headrace can use.

    Raises:
        InvalidState: If it is not a store, or one of another version.
        PermissionDenied: If it cannot be written.
    """

    def seed(tx: Transaction) -> None:
        for key, value in (("id", os.urandom(16).hex()), ("made_by", f"headrace {VERSION}")):
            tx.execute("INSERT INTO store_info (key, value) VALUES (?, ?)", (key, value))
        create_default_experiment(tx, locations)

    if database.is_new():
        database.create(seed)
    version = read_version(database)
    check_not_newer(version, database.where)
    if version != migrations.HEAD:
        raise InvalidState(
            f"The store {database.where} was made by an older Headrace (its schema has version "
            f"{version}, this one needs {migrations.HEAD}). Stop what uses it, then run: "
            f"headrace db upgrade {database.where}"
        )


def read_version(database: Database) -> str:
    """Return the version of a store's schema."""
    with database.read(snapshot=False) as tx:
        row = tx.execute(f"SELECT version_num FROM {migrations.VERSION_TABLE}").fetchone()
    return str(row[0])


def check_not_newer(version: str, where: str) -> None:
    """Refuse a store whose schema is of a later version than this Headrace knows."""
    if version > migrations.HEAD:
        raise InvalidState(
            f"The store {where} was made by a newer Headrace (its schema has version {version}, "
            f"this one knows {migrations.HEAD}). Update with: pip install --upgrade headrace"
        )
