"""Under which address a caller reaches this server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.server.core import Call


class Address:
    """The address of one server.

    Args:
        public_url: What its administrator says; None for what each call says.
        prefix: Static prefix of the served paths.

    """

    def __init__(self, public_url: str | None, prefix: str) -> None:
        self._public_url = public_url.rstrip("/") if public_url else None
        self._prefix = prefix

    def of(self, call: Call) -> str:
        """Return the address that a call was made to, without a slash at its end.

        What a call says is told to its caller alone, and decides nothing.
        """
        if self._public_url:
            return self._public_url
        host = call.headers.get(b"x-forwarded-host") or call.headers.get(b"host", b"localhost")
        scheme = call.headers.get(b"x-forwarded-proto", call.scheme.encode())
        address = b"://".join(part.split(b",")[0].strip() for part in (scheme, host))
        return address.decode("latin-1") + self._prefix
