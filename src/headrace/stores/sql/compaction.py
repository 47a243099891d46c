"""From the log to blocks: the points of one run, in one transaction.

Nobody else compacts the run meanwhile, and what is deleted is exactly what was read: log rows and
blocks by their ids, since in PostgreSQL the order of ids is not the order of commits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from headrace.stores.sql.blocks import (
    MAX_BLOCK_POINTS,
    PointArrays,
    decode_packed,
    decode_series,
    encode_packed,
    encode_series,
    read_log,
    split_values,
)
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.points import count_points

# A series under this many points shares the packed block of its run.
MIN_SERIES_POINTS = 128

# Blocks stop growing here: a reader of a short interval decodes few more points than it needs.
FULL_BLOCK_POINTS = 16_384

# The most that one transaction takes from the log: some 50 ms, for which other writers wait.
MAX_POINTS = 131_072
MAX_ROWS = 20_000

# The key id of packed blocks.
PACKED = 0

_SELECT_LOG = "SELECT id, points FROM metric_log WHERE run_id = ? ORDER BY id"
_SELECT_PACKED = "SELECT id, count, points FROM metric_blocks WHERE run_id = ? AND key_id = 0"
_SELECT_BLOCKS = (
    "SELECT key_id, id, count, step_min, step_max, time_min, time_max FROM metric_blocks "
    "WHERE run_id = ? AND key_id {} ORDER BY key_id, id"
)
_SELECT_BLOCK = "SELECT points FROM metric_blocks WHERE id = ?"
_INSERT_BLOCK = (
    "INSERT INTO metric_blocks "
    "(run_id, key_id, count, step_min, step_max, time_min, time_max, points) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_LOWER_COUNT = "UPDATE metric_summaries SET count = count - ? WHERE run_id = ? AND key_id = ?"


class Compacted(Struct):
    """What a compaction did.

    Attributes:
        points: Number of points that it took from the log.
        packed: Number of points in the run's packed block now.
        is_whole: Whether the log held no more.

    """

    points: int
    packed: int
    is_whole: bool


class _Block(Struct):
    """A block of a series as its row describes it."""

    key: int
    id: int
    count: int
    step_min: int
    step_max: int
    time_min: int
    time_max: int


def compact_run(tx: Transaction, statements: Any, run: int) -> Compacted | None:
    """Move a run's points from the log into blocks.

    Args:
        tx: A transaction that writes.
        statements: The dialect's statements.
        run: Row id of the run.

    Returns:
        What was done; None if there was nothing to do, or another process is doing it.

    """
    if not statements.lock_compaction(tx, run):
        return None
    log_ids, blobs, is_whole = _read_log_rows(tx, run)
    if not log_ids:
        return None
    taken = sum(map(count_points, blobs))
    compaction = _Compaction(tx, statements, run)
    compaction.move(read_log(blobs))
    statements.delete_rows(tx, "metric_log", log_ids)
    return Compacted(points=taken, packed=compaction.packed, is_whole=is_whole)


def _read_log_rows(tx: Transaction, run: int) -> tuple[list[int], list[bytes], bool]:
    """Return ids and blobs of the oldest rows, and whether these are all."""
    ids: list[int] = []
    blobs: list[bytes] = []
    points = 0
    for row_id, blob in tx.execute(_SELECT_LOG, (run,)):
        if points >= MAX_POINTS or len(ids) >= MAX_ROWS:
            return ids, blobs, False
        ids.append(row_id)
        blobs.append(blob)
        points += count_points(blob)
    return ids, blobs, True


class _Compaction:
    """One run on its way into blocks."""

    def __init__(self, tx: Transaction, statements: Any, run: int) -> None:
        self._tx = tx
        self._statements = statements
        self._run = run
        self._replaced: list[int] = []
        self._inserted: list[Row] = []
        self.packed = 0

    def move(self, logged: PointArrays) -> None:
        """Write the points of the log into blocks and correct the summaries' counts."""
        packed_rows = self._tx.execute(_SELECT_PACKED, (self._run,)).fetchall()
        self._replaced += [row_id for row_id, _, _ in packed_rows]
        parts = [decode_packed(blob, count) for _, count, blob in packed_rows]
        gathered = PointArrays.joined([*parts, logged]).sorted()
        points = gathered.distinct()
        keys, counts = np.unique(points.keys, return_counts=True)
        dropped = dict(
            zip(keys.tolist(), (_counts_of(keys, gathered) - counts).tolist(), strict=True)
        )
        blocks = self._describe_blocks(keys.tolist())
        kept: list[PointArrays] = []
        for key, series in _split(points, keys, counts, blocks.keys()):
            if key is None:
                kept.append(series)
                continue
            own = blocks.get(key, [])
            fresh = self._drop_known(series, own)
            dropped[key] += len(series) - len(fresh)
            if len(fresh) < MIN_SERIES_POINTS:
                kept.append(fresh)
            else:
                self._add_series(key, fresh, own)
        self._add_packed(kept)
        self._store(dropped)

    def _describe_blocks(self, keys: Sequence[int]) -> dict[int, list[_Block]]:
        blocks: dict[int, list[_Block]] = {}
        sql = _SELECT_BLOCKS.format(self._statements.IN_LIST)
        for row in self._tx.execute(sql, (self._run, self._statements.bind_list(keys))):
            blocks.setdefault(row[0], []).append(_Block(*row))
        return blocks

    def _read_block(self, block: _Block) -> PointArrays:
        [blob] = self._tx.execute(_SELECT_BLOCK, (block.id,)).fetchone()
        return decode_series(blob, block.key, block.count)

    def _drop_known(self, series: PointArrays, blocks: Sequence[_Block]) -> PointArrays:
        """Return the points of a series that its blocks do not have."""
        if not blocks:
            return series
        steps, times = _bounds(series.steps), _bounds(series.times)
        for block in blocks:
            if (
                block.step_min <= steps[1]
                and steps[0] <= block.step_max
                and block.time_min <= times[1]
                and times[0] <= block.time_max
            ):
                series = _without(series, self._read_block(block))
                if not len(series):
                    break
        return series

    def _add_series(self, key: int, series: PointArrays, blocks: Sequence[_Block]) -> None:
        """Store a series in blocks of its own, together with its last blocks where they are short.

        A block that is at most twice as long as what comes is taken in, and again the one before:
        blocks grow, and no point is rewritten more often than the logarithm of their size.
        """
        total, taken = len(series), []
        for block in reversed(blocks):
            if block.count > 2 * total or block.count + total > FULL_BLOCK_POINTS:
                break
            total += block.count
            taken.append(block)
        if taken:
            self._replaced += [block.id for block in taken]
            series = PointArrays.joined([*map(self._read_block, taken), series]).sorted()
        for start in range(0, len(series), FULL_BLOCK_POINTS):
            part = series[start : start + FULL_BLOCK_POINTS]
            self._insert(key, part, encode_series(part))

    def _add_packed(self, parts: Sequence[PointArrays]) -> None:
        packed = PointArrays.joined([part for part in parts if len(part)]).sorted()
        self.packed = len(packed)
        for start in range(0, len(packed), MAX_BLOCK_POINTS):
            part = packed[start : start + MAX_BLOCK_POINTS]
            self._insert(PACKED, part, encode_packed(part))

    def _insert(self, key: int, points: PointArrays, blob: bytes) -> None:
        bounds = *_bounds(points.steps), *_bounds(points.times)
        self._inserted.append((self._run, key, len(points), *bounds, blob))

    def _store(self, dropped: dict[int, int]) -> None:
        if self._replaced:
            self._statements.delete_rows(self._tx, "metric_blocks", self._replaced)
        self._tx.executemany(_INSERT_BLOCK, self._inserted)
        lowered = [(count, self._run, key) for key, count in sorted(dropped.items()) if count]
        if lowered:
            self._tx.executemany(_LOWER_COUNT, lowered)


