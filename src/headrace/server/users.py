"""The users file: who may use a server, with which role, and how they prove who they are.

One JSON document, readable by its owner only. Passwords are kept as argon2id hashes, tokens as
SHA-256 digests: a token is 256 random bits, so nothing slower is needed to keep it from being
guessed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from headrace.api.endpoint import Permission
from headrace.errors import (
    InvalidParameterValue,
    InvalidState,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 1024
MAX_NAME_LENGTH = 128

_TOKEN_PREFIX = "headrace_"  # noqa: S105 - what makes a leaked token easy to find


class Role(Enum):
    """What a user may do; each role may do what the ones before it may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def __init__(self, value: str) -> None:
        ranks = list(Permission)
        self._permissions = ranks[: ranks.index(Permission(value)) + 1]

    def may(self, permission: Permission) -> bool:
        """Return whether this role has a permission."""
        return permission in self._permissions

    @classmethod
    def of(cls, name: str) -> Role:
        """Return the role of a name."""
        try:
            return cls(name)
        except ValueError:
            allowed = ", ".join(role.value for role in cls)
            raise InvalidParameterValue(f"Unknown role {name!r}: it must be {allowed}.") from None


class Token(Struct):
    """A token of a user.

    Attributes:
        digest: SHA-256 of the token, hexadecimal.
        note: What it is for, in the words of who made it.
        created: Milliseconds since the epoch.

    """

    digest: str
    note: str = ""
    created: int = 0


class User(Struct):
    """A user.

    Attributes:
        role: What the user may do.
        password: Argon2id hash; empty for a user that only has tokens.
        tokens: The tokens.

    """

    role: Role
    password: str = ""
    tokens: list[Token] = []


class Users(Struct):
    """The content of a users file."""

    users: dict[str, User] = {}

    def get(self, name: str) -> User:
        """Return a user.

        Raises:
            ResourceDoesNotExist: If there is no user of this name.

        """
        try:
            return self.users[name]
        except KeyError:
            known = ", ".join(sorted(self.users)) or "nobody"
            raise ResourceDoesNotExist(
                f"The users file has no user {name!r}; it has {known}."
            ) from None

    def add(self, name: str, role: Role, password: str | None = None) -> User:
        """Add a user; one without a password can only be let in by a token.

        Raises:
            InvalidParameterValue: If name or password is not taken.
            ResourceAlreadyExists: If there is a user of the name.

        """
        _check_name(name)
        if name in self.users:
            raise ResourceAlreadyExists(
                f"The users file already has a user {name!r}. Change the password with "
                f"`headrace users passwd {name}`."
            )
        user = User(role, "" if password is None else hash_password(password))
        self.users[name] = user
        return user

    def add_token(self, name: str, note: str = "") -> str:
        """Give a user one more token and return it; it is shown this once and kept as a digest."""
        token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
        self.get(name).tokens.append(Token(digest(token), note, int(time.time() * 1000)))
        return token

    def remove(self, name: str) -> None:
        """Remove a user with all tokens."""
        self.get(name)
        del self.users[name]


# --- secrets -------------------------------------------------------------------------------------


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    # 32 MiB: over OWASP's least figure, and a server that checks one at a time stays small.
    return PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password.

    Raises:
        InvalidParameterValue: If it is shorter or longer than what is taken.

    """
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise InvalidParameterValue(
            f"The password has {len(password)} characters; it must have {MIN_PASSWORD_LENGTH} to "
            f"{MAX_PASSWORD_LENGTH}."
        )
    return _hasher().hash(password)


def verify_password(hashed: str, password: str) -> bool:
    """Return whether a password is the one that was hashed; takes some 50 ms on purpose."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return _hasher().verify(hashed, password[: MAX_PASSWORD_LENGTH + 1])
    except (Argon2Error, InvalidHashError):
        return False


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- the file ------------------------------------------------------------------------------------


def read_users(path: Path) -> Users:
    """Return the content of a users file.

    Raises:
        ResourceDoesNotExist: If it is not there.
        PermissionDenied: If this process may not read it.
        InvalidState: If it is no users file.

    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ResourceDoesNotExist(
            f"There is no users file {path}. `headrace users add NAME --users-file {path}` makes it"
        ) from None
    except OSError as error:
        raise PermissionDenied(f"The users file {path} cannot be read: {error.strerror}.") from None
    try:
        return msgspec.json.decode(content, type=Users)
    except msgspec.DecodeError as error:
        raise InvalidState(
            f"{path} is no users file of Headrace: {error}. Restore it, or make a new one with "
            "`headrace users add`."
        ) from None


@contextlib.contextmanager
def changing_users(path: Path) -> Iterator[Users]:
    """Give the users to change, and write them back at the end of the block, whole or not at all.

    Two that change the file at once do so one after the other. A file that is not there begins
    empty.

    Raises:
        PermissionDenied: If the file cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent):
            users = read_users(path) if path.exists() else Users()
            yield users
            _replace(path, msgspec.json.format(msgspec.json.encode(users), indent=2) + b"\n")
    except OSError as error:
        raise PermissionDenied(
            f"The users file {path} cannot be written: {error.strerror}."
        ) from None


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that no lock file is left behind; Windows goes without."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check_name(name: str) -> None:
    if not name or len(name) > MAX_NAME_LENGTH or ":" in name or not name.isprintable():
        raise InvalidParameterValue(
            f"Invalid user name {name[:200]!r}: it must have 1 to {MAX_NAME_LENGTH} printable "
            "characters, without a colon."
        )
