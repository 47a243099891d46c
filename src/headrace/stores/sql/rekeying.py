"""Points whose keys become those of another experiment; loads numpy and pcodec."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from headrace.stores.sql.blocks import (
    Ints,
    PointArrays,
    decode_packed,
    encode_packed,
)
from headrace.stores.sql.points import BYTES_PER_POINT, row_width


def rekey_log(blob: bytes, key_ids: Mapping[int, int]) -> bytes:
    """Return the blob of a log row with other keys; all else stays as it is."""
    width = row_width(blob)
    begin, end = (8, 8 + 8 * width) if width else (0, len(blob) // BYTES_PER_POINT * 8)
    keys = np.frombuffer(blob[begin:end], "<i8")
    return blob[:begin] + _replace(keys, key_ids).astype("<i8").tobytes() + blob[end:]


def rekey_packed(blob: bytes, count: int, key_ids: Mapping[int, int]) -> bytes:
    """Return the blob of a packed block with other keys, and in their order."""
    points = decode_packed(blob, count)
    keys = _replace(points.keys, key_ids)
    moved = PointArrays(keys, points.steps, points.times, points.values)
    return encode_packed(moved.sorted())


def _replace(keys: Ints, key_ids: Mapping[int, int]) -> Ints:
    known, places = np.unique(keys, return_inverse=True)
    return np.array([key_ids[key] for key in known.tolist()], np.int64)[places]
