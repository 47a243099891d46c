"""Compressed columns of points: the content of `metric_blocks`, and the reading of log rows.

A block of a series holds its steps, timestamps and values. The packed block of a run holds all its
short series: the keys, the number of points of each, then the three columns of all of them, series
by series. Columns are compressed by pcodec, without loss; points are in `POINT_ORDER`.

This module loads numpy and pcodec, so it is imported only where points are compacted or read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pcodec import ChunkConfig, wrapped

from headrace.stores.sql.points import row_width

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

# A block never holds more, so that a column is one page of pcodec's.
MAX_BLOCK_POINTS = 65_536

# Levels above spend four times the time on 1% of the bytes.
_CONFIG = ChunkConfig(compression_level=4)
_COMPRESSOR = wrapped.FileCompressor()
_HEADER: bytes = _COMPRESSOR.write_header()
_LENGTH = struct.Struct("<I")


class PointArrays:
    """Points of any series of one run in numpy columns of equal length.

    Attributes:
        keys: Key ids.
        steps: Steps.
        times: Timestamps.
        values: Values, -0.0 as 0.0.

    """

    __slots__ = ("keys", "steps", "times", "values")

    def __init__(self, keys: Ints, steps: Ints, times: Ints, values: Floats) -> None:
        self.keys = keys
        self.steps = steps
        self.times = times
        self.values = values

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, rows: Any) -> PointArrays:
        """Return the points at a slice, mask or array of positions."""
        return PointArrays(self.keys[rows], self.steps[rows], self.times[rows], self.values[rows])

    @classmethod
    def joined(cls, parts: Sequence[PointArrays]) -> PointArrays:
        """Return the points of all parts, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.keys for part in parts] or [_NO_INTS]),
            np.concatenate([part.steps for part in parts] or [_NO_INTS]),
            np.concatenate([part.times for part in parts] or [_NO_INTS]),
            np.concatenate([part.values for part in parts] or [_NO_FLOATS]),
        )

    def sorted(self) -> PointArrays:
        """Return the points by key, step, timestamp and value, NaN as 0 but after it."""
        by_key = self if ascend(self.keys) else self[np.argsort(self.keys, kind="stable")]
        same_key = by_key.keys[1:] == by_key.keys[:-1]
        if np.all(~same_key | (by_key.steps[1:] > by_key.steps[:-1])):
            return by_key
        numbers, nans = split_values(by_key.values)
        order = np.lexsort((nans, numbers, by_key.times, by_key.steps, by_key.keys))
        return by_key[order]

    def distinct(self) -> PointArrays:
        """Return sorted points without the repetitions of a point."""
        repeated = self.find_repetitions()
        return self[~repeated] if repeated.any() else self

    def find_repetitions(self) -> NDArray[np.bool_]:
        """Return where sorted points are equal to the one before; NaN is equal to NaN."""
        repeated = np.zeros(len(self), dtype=np.bool_)
        same = (self.steps[1:] == self.steps[:-1]) & (self.times[1:] == self.times[:-1])
        if same.any():
            values = self.values
            both_nan = np.isnan(values[1:]) & np.isnan(values[:-1])
            same &= (values[1:] == values[:-1]) | both_nan
            repeated[1:] = same & (self.keys[1:] == self.keys[:-1])
        return repeated


_NO_INTS: Ints = np.empty(0, np.int64)
_NO_FLOATS: Floats = np.empty(0, np.float64)


