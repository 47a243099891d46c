"""Streams over other streams and files: bounded, counted, of a part."""

from __future__ import annotations

import io
import os
import select
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, cast

from headrace.artifacts.digests import new_hasher
from headrace.artifacts.local_files import os_errors

_CHUNK = 1024 * 1024

# Whether the system can send of a file what no process has read.
SENDS_FILES = hasattr(os, "sendfile")


class BoundedStream(io.RawIOBase):
    """The next `length` bytes of another stream, which is closed with this one."""

    def __init__(self, source: BinaryIO, length: int) -> None:
        super().__init__()
        self._source = source
        self._left = length

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read from the source, as far as the length goes."""
        wanted = min(len(buffer), self._left)
        piece = self._source.read(wanted) if wanted else b""
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()


class CountedStream(io.RawIOBase):
    """A seekable stream that tells of the bytes that are read; it leaves its source open."""

    def __init__(self, source: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        super().__init__()
        self._source = source
        self._on_bytes = on_bytes

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return where the source stands."""
        return self._source.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move within the source; bytes that will be read once more count as not read."""
        before = self._source.tell()
        after = self._source.seek(offset, whence)
        self._on_bytes(after - before)
        return after

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read from the source."""
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def read(self, size: int = -1) -> bytes:
        """Read from the source, which saves the copies that the base class makes."""
        piece = self._source.read(size)
        self._on_bytes(len(piece))
        return piece


class CountedRange(CountedStream):
    """A part of an open file on its way to a server; it tells of the bytes that go.

    Args:
        source: The part.
        on_bytes: Hears of how many bytes were read or sent; of less than none before a repetition.

    """

    def __init__(self, source: FileRange, on_bytes: Callable[[int], None]) -> None:
        super().__init__(cast(BinaryIO, source), on_bytes)
        self._range = source

    def send_to(self, connection: socket.socket, size: int) -> int:
        """Send at most `size` bytes; see `FileRange.send_to`."""
        sent = self._range.send_to(connection, size)
        self._on_bytes(sent)
        return sent


class CountedTarget:
    """A file to write that tells of the bytes that are written."""

    def __init__(self, target: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        self._target = target
        self._on_bytes = on_bytes

    def write(self, piece: bytes) -> int:
        """Write to the file."""
        size = self._target.write(piece)
        self._on_bytes(size)
        return size

    def seek(self, offset: int) -> int:
        """Move within the file; what lies behind counts as written, what lies ahead does not."""
        before = self._target.tell()
        after = self._target.seek(offset)
        self._on_bytes(after - before)
        return after

    def fileno(self) -> int:
        """Return the file's descriptor, for who writes to its places; `seek` tells of that."""
        return self._target.fileno()

    def tell(self) -> int:
        """Return where the file stands."""
        return self._target.tell()

    def truncate(self) -> int:
        """Cut the file off where it stands."""
        return self._target.truncate()


class FileRange(io.RawIOBase):
    """A part of an open file, read independently of anybody else who reads it.

    Args:
        descriptor: The file; it is left open.
        offset: Where the part begins.
        length: How many bytes it has.

    """

    def __init__(self, descriptor: int, offset: int, length: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._offset = offset
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position within the part."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move within the part."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = min(max(base + offset, 0), self._length)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read from the file, up to the end of the part."""
        wanted = memoryview(buffer)[: self._length - self._at]
        size = os.preadv(self._descriptor, [wanted], self._offset + self._at)
        self._at += size
        return size

    def read(self, size: int = -1) -> bytes:
        """Read from the file, which saves the copies that the base class makes."""
        left = self._length - self._at
        wanted = left if size < 0 else min(size, left)
        piece = os.pread(self._descriptor, wanted, self._offset + self._at)
        self._at += len(piece)
        return piece

    def send_to(self, connection: socket.socket, size: int) -> int:
        """Send at most `size` bytes without a copy of them, where the system can (`SENDS_FILES`).

        Returns:
            How many were sent; 0 at the end.

        Raises:
            TimeoutError: If the other side takes nothing for as long as the connection waits.

        """
        wanted = min(size, self._length - self._at)
        while wanted:
            try:
                sent = os.sendfile(
                    connection.fileno(), self._descriptor, self._offset + self._at, wanted
                )
            except BlockingIOError:
                _wait_for_room(connection)
            else:
                self._at += sent
                return sent
        return 0


class HashedStream(io.RawIOBase):
    """A stream that digests what is read of it; it leaves its source open.

    Attributes:
        size: How many bytes were read.

    """

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self._hasher = new_hasher()
        self.size = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read from the source."""
        piece = self._source.read(len(buffer))
        buffer[: len(piece)] = piece
        self._hasher.update(piece)
        self.size += len(piece)
        return len(piece)

    def skip(self, count: int) -> None:
        """Read some bytes that nobody needs, as far as there are so many."""
        while count and (piece := self.read(min(count, _CHUNK))):
            count -= len(piece)

    def digest(self) -> str:
        """Return the BLAKE3 digest of what was read, in hexadecimal."""
        return self._hasher.hexdigest()


class ToldStream(io.RawIOBase):
    """A stream whose troubles are errors of ours; its source is closed with it.

    Args:
        source: What can be read into buffers.
        what: What it is, as the beginning of a sentence.

    """

    def __init__(self, source: BinaryIO, what: str) -> None:
        super().__init__()
        self._source: Any = source
        self._what = what

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read from the source."""
        with os_errors(self._what):
            return int(self._source.readinto(buffer))

    def readall(self) -> bytes:
        """Read to the end, in pieces that are worth a call each; Python's own are of 8 KB."""
        return b"".join(iter(partial(self.read, _CHUNK), b""))

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()


def _wait_for_room(connection: socket.socket) -> None:
    """Wait until a connection takes something."""
    poll = select.poll()
    poll.register(connection, select.POLLOUT)
    seconds = connection.gettimeout()
    if not poll.poll(None if seconds is None else seconds * 1000):
        raise TimeoutError("timed out")
