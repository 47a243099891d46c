"""Reading objects: as a stream that goes on where it broke off, or several ranges at a time."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from headrace.artifacts.base import CHUNK
from headrace.artifacts.digests import hash_range, new_hasher
from headrace.connection import pauses
from headrace.errors import TemporarilyUnavailable

# Each range is a call, for which some servers read more of the object than they send.
RANGE_SIZE = 64 * 1024 * 1024
RANGES_AT_A_TIME = 4
# What `copy_ranges` holds: of each range a few pieces that have come and are not written yet.
COPY_SIZE = RANGES_AT_A_TIME * 4 * CHUNK

# Whether the system can write to an open file in several places at a time.
WRITES_AT_PLACES = hasattr(os, "pwrite")


# Asks for an object's bytes from one place to another, which come in pieces.
Opener = Callable[[int, int], Iterator[memoryview]]


class ObjectStream(io.RawIOBase):
    """The bytes of an object in a range; what breaks off goes on with what is left of it.

    Args:
        opener: Asks for a range.
        start: Where it begins.
        end: Where it ends, excluded.
        pieces: The range, if it was asked for already.

    """

    def __init__(
        self, opener: Opener, start: int, end: int, pieces: Iterator[memoryview] | None = None
    ) -> None:
        super().__init__()
        self._opener = opener
        self._start = self._at = start
        self._end = end
        self._pieces = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position within the range."""
        return self._at - self._start

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move within the range; a connection that stands elsewhere is given up."""
        base = {os.SEEK_SET: self._start, os.SEEK_CUR: self._at, os.SEEK_END: self._end}[whence]
        place = min(max(base + offset, self._start), self._end)
        if place != self._at:
            self._at = place
            self._let_go()
        return self.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Give of the piece that has arrived, and wait for the next one if it is used up."""
        if not self._piece and self._at < self._end:
            self._piece = self._next_piece()
        size = min(len(buffer), len(self._piece))
        buffer[:size] = self._piece[:size]
        self._piece = self._piece[size:]
        self._at += size
        return size

    def pieces(self) -> Iterator[memoryview]:
        """Yield what is left of the range in the pieces in which it comes."""
        while self._at < self._end:
            # What was asked for already may go on behind the range.
            piece = self._next_piece()[: self._end - self._at]
            self._at += len(piece)
            yield piece

    def close(self) -> None:
        """Let go of the connection."""
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        self._pieces = None
        self._piece = memoryview(b"")

    def _next_piece(self) -> memoryview:
        pauses_left = pauses()
        while True:
            try:
                if self._pieces is None:
                    self._pieces = self._opener(self._at, self._end)
                for piece in self._pieces:
                    return piece
                raise TemporarilyUnavailable(
                    f"An object ended {self._end - self._at} bytes before its end."
                )
            except TemporarilyUnavailable:
                self._pieces = None
                pause = next(pauses_left, None)
                if pause is None:
                    raise
                time.sleep(pause)


def copy_whole(stream: ObjectStream, target: BinaryIO) -> str:
    """Write an object to an empty file; return the BLAKE3 digest of what was written."""
    hasher = new_hasher()
    for piece in stream.pieces():
        hasher.update(piece)
        target.write(piece)
    return hasher.hexdigest()


def copy_ranges(
    opener: Opener, size: int, target: BinaryIO, pieces: Iterator[memoryview] | None = None
) -> str:
    """Write an object to an empty file, several ranges of it on their way at a time.

    Each range is written where it belongs as it comes, and what has come without a gap from the
    beginning on is digested meanwhile. The system must know how (`WRITES_AT_PLACES`).

    Args:
        opener: Asks for a range.
        size: How many bytes the object has.
        target: The file, open for reading too; it is moved on by each range.
        pieces: The object's bytes from its beginning, if they were asked for already.

    Returns:
        The BLAKE3 digest of what was written.

    """
    hasher = new_hasher()
    file = target.fileno()
    reached = list(range(0, size, RANGE_SIZE))
    moved = threading.Semaphore(0)
    is_given_up = threading.Event()

    def fetch(number: int) -> None:
        start = reached[number]
        end = min(start + RANGE_SIZE, size)
        with ObjectStream(opener, start, end, None if start else pieces) as stream:
            for piece in stream.pieces():
                if is_given_up.is_set():
                    return
                _write_at(file, piece, reached[number])
                reached[number] += len(piece)
                moved.release()

    def follow(number: int, future: Future[None]) -> None:
        start = number * RANGE_SIZE
        while start < min((number + 1) * RANGE_SIZE, size):
            is_over = future.done()
            there = reached[number]
            hash_range(hasher, file, start, there - start)
            target.seek(there)
            start = there
            if is_over:
                future.result()
            else:
                moved.acquire()

    with ThreadPoolExecutor(RANGES_AT_A_TIME) as pool:
        coming = [pool.submit(fetch, number) for number in range(len(reached))]
        try:
            for number, future in enumerate(coming):
                future.add_done_callback(lambda _: moved.release())
                follow(number, future)
        except BaseException:
            is_given_up.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return hasher.hexdigest()


def _write_at(file: int, piece: memoryview, place: int) -> None:
    while piece:
        count = os.pwrite(file, piece, place)
        piece, place = piece[count:], place + count
