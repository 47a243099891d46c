"""What goes back to a caller, without a word about how it travels."""

from __future__ import annotations

from typing import BinaryIO

from msgspec import Struct

from headrace.api import wire
from headrace.errors import HeadraceError, Unauthenticated
from headrace.server.routing import MethodNotAllowed

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Content:
    """The bytes of a stream, in pieces; the stream is closed with it."""

    def __init__(self, stream: BinaryIO, piece: int) -> None:
        """Take a stream, and how many bytes to read at a time."""
        self._stream = stream
        self._piece = piece

    def read(self) -> bytes:
        """Return the next piece; none is left if it is empty."""
        return self._stream.read(self._piece)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class Reply(Struct):
    """An answer ready to be sent.

    Attributes:
        body: The bytes, or a content that is too long to hold. Who sends it closes it.
        status: HTTP status.
        content_type: MIME type.
        headers: Further headers.
        length: Number of bytes that a content gives; None where nobody knows.

    """

    body: bytes | Content
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None

    def content(self) -> bytes:
        """Return the body whole."""
        if isinstance(self.body, bytes):
            return self.body
        try:
            return b"".join(iter(self.body.read, b""))
        finally:
            self.body.close()


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
