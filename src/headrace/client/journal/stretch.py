"""Many frames of single points at once: the columns come out of `struct` without a loop.

A frame a loop would cost several times the rest of the way to the store.
"""

from __future__ import annotations

from collections.abc import Container
from functools import cache
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from headrace.client.journal.frames import (
    CHECKED_FROM,
    MAGIC,
    POINT,
    POINT_BODY,
    POINT_LENGTH,
    POINT_SIZE,
)

_POINT_START = Struct("<IB").pack(POINT_LENGTH, POINT)  # behind magic and checksum
_COUNTS = (1000, 100, 10)  # how many frames may be decoded at once


@cache
def _layouts(count: int) -> tuple[Struct, Struct]:
    """Return the layouts of frames: magic, checksum and body; and what is in the bodies."""
    body = POINT_BODY.format.lstrip("<")
    return Struct("<" + f"4sI{POINT_BODY.size}s" * count), Struct("<" + f"8x{body}" * count)


class Stretch(NamedTuple):
    """Points whose numbers follow each other, one a record.

    Attributes:
        first: Number of the first.
        series: Series of each.
        steps: Steps.
        timestamps: Milliseconds since the epoch.
        values: Values.

    """

    first: int
    series: tuple[int, ...]
    steps: tuple[int, ...]
    timestamps: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def size(self) -> int:
        """How many bytes its frames take."""
        return len(self.series) * POINT_SIZE

    def without(self, count: int) -> Stretch:
        """Return what is left without the first points."""
        return self._part(count, len(self.series))

    def up_to(self, count: int) -> Stretch:
        """Return the first points."""
        return self._part(0, count)

    def _part(self, begin: int, end: int) -> Stretch:
        return Stretch(
            self.first + begin,
            self.series[begin:end],
            self.steps[begin:end],
            self.timestamps[begin:end],
            self.values[begin:end],
        )


def decode_stretch(data: bytes, at: int, at_most: int, known: Container[int]) -> Stretch | None:
    """Return the points whose frames stand at an offset, one after the other.

    Args:
        data: Bytes of a segment.
        at: Where the first frame begins.
        at_most: How many frames to look at; under 10 none is.
        known: The series that have been named.

    Returns:
        All of them up to the first frame that is not sound, holds no single point, has a number
        that does not follow, or a series that is not named; None if that is the first already.

    """
    count = _likely(data, at, min(at_most, (len(data) - at) // POINT_SIZE))
    if not count:
        return None
    sealed, bare = _layouts(count)
    outer = sealed.unpack_from(data, at)
    magics, checksums, bodies = outer[::3], outer[1::3], outer[2::3]
    inner = bare.unpack_from(data, at)
    _, kinds, numbers, series, steps, timestamps, values = (inner[field::7] for field in range(7))
    sound = min(
        count_agreeing(tuple(map(crc32, bodies)), checksums),
        count_agreeing((MAGIC,) * count, magics),
        count_agreeing((POINT,) * count, kinds),
        count_agreeing(tuple(range(numbers[0], numbers[0] + count)), numbers),
    )
    if any(one not in known for one in set(series[:sound])):
        sound = next(index for index in range(sound) if series[index] not in known)
    if not sound:
        return None
    stretch = Stretch(numbers[0], series, steps, timestamps, values)
    return stretch if sound == count else stretch.up_to(sound)


def _likely(data: bytes, at: int, at_most: int) -> int:
    """Return how many frames of points there are from an offset on, by the first and the last."""
    if _is_point(data, at):
        for count in _COUNTS:
            if count <= at_most and _is_point(data, at + (count - 1) * POINT_SIZE):
                return count
    return 0


def _is_point(data: bytes, at: int) -> bool:
    head = data[at : at + CHECKED_FROM + len(_POINT_START)]
    return head.startswith(MAGIC) and head.endswith(_POINT_START)


def count_agreeing(one: tuple[object, ...], other: tuple[object, ...]) -> int:
    """Return how many items two columns of equal length share from their beginning on."""
    if one == other:
        return len(one)
    return next(index for index in range(len(one)) if one[index] != other[index])
