"""Reading the points of series: blocks and log together, in one snapshot, nothing written.

What the log holds beside the blocks may repeat points, so everything that is read is merged, sorted
and made distinct in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from headrace.api.limits import MAX_INT64, MIN_INT64
from headrace.stores.sql.blocks import (
    PointArrays,
    decode_packed,
    decode_series,
    read_log,
    split_values,
)
from headrace.stores.sql.compaction import PACKED
from headrace.stores.sql.engine import Row, Transaction


class Window(Struct):
    """Which points of a series are wanted.

    Attributes:
        first_step: Least step.
        last_step: Greatest step.
        first_time: Least timestamp.
        limit: How many points in the order of time are enough from there; None for all.

    """

    first_step: int = MIN_INT64
    last_step: int = MAX_INT64
    first_time: int = 0
    limit: int | None = None


class _Stored(Struct):
    """What the store holds of one series, still encoded."""

    key: int
    blocks: list[tuple[int, bytes]]
    packed: list[tuple[int, bytes]]
    log: list[bytes]

    def decode(self) -> PointArrays:
        parts = [decode_series(blob, self.key, count) for count, blob in self.blocks]
        shared = [decode_packed(blob, count) for count, blob in self.packed]
        if self.log:
            shared.append(read_log(self.log))
        return PointArrays.joined([*parts, *(part[part.keys == self.key] for part in shared)])


def read_histories(
    tx: Transaction, statements: Any, run_ids: Collection[str], key: str, window: Window
) -> dict[str, PointArrays]:
    """Return one metric's distinct points of several runs, sorted by step, timestamp and value.

    Args:
        tx: A transaction with a snapshot.
        statements: The dialect's statements.
        run_ids: The runs.
        key: Name of the metric.
        window: Which points; with a limit further points may come along.

    Returns:
        Run id to points, for the runs that have the metric.

    """
    series = _find_series(tx, statements, run_ids, key)
    stored = {run: _Stored(key_id, [], [], []) for _, run, key_id, _ in series}
    runs = statements.bind_list(stored)
    keys = statements.bind_list({PACKED, *(key_id for _, _, key_id, _ in series)})
    for run, key_id, count, blob in _read_blocks(tx, statements, runs, keys, window):
        own = stored[run]
        (own.packed if key_id == PACKED else own.blocks).append((count, blob))
    sql = f"SELECT run_id, points FROM metric_log WHERE run_id {statements.IN_LIST}"
    for run, blob in tx.execute(sql, (runs,)).fetchall():
        stored[run].log.append(blob)
    found = {run_id: stored[run].decode() for run_id, run, _, _ in series}
    return {run_id: _within(points, window).sorted().distinct() for run_id, points in found.items()}


def count_points(
    tx: Transaction, statements: Any, run_ids: Collection[str], key: str
) -> dict[str, int]:
    """Return how many points of a metric were ever logged, for the runs that have it."""
    return {run_id: count for run_id, _, _, count in _find_series(tx, statements, run_ids, key)}


def _find_series(tx: Transaction, statements: Any, run_ids: Collection[str], key: str) -> list[Row]:
    """Return (run id, row id of the run, key id, count) of the runs that have a metric."""
    sql = (
        "SELECT runs.uuid, runs.id, keys.id, metric_summaries.count FROM runs "
        "JOIN keys ON keys.experiment_id = runs.experiment_id AND keys.name = ? "
        "JOIN metric_summaries "
        "ON metric_summaries.run_id = runs.id AND metric_summaries.key_id = keys.id "
        f"WHERE runs.uuid {statements.IN_LIST}"
    )
    rows: list[Row] = tx.execute(sql, (key, statements.bind_list(run_ids))).fetchall()
    return rows


def _read_blocks(
    tx: Transaction, statements: Any, runs: Any, keys: Any, window: Window
) -> Iterable[Row]:
    """Return (run, key, count, points) of the blocks that may hold points of a window."""
    if window.limit is not None:
        return _read_first_blocks(tx, statements, runs, keys, window)
    sql = (
        "SELECT run_id, key_id, count, points FROM metric_blocks "
        f"WHERE run_id {statements.IN_LIST} AND key_id {statements.IN_LIST} "
        "AND step_max >= ? AND step_min <= ? AND time_max >= ?"
    )
    bounds = (window.first_step, window.last_step, window.first_time)
    rows: list[Row] = tx.execute(sql, (runs, keys, *bounds)).fetchall()
    return rows


def _read_first_blocks(
    tx: Transaction, statements: Any, runs: Any, keys: Any, window: Window
) -> Iterable[Row]:
    """Return only the blocks that the first points of one series after some time can lie in."""
    sql = (
        "SELECT id, key_id, count, time_min, time_max FROM metric_blocks "
        f"WHERE run_id {statements.IN_LIST} AND key_id {statements.IN_LIST} AND time_max >= ?"
    )
    described = tx.execute(sql, (runs, keys, window.first_time)).fetchall()
    enough_at = _time_with_enough(described, window)
    wanted = [row[0] for row in described if row[3] <= enough_at]
    sql = f"SELECT run_id, key_id, count, points FROM metric_blocks WHERE id {statements.IN_LIST}"
    rows: list[Row] = tx.execute(sql, (statements.bind_list(wanted),)).fetchall()
    return rows


def _time_with_enough(described: Sequence[Row], window: Window) -> int:
    """Return a timestamp up to which whole blocks alone hold enough points."""
    assert window.limit is not None
    points = 0
    for _, key, count, time_min, time_max in sorted(described, key=lambda row: row[4]):
        if key != PACKED and time_min > window.first_time:
            points += count
            if points >= window.limit:
                return int(time_max)
    return MAX_INT64


def _within(points: PointArrays, window: Window) -> PointArrays:
    if window.first_step == MIN_INT64 and window.last_step == MAX_INT64:
        return points
    steps = points.steps
    return points[(steps >= window.first_step) & (steps <= window.last_step)]


def by_time(points: PointArrays) -> PointArrays:
    """Return sorted points in the order of timestamp, step and value."""
    if bool(np.all(points.times[1:] >= points.times[:-1])):
        return points
    return points[np.argsort(points.times, kind="stable")]


def after(points: PointArrays, time: int, step: int, number: float, is_nan: bool) -> PointArrays:
    """Return what follows a point in the order of timestamp, step and value.

    Args:
        points: PointArrays in that order.
        time: Timestamp of the point, which need not be there.
        step: Its step.
        number: Its value, 0 if that is NaN.
        is_nan: Whether its value is NaN.

    """
    numbers, nans = split_values(points.values)
    later = (numbers > number) | ((numbers == number) & (nans > is_nan))
    later = (points.steps > step) | ((points.steps == step) & later)
    later = (points.times > time) | ((points.times == time) & later)
    return points[later]
