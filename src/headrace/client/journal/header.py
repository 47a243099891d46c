"""What a journal says of itself: its format, whose it is, and for which store."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from headrace.client.journal.frames import FORMAT
from headrace.client.journal.places import without_secrets
from headrace.errors import InvalidState, NotSupported, PermissionDenied

HEADER_NAME = "header.json"


class Origin(Struct, frozen=True):
    """The process that made a journal, and the store that the journal is for.

    Attributes:
        store: Tracking URI without its password.
        uid: User id; -1 where the system has none.
        host: Name of the machine.
        boot_id: The machine's boot; empty where the system tells none.
        pid: Process id.
        pid_start: When that process began, in the system's ticks since the boot; 0 if unknown.
        parent_pid: The process that began it.

    """

    store: str
    uid: int
    host: str
    boot_id: str
    pid: int
    pid_start: int
    parent_pid: int

    @classmethod
    def here(cls, store: str) -> Origin:
        """Return the origin of a journal of this process for the store with this URI."""
        return cls(
            store=without_secrets(store),
            uid=this_user(),
            host=this_host(),
            boot_id=this_boot(),
            pid=os.getpid(),
            pid_start=start_of(os.getpid()),
            parent_pid=os.getppid(),
        )


class Header(Struct, frozen=True):
    """What the file ``header.json`` of a journal says.

    Attributes:
        format: Version of the format.
        journal: Id of the journal, 32 hexadecimal digits.
        created: When it was made, in milliseconds since the epoch; only to be shown.
        origin: Whose it is.

    """

    format: int
    journal: str
    created: int
    origin: Origin


class _Version(Struct):
    format: int


def new_header(journal: str, origin: Origin) -> Header:
    """Return the header of a journal that is made now."""
    return Header(FORMAT, journal, int(time.time() * 1000), origin)


def write_header(folder: Path, header: Header) -> None:
    """Write a journal's header, whole or not at all."""
    replace_file(folder / HEADER_NAME, msgspec.json.format(msgspec.json.encode(header)))


def read_header(folder: Path, *, of_any_user: bool = False) -> Header:
    """Return a journal's header.

    Args:
        folder: The journal's folder.
        of_any_user: Whether it may be another user's.

    Raises:
        NotSupported: If the journal has a newer format.
        PermissionDenied: If it is another user's.
        InvalidState: If the header cannot be read.

    """
    path = folder / HEADER_NAME
    try:
        data = path.read_bytes()
        version = msgspec.json.decode(data, type=_Version).format
        if version > FORMAT:
            raise NotSupported(
                f"The journal {folder} has format {version}, and this version of Headrace knows "
                f"formats up to {FORMAT}. It is left untouched: update Headrace to ship it."
            )
        header = msgspec.json.decode(data, type=Header)
        owner = folder.stat().st_uid
    except PermissionError:
        raise PermissionDenied(
            f"The journal {folder} may not be read by this user. It is left untouched."
        ) from None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidState(
            f"The header of the journal {folder} cannot be read ({error}). It is left untouched."
        ) from None
    for uid in (header.origin.uid, owner):
        if not of_any_user and this_user() not in (uid, -1):
            raise PermissionDenied(
                f"The journal {folder} belongs to the user with the id {uid}, not to "
                f"{this_user()}. It is left untouched: that user's runs or headrace sync ship it."
            )
    return header


def delete_folder(folder: Path) -> None:
    """Delete a journal, whose lock is held, as far as that is possible.

    The header goes first: once the lock file is gone others can take a lock, and must not find a
    journal that is half there.
    """
    with suppress(OSError):
        (folder / HEADER_NAME).unlink()
    with suppress(OSError):
        for name in os.listdir(folder):  # no tree: importing what deletes those takes longer
            os.unlink(folder / name)
        os.rmdir(folder)


def replace_file(path: Path, data: bytes) -> None:
    """Put bytes in a file's place, so that a reader sees the old ones or the new ones."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(file, "wb") as stream:
        stream.write(data)
    temporary.replace(path)


# --- this process --------------------------------------------------------------------------------


def this_user() -> int:
    """Return the user id; -1 where the system has none."""
    return os.geteuid() if hasattr(os, "geteuid") else -1


def this_host() -> str:
    """Return the machine's name."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


@cache
def this_boot() -> str:
    """Return the id of the machine's boot; empty where the system tells none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def start_of(pid: int) -> int:
    """Return when a process began, in ticks since the boot; 0 if there is none or none tells."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    # From the third on; the second, the command's name in brackets, may hold anything.
    fields = stat.rpartition(b")")[2].split()
    return 0 if fields[0] in (b"Z", b"X") else int(fields[19])  # dead, and not yet waited for