def split_values(values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the values with 0 for NaN, and where they are NaN: what points are ordered by."""
    nans = np.isnan(values)
    return np.where(nans, 0.0, values), nans


def ascend(numbers: Ints) -> bool:
    """Return whether none of the numbers is less than the one before."""
    return bool(np.all(numbers[1:] >= numbers[:-1]))


# --- log rows ------------------------------------------------------------------------------------


def read_log(blobs: Iterable[bytes]) -> PointArrays:
    """Return the points of log rows (see `headrace.stores.sql.points`), in any order."""
    by_size: dict[int, list[bytes]] = {}
    parts = []
    for blob in blobs:
        width = row_width(blob)
        if width:
            parts.append(_read_rows(blob, width))
        else:
            by_size.setdefault(len(blob), []).append(blob)
    for size, equal in by_size.items():
        rows = np.frombuffer(b"".join(equal), "<i8").reshape(len(equal), 4, size // 32)
        keys, steps, times, values = rows.transpose(1, 0, 2).reshape(4, -1)
        parts.append(PointArrays(keys, steps, times, values.view("<f8") + 0.0))
    return PointArrays.joined(parts)


def _read_rows(blob: bytes, width: int) -> PointArrays:
    numbers = np.frombuffer(blob, "<i8")
    rows = (len(numbers) - 1 - width) // (2 + width)
    _, keys, steps, times, values = np.split(numbers, np.cumsum([1, width, rows, rows]))
    return PointArrays(
        np.tile(keys, rows),
        np.repeat(steps, width),
        np.repeat(times, width),
        values.view("<f8") + 0.0,
    )


# --- blocks --------------------------------------------------------------------------------------


def encode_series(points: PointArrays) -> bytes:
    """Return the blob of a block of one series."""
    return _encode([points.steps, points.times, points.values])


def decode_series(blob: bytes, key: int, count: int) -> PointArrays:
    """Return the points of a block of one series."""
    steps, times, values = _decode(blob, [(count, "i64"), (count, "i64"), (count, "f64")])
    return PointArrays(np.full(count, key), steps, times, values)


def encode_packed(points: PointArrays) -> bytes:
    """Return the blob of a packed block; the points are sorted."""
    starts = np.flatnonzero(np.concatenate([[True], points.keys[1:] != points.keys[:-1]]))
    counts = np.diff(starts, append=len(points))
    columns = _encode([points.keys[starts], counts, points.steps, points.times, points.values])
    return _LENGTH.pack(len(starts)) + columns


def decode_packed(blob: bytes, count: int) -> PointArrays:
    """Return the points of a packed block."""
    [series] = _LENGTH.unpack_from(blob)
    sizes = [(series, "i64"), (series, "i64"), (count, "i64"), (count, "i64"), (count, "f64")]
    keys, counts, steps, times, values = _decode(blob[_LENGTH.size :], sizes)
    return PointArrays(np.repeat(keys, counts), steps, times, values)


def keys_part(blob: bytes) -> bytes:
    """Return the beginning of a packed block, which says its keys, up to where the rest begins.

    The rest can be put behind the `encode_keys` of as many other keys. Empty if another version of
    pcodec wrote the block.
    """
    if not blob.startswith(_HEADER, _LENGTH.size):
        return b""
    at = _LENGTH.size + len(_HEADER)
    [length] = _LENGTH.unpack_from(blob, at)
    return blob[: at + _LENGTH.size + length]


def decode_keys(part: bytes) -> Ints:
    """Return the keys that the `keys_part` of a block says."""
    [series] = _LENGTH.unpack_from(part)
    [keys] = _decode(part[_LENGTH.size :], [(series, "i64")])
    return keys


def encode_keys(keys: Ints) -> bytes:
    """Return the beginning of a packed block of these keys, which ascend."""
    return _LENGTH.pack(len(keys)) + _encode([keys])


def _encode(columns: Sequence[NDArray[Any]]) -> bytes:
    """Return pcodec's header, then each column with its length before it."""
    parts = [_HEADER]
    for column in columns:
        chunk = _COMPRESSOR.chunk_compressor(np.ascontiguousarray(column), _CONFIG)
        content = chunk.write_meta() + chunk.write_page(0)
        parts += [_LENGTH.pack(len(content)), content]
    return b"".join(parts)


def _decode(blob: bytes, columns: Sequence[tuple[int, str]]) -> list[NDArray[Any]]:
    decompressor, at = wrapped.FileDecompressor.new(blob)
    decoded = []
    for count, kind in columns:
        [length] = _LENGTH.unpack_from(blob, at)
        at += _LENGTH.size
        content = blob[at : at + length]
        at += length
        chunk, page_at = decompressor.chunk_decompressor(content, kind)
        column = np.empty(count, np.int64 if kind == "i64" else np.float64)
        chunk.read_page_into(content[page_at:], count, column)
        decoded.append(column)
    return decoded
