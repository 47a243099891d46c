"""BLAKE3 digests of files: computed, and remembered beside the files they are of.

A local root has one hidden file of lines, each of which says: this path, with this size and this
time of its last change, had this digest when it was stored. A line speaks of no other content: a
file that somebody replaced behind our back has no digest, and one that rots has a wrong one. Only
who verifies files compares such a one with the last line of its path. A deletion is a line too.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Set
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from headrace.artifacts.paths import STAGING_PREFIX

if TYPE_CHECKING:
    from blake3 import blake3

# Hidden from listings, MLflow's too, by its prefix.
RECORD_NAME = STAGING_PREFIX + "digests"

DIGEST_LENGTH = 64  # hexadecimal digits

_CHUNK = 1024 * 1024

_DELETED = -1


def new_hasher() -> blake3:
    """Return an object with ``update(bytes)`` and ``hexdigest()``."""
    # Imported only here: who logs no files needs none of it.
    from blake3 import blake3

    return blake3()


def digest_of(data: bytes) -> str:
    """Return the digest of some bytes, in hexadecimal."""
    hasher = new_hasher()
    hasher.update(data)
    return hasher.hexdigest()


def digest_of_range(descriptor: int, offset: int, size: int) -> str:
    """Return the digest of `size` bytes of an open file, or of as many as there are."""
    hasher = new_hasher()
    hash_range(hasher, descriptor, offset, size)
    return hasher.hexdigest()


def hash_range(hasher: blake3, descriptor: int, offset: int, size: int) -> None:
    """Let a hasher take `size` bytes of an open file, or as many as there are."""
    buffer = memoryview(bytearray(min(_CHUNK, size)))
    while size and (count := os.preadv(descriptor, [buffer[:size]], offset)):
        hasher.update(buffer[:count])
        offset += count
        size -= count


class RunningDigest:
    """The digest of a file that grows from its beginning on, computed as it does.

    Args:
        place: The file. What has been taken of it does not change any more.

    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._hasher = new_hasher()
        self._taken = 0
        self._wanted = 0
        self._working = threading.Lock()

    def go_on(self, end: int) -> None:
        """Take the bytes up to `end`; if another thread is at it, that one will."""
        self._wanted = max(self._wanted, end)
        while self._taken < self._wanted and self._working.acquire(blocking=False):
            try:
                self._take(self._wanted)
            finally:
                self._working.release()

    def finish(self, size: int) -> str:
        """Return the digest of the first `size` bytes, all that the file has."""
        with self._working:
            self._take(size)
            return self._hasher.hexdigest()

    def _take(self, end: int) -> None:
        file = os.open(self._place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            hash_range(self._hasher, file, self._taken, end - self._taken)
        finally:
            os.close(file)
        self._taken = end


class _Line(Struct, array_like=True):
    path: str
    size: int  # _DELETED: the path, and what was below it, was deleted
    changed: int  # what the place tells of the last change; nanoseconds since the epoch if local
    digest: str


class DigestLines:
    """What the lines of a record say, as far as it was read.

    Attributes:
        read_up_to: How many bytes of the record were taken.

    """

    def __init__(self) -> None:
        self.read_up_to = 0
        self._known: dict[tuple[str, int, int], frozenset[str]] = {}
        self._last: dict[str, str] = {}

    @staticmethod
    def encode(path: str, size: int, changed: int, digest: str) -> bytes:
        """Return the line of a file."""
        return msgspec.json.encode(_Line(path, size, changed, digest)) + b"\n"

    @staticmethod
    def encode_deletion(path: str) -> bytes:
        """Return the line that says that a file, or all that was in a folder, was deleted."""
        return DigestLines.encode(path, _DELETED, 0, "")

    def take(self, data: bytes) -> None:
        """Learn what was added to the record; a line without an end waits for it."""
        whole = data.rpartition(b"\n")[0]
        for text in whole.splitlines():
            try:
                line = msgspec.json.decode(text, type=_Line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue  # a line that a power cut left half written
            if line.size == _DELETED:
                self._forget(line.path)
                continue
            self._last[line.path] = line.digest
            key = (line.path, line.size, line.changed)
            self._known[key] = self._known.get(key, frozenset()) | {line.digest}
        self.read_up_to += len(whole) + 1 if whole else 0

    def find(self, path: str, size: int, changed: int) -> frozenset[str]:
        """Return the digests of a file: several if it was replaced within a tick of the clock."""
        return self._known.get((path, size, changed), frozenset())

    def find_any(self, path: str, size: int, changed: int) -> frozenset[str]:
        """Return the digests of a file; those of the last one that was stored, if it is another."""
        last = {self._last[path]} if path in self._last else set()
        return self.find(path, size, changed) or frozenset(last)

    def paths(self) -> Set[str]:
        """Return the paths of files that were stored and not deleted."""
        return self._last.keys()

    def _forget(self, path: str) -> None:
        below = [name for name in self._last if name.startswith(f"{path}/")] if path else self._last
        for name in (path, *below):
            self._last.pop(name, None)


class RecordedDigests:
    """The digests of the files below one local root.

    Args:
        root: The root; it exists before something is recorded.

    """

    def __init__(self, root: Path) -> None:
        self._file = root / RECORD_NAME
        self._inode = 0
        self._lines = DigestLines()

    def record(self, path: str, status: os.stat_result, digest: str) -> None:
        """Remember the digest of a file.

        Args:
            path: Its cleaned artifact path.
            status: Its status, as it lies in its place.
            digest: The digest, in hexadecimal.

        """
        self.record_all([(path, status, digest)])

    def record_all(self, files: Iterable[tuple[str, os.stat_result, str]]) -> None:
        """Remember the digests of several files; see `record`."""
        lines = msgspec.json.Encoder().encode_lines(
            [
                _Line(path, status.st_size, status.st_mtime_ns, digest)
                for path, status, digest in files
            ]
        )
        if not lines:
            return
        file = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            os.write(file, lines)  # one call, so that lines of several writers do not mix
        finally:
            os.close(file)

    def find(self, path: str, status: os.stat_result) -> str | None:
        """Return the digest of a file; None if nobody recorded that of its present content."""
        self._read_on()
        known = self._lines.find(path, status.st_size, status.st_mtime_ns)
        return min(known) if len(known) == 1 else None

    def find_any(self, path: str, status: os.stat_result) -> frozenset[str]:
        """Return the digests that a file may have, as it was stored, whatever it is like now."""
        self._read_on()
        return self._lines.find_any(path, status.st_size, status.st_mtime_ns)

    def paths(self) -> Set[str]:
        """Return the paths of files that were stored and not deleted."""
        self._read_on()
        return self._lines.paths()

    def forget(self, path: str) -> None:
        """Remember that a file, or all that was in a folder, was deleted."""
        with suppress(FileNotFoundError):  # nothing was recorded, or the record has gone with them
            file = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            try:
                os.write(file, DigestLines.encode_deletion(path))
            finally:
                os.close(file)

    def _read_on(self) -> None:
        """Read the lines that were added since the last time."""
        try:
            with self._file.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self._inode or status.st_size < self._lines.read_up_to:
                    self._lines, self._inode = DigestLines(), status.st_ino
                file.seek(self._lines.read_up_to)
                self._lines.take(file.read())
        except FileNotFoundError:
            self._lines = DigestLines()