def _split(
    points: PointArrays, keys: Any, counts: Any, with_blocks: Any
) -> Iterator[tuple[int | None, PointArrays]]:
    """Yield each series that must be looked at with its key, and the rest in stretches with None.

    A short series that has no block of its own needs no look.
    """
    ends = np.cumsum(counts)
    has_block = np.isin(keys, np.fromiter(with_blocks, np.int64))
    rest = 0
    for position in np.flatnonzero(has_block | (counts >= MIN_SERIES_POINTS)).tolist():
        end = int(ends[position])
        start = end - int(counts[position])
        if start > rest:
            yield None, points[rest:start]
        yield int(keys[position]), points[start:end]
        rest = end
    if rest < len(points):
        yield None, points[rest:]


def _counts_of(keys: Any, gathered: PointArrays) -> Any:
    """Return how often each of the keys, which are all there are, occurs in sorted points."""
    return np.diff(np.searchsorted(gathered.keys, keys), append=len(gathered))


def _bounds(numbers: Any) -> tuple[int, int]:
    return int(numbers.min()), int(numbers.max())


def _without(points: PointArrays, known: PointArrays) -> PointArrays:
    """Return the distinct points of one series that are not among the distinct `known` ones."""
    both = PointArrays.joined([known, points])
    numbers, nans = split_values(both.values)
    is_new = np.arange(len(both)) >= len(known)
    order = np.lexsort((is_new, nans, numbers, both.times, both.steps))
    ordered = both[order]
    return ordered[is_new[order] & ~ordered.find_repetitions()]
