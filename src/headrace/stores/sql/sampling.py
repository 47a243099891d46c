"""Fewer points of a series: MLflow's own sample, and the reduction of Headrace's charts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from headrace.stores.sql.blocks import Floats, PointArrays

Positions = NDArray[np.int64]


def sample_evenly(points: PointArrays, count: int) -> PointArrays:
    """Return MLflow's sample: the first point of each of `count` even buckets, and the last point.

    The buckets are those of SQL's NTILE: of n points the first n % count buckets hold one more
    than the others. The last point takes the place of the last sample where the sample is full.
    """
    total = len(points)
    if total <= count:
        return points
    size, longer = divmod(total, count)
    buckets = np.arange(count)
    starts = buckets * size + np.minimum(buckets, longer)
    starts[-1] = total - 1
    return points[starts]


def reduce_for_chart(points: PointArrays, count: int) -> PointArrays:
    """Return at most `count` points with the look of all: min-max LTTB.

    The first and the last point stay, and so does every spike; infinities count as spikes.
    """
    if len(points) <= count:
        return points
    if count <= 2:
        return points[[0, -1][-count:]]
    return points[_choose(_finite(points.values), count)]


def _choose(values: Floats, count: int) -> Positions:
    from tsdownsample import MinMaxLTTBDownsampler

    downsampler: Any = MinMaxLTTBDownsampler  # its types say nothing
    return np.unique(downsampler().downsample(values, n_out=count).astype(np.int64))


def _finite(values: Floats) -> Floats:
    """Return values with infinities a little beyond the others, and NaN as the value before it."""
    finite = np.isfinite(values)
    if finite.all():
        return values
    known = values[finite]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    margin = (high - low) or 1.0
    drawn = np.clip(values, low - margin, high + margin)
    last_known = np.maximum.accumulate(np.where(np.isnan(drawn), -1, np.arange(len(drawn))))
    return np.where(last_known >= 0, drawn[last_known], low)
