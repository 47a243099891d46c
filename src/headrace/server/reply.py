"""What goes back to a caller, without a word about how it travels."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from headrace.api import wire
from headrace.errors import HeadraceError, Unauthenticated
from headrace.server.routing import MethodNotAllowed

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Reply(Struct):
    """An answer ready to be sent.

    Attributes:
        body: The bytes, or an iterator over pieces of a long content. An iterator with a method
            ``close`` is closed at the end, also where the caller has gone before it.
        status: HTTP status.
        content_type: MIME type.
        headers: Further headers.
        length: Number of bytes that an iterator gives; None where nobody knows.

    """

    body: bytes | Iterator[bytes]
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None

    def content(self) -> bytes:
        """Return the body whole."""
        return self.body if isinstance(self.body, bytes) else b"".join(self.body)


# What most writes are answered with.
EMPTY = Reply(b"{}")


def refusal(error: HeadraceError) -> Reply:
    """Return the reply that stands for an error."""
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(error, MethodNotAllowed):
        headers = (("Allow", ", ".join(error.allowed)),)
    elif isinstance(error, Unauthenticated):
        headers = (("WWW-Authenticate", 'Basic realm="Headrace", charset="UTF-8"'),)
    return Reply(wire.encode_error(error), error.get_http_status_code(), headers=headers)
