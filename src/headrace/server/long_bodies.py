"""Long bodies, read from their sockets by the threads that write them.

Through the event loop every 64 KB of a body cost a wakeup, a pass of the parser and three copies.
A body whose length was announced needs no parser: once its head is read, a thread takes the bytes
from the socket as long as they come without a pause. Where they do not, the event loop waits, so no
thread ever waits for a slow sender.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from headrace.artifacts.base import CHUNK
from headrace.errors import BadRequest

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The key in the scope of a request.
LONG_BODY = "headrace.long_body"

# Shorter bodies are not worth it.
MIN_BYTES = 1024 * 1024

# After so much other calls get their turn on the threads.
_TURN_BYTES = 16 * 1024 * 1024
# How long a thread waits for the next byte: longer than a sender on a fast network ever pauses.
_PATIENCE_MS = 5

# With one of these the body is none whose end is known, or its sender waits for a word first.
_UNUSUAL = frozenset({b"transfer-encoding", b"expect", b"upgrade"})


class LongBody:
    """The body of one request that is still on its way; a context while it is read here.

    It relies on uvicorn's internals, as `headrace.server.protocol` does.

    Attributes:
        left: How many of its bytes have not been read here; none before the context is entered.

    """

    def __init__(self, protocol: HttpToolsProtocol, size: int) -> None:
        """Take the connection, and the length that was announced."""
        self._protocol = protocol
        self._cycle: Any = protocol.cycle
        self._size = size
        self._early = b""
        self.left = 0

    @property
    def is_on_its_way(self) -> bool:
        """Whether there is something left that uvicorn has not read."""
        return bool(self._cycle.more_body)

    def __enter__(self) -> LongBody:
        """Stop uvicorn from reading, and take what it has read."""
        self._protocol.flow.pause_reading()
        self._early = bytes(self._cycle.body)
        self._cycle.body = bytearray()
        self.left = self._size - len(self._early)
        # A copy of the descriptor: the loop watches the other one for its transport.
        descriptor = os.dup(self._protocol.transport.get_extra_info("socket").fileno())
        self._socket = socket.socket(fileno=descriptor)
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let uvicorn go on with the next request, or end the connection if that is lost."""
        self._socket.close()
        if self.left:
            self._cycle.keep_alive = False
        self._cycle.more_body = False
        self._protocol.parser = type(self._protocol.parser)(self._protocol)

    async def arrival(self) -> None:
        """Wait until there is something to read."""
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
        loop.add_reader(self._socket, arrived.set)
        try:
            await arrived.wait()
        finally:
            loop.remove_reader(self._socket)

    def pump(self, write: Callable[[memoryview], None]) -> None:
        """Read as long as something comes without a pause, on a thread.

        Args:
            write: Takes the pieces, each of which is overwritten by the next.

        Raises:
            BadRequest: If the connection was closed.

        """
        early, self._early = self._early, b""
        if early:
            write(memoryview(early))
        buffer = memoryview(bytearray(CHUNK))
        until = max(0, self.left - _TURN_BYTES)
        is_paused = False
        while self.left > until and not is_paused:
            filled = 0
            wanted = min(CHUNK, self.left)
            while filled < wanted and not is_paused:
                count = self._receive(buffer[filled:wanted])
                is_paused = count is None
                filled += count or 0
            self.left -= filled
            write(buffer[:filled])

    def _receive(self, buffer: memoryview) -> int | None:
        """Read what is there; None if nothing comes for some time."""
        while True:
            try:
                count = self._socket.recv_into(buffer)
            except BlockingIOError:
                if not self._poll.poll(_PATIENCE_MS):
                    return None
                continue
            except OSError as error:
                raise _broken() from error
            if not count:
                raise _broken()
            return count


def long_body(protocol: HttpToolsProtocol) -> LongBody | None:
    """Return the body of the request whose head was just read, if it is a long one.

    Args:
        protocol: The connection; its cycle is the request's.

    """
    headers = dict(protocol.headers)
    length = headers.get(b"content-length", b"")
    if (
        not length.isdigit()
        or int(length) < MIN_BYTES
        or not _UNUSUAL.isdisjoint(headers)
        or protocol.scheme != "http"
        or protocol.pipeline
    ):
        return None
    return LongBody(protocol, int(length))


def _broken() -> BadRequest:
    return BadRequest("The connection was closed before the body was whole.")
