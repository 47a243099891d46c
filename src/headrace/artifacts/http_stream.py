"""HTTP calls whose bodies are streams: sent as they are read, answered as they arrive."""

from __future__ import annotations

import email.utils
import http.client
import io
import itertools
import os
import selectors
import socket
import time
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from typing import BinaryIO, TypeAlias

from headrace.api import wire
from headrace.artifacts.base import CHUNK
from headrace.artifacts.streams import SENDS_FILES, CountedRange
from headrace.connection import PASSING_STATUSES, Server, pauses
from headrace.errors import HeadraceError, TemporarilyUnavailable

_MAX_ERROR_BYTES = 64 * 1024
_MAX_IDLE = 8
_GOOD = (http.client.OK, http.client.PARTIAL_CONTENT, http.client.REQUESTED_RANGE_NOT_SATISFIABLE)


# A connection, and the process that made it.
_Idle: TypeAlias = tuple[int, http.client.HTTPConnection]


class _Passing(Exception):
    """A failure that a later try may not meet.

    Attributes:
        error: What to raise if there is no later try.
        stale: Whether it was met on a connection that had been idle: the server may just have
            closed it, which says nothing about the call.

    """

    def __init__(self, error: HeadraceError, *, stale: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.stale = stale


class Answer(io.RawIOBase):
    """The body of an answer, as a stream; closing it frees the connection.

    Attributes:
        status: HTTP status: 200, 206, 416 for a range that has no bytes, or one asked for.
        headers: The answer's headers.

    """

    def __init__(
        self,
        calls: StreamingCalls,
        connection: http.client.HTTPConnection,
        response: http.client.HTTPResponse,
    ) -> None:
        super().__init__()
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers  # type: ignore[assignment]
        self._calls = calls
        self._connection = connection
        self._response = response

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read what has arrived; a body that ends too early is `TemporarilyUnavailable`."""
        with self._calls.server.reaching():
            size = self._response.readinto(buffer)
            if not size and len(buffer) and self._response.length:
                raise http.client.IncompleteRead(b"", self._response.length)
        return size

    def close(self) -> None:
        """Keep the connection if the body was read to its end, else close it."""
        if not self.closed:
            whole = self._response.isclosed() and not self._response.length
            self._calls.put_back(self._connection, usable=whole and not self._response.will_close)
        super().close()


class StreamingCalls:
    """Calls to one server over connections that are kept open between them.

    Attributes:
        server: The server.

    """

    def __init__(
        self,
        server: Server,
        *,
        retries: bool = True,
        further_statuses: tuple[int, ...] = (),
        timeout: float | None = None,
    ) -> None:
        """Take the server.

        Args:
            server: Where the calls go.
            retries: Whether a call that met a passing failure is tried again here, as often as
                the settings say; otherwise the caller does so.
            further_statuses: Which statuses are answers, too, that the caller looks at.
            timeout: Seconds to wait for the network; the setting's if not given.

        """
        self.server = server
        self._good = (*_GOOD, *further_statuses)
        self._timeout = timeout
        self._retries = retries
        self._idle: deque[_Idle] = deque()
        # Nobody has to close a store; its connections end with it.
        weakref.finalize(self, _close_all, self._idle)

    def call(
        self,
        verb: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: BinaryIO | None = None,
    ) -> Answer:
        """Make a call that may be repeated without harm.

        What meets a passing failure is tried again as often as the settings say, unless its body
        is a stream that cannot be read twice.

        Returns:
            The answer, whose body the caller reads and closes.

        Raises:
            HeadraceError: What an answer with another status stands for.
            TemporarilyUnavailable: If no answer came.

        """
        start = body.tell() if body is not None and body.seekable() else None
        repeatable = body is None or start is not None
        fresh = not repeatable
        pauses_left = self.tries()
        while True:
            try:
                return self._try(verb, target, headers or {}, body, fresh=fresh)
            except _Passing as failure:
                pause = 0.0 if failure.stale else next(pauses_left)
                if pause is None or not repeatable:
                    raise failure.error from failure.error.__cause__
                fresh = fresh or failure.stale
                time.sleep(pause)
                if body is not None and start is not None:
                    body.seek(start)

    def tries(self) -> Iterator[float | None]:
        """Yield, for each try of a call, the seconds to wait if it fails; None for the last."""
        return itertools.chain(pauses() if self._retries else (), [None])

    def put_back(self, connection: http.client.HTTPConnection, *, usable: bool) -> None:
        """Keep a connection for the next call, or close one that cannot serve another."""
        if usable and len(self._idle) < _MAX_IDLE:
            self._idle.append((os.getpid(), connection))
        else:
            connection.close()

    # --- parts -----------------------------------------------------------------------------------

    def _try(
        self,
        verb: str,
        target: str,
        headers: Mapping[str, str],
        body: BinaryIO | None,
        *,
        fresh: bool,
    ) -> Answer:
        idle = None if fresh else self._take_idle()
        connection = idle or self.server.connect(self._timeout)
        try:
            with self.server.reaching():
                response = self._exchange(connection, verb, target, headers, body)
                if response.status in self._good:
                    return Answer(self, connection, response)
                text = response.read(_MAX_ERROR_BYTES)
        except TemporarilyUnavailable as failure:
            connection.close()
            raise _Passing(failure, stale=idle is not None) from failure
        except BaseException:
            connection.close()
            raise
        connection.close()
        error = self._refusal(f"{verb} {self.server.url}{target}", response, text)
        if response.status in PASSING_STATUSES:
            raise _Passing(error)
        raise error

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        verb: str,
        target: str,
        headers: Mapping[str, str],
        body: BinaryIO | None,
    ) -> http.client.HTTPResponse:
        size = None if body is None else _size_left(body)
        connection.putrequest(verb, self.server.target(target), skip_accept_encoding=True)
        for name, value in {**self.server.headers(), **_framing(body, size), **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        if body is not None:
            try:
                _send(connection, body, size)
            except (BrokenPipeError, ConnectionResetError):
                # A server may refuse without reading to the end; then it has said why.
                response = connection.getresponse()
                if response.status in _GOOD:
                    raise
                return response
        return connection.getresponse()

    def _refusal(self, call: str, response: http.client.HTTPResponse, text: bytes) -> HeadraceError:
        if 300 <= response.status < 400:
            return HeadraceError(
                f"{call} was answered with a redirection to {response.getheader('Location')!r}; "
                "set the tracking URI to where the server is."
            )
        return wire.decode_error(call, response.status, text)

    def _take_idle(self) -> http.client.HTTPConnection | None:
        """Return an idle connection that this process made, if there is one."""
        while True:
            try:
                process, connection = self._idle.pop()
            except IndexError:
                return None
            if process == os.getpid() and _is_usable(connection):
                return connection
            if process == os.getpid():
                connection.close()


def moment_of(text: str | None) -> int | None:
    """Return the time in a header such as Last-Modified, in milliseconds since the epoch."""
    try:
        return int(email.utils.parsedate_to_datetime(text or "").timestamp() * 1000)
    except ValueError:
        return None


def _close_all(idle: deque[_Idle]) -> None:
    for _, connection in idle:
        connection.close()


def _is_usable(connection: http.client.HTTPConnection) -> bool:
    """Return whether the server has neither closed an idle connection nor spoken on it."""
    if connection.sock is None:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return not selector.select(0)


def _size_left(body: BinaryIO) -> int | None:
    """Return how many bytes a stream still has, or None if it does not know."""
    if not body.seekable():
        return None
    here = body.tell()
    end = body.seek(0, os.SEEK_END)
    body.seek(here)
    return end - here


def _framing(body: BinaryIO | None, size: int | None) -> dict[str, str]:
    if body is None:
        return {}
    fields = {"Content-Type": "application/octet-stream"}
    if size is None:
        return {**fields, "Transfer-Encoding": "chunked"}
    return {**fields, "Content-Length": str(size)}


def _send(connection: http.client.HTTPConnection, body: BinaryIO, size: int | None) -> None:
    """Send the announced bytes of a stream, or, where nothing was announced, all in chunks."""
    sent = 0
    if size is not None and SENDS_FILES and isinstance(body, CountedRange):
        sock = connection.sock
        if type(sock) is socket.socket:  # what goes through TLS must be read
            while count := body.send_to(sock, size - sent):
                sent += count
    while True:
        piece = body.read(CHUNK if size is None else min(CHUNK, size - sent))
        if not piece:
            break
        sent += len(piece)
        if size is None:
            connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        else:
            connection.send(piece)
    if size is None:
        connection.send(b"0\r\n\r\n")
    elif sent != size:
        # The connection is closed by the raise, so the server keeps nothing of the file.
        raise HeadraceError(f"The stream to be stored ended after {sent} of its {size} bytes.")
