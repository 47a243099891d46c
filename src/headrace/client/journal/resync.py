"""Finding the way again behind bytes that are no frame."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from headrace.client.journal.frames import HEAD, MAGIC, SERIES, Frame, open_frame, size_of

_CHUNK = 256 * 1024


def read_frame(file: int, at: int) -> Frame | None:
    """Return the frame that begins at an offset of a file; None if no whole and sound one does."""
    size = size_of(os.pread(file, HEAD.size, at))
    if size is None or at + size > os.fstat(file).st_size:
        return None
    return open_frame(os.pread(file, size, at))


def find_frame(file: int, at: int) -> int | None:
    """Return where the next whole and sound frame begins, at an offset of a file or behind it."""
    return next((place for place in _magics(file, at) if read_frame(file, place)), None)


def find_name(file: int, at: int, series: int) -> Frame | None:
    """Return the next whole and sound frame that names a series, from an offset of a file on."""
    for place in _magics(file, at):
        frame = read_frame(file, place)
        if frame and frame.kind == SERIES and frame.number == series:
            return frame
    return None


def _magics(file: int, at: int) -> Iterator[int]:
    """Yield the offsets at which a frame may begin."""
    while True:
        data = os.pread(file, _CHUNK, at)
        place = data.find(MAGIC)
        while place >= 0:
            yield at + place
            place = data.find(MAGIC, place + 1)
        if len(data) < _CHUNK:
            return
        at += len(data) - len(MAGIC) + 1


def find_last_frame(file: int, kinds: frozenset[int]) -> Frame | None:
    """Return a file's last whole and sound frame of some kinds."""
    end = os.fstat(file).st_size
    while end > 0:
        begin = max(0, end - _CHUNK)
        data = os.pread(file, end - begin + len(MAGIC) - 1, begin)
        place = data.rfind(MAGIC)
        while place >= 0:
            frame = read_frame(file, begin + place)
            if frame and frame.kind in kinds:
                return frame
            place = data.rfind(MAGIC, 0, place + len(MAGIC) - 1)
        end = begin
    return None


def copy_range(file: int, begin: int, end: int, target: Path) -> None:
    """Copy some bytes of a file into a new one."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(copy, "wb") as stream:
        while begin < end:
            data = os.pread(file, min(_CHUNK, end - begin), begin)
            if not data:
                return
            stream.write(data)
            begin += len(data)
