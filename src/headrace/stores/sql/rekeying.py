"""Points whose keys become those of another experiment; loads numpy and pcodec."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from headrace.stores.sql.blocks import (
    Ints,
    PointArrays,
    ascend,
    decode_keys,
    decode_packed,
    encode_keys,
    encode_packed,
    keys_part,
)
from headrace.stores.sql.points import BYTES_PER_POINT, row_width


class Rekeying:
    """Blobs with other keys in them; what many runs have alike is done once.

    Args:
        key_ids: The new key of each old one.

    """

    def __init__(self, key_ids: Mapping[int, int]) -> None:
        self._key_ids = key_ids
        self._logged: dict[bytes, bytes] = {}
        # Empty where the new keys are in another order, so that all columns change.
        self._packed: dict[bytes, bytes] = {b"": b""}

    def log(self, blob: bytes) -> bytes:
        """Return the blob of a log row with other keys; all else stays as it is."""
        width = row_width(blob)
        begin, end = (8, 8 + 8 * width) if width else (0, len(blob) // BYTES_PER_POINT * 8)
        old = blob[begin:end]
        new = self._logged.get(old)
        if new is None:
            keys = self._replace(np.frombuffer(old, "<i8"))
            new = self._logged[old] = keys.astype("<i8").tobytes()
        return blob[:begin] + new + blob[end:]

    def packed(self, blob: bytes, count: int) -> bytes:
        """Return the blob of a packed block with other keys, and in their order."""
        old = keys_part(blob)
        new = self._packed.get(old)
        if new is None:
            keys = self._replace(decode_keys(old))
            new = self._packed[old] = encode_keys(keys) if ascend(keys) else b""
        if new:
            return new + blob[len(old) :]
        points = decode_packed(blob, count)
        keys = self._replace(points.keys)
        moved = PointArrays(keys, points.steps, points.times, points.values)
        return encode_packed(moved.sorted())

    def _replace(self, keys: Ints) -> Ints:
        known, places = np.unique(keys, return_inverse=True)
        return np.array([self._key_ids[key] for key in known.tolist()], np.int64)[places]
