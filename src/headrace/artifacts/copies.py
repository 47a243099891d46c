"""Copies of local files: taken at one moment, never linked to what the user goes on writing to."""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from msgspec import Struct

from headrace.artifacts.digests import digest_of, digest_of_range, new_hasher

_CHUNK = 1024 * 1024
_FICLONE = 0x40049409  # Linux's "share these blocks until one of the two is written to"
_TRIES = 3
_SECONDS_BETWEEN_TRIES = 0.05

# Two processes that send the same file do not mix their parts.
_PROCESS = os.urandom(16).hex()

T = TypeVar("T")

_logger = logging.getLogger("headrace.client")


class Copied(Struct, frozen=True):
    """What was copied.

    Attributes:
        size: How many bytes.
        digest: Their BLAKE3 digest, in hexadecimal.

    """

    size: int
    digest: str


def copy_file(local: Path, target: BinaryIO) -> Copied:
    """Copy a local file as it is now into an empty file.

    Where the file system can share blocks between files (Btrfs, XFS), nothing is copied until one
    of the two is written to. A file that is written to meanwhile is copied again; one that never
    rests is copied as far as it was written at the beginning, with a warning.

    Args:
        local: The file.
        target: Open for writing, its descriptor for reading too.

    Raises:
        OSError: If one of the two cannot be used.

    """
    with local.open("rb") as source:
        return _at_rest(
            local, source, lambda size: _share(source, target) or _copy(source, target, size)
        )


def read_file(local: Path) -> tuple[bytes, Copied]:
    """Return the content of a small local file as it is now; see `copy_file`.

    Raises:
        OSError: If it cannot be read.

    """
    with local.open("rb", buffering=0) as source:

        def read(size: int) -> bytes:
            source.seek(0)
            return cast(bytes, source.read(size))

        content = _at_rest(local, cast(BinaryIO, source), read)
    return content, Copied(len(content), digest_of(content))


def name_source(local: Path) -> str:
    """Return what names the content that a local file has now, among all that processes send.

    Raises:
        OSError: If it is not there.

    """
    status = local.stat()
    moment = f"{status.st_ino}\0{status.st_size}\0{status.st_mtime_ns}"
    process = f"{platform.node()}\0{os.getpid()}\0{_PROCESS}"
    return digest_of(f"{process}\0{local.absolute()}\0{moment}".encode())


def copy_stream(source: BinaryIO, target: BinaryIO) -> Copied:
    """Copy what is left in a stream."""
    hasher = new_hasher()
    size = 0
    while piece := source.read(_CHUNK):
        hasher.update(piece)
        target.write(piece)
        size += len(piece)
    return Copied(size, hasher.hexdigest())


def _at_rest(local: Path, source: BinaryIO, copy: Callable[[int], T]) -> T:
    """Copy an open file that nobody writes to meanwhile; `copy` is given its size."""
    for tries_left in reversed(range(_TRIES)):
        before = os.fstat(source.fileno())
        copied = copy(before.st_size)
        after = os.fstat(source.fileno())
        if moment(before) == moment(after):
            break
        if tries_left:
            time.sleep(_SECONDS_BETWEEN_TRIES)
    else:
        _logger.warning(
            "%s was written to while it was copied: what is stored may hold parts of "
            "different moments.",
            local,
        )
    return copied


def moment(status: os.stat_result) -> tuple[int, int]:
    """Return what tells two contents of a file apart."""
    return status.st_size, status.st_mtime_ns


def _share(source: BinaryIO, target: BinaryIO) -> Copied | None:
    """Let the target share the source's blocks; None where that is not possible."""
    try:
        import fcntl

        fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())
    except (ImportError, OSError):
        return None
    size = os.fstat(target.fileno()).st_size
    return Copied(size, digest_of_range(target.fileno(), 0, size))


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> Copied:
    """Copy the first bytes of a file, as many as it had."""
    hasher = new_hasher()
    for stream in (source, target):
        stream.seek(0)
    target.truncate()
    left = size
    while left and (piece := source.read(min(_CHUNK, left))):
        hasher.update(piece)
        target.write(piece)
        left -= len(piece)
    target.flush()
    return Copied(size - left, hasher.hexdigest())
