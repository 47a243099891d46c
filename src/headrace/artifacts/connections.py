"""Connections to another machine, kept open between the calls of a process."""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

_MAX_IDLE = 8

ConnectionT = TypeVar("ConnectionT")


class Connections(Generic[ConnectionT]):
    """Any number of connections, each of which serves one caller at a time.

    Args:
        connect: Opens one.
        is_usable: Whether one that was idle can serve another call.
        close: Closes one; it never raises.

    """

    def __init__(
        self,
        connect: Callable[[], ConnectionT],
        is_usable: Callable[[ConnectionT], bool],
        close: Callable[[ConnectionT], None],
    ) -> None:
        self._connect = connect
        self._is_usable = is_usable
        self._close = close
        self._idle: deque[tuple[int, ConnectionT]] = deque()
        self._inherited: list[ConnectionT] = []
        # Nobody has to close a store; its connections end with it.
        weakref.finalize(self, _close_all, self._idle, close)

    def take(self) -> ConnectionT:
        """Return a connection that nobody else uses."""
        while True:
            try:
                process, connection = self._idle.pop()
            except IndexError:
                return self._connect()
            if process != os.getpid():
                # It is the parent's, who goes on using it. Kept, for who frees it may close it.
                self._inherited.append(connection)
                continue
            if self._is_usable(connection):
                return connection
            self._close(connection)

    def put_back(self, connection: ConnectionT, *, usable: bool = True) -> None:
        """Keep a connection for the next call, or close one that cannot serve another."""
        if usable and len(self._idle) < _MAX_IDLE:
            self._idle.append((os.getpid(), connection))
        else:
            self._close(connection)

    @contextmanager
    def use(self) -> Iterator[ConnectionT]:
        """Yield a connection; one on which the block met trouble is closed.

        An error of the other machine's files, which is an `OSError` with a number, is none.
        """
        connection = self.take()
        usable = False
        try:
            yield connection
            usable = True
        except OSError as error:
            usable = error.errno is not None
            raise
        finally:
            self.put_back(connection, usable=usable)


def _close_all(idle: deque[tuple[int, ConnectionT]], close: Callable[[ConnectionT], None]) -> None:
    for process, connection in idle:
        if process == os.getpid():
            close(connection)
