"""A large file that goes without a copy of it: how long it may take, and its digest meanwhile."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from headrace.api.uploads import PART_SIZE
from headrace.artifacts.digests import hash_range, new_hasher
from headrace.errors import TemporarilyUnavailable

# How fast a copy of a file is made on this machine at least, and what a transfer gets on top.
_BYTES_COPIED_PER_SECOND = 200e6
_SECONDS_ON_TOP = 2.0


class Patience:
    """Ends a transfer that takes longer than a copy on this machine would.

    Args:
        size: How many bytes there are to go.

    """

    def __init__(self, size: int) -> None:
        self._until = time.monotonic() + _SECONDS_ON_TOP + size / _BYTES_COPIED_PER_SECOND

    def note(self, count: int) -> None:
        """Hear of bytes that have gone.

        Raises:
            TemporarilyUnavailable: If it takes too long.

        """
        if time.monotonic() > self._until:
            raise TemporarilyUnavailable("A copy on this machine would have been faster.")


class Digesting(threading.Thread):
    """Computes the digest of an open file beside what is done in a block.

    Attributes:
        digest: The digest, after a block that ended well.

    """

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(name="headrace-digest", daemon=True)
        self._descriptor = descriptor
        self._size = size
        self._is_wanted = True
        self.digest = ""

    def run(self) -> None:
        """Compute it, as long as it is wanted."""
        hasher = new_hasher()
        with suppress(OSError):  # then there is none, and the server refuses the file
            for offset in range(0, self._size, PART_SIZE):
                if not self._is_wanted:
                    return
                part = min(PART_SIZE, self._size - offset)
                hash_range(hasher, self._descriptor, offset, part)
            self.digest = hasher.hexdigest()

    def __enter__(self) -> Digesting:
        self.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._is_wanted = kind is None
        self.join()
