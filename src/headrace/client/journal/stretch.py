"""Many frames of single points at once: the columns come out of `struct` without a loop.

A frame a loop would cost several times the rest of the way to the store.
"""

from __future__ import annotations

from collections.abc import Container
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from headrace.client.journal.frames import MAGIC, POINT, POINT_BODY, POINT_SIZE

_SEALED = Struct(f"<4sI{POINT_BODY.size}s")  # magic, checksum, what it covers


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
        at_most: How many frames to look at.
        known: The series that have been named.

    Returns:
        All of them up to the first frame that is not sound, holds no single point, has a number
        that does not follow, or a series that is not named; None if that is the first already.

    """
    count = min(at_most, (len(data) - at) // POINT_SIZE)
    if count < 1 or data[at : at + len(MAGIC)] != MAGIC:
        return None
    frames = memoryview(data)[at : at + count * POINT_SIZE]
    magics, checksums, bodies = zip(*_SEALED.iter_unpack(frames), strict=True)
    _, kinds, numbers, series, steps, timestamps, values = zip(
        *POINT_BODY.iter_unpack(b"".join(bodies)), strict=True
    )
    sound = min(
        _agreeing(tuple(map(crc32, bodies)), checksums),
        _agreeing((MAGIC,) * count, magics),
        _agreeing((POINT,) * count, kinds),
        _agreeing(tuple(range(numbers[0], numbers[0] + count)), numbers),
    )
    if any(one not in known for one in set(series[:sound])):
        sound = next(index for index in range(sound) if series[index] not in known)
    if not sound:
        return None
    stretch = Stretch(numbers[0], series, steps, timestamps, values)
    return stretch if sound == count else stretch.up_to(sound)


def _agreeing(one: tuple[object, ...], other: tuple[object, ...]) -> int:
    """Return how many items two columns of equal length share from their beginning on."""
    if one == other:
        return len(one)
    return next(index for index in range(len(one)) if one[index] != other[index])
