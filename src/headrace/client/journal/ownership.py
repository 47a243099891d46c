"""The journals that lie in a folder: whose they are, and taking over those of the dead.

The lock says who owns a journal. It can be lost to a program that opens the file by accident, so
that a journal whose lock is free still counts as owned while the process that made it lives.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from headrace.client.journal.header import (
    HEADER_NAME,
    Header,
    Origin,
    delete_folder,
    read_header,
    start_of,
    this_boot,
    this_host,
)
from headrace.client.journal.lock import Lock, is_locked
from headrace.client.journal.reader import JournalReader
from headrace.client.journal.segments import last_change, segments_size
from headrace.client.journal.state import State, read_note
from headrace.errors import HeadraceError, InvalidState

_ID = re.compile(r"[0-9a-f]{32}")


class FoundJournal(NamedTuple):
    """A journal as a listing shows it.

    Attributes:
        folder: Where it lies.
        header: Whose it is and for which store; None if it is refused.
        refusal: Why it cannot be used: a newer format, another user's, an unreadable header.
        alive: Whether its owner lives; None if that cannot be told, since it is another machine's.
        state: What was last heard from its store.
        pending: Records that the store did not have then; 0 if it is refused.
        size: Bytes of its files.
        changed: When it was last written to, in milliseconds since the epoch; only to be shown.

    """

    folder: Path
    header: Header | None
    refusal: HeadraceError | None
    alive: bool | None
    state: State
    pending: int
    size: int
    changed: int


def find_journals(folder: Path) -> list[FoundJournal]:
    """Return the journals in a folder, the oldest first; nothing is changed."""
    found = [one for place in list_journals(folder) if (one := _look_at(place))]
    return sorted(found, key=lambda one: one.header.created if one.header else 0)


def list_journals(folder: Path) -> list[Path]:
    """Return the folders of the journals in a folder, without a look into them."""
    try:
        names = sorted(name for name in os.listdir(folder) if _ID.fullmatch(name))
    except FileNotFoundError:
        return []
    # One without a header is being made, or was never finished.
    return [folder / name for name in names if (folder / name / HEADER_NAME).exists()]


def _look_at(folder: Path) -> FoundJournal | None:
    """Describe a journal; None if it was sent and deleted just now."""
    try:
        header = read_header(folder)
    except HeadraceError as refusal:
        if not (folder / HEADER_NAME).exists():
            return None
        return FoundJournal(folder, None, refusal, None, State(), 0, 0, 0)
    state = read_note(folder)
    try:
        pending = JournalReader(folder).count(state.applied)
    except FileNotFoundError:
        return None
    return FoundJournal(
        folder,
        header,
        None,
        owner_lives(folder, header.origin),
        state,
        pending,
        segments_size(folder),
        last_change(folder),
    )


def owner_lives(folder: Path, origin: Origin) -> bool | None:
    """Return whether a journal has a living owner; None if that cannot be told from here."""
    if is_locked(folder):
        return True
    if origin.boot_id and origin.boot_id == this_boot():
        return _process_lives(origin)
    if origin.host == this_host():
        # Of an earlier boot, unless the system does not tell boots apart.
        return not origin.boot_id and not this_boot() and _process_lives(origin)
    return None


def _process_lives(origin: Origin) -> bool:
    if origin.pid in (0, os.getpid()):
        return False  # this process would hold the lock
    if origin.pid_start:
        return start_of(origin.pid) == origin.pid_start
    try:
        os.kill(origin.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


class AdoptedJournal:
    """A journal of a dead process that this one took over, to bring it to its store.

    Attributes:
        folder: Where it lies.
        header: Whose it was and for which store.
        reader: Reads it from its beginning.

    """

    def __init__(self, folder: Path, header: Header, lock: Lock) -> None:
        self.folder = folder
        self.header = header
        self.reader = JournalReader(folder, final=True)
        self._lock = lock

    @property
    def id(self) -> str:
        """Its id, 32 hexadecimal digits."""
        return self.header.journal

    @property
    def owned(self) -> bool:
        """Whether this process still holds it: not released, and not the parent's of this one."""
        return self._lock.held

    def release(self) -> None:
        """Leave it to whoever comes next."""
        self.reader.close()
        self._lock.release()

    def remove(self) -> None:
        """Delete it, with all that is in it."""
        if self.owned:
            # Under the lock: who gets that afterwards finds no header and lets go.
            delete_folder(self.folder)
        self.release()


def adopt(folder: Path, *, of_other_host: bool = False) -> AdoptedJournal | None:
    """Take over a journal whose owner is dead; the arguments and errors are those of `take_over`.

    Returns:
        The journal; None if it is not to be had.

    """
    taken = take_over(folder, of_other_host=of_other_host)
    return AdoptedJournal(folder, *taken) if taken else None


def take_over(folder: Path, *, of_other_host: bool = False) -> tuple[Header, Lock] | None:
    """Take the lock of a folder whose owner is dead: of a journal, or of files that wait.

    Args:
        folder: The folder.
        of_other_host: Whether to take one of another machine too, whose owner may live.

    Returns:
        Its header and the lock; None if its owner lives, may live on another machine, or somebody
        else has taken it over.

    Raises:
        NotSupported: If it has a newer format, or this system has no locks for it.
        PermissionDenied: If it is another user's.
        InvalidState: If its header cannot be read.

    """
    try:
        header = read_header(folder)
    except InvalidState:
        if (folder / HEADER_NAME).exists():
            raise
        return None  # somebody was faster, and is through with it
    alive = owner_lives(folder, header.origin)
    if alive or (alive is None and not of_other_host):
        return None
    try:
        lock = Lock.take(folder)
    except FileNotFoundError:
        return None  # somebody was faster, and is through with it
    if lock is None:
        return None
    if not (folder / HEADER_NAME).exists():
        lock.release()
        return None
    return header, lock
