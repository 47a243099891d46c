"""Points as requests bring them and as rows of `metric_log` hold them.

A log row's blob is four columns of 8-byte little-endian numbers, one after the other: key ids,
steps, timestamps (integers) and values (floats). It costs a microsecond to write for one point and
is a matrix for numpy however many there are: n points take 32 n bytes.

Points that came in rows stay rows, in little more than 8 bytes each: the number of keys as a
negative integer, by which such a blob is known, the key ids, the steps of the rows, their
timestamps, and the values row after row.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Sequence
from typing import Any

from headrace.api.journals import LogPoints, LogRows
from headrace.api.limits import MAX_INT64, MIN_INT64
from headrace.api.tracking import LogMetric, MetricPoint
from headrace.errors import InvalidParameterValue
from headrace.stores.texts import check_key

BYTES_PER_POINT = 32

# Keys that have been found good: most requests bring no other. All are dropped at this many.
_MAX_GOOD_KEYS = 100_000
_good_keys: set[str] = set()


class Points:
    """Points of one run in columns of equal length.

    Attributes:
        keys: Names of the metrics.
        steps: Steps.
        times: Timestamps in milliseconds since the epoch, none negative.
        values: Values; NaN and the infinities are values like any other.

    """

    __slots__ = ("keys", "steps", "times", "values")

    def __init__(
        self, keys: list[str], steps: array[int], times: array[int], values: array[float]
    ) -> None:
        self.keys = keys
        self.steps = steps
        self.times = times
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def joined(cls, parts: Sequence[Points]) -> Points:
        """Return the points of all parts, at least one, which stay as they are."""
        if len(parts) == 1:
            return parts[0]
        joined = cls([], array("q"), array("q"), array("d"))
        for part in parts:
            joined.keys += part.keys
            joined.steps += part.steps
            joined.times += part.times
            joined.values += part.values
        return joined


class PointRows:
    """Points of one run in rows: each has a value for every key, at one step and time.

    Attributes:
        keys: Names of the metrics, each once.
        steps: Step of each row.
        times: Timestamp of each row in milliseconds since the epoch, none negative.
        values: The values, row after row.

    """

    __slots__ = ("keys", "steps", "times", "values")

    def __init__(
        self, keys: list[str], steps: array[int], times: array[int], values: array[float]
    ) -> None:
        self.keys = keys
        self.steps = steps
        self.times = times
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def spread(self, column: array[int]) -> array[int]:
        """Return a column of the rows, steps or times, as one of the points."""
        width = len(self.keys)
        spread = array("q", bytes(8 * len(self)))
        for place in range(width):
            spread[place::width] = column
        return spread


def check_points(points: Sequence[MetricPoint | LogMetric], path: str = "") -> Points:
    """Return points in columns.

    Args:
        points: The points of one request, at least one.
        path: Where the list stands in the request, for messages; empty for a single point.

    Raises:
        InvalidParameterValue: If a key is malformed, or a number no number or out of 64 bits.

    """
    keys = [point.key for point in points]
    if not _good_keys.issuperset(keys):
        _check_keys(keys, path)
    try:
        steps = array("q", [point.step for point in points])
        times = array("q", [point.timestamp for point in points])
        values = array("d", [point.value for point in points])
    except (TypeError, ValueError, OverflowError):
        raise _find_bad_number(points, path) from None
    if min(times) < 0:
        raise _find_bad_number(points, path)
    return Points(keys, steps, times, values)


def check_columns(given: LogPoints) -> Points:
    """Return points that came in columns, at least one.

    Raises:
        InvalidParameterValue: If the columns differ in length or name a key that is not there, or
            for the reasons of `check_points`.

    """
    columns: tuple[list[Any], ...] = (given.series, given.steps, given.timestamps, given.values)
    if len(set(map(len, columns))) > 1:
        names = ("series", "steps", "timestamps", "values")
        shown = ", ".join(f"{len(c)} {name}" for name, c in zip(names, columns, strict=True))
        raise InvalidParameterValue(f"The columns of points must have equal lengths. Got {shown}.")
    if not _good_keys.issuperset(given.keys):
        _check_keys(given.keys, "keys")
    keys = _keys_of(given)
    try:
        steps, times = array("q", given.steps), array("q", given.timestamps)
        values = array("d", given.values)
        if min(times) >= 0:
            return Points(keys, steps, times, values)
    except (TypeError, ValueError, OverflowError):
        pass
    points = [
        MetricPoint(key=key, step=step, timestamp=time, value=value)
        for key, step, time, value in zip(keys, *columns[1:], strict=True)
    ]
    raise _find_bad_number(points, "points")


def check_rows(given: LogRows) -> PointRows | Points:
    """Return points that came in rows, at least one.

    Raises:
        InvalidParameterValue: If there are not as many values as rows by keys, or for the reasons
            of `check_points`.

    """
    given.check()
    if len(set(given.keys)) < len(given.keys):
        return check_columns(given.as_points())
    if not _good_keys.issuperset(given.keys):
        _check_keys(given.keys, "keys")
    try:
        steps, times = array("q", given.steps), array("q", given.timestamps)
    except OverflowError:
        return check_columns(given.as_points())  # which tells the point
    if min(times) < 0:
        return check_columns(given.as_points())
    values = array("d", given.values)
    if sys.byteorder == "big":
        values.byteswap()
    return PointRows(given.keys, steps, times, values)


def pack_points(
    key_ids: Sequence[int], steps: array[int], times: array[int], values: array[float]
) -> bytes:
    """Return the blob of a log row."""
    return _join_columns([array("q", key_ids), steps, times, values])


def pack_rows(key_ids: Sequence[int], rows: PointRows) -> bytes:
    """Return the blob of a log row that holds rows."""
    head = array("q", [-len(key_ids), *key_ids])
    columns: list[array[Any]] = [head, rows.steps, rows.times, rows.values]
    return _join_columns(columns)


def row_width(blob: bytes) -> int:
    """Return how many keys the rows of a log row's blob have; 0 for one of columns."""
    return max(0, -int.from_bytes(blob[:8], "little", signed=True))


