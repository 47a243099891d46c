"""Addresses of folders on other machines: ``SCHEME://[USER[:PASSWORD]@]HOST[:PORT]/PATH``."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from headrace.errors import InvalidParameterValue
from headrace.settings import without_password


class Address(NamedTuple):
    """A URI of a folder, taken apart.

    Attributes:
        scheme: In lower case.
        host: Name or number of the machine; empty if the URI names none.
        port: None if the URI names none.
        user: Empty if the URI names none.
        password: Empty if the URI names none. It is shown nowhere.
        path: Absolute path there, without a slash at its end unless it is the top.

    """

    scheme: str
    host: str
    port: int | None
    user: str
    password: str
    path: str

    @property
    def title(self) -> str:
        """The machine as people read it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{host}{port}"


def parse_address(uri: str, *, needs_host: bool = True) -> Address:
    """Take the URI of a folder apart.

    Args:
        uri: The URI.
        needs_host: Whether one without a host is refused.

    Raises:
        InvalidParameterValue: If it is malformed, carries a query or a fragment, or if its path
            could mean another place than it says.

    """
    shown = without_password(uri)
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise InvalidParameterValue(f"{shown!r} is no address of a folder: {error}.") from None
    if "?" in uri or "#" in uri:
        raise InvalidParameterValue(
            f"{shown!r} carries a query or a fragment; write '?' as %3F and '#' as %23."
        )
    if needs_host and not parts.hostname:
        raise InvalidParameterValue(
            f"{shown!r} names no machine: it is {parts.scheme}://[USER[:PASSWORD]@]HOST[:PORT]/PATH."
        )
    path = unquote(parts.path)
    names = [name for name in path.split("/") if name not in ("", ".")]
    if ".." in names or any(ord(letter) < 32 or letter == "\x7f" for letter in path):
        raise InvalidParameterValue(f"{shown!r}: a path with '..' or control characters.")
    return Address(
        parts.scheme.lower(),
        parts.hostname or "",
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        "/" + "/".join(names),
    )
