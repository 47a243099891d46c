"""Who has signed in with a browser: a cookie in place of credentials in each call.

A cookie holds the user's name, a time, and this server's signature of both together with what the
user proved to be known: so it ends with its time, with the user, and with that password or token,
and no list is kept. A page of another origin gets nothing by it: browsers do not send it along
(``SameSite=Strict``), and what they say of where a call comes from is heeded too.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Iterator, Mapping

from headrace.errors import Unauthenticated
from headrace.server.auth import Authenticator, Identity, identity_of, parse_credentials
from headrace.server.security import comes_from_elsewhere
from headrace.server.signatures import Signer
from headrace.server.users import User, digest

SECONDS = 7 * 24 * 3600

# Longer cookies are none of ours.
_MAX_LENGTH = 1000
_VALUE = re.compile(r"([A-Za-z0-9_-]+=*)\.([0-9]{1,12})\.([0-9a-f]{64})")

_PURPOSE = "browser session"


class BrowserSessions:
    """The sessions of one server's browsers.

    Args:
        authenticator: Knows the users.
        signer: Signs cookies.
        prefix: Static prefix of the served paths.

    """

    def __init__(self, authenticator: Authenticator, signer: Signer, prefix: str) -> None:
        self._authenticator = authenticator
        self._signer = signer
        self._path = prefix + "/"
        self._given_name: str | None = None

    @property
    def _name(self) -> str:
        # Ports of one machine share their cookies: each server has a name of its own for its.
        if self._given_name is None:
            self._given_name = f"headrace_{self._signer.sign(_PURPOSE, self._path)[:8]}"
        return self._given_name

    def begin(self, identity: Identity, authorization: bytes, *, is_https: bool) -> str:
        """Return the ``Set-Cookie`` of a caller whose credentials were verified.

        Args:
            identity: Who they are.
            authorization: The credentials.
            is_https: Whether the browser speaks to this server by HTTPS, and may by nothing else.

        """
        name = identity.actor.name
        scheme, credentials = parse_credentials(authorization)
        user = self._authenticator.find_user(name)
        proof = digest(credentials) if scheme == "bearer" else user.password if user else ""
        expires = int(time.time()) + SECONDS
        signature = self._signer.sign(_PURPOSE, expires, name, proof)
        written = base64.urlsafe_b64encode(name.encode()).decode()
        return self._cookie(f"{written}.{expires}.{signature}", SECONDS, is_https=is_https)

    def end(self, *, is_https: bool) -> str:
        """Return the ``Set-Cookie`` that makes a browser forget."""
        return self._cookie("", 0, is_https=is_https)

    def _cookie(self, value: str, seconds: int, *, is_https: bool) -> str:
        parts = [f"{self._name}={value}", f"Path={self._path}", f"Max-Age={seconds}"]
        parts += ["HttpOnly", "SameSite=Strict", *(["Secure"] if is_https else [])]
        return "; ".join(parts)

    def recall(self, headers: Mapping[bytes, bytes]) -> Identity | None:
        """Return who makes a call by its cookie; None if it has none that holds.

        Args:
            headers: The call's headers, names in lower case.

        Raises:
            InvalidState: If the users file has become unreadable.

        """
        cookie = headers.get(b"cookie")
        if cookie is None or comes_from_elsewhere(headers):
            return None
        for value in self._values(cookie.decode("latin-1")):
            match = _VALUE.fullmatch(value)
            if match is None or int(match[2]) <= time.time():
                continue
            try:
                name = base64.urlsafe_b64decode(match[1]).decode()
            except (binascii.Error, UnicodeDecodeError):
                continue
            user = self._authenticator.find_user(name)
            if user is not None and self._is_signed(name, user, match[2], match[3]):
                return identity_of(name, user)
        return None

    def _values(self, cookie: str) -> Iterator[str]:
        for item in cookie.split(";"):
            name, _, value = item.strip().partition("=")
            if name == self._name and len(value) <= _MAX_LENGTH:
                yield value

    def _is_signed(self, name: str, user: User, expires: str, signature: str) -> bool:
        proofs = [user.password, *(token.digest for token in user.tokens)]
        return any(
            proof and self._signer.has_signed(signature, _PURPOSE, expires, name, proof)
            for proof in proofs
        )


def no_credentials() -> Unauthenticated:
    """Return the error for a sign-in without anything to be known by."""
    return Unauthenticated(
        "You are not authenticated: sign in with a user name and password, or with a token, in "
        "the Authorization header."
    )
