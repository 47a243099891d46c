"""Files that wait beside the journals: how many there are, and bringing them to their store."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from headrace import settings
from headrace.cli.journal_places import JournalPlace
from headrace.client.delivery.connections import Connection
from headrace.client.journal.header import read_header
from headrace.client.journal.ownership import owner_lives
from headrace.client.journal.places import FILES_NAME
from headrace.client.uploads.opening import open_uploader
from headrace.client.uploads.snapshots import list_folders, list_snapshots
from headrace.client.uris import Places
from headrace.errors import HeadraceError


class PendingFiles(Struct):
    """Files of one process that its store does not have yet.

    Attributes:
        folder: Where they lie.
        store: URI of their store, without a password.
        files: How many they are.
        bytes: How many bytes they have.
        alive: Whether that process lives, and sends them; None if that cannot be told from here.

    """

    folder: str
    store: str
    files: int
    bytes: int
    alive: bool | None


class SentFiles(Struct):
    """What came of the files of one place.

    Attributes:
        sent: How many their store has got.
        refused: How many it refused.
        left: How many still wait.
        failure: Why; None if none is left.

    """

    sent: int = 0
    refused: int = 0
    left: int = 0
    failure: str | None = None


def find_pending_files(place: JournalPlace) -> list[PendingFiles]:
    """Return the files of a place that are not in their store; nothing is changed."""
    found = []
    for folder in list_folders(place.folder / FILES_NAME):
        snapshots = list_snapshots(folder)
        if snapshots and (place.only is None or folder.name in place.only):
            total = sum(one.copied.size for one in snapshots)
            alive = _owner_lives(folder)
            found.append(PendingFiles(str(folder), place.store, len(snapshots), total, alive))
    return found


def send_files(
    place: JournalPlace, connection: Connection, uri: str, *, of_other_hosts: bool
) -> SentFiles:
    """Send the files that dead processes left in a place.

    Args:
        place: Which ones.
        connection: Their store.
        uri: Its tracking URI.
        of_other_hosts: Whether to send those of other machines too, whose owners may live.

    """
    places = Places(connection, uri, lambda: connection.hasty_store, hasty=True)
    uploader = open_uploader(uri, place.folder, places)
    uploader.look_for_leftovers(of_other_hosts=of_other_hosts, only=place.only)
    answer = SentFiles(sent=uploader.pending)
    try:
        uploader.wait(settings.SHUTDOWN_TIMEOUT.get())
    except HeadraceError as error:
        answer.failure = error.message
    finally:
        answer.left = uploader.pending
        answer.refused = len(uploader.refusals())
        answer.sent -= answer.left + answer.refused
        uploader.close()
    if answer.left and answer.failure is None:
        answer.failure = "The store does not know their runs."
    return answer


def _owner_lives(folder: Path) -> bool | None:
    try:
        return owner_lives(folder, read_header(folder).origin)
    except HeadraceError:
        return None
