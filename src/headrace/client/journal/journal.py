"""A process's own journal: what it logs is in a file before the call returns.

A record is on its way to the disk once the system has taken its bytes: from then on the death of
this process loses nothing. `Journal.sync` brings them to the disk itself, against power cuts.

Three things keep `Journal.append_point` at about twice the cost of its one `os.write`. The frame
is packed at once. One look into `_ready` tells whether all is ordinary: the series is named in
the present chapter, no record waits, nobody is writing. And what is rare stands elsewhere.

A signal handler may log too. It runs in the midst of the call of the very thread that it
interrupts, and finds `_BUSY` there: its record waits until the interrupted one is written.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections import deque
from collections.abc import Collection, Sequence
from os import write
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from headrace.api.journals import JournalEntry
from headrace.client.journal import frames, segments
from headrace.client.journal.header import (
    HEADER_NAME,
    Origin,
    delete_folder,
    new_header,
    write_header,
)
from headrace.client.journal.lock import Lock
from headrace.client.journal.rows import Row
from headrace.errors import HeadraceError, InvalidState, NotSupported

# How much waits in memory while the disk takes nothing; what comes on top is lost.
MAX_WAITING = 20_000  # records
MAX_WAITING_BYTES = 16 * 1024 * 1024

_MAX_UNSYNCED = 8  # segments

_CLOSED = -1
# What stands for `Journal._ready` while nothing is; nobody ever adds to them.
_NONE_READY: set[int] = set()
_BUSY: set[int] = set()

# What the way of a point uses, without a look into another module.
_pack_body = frames.POINT_BODY.pack
_pack_seal = frames.SEAL.pack
_MAGIC, _POINT, _POINTS = frames.MAGIC, frames.POINT, frames.POINTS
_LENGTH, _SIZE = frames.POINT_LENGTH, frames.POINT_SIZE


class UnknownSeries(KeyError):
    """A series that the journal has forgotten, with its run."""


class _Record(NamedTuple):
    """A record without a number: it gets one when it is written."""

    kind: int
    payload: bytes
    series: Sequence[int] = ()


def _record_of(row: Row, step: int, timestamp: int, values: Collection[float]) -> _Record:
    payload = frames.pack_points(step, timestamp, row.series, values)
    return _Record(frames.POINTS, payload, row.series)


class Journal:
    """A journal that this process writes; any number of its threads may.

    Attributes:
        id: 32 hexadecimal digits.
        folder: Where it lies.
        last: Number of the last record in the files; 0 before the first.
        synced: Number of the last record that is on the disk itself.
        lost: How many records found room neither on the disk nor in memory.

    """

    def __init__(self, folder: Path, journal_id: str, ownership: Lock, *, fsync_always: bool):
        self.id = journal_id
        self.folder = folder
        self.last = 0
        self.synced = 0
        self.lost = 0
        self._ownership = ownership
        self._fsync_always = fsync_always
        self._lock = threading.RLock()  # a signal handler may log while its thread does
        self._series: dict[tuple[str, str], int] = {}
        self._names: dict[int, bytes] = {}  # series -> payload of the frame that names it
        self._next_series = 1
        self._begun: dict[str, _Record] = {}  # how the runs began that are not forgotten
        self._waiting: deque[_Record] = deque()
        self._waiting_bytes = 0
        self._file = _CLOSED
        self._room = 0  # bytes until the next chapter
        self._named: set[int] = set()  # series that the present chapter names
        self._names_changed = 1  # how often a name has gone from `_named`, or all of them
        self._ready = _NONE_READY  # `_named`, if all is ordinary
        self._is_placed = False  # whether its folder is on the disk itself
        self._unsynced: list[int] = []  # descriptors of earlier segments
        self._of_parent = False
        _all.add(self)

    @classmethod
    def create(cls, folder: Path, origin: Origin, *, fsync_always: bool = False) -> Journal:
        """Make a new journal of this process.

        Args:
            folder: The folder with the journals of a store; made where it is not there.
            origin: This process and its store.
            fsync_always: Whether each record is on the disk itself before its call returns.

        Raises:
            HeadraceError: If none can be made there.
            NotSupported: If this system has no locks for it.

        """
        journal_id = os.urandom(16).hex()
        own = folder / journal_id
        ownership = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            own.mkdir(mode=0o700)
            ownership = Lock.take(own)
            assert ownership is not None  # the folder is new
            journal = cls(own, journal_id, ownership, fsync_always=fsync_always)
            journal._open_segment()
            journal._begin_chapter()
            # The header comes last: a folder without one is no journal yet.
            write_header(own, new_header(journal_id, origin))
            if fsync_always:
                journal._place()
        except (OSError, NotSupported) as error:
            if ownership is not None:
                ownership.release()
            delete_folder(own)
            if isinstance(error, NotSupported):
                raise
            raise HeadraceError(
                f"No journal can be made in {folder}: {error}. It keeps what is logged until the "
                "store has it. Make room there or grant the right to write, name another folder in "
                "HEADRACE_JOURNAL_DIR, or log with synchronous=True."
            ) from error
        return journal

    @property
    def owned(self) -> bool:
        """Whether this process may write it: it is open, and not that of the process's parent."""
        return self._file != _CLOSED

    @property
    def unprotected(self) -> int:
        """How many records wait in memory, since the disk did not take them."""
        return len(self._waiting)

    @property
    def size(self) -> int:
        """How many bytes its records take on the disk."""
        return segments.segments_size(self.folder)

    # --- what is logged --------------------------------------------------------------------------

    def series(self, run_id: str, key: str) -> int:
        """Return the number that stands for a metric of a run in this journal."""
        number = self._series.get((run_id, key))
        if number is not None:
            return number
        name = frames.pack_name(run_id, key)
        with self._lock:
            number = self._series.setdefault((run_id, key), self._next_series)
            if number == self._next_series:
                self._next_series += 1
                self._names[number] = name
            return number

    def forget_run(self, run_id: str) -> None:
        """Forget the series of a run that is over; their numbers must not be used any more."""
        with self._lock:
            self._begun.pop(run_id, None)
            if self._waiting:
                return  # their names are still to be written
            for name in [name for name in self._series if name[0] == run_id]:
                number = self._series.pop(name)
                del self._names[number]
                self._named.discard(number)
            self._names_changed += 1

    def append_point(self, series: int, step: int, timestamp: int, value: float) -> int:
        """Append one point.

        Args:
            series: A number from `series`.
            step: A signed integer of 64 bits.
            timestamp: Milliseconds since the epoch, of 64 bits too.
            value: Any float.

        Returns:
            The record's number; 0 if it waits in memory or is lost.

        Raises:
            InvalidState: If the journal is closed, or the parent's of this process.
            UnknownSeries: If the run of the series was forgotten.

        """
        with self._lock:
            ready = self._ready
            if series not in ready:
                payload = frames.pack_point(series, step, timestamp, value)
                return self._append(_Record(frames.POINT, payload, (series,)))
            self._ready = _BUSY
            try:
                number = self.last + 1
                body = _pack_body(_LENGTH, _POINT, number, series, step, timestamp, value)
                frame = _pack_seal(_MAGIC, crc32(body)) + body
                # Before the write: interrupted, it leaves a gap in the numbers, never a double.
                self.last = number
                written = write(self._file, frame)
                if written == _SIZE:
                    self._room -= _SIZE
                    if self._room < 0:
                        ready = _NONE_READY
                    return number
                self._take_back(written)
            except OSError:
                self._take_back(0)
            finally:
                self._ready = ready
            payload = frames.pack_point(series, step, timestamp, value)
            return self._wait(_Record(frames.POINT, payload, (series,)))

    def append_row(self, row: Row, step: int, timestamp: int, values: Collection[float]) -> int:
        """Append points of one run that share step and time, as one record.

        Args:
            row: Their series, at least one, all of the same run and named by `series`.
            step: A signed integer of 64 bits.
            timestamp: Milliseconds since the epoch, of 64 bits too.
            values: As many floats.

        Returns:
            The record's number; 0 if it waits in memory or is lost.

        Raises:
            InvalidState: If the journal is closed, or the parent's of this process.
            UnknownSeries: If the run of the series was forgotten.

        """
        with self._lock:
            ready = self._ready
            if ready is not self._named or row.named_in != self._names_changed:
                return self._append_first(row, step, timestamp, values)
            self._ready = _BUSY
            try:
                number = self.last + 1
                body = row.pack(row.length, _POINTS, number, step, timestamp, row.shape, *values)
                frame = _pack_seal(_MAGIC, crc32(body)) + body
                self.last = number  # before the write, as above
                written = write(self._file, frame)
                if written == row.size:
                    self._room -= written
                    if self._room < 0:
                        ready = _NONE_READY
                    return number
                self._take_back(written)
            except OSError:
                self._take_back(0)
            finally:
                self._ready = ready
            return self._wait(_record_of(row, step, timestamp, values))

    def append_points(
        self, step: int, timestamp: int, series: Sequence[int], values: Collection[float]
    ) -> int:
        """Append points as `append_row`, of series that are seldom logged together."""
        return self.append_row(Row(series), step, timestamp, values)

    def append(self, entry: JournalEntry) -> int:
        """Append a request, as one record.

        Returns:
            The record's number; 0 if it waits in memory or is lost.

        Raises:
            InvalidParameterValue: If it is larger than a record may be.
            InvalidState: If the journal is closed, or the parent's of this process.

        """
        record = _Record(frames.ENTRY, frames.pack_entry(entry))
        with self._lock:
            if entry.ensure_run is not None:
                self._begun[entry.ensure_run.run_id] = record
            return self._append(record)

    # --- to the disk and to the end --------------------------------------------------------------

    def sync(self) -> int:
        """Bring what is appended to the disk itself; others may append meanwhile.

        Returns:
            Number of the last record that is there now.

        Raises:
            HeadraceError: If the disk fails. What it refused is no safer than before.
            InvalidState: If the journal is closed, or the parent's of this process.

        """
        with self._lock:
            self._check_open()
            self._write_waiting()
            upto = self.last
            if upto == self.synced:
                return upto
            files, self._unsynced = self._unsynced, []
            # A descriptor of its own, since the journal may go on to the next file meanwhile.
            files.append(os.dup(self._file))
        try:
            for file in files:
                os.fsync(file)
            segments.sync_path(self.folder)
            self._place()
        except OSError as error:
            raise HeadraceError(
                f"The disk did not take the journal {self.folder}: {error}. A power cut may lose "
                "what was logged; the death of this process does not."
            ) from error
        finally:
            for file in files:
                os.close(file)
        self.synced = max(self.synced, upto)
        return upto

    def close(self) -> None:
        """Leave the journal to whoever adopts it; what still waits in memory is lost."""
        with self._lock:
            if not self.owned:
                return
            # Nothing can be done about a disk that fails, and the files are as good as they get.
            with contextlib.suppress(HeadraceError):
                self.sync()
            self.lost += len(self._waiting)
            self._waiting.clear()
            self._drop_files()
            self._ownership.release()

    def remove(self) -> None:
        """Delete the journal, with all that is in it."""
        with self._lock:
            if not self.owned:
                return
            self._drop_files()
            # Under the lock: who gets that afterwards finds no journal and lets go.
            delete_folder(self.folder)
            self._ownership.release()

    # --- what is rare; the lock is held ----------------------------------------------------------

    def _append_first(self, row: Row, step: int, timestamp: int, values: Collection[float]) -> int:
        number = self._append(_record_of(row, step, timestamp, values))
        if number:
            row.named_in = self._names_changed
        return number

    def _append(self, record: _Record) -> int:
        if self._ready is _BUSY:
            # Nothing is named any more, so that the next call comes here and writes what waits.
            self._named.clear()
            self._names_changed += 1
            return self._wait(record)
        self._check_open()
        self._write_waiting()
        if self._waiting:
            return self._wait(record)
        return self._write(record) or self._wait(record)

    def _write_waiting(self) -> None:
        while self._ready is not _BUSY:
            try:
                record = self._waiting.popleft()
            except IndexError:
                return  # also where a signal handler has just written the last one
            if not self._write(record):
                self._waiting.appendleft(record)
                return
            self._waiting_bytes -= len(record.payload)

    def _write(self, record: _Record) -> int:
        """Write a record and return its number; 0 if the disk does not take it."""
        self._ready = _BUSY
        try:
            if self._room < 0:
                self._begin_chapter()
            number = self.last + 1
            frame = frames.seal(record.kind, number, record.payload)
            unnamed = set(record.series) - self._named
            try:
                names = [frames.seal(frames.SERIES, one, self._names[one]) for one in unnamed]
            except KeyError as error:
                raise UnknownSeries(*error.args) from None
            data = b"".join([*names, frame])
            self.last = number
            if not self._put(data):
                return 0
            self._room -= len(data)
            self._named |= unnamed
            return number
        except OSError:
            return 0  # no segment could be made
        finally:
            ordinary = self._room >= 0 and not self._waiting and not self._fsync_always
            self._ready = self._named if ordinary else _NONE_READY

    def _put(self, data: bytes) -> bool:
        written = 0
        try:
            written = write(self._file, data)
            if written == len(data):
                if self._fsync_always:
                    os.fsync(self._file)
                return True
        except OSError:
            pass  # whatever the reason: the record waits
        self._take_back(written)
        return False

    def _take_back(self, written: int) -> None:
        """Undo a write of the record `last` that was cut off after some bytes."""
        self.last -= 1
        if not written:
            return
        try:
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
        except OSError:
            return  # a reader finds the next record behind the torn place

    def _wait(self, record: _Record) -> int:
        if self._ready is not _BUSY:
            self._ready = _NONE_READY
        size = self._waiting_bytes + len(record.payload)
        if len(self._waiting) >= MAX_WAITING or size > MAX_WAITING_BYTES:
            self.lost += 1
            return 0
        self._waiting.append(record)
        self._waiting_bytes = size
        return 0

    def _begin_chapter(self) -> None:
        is_full = os.fstat(self._file).st_size >= segments.SEGMENT_SIZE
        if is_full:
            self._open_segment()
        self._room = min(segments.CHAPTER_SIZE, segments.SEGMENT_SIZE)
        self._named = set()
        self._names_changed += 1
        if is_full:
            self._begin_runs_again()

    def _begin_runs_again(self) -> None:
        """Write once more how the runs began that go on, each as a record of the new file.

        A store that was restored from a backup may know nothing of them, when the file with their
        begin is long deleted.
        """
        for record in self._begun.values():
            self.last += 1
            data = frames.seal(record.kind, self.last, record.payload)
            if not self._put(data):
                return  # the disk is full again: the next file has them
            self._room -= len(data)

    def _open_segment(self) -> None:
        path = segments.segment_path(self.folder, self.last + 1)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        file = os.open(path, flags, 0o600)
        if self._fsync_always:
            segments.sync_path(self.folder)
        if self._file != _CLOSED:
            self._unsynced.append(self._file)
        self._file = file
        if len(self._unsynced) > _MAX_UNSYNCED:  # nobody syncs: let there be no more of them
            os.close(self._unsynced.pop(0))

    def _place(self) -> None:
        """Bring the journal itself to the disk, once.

        Not where it is made, unless each record is to be there: whoever starts a run waits for it.
        """
        if not self._is_placed:
            segments.sync_path(self.folder / HEADER_NAME)
            segments.sync_path(self.folder.parent)
            self._is_placed = True

    def _check_open(self) -> None:
        if self._of_parent:
            raise InvalidState(
                f"The journal {self.folder} belongs to the parent of this process: make one of "
                "your own."
            )
        if self._file == _CLOSED:
            raise InvalidState(f"The journal {self.folder} is closed.")

    def _drop_files(self) -> None:
        for file in (*self._unsynced, self._file):
            if file != _CLOSED:
                os.close(file)
        self._unsynced = []
        self._file = _CLOSED
        self._ready = _NONE_READY

    def _leave_to_parent(self) -> None:
        self._lock = threading.RLock()  # a thread that is not in this process may hold the old one
        self._drop_files()
        self._waiting.clear()
        self._of_parent = True


_all: weakref.WeakSet[Journal] = weakref.WeakSet()


def _in_child() -> None:
    for journal in _all:
        journal._leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
