"""What this machine remembers for a plain MLflow server, which has no place for it.

One folder a server, shared by every process of this machine that ships to it::

    runs.json         ids of runs: the client's to the server's, and the runs that were refused
    runs.lock         held while a run is looked for and made
    marks/JOURNAL     the last record of a journal that was carried out

A file is replaced whole and is on the disk before the call returns, so a reader needs no lock, and
a power cut leaves the file as it was before or after.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from headrace.errors import InvalidParameterValue, InvalidState, TemporarilyUnavailable

_JOURNAL = re.compile(r"[0-9a-f]{32}")


class KnownRuns(Struct, omit_defaults=True):
    """What became of the runs whose ids clients chose.

    Attributes:
        made: The server's id of each.
        refused: Why the server did not make one.

    """

    made: dict[str, str] = {}
    refused: dict[str, str] = {}


ContentT = TypeVar("ContentT", KnownRuns, int)


class PlainServerState:
    """The folder of one plain server.

    Whatever keeps it from being read or written, as a full disk, is `TemporarilyUnavailable`.

    Args:
        folder: The folder; it is made when there is something to remember.

    """

    def __init__(self, folder: Path) -> None:
        self._runs_file = folder / "runs.json"
        self._lock_file = folder / "runs.lock"
        self._marks = folder / "marks"
        self._runs = KnownRuns()
        self._read_at: tuple[int, ...] = ()

    def runs(self) -> KnownRuns:
        """Return the runs that any process of this machine has made or seen refused.

        Raises:
            InvalidState: If the file cannot be read.

        """
        with _using(self._runs_file):
            try:
                stat = self._runs_file.stat()
            except FileNotFoundError:
                return KnownRuns()
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if seen != self._read_at:
            self._runs = _decode(self._runs_file, KnownRuns) or KnownRuns()
            self._read_at = seen
        return self._runs

    @contextmanager
    def changing_runs(self) -> Iterator[KnownRuns]:
        """Give the runs to change, and write them back if the block ends well.

        One process, and one of its threads, has them at a time: whoever comes next finds the run
        that this one makes. Windows goes without the lock between processes.
        """
        with _threads, _locked(self._lock_file):
            before = self.runs()
            runs = KnownRuns(dict(before.made), dict(before.refused))
            yield runs
            if runs != before:
                _replace(self._runs_file, msgspec.json.encode(runs))

    def mark(self, journal: str) -> int:
        """Return the last record of a journal that was carried out; 0 for none.

        Raises:
            InvalidParameterValue: If the journal's id is none.
            InvalidState: If the file cannot be read.

        """
        return _decode(self._mark_file(journal), int) or 0

    def move_mark(self, journal: str, mark: int) -> None:
        """Note that the records up to `mark` were carried out."""
        _replace(self._mark_file(journal), msgspec.json.encode(mark))

    def forget(self, journal: str) -> None:
        """Drop the mark of a journal that will never be sent again."""
        file = self._mark_file(journal)
        with _using(file):
            file.unlink(missing_ok=True)

    def _mark_file(self, journal: str) -> Path:
        if _JOURNAL.fullmatch(journal) is None:
            raise InvalidParameterValue(
                f"Invalid journal id {journal[:100]!r}: it must be 32 hexadecimal digits."
            )
        return self._marks / journal


def _decode(file: Path, kind: type[ContentT]) -> ContentT | None:
    """Return what a file holds; None if there is no file."""
    with _using(file):
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return None
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise InvalidState(
            f"The file {file} is damaged: {error}. It says what the server has got already; move "
            "it away to send everything again."
        ) from None


def _replace(file: Path, content: bytes) -> None:
    with _using(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as new:
                new.write(content)
                new.flush()
                os.fsync(new.fileno())
            os.replace(name, file)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise
        _sync_folder(file.parent)  # a segment of the journal is deleted on the word of a mark


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _using(file: Path) -> Iterator[None]:
    """Turn what the disk has against a file into `TemporarilyUnavailable`."""
    try:
        yield
    except OSError as error:
        raise TemporarilyUnavailable(
            f"{file} cannot be used: {error.strerror}. Journals wait until it can."
        ) from None


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold a lock that dies with this process: a child forked meanwhile does not inherit it."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with _using(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = file.open("ab")
    with handle:
        fcntl.lockf(handle, fcntl.LOCK_EX)
        yield  # closing gives the lock back


_threads = threading.Lock()  # a process passes through its own locks


def _forget_lock() -> None:
    """Give a forked child a lock of its own: another thread may have held it at the fork."""
    global _threads
    _threads = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_lock)
