"""Which journals a command speaks of, and the store that they go to.

Journals beside a store on this machine go to that store, wherever the two were moved to. Others
say in their headers where they go, without a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from headrace.client.journal.header import HEADER_NAME, read_header
from headrace.client.journal.ownership import list_journals
from headrace.client.journal.places import (
    FILES_NAME,
    distant_journals,
    journals_folder,
    without_secrets,
)
from headrace.client.tracking import absolute_store_uri, get_tracking_uri
from headrace.connection import Server
from headrace.credentials import credentials_only_for
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.file_uri import scheme_of
from headrace.stores.uri import DATABASE_NAME

_BESIDE_FOLDER = "journals"
_BESIDE_FILE = "-journals"


class JournalPlace(NamedTuple):
    """Journals of one folder that go to one store.

    Attributes:
        folder: The folder that they lie in.
        uri: The store's tracking URI; None if no header tells it.
        only: Ids of the journals; None for all in the folder.
        is_named: Whether the user has named the store, or has it on this machine; otherwise only
            the journals say where they go, and they may be anybody's.

    """

    folder: Path
    uri: str | None
    only: frozenset[str] | None = None
    is_named: bool = True

    @property
    def store(self) -> str:
        """The store's URI as it may be shown."""
        return without_secrets(self.uri) if self.uri else "unknown"


def current_place(tracking_uri: str | None = None) -> JournalPlace:
    """Return the journals of the present tracking URI, or of another one."""
    uri = absolute_store_uri(tracking_uri or get_tracking_uri())
    return JournalPlace(journals_folder(uri), uri)


def place_of_store(uri: str) -> JournalPlace:
    """Return the journals of a store whose URI comes from a journal, so without a password."""
    uri, is_named = _known_uri(uri, get_tracking_uri())
    return JournalPlace(journals_folder(uri), uri, is_named=is_named)


def all_places(tracking_uri: str | None = None) -> list[JournalPlace]:
    """Return the journals of the present tracking URI, and of every store that is elsewhere."""
    current = current_place(tracking_uri)
    others = [folder for folder in _folders_in(distant_journals()) if folder != current.folder]
    return [current, *(place for one in others for place in _places_of(one, current.uri))]


def places_in(folder: Path, tracking_uri: str | None = None) -> list[JournalPlace]:
    """Return the journals that a folder stands for.

    Args:
        folder: One journal, a folder of journals, a folder of such folders, or an embedded store.
        tracking_uri: Where the password of a store comes from whose journals do not tell it; the
            present URI if not given.

    Raises:
        InvalidParameterValue: If there is no such folder.

    """
    folder = folder.absolute()
    if not folder.is_dir():
        raise InvalidParameterValue(
            f"There is no folder {folder}. Give a folder of journals, a single journal, or the "
            "folder of a store; without one, the journals of the present tracking URI are taken."
        )
    if (folder / DATABASE_NAME).exists():
        return [current_place(str(folder))]
    present = tracking_uri or get_tracking_uri()
    if (folder / HEADER_NAME).exists():
        return _places_of(folder.parent, present, only=folder.name)
    folders = [folder] if _all_in(folder) else _folders_in(folder)
    return [place for one in folders for place in _places_of(one, present)]


def _folders_in(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []


def _all_in(folder: Path) -> list[Path]:
    """Return the journals in a folder, and the folders of files that wait beside them."""
    return [*list_journals(folder), *list_journals(folder / FILES_NAME)]


def _places_of(folder: Path, present: str | None, only: str | None = None) -> list[JournalPlace]:
    found = {place.name: place for place in _all_in(folder) if only in (None, place.name)}
    beside = _store_beside(folder)
    if beside is not None and found:
        return [JournalPlace(folder, beside, frozenset(found))]
    by_store: dict[str | None, list[str]] = {}
    for name, place in found.items():
        by_store.setdefault(_store_of(place), []).append(name)
    places = []
    for stored, of_it in by_store.items():
        uri, is_named = _known_uri(stored, present) if stored else (None, False)
        places.append(JournalPlace(folder, uri, frozenset(of_it), is_named))
    return places


def _store_beside(folder: Path) -> str | None:
    """Return the URI of the store on this machine whose folder of journals this is."""
    if folder.name == _BESIDE_FOLDER and (folder.parent / DATABASE_NAME).exists():
        return absolute_store_uri(str(folder.parent))
    database = folder.with_name(folder.name.removesuffix(_BESIDE_FILE))
    return f"sqlite:///{database}" if database.is_file() else None


def _store_of(journal: Path) -> str | None:
    try:
        return read_header(journal, of_any_user=True).origin.store
    except HeadraceError:
        return None


def _known_uri(uri: str, present: str | None) -> tuple[str, bool]:
    """Return the URI of a store that a journal tells, and whether the user names it too.

    If so it is the user's, which may hold a password.
    """
    if present and without_secrets(present).rstrip("/") == uri.rstrip("/"):
        return present, True
    return uri, scheme_of(uri).partition("+")[0] in ("", "file", "sqlite")


@contextmanager
def credentials_for_the_named(tracking_uri: str | None = None) -> Iterator[None]:
    """Keep credentials from the servers that only journals name.

    Args:
        tracking_uri: The store that the user names; the present tracking URI if not given.

    """
    uri = tracking_uri or get_tracking_uri()
    is_server = scheme_of(uri) in ("http", "https")
    with credentials_only_for(Server(uri).url if is_server else ""):
        yield
