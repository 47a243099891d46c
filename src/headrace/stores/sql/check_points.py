"""Points against their blocks' own descriptions, and against the summaries of their series."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from headrace.stores.sql.blocks import PointArrays, decode_packed, decode_series, read_log
from headrace.stores.sql.check import ERROR, Finding
from headrace.stores.sql.engine import Database, Row, Transaction
from headrace.stores.sql.points import count_points
from headrace.stores.sql.summaries import COLUMNS, WIDTH
from headrace.stores.sql.summary_columns import summarize_columns

RUNS_AT_ONCE = 100

_INSERT = f"INSERT INTO metric_summaries ({COLUMNS}) VALUES ({', '.join('?' * WIDTH)})"


def check_points(
    database: Database, repair: bool, show: Callable[[int, int], None]
) -> Iterator[Finding]:
    """Yield what is wrong with the points of all runs."""
    with database.read(snapshot=False) as tx:
        [total] = tx.execute("SELECT COUNT(*) FROM runs").fetchone()
    after, done = 0, 0
    while True:
        with database.read(snapshot=False) as tx:
            sql = "SELECT id, uuid FROM runs WHERE id > ? ORDER BY id LIMIT ?"
            runs = tx.execute(sql, (after, RUNS_AT_ONCE)).fetchall()
        if not runs:
            return
        for run, run_id in runs:
            with database.read() as tx:
                check = _RunCheck(tx, run, run_id)
            if check.wrong_summaries and repair and not check.is_damaged:
                database.transact(check.write_summaries, durable=True)
            yield from check.findings(repair)
        after, done = runs[-1][0], done + len(runs)
        show(done, total)


class _RunCheck:
    """The points of one run.

    Attributes:
        is_damaged: Whether some points cannot be read, so that summaries say more than they do.
        wrong_summaries: Names of the series whose summary is wrong.

    """

    def __init__(self, tx: Transaction, run: int, run_id: str) -> None:
        self._run, self._run_id = run, run_id
        self._damaged: list[str] = []
        self._rows = self._summarize(self._read(tx))
        sql = f"SELECT {COLUMNS} FROM metric_summaries WHERE run_id = ? ORDER BY key_id"
        stored = {row[1]: tuple(row) for row in tx.execute(sql, (run,)).fetchall()}
        names = dict(
            tx.execute(
                "SELECT id, name FROM keys WHERE experiment_id = "
                "(SELECT experiment_id FROM runs WHERE id = ?)",
                (run,),
            ).fetchall()
            if stored.keys() | self._rows.keys()
            else ()
        )
        self.is_damaged = bool(self._damaged)
        self.wrong_summaries = [
            str(names.get(key, f"key {key}"))
            for key in sorted(stored.keys() | self._rows.keys())
            if not _agree(stored.get(key), self._rows.get(key), exact=not self._has_log)
        ]

    def findings(self, repair: bool) -> Iterator[Finding]:
        """Yield what is wrong."""
        for problem in self._damaged:
            yield Finding(
                "damaged points",
                f"run {self._run_id}",
                problem,
                ERROR,
                "The points in it are lost: restore the database from a backup.",
            )
        if self.wrong_summaries:
            shown = ", ".join(self.wrong_summaries[:5])
            yield Finding(
                "wrong summaries",
                f"run {self._run_id}",
                f"The summaries of {len(self.wrong_summaries)} series are not those of their "
                f"points: {shown}.",
                ERROR,
                "--repair computes them anew, unless points of the run are damaged.",
                repair and not self.is_damaged,
            )

    def write_summaries(self, tx: Transaction) -> None:
        """Replace the summaries by what the points say now."""
        rows = self._summarize(self._read(tx))
        tx.execute("DELETE FROM metric_summaries WHERE run_id = ?", (self._run,))
        tx.executemany(_INSERT, list(rows.values()))

    def _read(self, tx: Transaction) -> PointArrays:
        self._damaged = []
        parts = []
        sql = "SELECT id, points FROM metric_log WHERE run_id = ? ORDER BY id"
        logged = tx.execute(sql, (self._run,)).fetchall()
        self._has_log = bool(logged)
        for row, blob in logged:
            if count_points(blob):
                parts.append(read_log([blob]))
            else:
                self._damaged.append(f"Row {row} of metric_log has {len(blob)} bytes.")
        sql = (
            "SELECT id, key_id, count, step_min, step_max, time_min, time_max, points "
            "FROM metric_blocks WHERE run_id = ? ORDER BY id"
        )
        for row, key, count, *bounds, blob in tx.execute(sql, (self._run,)).fetchall():
            points = _decode(blob, key, count)
            if points is None:
                self._damaged.append(f"Block {row} of {count} points cannot be decoded.")
            elif _bounds(points) != bounds:
                self._damaged.append(f"Block {row} holds other steps or times than it says.")
            else:
                parts.append(points)
        return PointArrays.joined(parts).sorted().distinct()

    def _summarize(self, points: PointArrays) -> dict[int, Row]:
        if not len(points):
            return {}
        columns: list[Any] = [
            array("q", points.steps.tolist()),
            array("q", points.times.tolist()),
            array("d", points.values.tolist()),
        ]
        rows = summarize_columns(self._run, points.keys.tolist(), *columns)
        return {row[1]: tuple(row) for row in rows}


def _decode(blob: bytes, key: int, count: int) -> PointArrays | None:
    """Return the points of a block; None if it does not hold what it should."""
    try:
        points = decode_series(blob, key, count) if key else decode_packed(blob, count)
    except (RuntimeError, ValueError, OverflowError, MemoryError, struct.error):
        return None
    return points if len(points.keys) == count else None


def _bounds(points: PointArrays) -> list[int]:
    return [
        int(bound)
        for numbers in (points.steps, points.times)
        for bound in (np.min(numbers), np.max(numbers))
    ]


def _agree(stored: Row | None, computed: Row | None, *, exact: bool) -> bool:
    """Return whether a summary is right; with points in the log its count may be too great."""
    if stored is None or computed is None or stored[:-1] != computed[:-1]:
        return False
    return bool(stored[-1] == computed[-1] if exact else stored[-1] >= computed[-1])
