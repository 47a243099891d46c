"""A TCP proxy that is a bad network: it cuts, delays, refuses and holds what passes through it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from enum import Enum
from types import TracebackType
from urllib.parse import urlsplit

_PIECE = 1 << 16
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Direction(Enum):
    """Which way bytes go."""

    REQUEST = "to the server"
    ANSWER = "to the client"


class TcpProxy:
    """Carries connections from a port of 127.0.0.1 to a server; a context manager.

    Every fault may be set and lifted at any time and from any thread. Bytes pass in pieces as they
    come in; a fault applies from the next piece on.

    Attributes:
        upstream: Host and port of the server, read anew for each connection: a server that comes
            back on another port only needs to be told here.
        port: The port that clients connect to; it stays the same when connections were refused.
        accepted: How many connections were accepted so far.
        passed: How many bytes have passed so far, in each direction.
        cuts: How often `cut_after` has cut.

    """

    def __init__(self, upstream: str) -> None:
        """Listen on a free port.

        Args:
            upstream: ``http://HOST:PORT`` of the server; it need not be there yet.
        """
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self.upstream = (parts.hostname, parts.port)
        self.accepted = self.cuts = 0
        self.passed = dict.fromkeys(Direction, 0)
        self._changed = threading.Condition()
        self._links: set[_Link] = set()
        self._left: dict[Direction, int] = {}
        self._delay = 0.0
        self._held = self._refuses = self._closed = False
        self._listener = _bind(0)
        self._accepting = self._listen()
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """What clients take for the server's address."""
        return f"http://127.0.0.1:{self.port}"

    # --- faults ----------------------------------------------------------------------------------

    def cut(self) -> None:
        """Cut every open connection now, on both sides."""
        with self._changed:
            links = list(self._links)
        for link in links:
            link.cut()

    def cut_after(self, size: int, direction: Direction) -> None:
        """Cut the connection on which the `size` next bytes of a direction have passed, once.

        With 0 the request is swallowed whole before a byte of it reaches the server, or the answer
        is lost before a byte of it reaches the client.
        """
        with self._changed:
            self._left[direction] = size

    def delay(self, seconds: float) -> None:
        """Let each piece wait this long before it passes; 0 ends that."""
        with self._changed:
            self._delay = seconds
            self._changed.notify_all()

    def hold(self) -> None:
        """Take connections and bytes but pass nothing on, as a network that swallows packets."""
        with self._changed:
            self._held = True

    def release(self) -> None:
        """Pass on what was held."""
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def refuse(self) -> None:
        """Refuse new connections and cut the open ones, as a machine without the server does."""
        if not self._accepting.is_alive():
            return
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self._accepting.join()
        # It keeps the port meanwhile: whoever asks for any port might get this one.
        self._listener = _bind(self.port)
        with self._changed:
            self._refuses = True
        self.cut()

    def accept(self) -> None:
        """Take connections again, on the same port."""
        if not self._accepting.is_alive():
            with self._changed:
                self._refuses = False
            self._accepting = self._listen()

    def close(self) -> None:
        """Refuse and cut for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.refuse()
        self._listener.close()
        with self._changed:
            self._changed.wait_for(lambda: not self._links, 5)

    def __enter__(self) -> TcpProxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- carrying --------------------------------------------------------------------------------

    def _listen(self) -> threading.Thread:
        self._listener.listen(64)
        thread = threading.Thread(target=self._accept_all, args=(self._listener,), daemon=True)
        thread.start()
        return thread

    def _accept_all(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self.upstream, timeout=10)
        except OSError:
            _reset(client)
            return
        server.settimeout(None)
        link = _Link(client, server)
        with self._changed:
            self._links.add(link)
            comes_late = self._refuses  # it was accepted before, and not there when all were cut
        if comes_late:
            link.cut()
        link.carry(self._pass)
        with self._changed:
            self._links.discard(link)
            self._changed.notify_all()

    def _pass(self, link: _Link, direction: Direction, piece: bytes) -> None:
        """Send a piece on its way, or do to it what the faults ask for."""
        with self._changed:
            if self._delay:
                self._changed.wait_for(lambda: self._closed or not self._delay, self._delay)
            self._changed.wait_for(lambda: self._closed or not self._held)
            left = self._left.get(direction)
            if left is not None:
                self._left[direction] = left - len(piece)
                piece = piece[:left]
            ends = left is not None and self._left[direction] <= 0
            if ends:
                del self._left[direction]
                self.cuts += 1
            self.passed[direction] += len(piece)
        if piece:
            link.send(direction, piece)
        if ends:
            link.cut()


class _Link:
    """One client's connection and the one to the server that belongs to it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._from = {Direction.REQUEST: client, Direction.ANSWER: server}
        self._to = {Direction.REQUEST: server, Direction.ANSWER: client}

    def carry(self, pass_on: Callable[[_Link, Direction, bytes], None]) -> None:
        """Carry both directions until both have ended, then close both connections."""
        answers = threading.Thread(target=self._pump, args=(Direction.ANSWER, pass_on), daemon=True)
        answers.start()
        self._pump(Direction.REQUEST, pass_on)
        answers.join()
        for end in self._from.values():
            end.close()

    def send(self, direction: Direction, piece: bytes) -> None:
        self._to[direction].sendall(piece)

    def cut(self) -> None:
        for end in self._from.values():
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                end.shutdown(socket.SHUT_RDWR)

    def _pump(
        self, direction: Direction, pass_on: Callable[[_Link, Direction, bytes], None]
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := self._from[direction].recv(_PIECE):
                pass_on(self, direction, piece)
        with contextlib.suppress(OSError):  # the other side sees the end, and may still answer
            self._to[direction].shutdown(socket.SHUT_WR)


def _bind(port: int) -> socket.socket:
    """Return a socket that has a port of 127.0.0.1, 0 for any, and does not listen yet."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _reset(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    end.close()
