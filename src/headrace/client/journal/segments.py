"""The files that a journal's frames lie in, each named by the number of its first record."""

from __future__ import annotations

import os
import re
from pathlib import Path

SEGMENT_SIZE = 16 * 1024 * 1024  # bytes after which the next one begins

_NAME = re.compile(r"(\d{20})\.seg")


def segment_path(folder: Path, first: int) -> Path:
    """Return where the segment lies whose first record has this number."""
    return folder / f"{first:020}.seg"


def list_segments(folder: Path) -> list[int]:
    """Return the numbers of the segments' first records, in order."""
    matches = (_NAME.fullmatch(name) for name in os.listdir(folder))
    return sorted(int(match[1]) for match in matches if match)


def segments_size(folder: Path) -> int:
    """Return how many bytes the segments take; one that goes meanwhile counts as none."""
    size = 0
    for first in list_segments(folder):
        try:
            size += segment_path(folder, first).stat().st_size
        except FileNotFoundError:
            continue
    return size


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files to the disk."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