def count_points(blob: bytes) -> int:
    """Return how many points a log row's blob holds; 0 if it is damaged."""
    width = row_width(blob)
    if not width:
        return 0 if len(blob) % BYTES_PER_POINT else len(blob) // BYTES_PER_POINT
    rows, odd = divmod(len(blob) - 8 * (1 + width), 8 * (2 + width))
    return 0 if odd else max(0, rows) * width


def _join_columns(columns: list[array[Any]]) -> bytes:
    if sys.byteorder == "big":
        columns = [column[:] for column in columns]
        for column in columns:
            column.byteswap()
    return b"".join([column.tobytes() for column in columns])


def _keys_of(given: LogPoints) -> list[str]:
    """Return the name of each point's metric."""
    try:
        if min(array("q", given.series)) >= 0:
            return list(map(given.keys.__getitem__, given.series))
    except (TypeError, OverflowError, IndexError):
        pass
    allowed = range(len(given.keys))
    bad = next(number for number in given.series if number not in allowed)
    raise InvalidParameterValue(
        f"Invalid value {bad!r} in 'series': it must be the index of one of {len(allowed)} keys, "
        "from 0 on."
    )


def _check_keys(keys: Sequence[str], path: str) -> None:
    for index, key in enumerate(keys):
        if key not in _good_keys:
            check_key(key, f"{path}[{index}].name" if path else "name", "Metric name")
            if len(_good_keys) >= _MAX_GOOD_KEYS:
                _good_keys.clear()
            _good_keys.add(key)


def _find_bad_number(points: Sequence[MetricPoint | LogMetric], path: str) -> InvalidParameterValue:
    """Return the refusal of the first point whose numbers are none."""
    for index, point in enumerate(points):
        within = f"{path}[{index}]." if path else ""
        if not _fits("d", point.value):
            return _invalid(
                f"{within}value",
                point.value,
                f"(timestamp={point.timestamp}). "
                "Please specify value as a valid double (64-bit floating point)",
            )
        about = f"metric '{point.key}' (value={point.value})."
        if not _fits("q", point.timestamp) or point.timestamp < 0:
            return _invalid(
                f"{within}timestamp",
                point.timestamp,
                f"{about} Timestamp must be a nonnegative long (64-bit integer) ",
            )
        if not _fits("q", point.step):
            return _invalid(
                f"{within}step",
                point.step,
                f"{about} Step must be a valid long (64-bit integer), from {MIN_INT64} to "
                f"{MAX_INT64}.",
            )
    raise AssertionError("every number of these points is good")


def _fits(code: str, number: Any) -> bool:
    try:
        array(code, [number])
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _invalid(path: str, value: Any, reason: str) -> InvalidParameterValue:
    shown = json.dumps(value, default=repr)
    return InvalidParameterValue(f"Invalid value {shown} for parameter '{path}' supplied: {reason}")
