"""Where the journals of a store lie: beside it if it is on this machine, else with the user."""

from __future__ import annotations

import os
import re
from pathlib import Path

from headrace import settings
from headrace.file_uri import path_of, scheme_of

FILES_NAME = "files"  # the folder with files that wait, beside the journals
_MAX_READABLE = 60  # characters of a folder's name


def journals_folder(uri: str) -> Path:
    """Return the folder for the journals of the store with a tracking URI; it is not made.

    Args:
        uri: A folder, ``sqlite:///PATH``, or the URI of a database or a server.

    Raises:
        InvalidParameterValue: If it is no URI that a store can have.

    """
    scheme = scheme_of(uri).partition("+")[0]
    if scheme == "sqlite":
        # Imported only here: nobody else needs it to know where a journal lies.
        from headrace.stores.sql.opening import sqlite_path

        return Path(f"{sqlite_path(uri)}-journals")
    if scheme in ("", "file"):
        return path_of(uri) / "journals"
    return distant_journals() / _name_of(without_secrets(uri))


def distant_journals() -> Path:
    """Return the folder that has a folder for each store that is elsewhere."""
    chosen = settings.JOURNAL_DIR.get()
    if chosen:
        return Path(os.path.abspath(os.path.expanduser(chosen)))
    state = os.environ.get("XDG_STATE_HOME", "")
    # As the XDG base directory specification has it, a relative path is ignored.
    base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return base / "headrace" / "journals"


def without_secrets(uri: str) -> str:
    """Return a URI without its passwords; it still reaches the store for who has credentials."""
    masked = settings.without_password(uri)
    if "***" not in masked:
        return masked
    return re.sub(
        r"&password=\*{3}|(?<=\?)password=\*{3}&|\?password=\*{3}$",
        "",
        masked.replace(":***@", "@"),
    )


def _name_of(uri: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", uri.partition("://")[2].rpartition("@")[2])
    digest = _digest(uri.rstrip("/").encode())
    return f"{readable.strip('-.')[:_MAX_READABLE]}-{digest:016x}".lstrip("-")


def _digest(text: bytes) -> int:
    """Return a number of 64 bits that tells texts apart (FNV-1a).

    It need not withstand anybody: who could choose the URI could choose the folder too. hashlib
    would load OpenSSL, which takes as long as the rest of what a first run loads for a server.
    """
    digest = 0xCBF29CE484222325
    for byte in text:
        digest = (digest ^ byte) * 0x100000001B3 % 2**64
    return digest
