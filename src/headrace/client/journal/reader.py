"""Reading a journal, in the order of its records, whatever state its files are in.

A place that holds no sound frame is put aside and the next sound one found by its magic. What
records are missing is told by the numbers alone, and becomes an explicit skip. At the very end of
a journal whose owner still writes there is no bad place, only a frame that is not whole yet.
"""

from __future__ import annotations

import contextlib
import os
import struct
from itertools import groupby, pairwise
from pathlib import Path

import msgspec

from headrace.client.journal import frames, segments
from headrace.client.journal.batch import Batch, Gathering, Name
from headrace.client.journal.frames import Frame
from headrace.client.journal.resync import (
    copy_range,
    find_frame,
    find_last_frame,
    find_name,
    read_frame,
)
from headrace.client.journal.rows import Rows, decode_rows
from headrace.client.journal.stretch import Stretch, decode_stretch
from headrace.errors import InvalidState

CORRUPT_NAME = "corrupt"  # the folder beside the journals for what cannot be read

_CHUNK = 512 * 1024
_RECORDS = frozenset({frames.POINT, frames.POINTS, frames.ENTRY})
_UNREADABLE = "These records are not in the journal's files, or damaged there."


class JournalReader:
    """Reads one journal, also while it is written. Not for several threads at once.

    Attributes:
        folder: The journal's folder.
        corrupt: How many bad places it has met.

    """

    def __init__(self, folder: Path, *, final: bool = False, only_looks: bool = False) -> None:
        """Begin at the first record.

        Args:
            folder: The journal's folder.
            final: Whether nobody writes it any more, so that its end too is what it is.
            only_looks: Whether what cannot be read is left where it is, not put aside.

        """
        self.folder = folder
        self.corrupt = 0
        self._final = final
        self._only_looks = only_looks
        self._file = -1
        self._segment = 0  # number of its first record; 0 for none
        self._at = 0  # offset of the next frame in the segment
        self._next = 1  # number of the next record
        self._names: dict[int, Name] = {}  # those of this segment and of the one before
        self._named: set[int] = set()  # series that this segment has named
        self._nameless: set[int] = set()  # series whose names were looked for, and not found
        self._before = (0, 0, 1)  # segment, offset and number before the last read

    @property
    def first(self) -> int:
        """Number of the first record that was not discarded."""
        listed = segments.list_segments(self.folder)
        return listed[0] if listed else 1

    def last(self) -> int:
        """Return the number of the last record that can be read; 0 if there is none."""
        for first in reversed(segments.list_segments(self.folder)):
            with open(segments.segment_path(self.folder, first), "rb") as stream:
                frame = find_last_frame(stream.fileno(), _RECORDS)
            if frame:
                return frame.number
        return max(0, self.first - 1)

    def count(self, after: int = 0) -> int:
        """Return how many records there are behind a number."""
        return max(0, self.last() - max(after, self.first - 1))

    def read(self, after: int, *, max_points: int, max_bytes: int) -> Batch | None:
        """Return the next records.

        Args:
            after: Number of the record before them: the store's mark.
            max_points: How many points to take at most; a record is never divided.
            max_bytes: How many bytes of the files to take at most, but at least one record.

        Returns:
            The records; None if there are no more yet.

        Raises:
            InvalidState: If the records behind `after` have been discarded.

        """
        self._go_behind(after)
        before = self._segment, self._at, self._next
        gathering = Gathering()
        budget = max_bytes
        while budget > 0 and gathering.points < max_points:
            # Listed before the file is read: a file that has a successor does not grow.
            successor = self._successor()
            used = self._take_fitting(gathering, budget, max_points)
            used = used or self._take_large(gathering)
            if not used and not self._pass_bad_place(successor):
                break
            if gathering.entries:
                budget -= used
        if self._next == after + 1:
            return None
        self._before = before
        return Batch(after + 1, self._next - 1, gathering.entries)

    def discard(self, upto: int) -> None:
        """Delete the files whose every record has at most this number; never the last file."""
        listed = segments.list_segments(self.folder)
        for first, following in pairwise(listed):
            if following - 1 <= upto:
                segments.segment_path(self.folder, first).unlink(missing_ok=True)

    def close(self) -> None:
        """Release the file; a later read opens it again."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
        self._segment, self._at = 0, 0
        self._before = (0, 0, 0)

    # --- where it stands -------------------------------------------------------------------------

    def _go_behind(self, after: int) -> None:
        """Stand where the record behind a number is, or before that."""
        if self._segment and after + 1 == self._next:
            return
        segment, at, number = self._before
        listed = segments.list_segments(self.folder)
        # It may have stood at the end of a file that was discarded since.
        if segment in listed and after + 1 == number:
            if segment == self._segment:
                self._at = at
            else:
                self._open(segment)  # from its begin on, since its names are needed
        else:
            if listed and listed[0] > after + 1:
                raise InvalidState(
                    f"The journal {self.folder} has no records before {listed[0]} any more: the "
                    f"store had confirmed them, and now asks for {after + 1}. Was it restored from "
                    "a backup? What was logged between is lost to it."
                )
            within = [first for first in listed if first <= after + 1]
            if within:
                self._open(within[-1])
        self._next = after + 1

    def _open(self, segment: int) -> None:
        file = os.open(segments.segment_path(self.folder, segment), os.O_RDONLY | os.O_CLOEXEC)
        if self._file >= 0:
            os.close(self._file)
        self._file, self._segment, self._at = file, segment, 0
        # Each segment names its series anew. Those of the last one are kept only for where a name
        # is in a bad place; a journal may have any number of series in its time.
        self._names = {series: self._names[series] for series in self._named}
        self._named = set()
        self._nameless = set()

    def _successor(self) -> int | None:
        listed = segments.list_segments(self.folder)
        return next((first for first in listed if first > self._segment), None)

    # --- what it takes ---------------------------------------------------------------------------

    def _take_fitting(self, gathering: Gathering, max_bytes: int, max_points: int) -> int:
        """Take the sound frames of the next bytes; return how many bytes they are."""
        if not self._segment:
            return 0
        data = os.pread(self._file, min(max_bytes, _CHUNK), self._at)
        at = 0
        while at < len(data) and gathering.points < max_points:
            room = max_points - gathering.points
            kind = frames.kind_at(data, at)
            stretch = decode_stretch(data, at, room, self._names) if kind == frames.POINT else None
            if stretch:
                self._add_stretch(stretch, gathering)
                at += stretch.size
                continue
            rows = decode_rows(data, at, room, self._names) if kind == frames.POINTS else None
            if rows:
                self._add_rows(rows, gathering)
                at += rows.size
                continue
            frame = frames.open_frame(data, at)
            if frame is None or (gathering.entries and frames.count_points(frame) > room):
                break
            self._add_frame(frame, gathering, at)
            at += frame.size
        self._at += at
        return at

    def _take_large(self, gathering: Gathering) -> int:
        """Take the next frame, however large, as the first; return its size."""
        if gathering.entries or not self._segment:
            return 0
        frame = read_frame(self._file, self._at)
        if frame is None:
            return 0
        self._add_frame(frame, gathering, 0)
        self._at += frame.size
        return frame.size

    def _pass_bad_place(self, successor: int | None) -> bool:
        """Go on behind a bad place or the file's end; False if there is nothing to go on with."""
        if self._segment:
            end = os.fstat(self._file).st_size
            found = find_frame(self._file, self._at) if self._at < end else None
            if found == self._at:
                return False  # sound: for the next batch, or only now written to its end
            if found is None and (successor or self._final):
                found = end
            if found and found > self._at:
                self._put_aside(self._at, found)
                self._at = found
                return True
            if found is None and self._at < end:
                return False  # not whole yet
        if successor is None:
            return False
        self._open(successor)
        return True

    # --- what becomes of it ----------------------------------------------------------------------

    def _add_stretch(self, stretch: Stretch, gathering: Gathering) -> None:
        if stretch.first < self._next:
            stretch = stretch.without(self._next - stretch.first)
            if not stretch.series:
                return
        self._go_to(stretch.first, gathering)
        names = self._names
        if len({names[one][0] for one in set(stretch.series)}) == 1:
            self._add_points(stretch, gathering)
            return
        end = 0
        for _, points in groupby(stretch.series, lambda one: names[one][0]):
            begin, end = end, end + sum(1 for _ in points)
            self._add_points(stretch.up_to(end).without(begin), gathering)

    def _add_points(self, stretch: Stretch, gathering: Gathering) -> None:
        first, series, *_ = stretch
        columns = stretch.steps, stretch.timestamps, stretch.values
        run = self._names[series[0]][0]
        gathering.add_points(run, series, self._names, columns, len(series))
        self._next = first + len(series)

    def _add_rows(self, rows: Rows, gathering: Gathering) -> None:
        if rows.first < self._next:
            rows = rows.without(self._next - rows.first)
            if not rows.steps:
                return
        self._go_to(rows.first, gathering)
        gathering.add_rows(rows, self._names)
        self._next = rows.first + len(rows.steps)

    def _add_frame(self, frame: Frame, gathering: Gathering, ahead: int) -> None:
        """Add a sound frame that begins so many bytes ahead of where the reader stands."""
        if frame.kind == frames.SERIES:
            try:
                self._names[frame.number] = frames.unpack_name(frame.payload)
                self._named.add(frame.number)
                self._nameless.discard(frame.number)
            except msgspec.MsgspecError:
                self._put_aside(self._at + ahead, self._at + ahead + frame.size)
            return
        if frame.number < self._next:
            return
        self._go_to(frame.number, gathering)
        try:
            self._add_record(frame, gathering)
        except (msgspec.MsgspecError, ValueError, KeyError, struct.error):
            # Written by somebody else, or it needs a name that was in a bad place.
            self._put_aside(self._at + ahead, self._at + ahead + frame.size)
            gathering.add_skip(1, _UNREADABLE)
        self._next += 1

    def _add_record(self, frame: Frame, gathering: Gathering) -> None:
        if frame.kind == frames.ENTRY:
            gathering.add(frames.unpack_entry(frame.payload))
            return
        if frame.kind == frames.POINT:
            one, step, timestamp, value = frames.unpack_point(frame.payload)
            series: tuple[int, ...] = (one,)
            values: tuple[float, ...] = (value,)
        elif frame.kind == frames.POINTS:
            step, timestamp, series, values = frames.unpack_points(frame.payload)
        else:
            raise ValueError("a kind that this format does not have")
        for one in set(series).difference(self._names):
            self._look_ahead_for_name(one)
        (run,) = {self._names[one][0] for one in series}
        count = len(series)
        columns = (step,) * count, (timestamp,) * count, values
        gathering.add_points(run, series, self._names, columns, 1)

    def _look_ahead_for_name(self, series: int) -> None:
        """Learn a name that was in a bad place from where the series is named again."""
        if series in self._nameless:
            return
        frame = find_name(self._file, self._at, series)
        successor = self._successor()
        if frame is None and successor:
            with open(segments.segment_path(self.folder, successor), "rb") as stream:
                frame = find_name(stream.fileno(), 0, series)
        if frame is None:
            self._nameless.add(series)
        else:
            self._names[series] = frames.unpack_name(frame.payload)

    def _go_to(self, number: int, gathering: Gathering) -> None:
        """Skip the records before a number that are not there."""
        if number > self._next:
            gathering.add_skip(number - self._next, _UNREADABLE)
            self._next = number

    def _put_aside(self, begin: int, end: int) -> None:
        name = f"{self.folder.name}-{self._segment:020}-{begin}.bin"
        target = self.folder.parent / CORRUPT_NAME / name
        if target.exists():
            return  # read before
        self.corrupt += 1
        if self._only_looks:
            return
        # Where the disk is full too, the bytes still are in the journal for a while.
        with contextlib.suppress(OSError):
            copy_range(self._file, begin, end, target)
