"""Who makes a call, and whether that role may: HTTP Basic and Bearer, as MLflow's clients send."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import threading
from pathlib import Path
from typing import Any

from msgspec import Struct

from headrace.api.endpoint import Endpoint, Permission
from headrace.errors import HeadraceError, InvalidState, PermissionDenied, Unauthenticated
from headrace.server.users import (
    Role,
    User,
    digest,
    hash_password,
    read_users,
    verify_password,
)
from headrace.stores.base import Actor

# Known credentials, so that argon2 runs once for each and not once a call.
_CACHE_SIZE = 1024


class Identity(Struct, frozen=True):
    """Who makes a call, and in which role."""

    actor: Actor
    role: Role


# A process that calls itself: no one stands between it and the store.
LOCAL = Identity(Actor(is_admin=True), Role.ADMIN)

_PASSER_BY = Identity(Actor(), Role.READ)


def identity_of(name: str, user: User) -> Identity:
    """Return the identity of a user who has been verified."""
    return _identity(name, user.role, verified=True)


def _identity(name: str, role: Role, *, verified: bool = False) -> Identity:
    return Identity(Actor(name, verified, is_admin=role is Role.ADMIN), role)


def permit(endpoint: Endpoint[Any, Any], identity: Identity) -> None:
    """Refuse a call that the caller's role does not allow.

    Raises:
        PermissionDenied: Naming the role that is needed.

    """
    if not identity.role.may(endpoint.permission):
        name = identity.actor.name or "this caller"
        raise PermissionDenied(
            f"Permission denied: {endpoint.name} needs the role {endpoint.permission.value}, and "
            f"{name} has the role {identity.role.value}."
        )


class _Known(Struct):
    """What one state of the users file says, and whom it has let in so far."""

    state: tuple[int, ...] = ()
    users: dict[str, User] = {}
    tokens: dict[str, str] = {}
    identities: dict[bytes, Identity] = {}


class Authenticator:
    """Tells from a call's ``Authorization`` header who makes it."""

    def __init__(self, users_file: Path | None = None, *, anonymous: Role | None = None) -> None:
        """Read the users file, so that a server with a broken one does not start.

        Args:
            users_file: The users file; None where everybody is anonymous.
            anonymous: Role of a caller without credentials; None refuses such callers.

        Raises:
            ResourceDoesNotExist: If the users file is not there.
            InvalidState: If it is no users file.

        """
        self._path = users_file
        self._anonymous = _identity("", anonymous) if anonymous else None
        self._key = secrets.token_bytes(32)
        self._known = _read(users_file) if users_file else _Known()
        self._nobody = hash_password(secrets.token_urlsafe(16)) if users_file else ""
        self._one_check = threading.Lock()

    def recall(self, header: bytes | None, permission: Permission) -> Identity | None:
        """Return who a header stands for if that needs no slow check, else None.

        Args:
            header: Value of ``Authorization``; None if the call has none.
            permission: What the call needs: a public one is open to callers without credentials.

        Raises:
            Unauthenticated: If credentials are needed and there are none.
            InvalidState: If the users file has become unreadable.

        """
        if header is None:
            if self._anonymous is not None:
                return self._anonymous
            if permission is Permission.PUBLIC:
                return _PASSER_BY
            raise Unauthenticated(
                "You are not authenticated: this server asks for credentials. Set "
                "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
            )
        if self._path is None:
            return self._claimed(header)
        self._refresh(self._path)
        return self._known.identities.get(self._keyed(header))

    @property
    def sign_in(self) -> str:
        """Whether callers need credentials: ``none``, ``optional`` or ``required``."""
        if self._path is None:
            return "none" if self._anonymous else "required"
        return "optional" if self._anonymous else "required"

    def find_user(self, name: str) -> User | None:
        """Return a user of the users file as it is now; None if there is none of the name.

        Raises:
            InvalidState: If the users file has become unreadable.

        """
        if self._path is None:
            return None
        self._refresh(self._path)
        return self._known.users.get(name)

    def _refresh(self, path: Path) -> None:
        if _state(path) != self._known.state:
            try:
                self._known = _read(path)
            except HeadraceError as error:
                raise InvalidState(f"Nobody can be let in now: {error.message}") from None

    def verify(self, header: bytes) -> Identity:
        """Return who a header stands for; checks the password, which takes some 50 ms.

        Raises:
            Unauthenticated: If the credentials are wrong or malformed.

        """
        with self._one_check:  # a flood of guesses costs one core and the memory of one check
            known = self._known  # a file that changes meanwhile gets a new one
            key = self._keyed(header)
            if key not in known.identities:
                name, user = self._check(header, known)
                if len(known.identities) >= _CACHE_SIZE:
                    known.identities.clear()
                known.identities[key] = identity_of(name, user)
            return known.identities[key]

    def _check(self, header: bytes, known: _Known) -> tuple[str, User]:
        scheme, credentials = parse_credentials(header)
        if scheme == "bearer":
            owner = known.tokens.get(digest(credentials))
            if owner is None:
                raise Unauthenticated("The token is not one of this server's; it may be revoked.")
            return owner, known.users[owner]
        name, _, password = credentials.partition(":")
        user = known.users.get(name)
        # An unknown name costs as much time as a known one, so that names cannot be told by it.
        hashed = user.password if user and user.password else self._nobody
        if verify_password(hashed, password) and user is not None and user.password:
            return name, user
        raise Unauthenticated("Wrong user name or password.")

    def _claimed(self, header: bytes) -> Identity:
        """Return the unverified identity of a caller whose name nobody checks."""
        role = (self._anonymous or _PASSER_BY).role
        try:
            scheme, credentials = parse_credentials(header)
        except Unauthenticated:
            return _identity("", role)
        return _identity(credentials.partition(":")[0] if scheme == "basic" else "", role)

    def _keyed(self, header: bytes) -> bytes:
        return hashlib.blake2b(header, key=self._key, digest_size=16).digest()


def _read(path: Path) -> _Known:
    state = _state(path)
    users = read_users(path).users
    tokens = {token.digest: name for name, user in users.items() for token in user.tokens}
    return _Known(state, users, tokens, {})


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes when a file is written anew; empty for a file that is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def parse_credentials(header: bytes) -> tuple[str, str]:
    """Return the scheme, in lower case, and the credentials of an Authorization header.

    Raises:
        Unauthenticated: If it is neither Basic nor Bearer, or malformed.

    """
    scheme, _, value = header.partition(b" ")
    if scheme.lower() == b"bearer":
        return "bearer", value.strip().decode("latin-1")
    if scheme.lower() == b"basic":
        try:
            return "basic", base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            pass
    raise Unauthenticated(
        "The Authorization header cannot be read: this server takes HTTP Basic with a user name "
        "and password, or Bearer with a token."
    )
