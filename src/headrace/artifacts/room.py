"""How much memory the transfers of a process may hold at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Enough to keep a fast network busy, and less than anybody would miss.
SIZE = 48 * 1024 * 1024


class Room:
    """A number of bytes that transfers share; each waits until there is room for what it holds.

    Args:
        size: How many bytes.

    """

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._left = size
        self._changed = threading.Condition()

    @contextmanager
    def taking(self, size: int) -> Iterator[None]:
        """Have room for some bytes inside the block; for no more than there is in all."""
        size = min(size, self._size)
        with self._changed:
            self._changed.wait_for(lambda: self._left >= size)
            self._left -= size
        try:
            yield
        finally:
            with self._changed:
                self._left += size
                self._changed.notify_all()


_shared = Room()


def shared_room() -> Room:
    """Return the room that all transfers of this process share."""
    return _shared


def _begin_anew() -> None:
    """Forget in a child what the parent's transfers hold: they do not go on there."""
    global _shared
    _shared = Room()


os.register_at_fork(after_in_child=_begin_anew)
