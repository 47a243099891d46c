"""A stream of bytes that ends early."""

from __future__ import annotations

import io
from typing import BinaryIO


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
