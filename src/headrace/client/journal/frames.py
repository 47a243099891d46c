"""The bytes of a journal: one frame a record, and one for each name of a metric.

A frame is a head and a payload, all little-endian::

    magic     4 bytes  f1 48 52 4a; no text in UTF-8 holds the first
    checksum  4 bytes  CRC-32 of all that follows
    length    4 bytes  of the payload
    kind      1 byte
    number    8 bytes  of the record, from 1; of the named series in a frame that names one
    payload

The page on durability shows the payloads.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from struct import Struct
from typing import NamedTuple
from zlib import crc32

import msgspec

from headrace.api.journals import JournalEntry
from headrace.errors import InvalidParameterValue

FORMAT = 1  # counts up with every change that an older reader would not understand

MAGIC = b"\xf1HRJ"

# Kinds of frames.
POINT = 1  # one point
POINTS = 2  # several points that share step and time
ENTRY = 3  # any other request
SERIES = 4  # not a record: which run and key a series' number stands for in this segment

HEAD = Struct("<4sIIBQ")
CHECKED_FROM = 8  # the checksum covers what begins here
MAX_PAYLOAD = 16 * 1024 * 1024

# A point's whole frame but magic and checksum: length, kind, number; series, step, time, value.
POINT_BODY = Struct("<IBQIqqd")
SEAL = Struct("<4sI")  # magic and checksum
POINT_SIZE = SEAL.size + POINT_BODY.size
POINT_LENGTH = POINT_SIZE - HEAD.size

POINTS_HEAD = Struct("<qqI")  # step, time, how many; then their series and their values

_BODY_HEAD = Struct("<IBQ")
_POINT = Struct("<Iqqd")


@cache
def points_columns(count: int) -> Struct:
    """Return the layout of the series and the values of so many points."""
    return Struct(f"<{count}I{count}d")


_encode = msgspec.msgpack.Encoder().encode
_decode_entry = msgspec.msgpack.Decoder(JournalEntry).decode
_decode_name = msgspec.msgpack.Decoder(tuple[str, str]).decode


class Frame(NamedTuple):
    """A frame that was read whole.

    Attributes:
        kind: One of the kinds above.
        number: Of the record, or of the named series.
        payload: What it holds.
        size: Bytes of the whole frame.

    """

    kind: int
    number: int
    payload: bytes
    size: int


def seal(kind: int, number: int, payload: bytes) -> bytes:
    """Return the frame of a payload."""
    body = _BODY_HEAD.pack(len(payload), kind, number) + payload
    return SEAL.pack(MAGIC, crc32(body)) + body


def open_frame(data: bytes, at: int = 0) -> Frame | None:
    """Return the frame that begins at an offset; None if no whole and sound one does."""
    if len(data) - at < HEAD.size:
        return None
    magic, checksum, length, kind, number = HEAD.unpack_from(data, at)
    end = at + HEAD.size + length
    if magic != MAGIC or end > len(data) or crc32(data[at + CHECKED_FROM : end]) != checksum:
        return None
    return Frame(kind, number, data[at + HEAD.size : end], end - at)


def size_of(data: bytes, at: int = 0) -> int | None:
    """Return the size that a frame's head gives it; None if this is no head, or not all of it."""
    if len(data) - at < HEAD.size:
        return None
    magic, _, length, _, _ = HEAD.unpack_from(data, at)
    return HEAD.size + length if magic == MAGIC and length <= MAX_PAYLOAD else None


def kind_at(data: bytes, at: int) -> int:
    """Return the kind of what may be a frame at an offset; 0 if this is no head."""
    return data[at + SEAL.size + 4] if len(data) - at >= HEAD.size else 0


# --- payloads ------------------------------------------------------------------------------------


def pack_point(series: int, step: int, timestamp: int, value: float) -> bytes:
    """Return the payload of one point."""
    return _POINT.pack(series, step, timestamp, value)


def unpack_point(payload: bytes) -> tuple[int, int, int, float]:
    """Return series, step, timestamp and value of a point."""
    return _POINT.unpack(payload)


def pack_points(
    step: int, timestamp: int, series: Sequence[int], values: Collection[float]
) -> bytes:
    """Return the payload of points that share step and time."""
    count = len(series)
    head = POINTS_HEAD.pack(step, timestamp, count)
    return head + points_columns(count).pack(*series, *values)


def unpack_points(payload: bytes) -> tuple[int, int, tuple[int, ...], tuple[float, ...]]:
    """Return step, timestamp, series and values."""
    step, timestamp, count = POINTS_HEAD.unpack_from(payload)
    if len(payload) != POINTS_HEAD.size + 12 * count:
        raise ValueError("a length that does not fit its count")
    columns = points_columns(count).unpack_from(payload, POINTS_HEAD.size)
    return step, timestamp, columns[:count], columns[count:]


def count_points(frame: Frame) -> int:
    """Return how many points a frame holds that are not part of a request."""
    if frame.kind == POINTS and len(frame.payload) >= POINTS_HEAD.size:
        return int(POINTS_HEAD.unpack_from(frame.payload)[2])
    return int(frame.kind == POINT)


def pack_entry(entry: JournalEntry) -> bytes:
    """Return the payload of a request.

    Raises:
        InvalidParameterValue: If it is larger than a frame may be.

    """
    payload = _encode(entry)
    if len(payload) > MAX_PAYLOAD:
        raise InvalidParameterValue(
            f"A log call of {len(payload)} bytes is larger than the {MAX_PAYLOAD} that one may "
            "have: log large texts as artifacts."
        )
    return payload


def unpack_entry(payload: bytes) -> JournalEntry:
    """Return the request."""
    return _decode_entry(payload)


def pack_name(run_id: str, key: str) -> bytes:
    """Return the payload that says what a series' number stands for."""
    return _encode((run_id, key))


def unpack_name(payload: bytes) -> tuple[str, str]:
    """Return run id and key."""
    return _decode_name(payload)
