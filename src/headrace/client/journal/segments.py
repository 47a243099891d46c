"""The files that a journal's frames lie in, each named by the number of its first record."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

SEGMENT_SIZE = 16 * 1024 * 1024  # bytes after which the next one begins
CHAPTER_SIZE = 1024 * 1024  # bytes after which series are named again, should a name be damaged

_NAME = re.compile(r"(\d{20})\.seg")


def segment_path(folder: Path, first: int) -> Path:
    """Return where the segment lies whose first record has this number."""
    return folder / f"{first:020}.seg"


def list_segments(folder: Path) -> list[int]:
    """Return the numbers of the segments' first records, in order; none if the folder is gone."""
    try:
        matches = [_NAME.fullmatch(name) for name in os.listdir(folder)]
    except FileNotFoundError:
        return []
    return sorted(int(match[1]) for match in matches if match)


def segments_size(folder: Path) -> int:
    """Return how many bytes the segments take."""
    return sum(stat.st_size for stat in _stats(folder))


def last_change(folder: Path) -> int:
    """Return when a segment was last written, in milliseconds since the epoch; 0 for never."""
    return max((stat.st_mtime_ns // 1_000_000 for stat in _stats(folder)), default=0)


def _stats(folder: Path) -> Iterator[os.stat_result]:
    for first in list_segments(folder):
        with contextlib.suppress(FileNotFoundError):  # it may go meanwhile
            yield segment_path(folder, first).stat()


def sync_path(path: Path) -> None:
    """Bring a file's content, or the names of a folder's files, to the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
