"""Frames of points that share step and time, as a loop writes them: the same series each time.

They are packed by one call. As with single points (`stretch`), the columns of many come out of
`struct` without a loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from headrace.client.journal.frames import (
    HEAD,
    MAGIC,
    POINTS,
    POINTS_HEAD,
    SEAL,
    kind_at,
    size_of,
)
from headrace.client.journal.stretch import count_agreeing

MIN_ROWS = 4  # fewer are not worth an entry of their own
_MAX_ROWS = 512

# Where a frame says how many points it has and of which series: the same in all rows.
_SHAPE_FROM = HEAD.size + POINTS_HEAD.size - 4


class Row:
    """Series whose points are logged together.

    Attributes:
        series: Their numbers in the journal.
        shape: How many they are and their numbers, as each frame says it.
        pack: Packs a frame but for magic and checksum: length, kind, number; step, time, the
            shape; the values.
        length: Of the payload.
        size: Of the frame.
        named_in: The state of the journal's names in which all of them were named; 0 for none.

    """

    __slots__ = ("length", "named_in", "pack", "series", "shape", "size")

    def __init__(self, series: Sequence[int]) -> None:
        width = len(series)
        self.series = tuple(series)
        self.shape = Struct(f"<{1 + width}I").pack(width, *series)
        body = _body(width)
        self.pack = body.pack
        self.size = SEAL.size + body.size
        self.length = self.size - HEAD.size
        self.named_in = 0


@cache
def _body(width: int) -> Struct:
    return Struct(f"<IBQqq{4 + 4 * width}s{width}d")


class Rows(NamedTuple):
    """Records of points of the same series, whose numbers follow each other.

    Attributes:
        first: Number of the first.
        series: The series of each record's points.
        steps: Step of each record.
        timestamps: Milliseconds since the epoch.
        values: The values of each record, as little-endian doubles.
        size: How many bytes their frames take.

    """

    first: int
    series: tuple[int, ...]
    steps: tuple[int, ...]
    timestamps: tuple[int, ...]
    values: tuple[bytes, ...]
    size: int

    def without(self, count: int) -> Rows:
        """Return what is left without the first records."""
        return Rows(
            self.first + count,
            self.series,
            self.steps[count:],
            self.timestamps[count:],
            self.values[count:],
            self.size,
        )


@cache
def _layouts(width: int) -> tuple[Struct, Struct]:
    """Return the layouts of a frame: magic, checksum and body; and what is in the body."""
    shape = 4 + 4 * width
    return (
        Struct(f"<4sI{_SHAPE_FROM - 8 + shape + 8 * width}s"),
        Struct(f"<8x5sQqq{shape}s{8 * width}s"),
    )


def decode_rows(
    data: bytes, at: int, max_points: int, names: Mapping[int, tuple[str, str]]
) -> Rows | None:
    """Return the rows whose frames stand at an offset, one after the other.

    Args:
        data: Bytes of a segment.
        at: Where the first frame begins.
        max_points: How many points to take at most.
        names: Run and key of each series that has been named.

    Returns:
        All of them up to the first frame that is not sound, is no row of the same series or has a
        number that does not follow; None if those are fewer than `MIN_ROWS`, or the series are not
        different ones of one run, all of them named.

    """
    size = size_of(data, at)
    if size is None or kind_at(data, at) != POINTS or at + size > len(data):
        return None
    width, odd = divmod(size - _SHAPE_FROM - 4, 12)
    if width < 1 or odd:
        return None
    shape = data[at + _SHAPE_FROM : at + _SHAPE_FROM + 4 + 4 * width]
    points, *series = Struct(f"<{1 + width}I").unpack(shape)
    count = _likely(data, at, size, min(max_points // width, _MAX_ROWS), shape)
    if count < MIN_ROWS or points != width or not _are_of_one_run(series, names):
        return None
    sealed, bare = _layouts(width)
    frames = memoryview(data)[at : at + count * size]
    magics, checksums, bodies = zip(*sealed.iter_unpack(frames), strict=True)
    starts, numbers, steps, timestamps, shapes, values = zip(*bare.iter_unpack(frames), strict=True)
    sound = min(
        count_agreeing(tuple(map(crc32, bodies)), checksums),
        count_agreeing((MAGIC,) * count, magics),
        count_agreeing((data[at + 8 : at + 13],) * count, starts),
        count_agreeing((shape,) * count, shapes),
        count_agreeing(tuple(range(numbers[0], numbers[0] + count)), numbers),
    )
    if sound < MIN_ROWS:
        return None
    return Rows(
        numbers[0], tuple(series), steps[:sound], timestamps[:sound], values[:sound], sound * size
    )


def _are_of_one_run(series: Sequence[int], names: Mapping[int, tuple[str, str]]) -> bool:
    distinct = set(series)
    if len(distinct) < len(series) or not distinct <= names.keys():
        return False
    return len({names[one][0] for one in distinct}) == 1


def _likely(data: bytes, at: int, size: int, at_most: int, shape: bytes) -> int:
    """Return how many such frames there are from an offset on, by the first and the last."""
    count = min(at_most, (len(data) - at) // size)
    while count >= MIN_ROWS:
        last = at + (count - 1) * size
        if data.startswith(MAGIC, last) and data.startswith(shape, last + _SHAPE_FROM):
            return count
        count //= 2
    return 0
