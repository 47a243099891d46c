"""Summaries of many points at once by numpy: the same rows as `summaries.summarize`, quicker.

Used where numpy is loaded already: in a server that has compacted something.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from headrace.stores.sql.blocks import Floats, PointArrays, split_values
from headrace.stores.sql.engine import Row


def summarize_columns(
    run: int, key_ids: Sequence[int], steps: array[int], times: array[int], values: array[float]
) -> list[Row]:
    """Return the summaries of points of one run; see `headrace.stores.sql.summaries.summarize`."""
    points = PointArrays(
        np.array(key_ids, np.int64),
        np.frombuffer(steps, np.int64),
        np.frombuffer(times, np.int64),
        np.frombuffer(values, np.float64) + 0.0,
    ).sorted()
    is_start = np.concatenate(([True], points.keys[1:] != points.keys[:-1]))
    starts = np.flatnonzero(is_start)
    ends = np.append(starts[1:], len(points))
    columns = [
        points.keys[starts].tolist(),
        *_describe(points[ends - 1]),
        *_describe(points[starts]),
        _or_none(np.fmin.reduceat(points.values, starts)),
        _or_none(np.fmax.reduceat(points.values, starts)),
        (ends - starts).tolist(),
    ]
    return [(run, *row) for row in zip(*columns, strict=True)]


def _or_none(extremes: Floats) -> list[float | None]:
    """Return numbers with None for NaN, which is left where a series has nothing else."""
    return [None if number != number else number for number in extremes.tolist()]


def _describe(points: PointArrays) -> tuple[list[int], list[float], list[int], list[int]]:
    """Return kinds, numbers, steps and times."""
    numbers, nans = split_values(points.values)
    return (
        nans.astype(np.int64).tolist(),
        numbers.tolist(),
        points.steps.tolist(),
        points.times.tolist(),
    )
