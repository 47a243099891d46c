"""Signatures by which a server knows again what it has allowed somebody, without keeping a list.

The key is 32 random bytes in a hidden file beside the artifacts, which all processes of a server
share; nobody but the server's own user can read it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from headrace.artifacts.paths import STAGING_PREFIX
from headrace.errors import PermissionDenied

_KEY_BYTES = 32


class Signer:
    """Signs what a caller may do later, and checks it then.

    Args:
        folder: Where the key is kept; it need not exist.

    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"{STAGING_PREFIX}key"
        self._key: bytes | None = None

    def sign(self, *fields: object) -> str:
        """Return the signature of some fields, in hexadecimal."""
        if self._key is None:
            self._key = _shared_key(self._file)
        # As a JSON list no two rows of fields have the same text.
        text = msgspec.json.encode([str(field) for field in fields])
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()

    def has_signed(self, signature: str, *fields: object) -> bool:
        """Return whether a signature is that of some fields."""
        # Bytes, since a text that is not ASCII cannot be compared in constant time.
        return hmac.compare_digest(signature.encode(), self.sign(*fields).encode())

    def check(self, signature: str, expires: float, *fields: object) -> None:
        """Refuse what this server has not signed, or has signed for a time that is over.

        Args:
            signature: What `sign` gave for `expires` and the fields.
            expires: Seconds since the epoch.
            fields: What is to be done.

        Raises:
            PermissionDenied: In both cases.

        """
        if not self.has_signed(signature, expires, *fields):
            raise PermissionDenied(
                "The signature of this URL is not one of this server's for this file. Ask for a "
                "new URL."
            )
        if expires < time.time():
            raise PermissionDenied("The time of this URL is over. Ask for a new one.")


def _shared_key(file: Path) -> bytes:
    """Return the key of a file, which is made if it is not there.

    Where no file can be kept to ourselves the key stays in the memory of this process.
    """
    key = secrets.token_bytes(_KEY_BYTES)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.urandom(8).hex()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(key)
            with suppress(FileExistsError):
                os.link(draft, file)  # only one of several processes succeeds
        finally:
            draft.unlink()
        key = _read_own(file) or key
    return key


def _read_own(file: Path) -> bytes | None:
    """Return the key in a file, if nobody else can have read or written it."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        is_ours = status.st_uid == os.geteuid() and not status.st_mode & (
            stat.S_IRWXG | stat.S_IRWXO
        )
        key = stream.read(_KEY_BYTES + 1)
    return key if is_ours and len(key) == _KEY_BYTES else None
