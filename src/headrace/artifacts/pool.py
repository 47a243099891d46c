"""The same content stored once: a hidden folder of contents, linked into the plain folders.

A content that a server takes in is linked twice, into its plain place and into the pool under its
BLAKE3 digest. Whatever else brings the same content becomes one more link. Nothing counts
references but the file system itself: a content of the pool with a single link belongs to nobody
any more, and goes. So the pool may be deleted at any time, and is no harm to whoever does not know
of it: its files are the very files in the plain folders.

Nobody writes into such a file: here files are only ever replaced, and the rights to write are taken
from it, so that people are warned before they change several places at once. What was changed all
the same is not linked any further, since a content is read before.

Where links cannot be made, or no more of them, everything works as without a pool.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from headrace.artifacts.digests import DIGEST_LENGTH, RecordedDigests, digest_of_range
from headrace.artifacts.paths import STAGING_PREFIX, join

POOL_NAME = STAGING_PREFIX + "pool"

# Of smaller files there may be very many, and a link costs as much as writing one.
LEAST_BYTES = 256 * 1024

_DIGEST = re.compile(f"[0-9a-f]{{{DIGEST_LENGTH}}}")
_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class Pool:
    """The contents below one folder.

    Args:
        folder: The folder, which lies in one file system with the pool.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / POOL_NAME

    def share(self, staged: Path, digest: str) -> None:
        """Turn a file that is about to take its place into a link to the same content.

        If there is none yet, the file itself becomes the pool's.

        Args:
            staged: The file, which nobody else knows of; it is read-only afterwards.
            digest: Its BLAKE3 digest.

        """
        # What cannot be shared is kept as it is.
        with suppress(OSError):
            status = staged.stat()
            if status.st_size < LEAST_BYTES:
                return
            content = self._place(digest)
            try:
                if self._link(digest, status.st_size, staged):
                    return
            except OSError as error:
                if error.errno != errno.EMLINK:
                    raise
            os.chmod(staged, stat.S_IMODE(status.st_mode) & ~_WRITE)
            content.parent.mkdir(parents=True, exist_ok=True)
            # One that is there was changed, or has as many links as can be.
            content.unlink(missing_ok=True)
            os.link(staged, content)

    def link(self, digest: str, size: int, place: Path) -> bool:
        """Put a content into a place if it is known, and is some artifact's already.

        Args:
            digest: Its BLAKE3 digest.
            size: Its size in bytes.
            place: Where to; a file that is there is replaced.

        Returns:
            Whether it is there now.

        """
        with suppress(OSError):
            return size >= LEAST_BYTES and self._link(digest, size, place)
        return False

    def _link(self, digest: str, size: int, place: Path) -> bool:
        content = self._place(digest)
        try:
            file = os.open(content, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            status = os.fstat(file)
            # With a single link it is no artifact's any more: it was deleted.
            if status.st_nlink < 2 or status.st_size != size:
                return False
            if digest_of_range(file, 0, size) != digest:
                return False
        finally:
            os.close(file)
        draft = place.with_name(STAGING_PREFIX + os.urandom(8).hex())
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(content, draft)
        try:
            os.replace(draft, place)
        finally:
            # Of two links to one file, replacing one by the other removes neither.
            draft.unlink(missing_ok=True)
        return True

    def release(self, files: Iterable[SharedFile]) -> int:
        """Delete the contents of deleted files if nobody has them any more; return their bytes."""
        # The record lies where people look into, and so may say anything.
        digests = {file.digest for file in files if file.digest and _DIGEST.fullmatch(file.digest)}
        return sum(_delete_unused(self._place(digest)) for digest in digests)

    def sweep(self) -> Iterator[int]:
        """Delete all contents that belong to nobody any more, some at each step.

        Yields:
            How many bytes the step gave back.

        Raises:
            OSError: If the pool cannot be read.

        """
        with suppress(FileNotFoundError):
            for part in sorted(os.listdir(self._folder)):
                with suppress(NotADirectoryError), os.scandir(self._folder / part) as contents:
                    yield sum(_delete_unused(Path(one.path)) for one in contents)

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def pool_above(folder: Path) -> Pool | None:
    """Return the pool whose contents a folder may be linked to, if there is one."""
    for above in (folder, *folder.parents):
        if (above / POOL_NAME).is_dir():
            return Pool(above)
    return None


class SharedFile(NamedTuple):
    """A file with more than one link.

    Attributes:
        digest: The BLAKE3 digest that was recorded for it; None if none was.
        size: Its size in bytes.

    """

    digest: str | None
    size: int


def shared_files(place: Path, path: str, known: RecordedDigests) -> Iterator[SharedFile]:
    """Yield the files in a folder, or the one file, that are linked to elsewhere too.

    Args:
        place: The folder or file; symbolic links in it are not followed.
        path: Its artifact path below the root.
        known: The digests of that root.

    """
    status = place.lstat()
    if stat.S_ISDIR(status.st_mode):
        for name in os.listdir(place):
            yield from shared_files(place / name, join(path, name), known)
    elif stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
        yield SharedFile(known.find(path, status), status.st_size)


def _delete_unused(content: Path) -> int:
    """Delete a content if it has no other link; return how many bytes that gave back."""
    with suppress(OSError):
        status = content.lstat()
        # Whoever links to it right now keeps the file; it is only no longer the pool's.
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            content.unlink()
            return status.st_size
    return 0
