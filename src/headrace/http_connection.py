"""A connection of HTTP/1.1 that carries one call after the other, each with its whole answer.

The standard library's takes ten times as long to load, most of it for reading e-mail, which its
headers are taken for. Calls of the tracking protocol need little of it; files, which come in
streams, are left to it (`headrace.artifacts.http_stream`).
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    import ssl

_MAX_HEAD = 64 * 1024  # bytes
_CHUNK = 64 * 1024
WITHOUT_BODY = frozenset({204, 304})


class BadAnswer(OSError):
    """What came is no whole answer of HTTP/1.1."""


class Answer(NamedTuple):
    """A server's answer.

    Attributes:
        status: Its status.
        headers: By their names in lower case.
        body: Its body.

    """

    status: int
    headers: dict[str, str]
    body: bytes


class HttpConnection:
    """One connection, not for several threads at once.

    Attributes:
        sock: The socket; None after it was closed, by whichever side.

    """

    def __init__(self, host: str, port: int, timeout: float) -> None:
        """Connect.

        Args:
            host: Name or address.
            port: TCP port.
            timeout: Seconds to wait for the network, now and at each call.

        Raises:
            OSError: If nobody is there.

        """
        # In bytes a name needs no look at the tables of international ones.
        name = host.encode() if host.isascii() else host
        address: Any = (name, port)
        self.sock: socket.socket | None = socket.create_connection(address, timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._buffer = b""

    def tunnel(self, address: str, headers: Mapping[str, str]) -> None:
        """Have the proxy at the other end connect to an address, ``host:port``.

        Raises:
            OSError: If it does not.

        """
        self._send(_head(f"CONNECT {address} HTTP/1.1", {"Host": address, **headers}))
        _, status, _ = self._read_head()
        if status != 200:
            self.close()
            raise BadAnswer(f"Tunnel connection failed: {status}")

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Speak TLS from here on.

        Raises:
            OSError: If the other side is not `host`, or does not speak it.

        """
        assert self.sock is not None
        self.sock = context.wrap_socket(self.sock, server_hostname=host)

    def exchange(
        self, verb: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Carry one call.

        Args:
            verb: HTTP method.
            target: What the request line names.
            headers: Headers, with that of the host.
            body: Body; None for none.

        Raises:
            InvalidParameterValue: If target or headers hold what no line may.
            OSError: If no whole answer comes.

        """
        version, status, fields = self.begin(verb, target, headers, body)
        closes = "close" in fields.get("connection", "").lower()
        if version == "HTTP/1.0":
            closes = "keep-alive" not in fields.get("connection", "").lower()
        if verb == "HEAD" or status in WITHOUT_BODY:
            content = b""
        elif "chunked" in fields.get("transfer-encoding", "").lower():
            content = self._read_chunks()
        elif "content-length" in fields:
            content = self._read(to_size(fields["content-length"], 10))
        elif closes:
            content = self._read_to_end()
        else:
            raise BadAnswer("the answer was cut off")
        if closes or self._buffer:  # it has said what nobody asked for
            self.close()
        return Answer(status, fields, content)

    def begin(
        self, verb: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[str, int, dict[str, str]]:
        """Send a call, as `exchange` does; return version, status and headers of the answer."""
        fields = dict(headers)
        if body is not None or verb != "GET":
            fields["Content-Length"] = str(len(body or b""))
        self._send(_head(f"{verb} {target} HTTP/1.1", fields) + (body or b""))
        status = 100
        while status < 200:  # what comes before is no answer yet
            version, status, fields = self._read_head()
        return version, status, fields

    def close(self) -> None:
        """Close it, if it is open."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    # --- bytes -----------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        assert self.sock is not None
        self.sock.sendall(data)

    def _receive(self) -> bytes:
        assert self.sock is not None
        return self.sock.recv(_CHUNK)

    def _read_head(self) -> tuple[str, int, dict[str, str]]:
        """Return version, status and headers."""
        text = self._read_until(b"\r\n\r\n").decode("latin-1")
        start, *lines = text.split("\r\n")
        version, _, rest = start.partition(" ")
        status = rest[:3]
        if not version.startswith("HTTP/1.") or not (status.isascii() and status.isdigit()):
            raise BadAnswer(f"what came is no answer of HTTP/1.1: {start[:60]!r}")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            known = headers.get(name.lower())
            headers[name.lower()] = f"{known}, {value.strip()}" if known else value.strip()
        return version, int(status), headers

    def _read_until(self, end: bytes) -> bytes:
        """Return what comes before some bytes, which are left out."""
        while (at := self._buffer.find(end)) < 0:
            data = self._receive()
            if not data:
                begun = "the answer was cut off" if self._buffer else "it closed the connection"
                raise BadAnswer(begun)
            self._buffer += data
            if len(self._buffer) > _MAX_HEAD and end not in self._buffer:
                raise BadAnswer(f"the answer has headers of more than {_MAX_HEAD} bytes")
        found, self._buffer = self._buffer[:at], self._buffer[at + len(end) :]
        return found

    def _read(self, size: int) -> bytes:
        parts = [self._buffer]
        missing = size - len(self._buffer)
        while missing > 0:
            data = self._receive()
            if not data:
                raise BadAnswer("the answer was cut off")
            parts.append(data)
            missing -= len(data)
        whole = b"".join(parts)
        self._buffer = whole[size:]
        return whole[:size]

    def _read_chunks(self) -> bytes:
        parts = []
        while size := to_size(self._read_until(b"\r\n").partition(b";")[0].decode("latin-1"), 16):
            parts.append(self._read(size))
            self._read_until(b"\r\n")
        while self._read_until(b"\r\n"):  # trailers
            pass
        return b"".join(parts)

    def _read_to_end(self) -> bytes:
        parts = [self._buffer]
        while data := self._receive():
            parts.append(data)
        self._buffer = b""
        return b"".join(parts)


def _head(start: str, headers: Mapping[str, str]) -> bytes:
    lines = [start, *(f"{name}: {value}" for name, value in headers.items())]
    for line in lines:
        if not line.isprintable():
            name = line.partition(":")[0] if line != start else "the path"
            raise InvalidParameterValue(
                f"A request cannot be sent, since {name!r} holds a control character."
            )
    try:
        return "\r\n".join([*lines, "", ""]).encode("latin-1")
    except UnicodeEncodeError as error:
        raise InvalidParameterValue(
            f"A request cannot be sent: its headers hold {error.object[error.start]!r}, and may "
            "hold only characters of Latin-1."
        ) from None


def to_size(text: str, base: int) -> int:
    """Return the length that an answer says, in digits of a base.

    Raises:
        BadAnswer: If it says none.

    """
    try:
        size = int(text.strip(), base)
    except ValueError:
        size = -1
    if size < 0:
        raise BadAnswer(f"the answer says a length of {text[:20]!r}")
    return size
