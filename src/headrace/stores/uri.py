"""From a tracking URI to the store that it names.

A path or ``file:`` URI is an embedded store: the folder holds ``headrace.db`` and ``artifacts/``.
``sqlite:///`` and ``postgresql://`` name a database. ``http(s)://`` names a server; its transport
lives above the stores, in `headrace.client.tracking`.

Without any URI the store is the nearest folder ``.headrace`` going up from the working directory,
as git looks for ``.git``: the working directory's own, else that of the nearest folder above it
that lies below the home folder (or, outside of it, below the root) and belongs to this user.
Neither one's home folder nor another user's folder gathers the runs of all that is below it. If
there is none, it is made in the working directory at its first use.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from headrace import settings
from headrace.errors import InvalidParameterValue, InvalidState, NotSupported, PermissionDenied
from headrace.file_uri import path_of, scheme_of, uri_of

if TYPE_CHECKING:
    from headrace.stores.sql.opening import OpenDatabase
    from headrace.stores.sql.tracking import SqlTrackingStore

FOLDER_NAME = ".headrace"
DATABASE_NAME = "headrace.db"

ALLOWED = (
    "a folder (a path or file: URI), sqlite:///PATH, postgresql://USER:PASSWORD@HOST:PORT/DATABASE "
    "or http(s)://SERVER"
)

DATABRICKS = frozenset({"databricks", "databricks-uc", "uc"})  # also without anything behind
_DATABASES_TO_COME = frozenset({"mysql", "mariadb", "mssql", "oracle"})
_RUN_FOLDER = re.compile(r"[0-9a-f]{32}")


def default_tracking_uri() -> str:
    """Return the ``file:`` URI of the store that is used where no URI is set; nothing is made.

    The rule stands in the module's docstring.
    """
    try:
        start = Path.cwd()
    except FileNotFoundError:
        raise InvalidState(
            "The working directory does not exist any more, so no store can be found from it. "
            "Change to another folder, or set a tracking URI."
        ) from None
    own = start / FOLDER_NAME
    found = own if own.is_dir() else _folder_above(start)
    return uri_of(found or own)


def _folder_above(start: Path) -> Path | None:
    home = Path(os.path.realpath(Path.home()))
    for parent in start.parents:
        if parent == home or parent == parent.parent:
            return None
        folder = parent / FOLDER_NAME
        if folder.is_dir() and _is_own(folder):
            return folder
    return None


def _is_own(folder: Path) -> bool:
    return not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid()


def open_tracking_store(uri: str = "") -> SqlTrackingStore:
    """Open the store on this machine, or in a database, that a tracking URI names.

    Args:
        uri: The tracking URI; empty for `default_tracking_uri`.

    Raises:
        InvalidParameterValue: If no store can have this URI, or it names a server.
        NotSupported: If it names a database that Headrace has no store for yet.
        InvalidState: If what is there was made by MLflow or by something else, or by another
            version of Headrace. It is left as it was.
        PermissionDenied: If it cannot be written.
        TemporarilyUnavailable: If the database is locked or cannot be reached.
    """
    return open_tracking_database(uri).tracking


def open_tracking_database(uri: str = "") -> OpenDatabase:
    """Open the database of a store, of which not all may be needed; see `open_tracking_store`."""
    from headrace.stores.sql import open_embedded_database, open_sql_database

    uri = uri or default_tracking_uri()
    scheme = scheme_of(uri).partition("+")[0]
    if scheme in ("sqlite", "postgresql", "postgres"):
        return open_sql_database(uri, fsync=settings.FSYNC.get())
    if scheme in ("", "file") and uri not in DATABRICKS:
        folder = path_of(uri)
        check_folder(folder)
        return open_embedded_database(folder / DATABASE_NAME, fsync=settings.FSYNC.get())
    if scheme in _DATABASES_TO_COME:
        raise NotSupported(f"Headrace has no store on {scheme} yet. A tracking URI is {ALLOWED}.")
    if scheme in ("http", "https"):
        raise InvalidParameterValue(
            f"{uri!r} names a server. A store that is opened here is a folder, a SQLite file or a "
            "PostgreSQL database."
        )
    raise InvalidParameterValue(
        f"{scheme or uri!r} is no kind of tracking URI that Headrace knows. It is {ALLOWED}."
    )


def check_folder(folder: Path) -> None:
    """Refuse a place where no embedded store may be."""
    try:
        if not folder.exists() or (folder / DATABASE_NAME).exists():
            return
        if not folder.is_dir():
            raise InvalidParameterValue(
                f"{folder} is a file, not a folder for a store. To use it as a database, write "
                f"sqlite:///{folder}"
            )
        if _is_mlruns(folder):
            raise InvalidState(
                f"The folder {folder} was made by MLflow, and Headrace never writes to those. Copy "
                f"its content into a store of Headrace with: headrace import mlflow {folder}"
            )
    except PermissionError as error:
        raise PermissionDenied(f"The folder {folder} cannot be read: {error}.") from None


def _is_mlruns(folder: Path) -> bool:
    """Return whether a folder is laid out as MLflow's file store, or holds its artifacts."""
    for place in folder.iterdir():
        if (place / "meta.yaml").exists() or place.name == ".trash":
            return True
        inside = os.listdir(place) if place.name.isdigit() and place.is_dir() else []
        if any(_RUN_FOLDER.fullmatch(name) for name in inside):
            return True
    return False
