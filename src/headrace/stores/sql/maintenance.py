"""Keeping a store in shape: points into blocks, documents for pages, commits to the disk.

A server calls `maintain` once a second. Without one, an embedded store compacts a run where it
fills up and where it ends, and loads numpy only for runs that are worth it.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from headrace.entities import RunStatus
from headrace.errors import HeadraceError
from headrace.stores.sql.backlog import Backlog, LoggedRun
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.engine import Database, Transaction
from headrace.stores.sql.locations import Locations
from headrace.stores.sql.points import BYTES_PER_POINT

if TYPE_CHECKING:
    from headrace.stores.sql.documents import Documents

logger = logging.getLogger("headrace.stores")

# After so many seconds without a call of `maintain` the store looks after itself again.
ATTENDED_SECONDS = 10.0

# Points that one transaction compacts, of however many runs; the writers wait some 10 ms.
TRANSACTION_POINTS = 16_384

# At its end an embedded run is compacted if it has this many points, or this many if numpy is
# there already; if the log has this many rows, every run is.
EMBEDDED_POINTS = 1_024
EMBEDDED_POINTS_WITH_NUMPY = 64
EMBEDDED_ROWS = 50_000

# A look through the whole log may take this part of the time.
LOOKING_SHARE = 0.02

_ENDED = ", ".join(f"'{status}'" for status in RunStatus if RunStatus.is_terminated(status))

_LOOK = f"""
    SELECT logged.run_id, logged.last, logged.size, CASE WHEN status IN ({_ENDED}) THEN 1 ELSE 0 END
    FROM (
        SELECT run_id, MAX(id) AS last, SUM(LENGTH(points)) AS size
        FROM metric_log GROUP BY run_id
    ) AS logged JOIN runs ON runs.id = logged.run_id
"""
# Not fewer than there are; each of the two takes one step in the index.
_COUNT_ROWS = (
    "SELECT COALESCE((SELECT MAX(id) FROM metric_log) - (SELECT MIN(id) FROM metric_log) + 1, 0)"
)


class MaintenanceCalls(SqlCalls):
    """The calls that nobody asks for: what keeps a store small and quick."""

    def __init__(self, database: Database, locations: Locations) -> None:
        super().__init__(database, locations)
        self._backlog = Backlog()
        self._attended_until = 0.0
        self._next_look = 0.0
        self._commits_seen = -1
        self._is_shrunk = False
        self._ended: list[int] = []  # runs of journals, until `tend`

    @cached_property
    def _documents(self) -> Documents:
        """The page documents; a process that only logs needs none."""
        from headrace.stores.sql.documents import Documents

        return Documents(self._database, self._locations)

    def maintain(self) -> None:
        """Do what is due; a server calls this once a second, from one thread of its own.

        Compacts the runs for which it pays, brings commits to the disk, makes the page documents
        that searches missed, and gives space back where nothing was written for a second.

        Raises:
            HeadraceError: If the database fails; the next call tries again.

        """
        self._attended_until = time.monotonic() + ATTENDED_SECONDS
        self._compact(self._backlog.full_runs())
        self._compact_what_pays()
        self._database.sync()
        self._documents.make_missing()
        is_idle = self._database.commits == self._commits_seen
        if not is_idle:
            self._is_shrunk = False
        elif not self._is_shrunk:
            self._database.shrink()
            self._is_shrunk = True
        self._commits_seen = self._database.commits

    def tend(self) -> None:
        """Do what the journals of an embedded store have left to do, when nobody waits any more.

        That is the compaction of runs that have ended: the first one of a process may load numpy,
        which takes longer than all of a short run.
        """
        ended, self._ended = self._ended, []
        for run in ended:
            self._note_end(run)

    def compact(self) -> int:
        """Bring all points that are in the log now into blocks; return how many were."""
        return self._compact([logged.run for logged in self._look()])

    def _note_logged(self, logged: Mapping[int, int]) -> None:
        """Take note of committed points, by the row id of their run."""
        full = self._backlog.add(logged)
        if self._backlog.is_overfull:
            full = self._backlog.full_runs()
        elif full and self._is_attended():
            return
        if full:
            self._try_to_compact(full)

    def _note_end_of_journal(self, run: int) -> None:
        """Take note that a run, by its row id, has ended, for `tend`."""
        if not self._is_attended():
            self._ended.append(run)

    def _note_end(self, run: int) -> None:
        """Take note that a run, by its row id, has ended."""
        if self._is_attended():
            return
        enough = EMBEDDED_POINTS_WITH_NUMPY if "numpy" in sys.modules else EMBEDDED_POINTS
        if self._backlog.points(run) >= enough:
            self._try_to_compact([run])
        with self._database.read(snapshot=False) as tx:
            [rows] = tx.execute(_COUNT_ROWS).fetchone()
        if rows >= EMBEDDED_ROWS:
            self._try_to_compact([logged.run for logged in self._look()])

    def _is_attended(self) -> bool:
        return time.monotonic() < self._attended_until

    def _try_to_compact(self, runs: Sequence[int]) -> None:
        """Compact after a write that is committed: it must not fail any more."""
        try:
            self._compact(runs)
        except HeadraceError as error:
            logger.warning("Metric points could not be compacted now, and will be later: %s", error)

    def _compact_what_pays(self) -> None:
        started = time.monotonic()
        if started < self._next_look:
            return
        due = self._backlog.look(self._look())
        self._next_look = started + (time.monotonic() - started) / LOOKING_SHARE
        self._compact(due)

    def _look(self) -> list[LoggedRun]:
        with self._database.read(snapshot=False) as tx:
            rows = tx.execute(_LOOK).fetchall()
        return [
            LoggedRun(run, last, int(size) // BYTES_PER_POINT, bool(has_ended))
            for run, last, size, has_ended in rows
        ]

    def _compact(self, runs: Sequence[int]) -> int:
        """Compact runs, a bounded number of points a transaction; return how many points."""
        if not runs:
            return 0
        from headrace.stores.sql.compaction import Compacted, compact_run

        todo = list(reversed(runs))

        def work(tx: Transaction) -> list[tuple[int, Compacted | None]]:
            done: list[tuple[int, Compacted | None]] = []
            points = 0
            for run in reversed(todo):
                compacted = compact_run(tx, self._statements, run)
                done.append((run, compacted))
                points += compacted.points if compacted else 0
                if points >= TRANSACTION_POINTS or (compacted and not compacted.is_whole):
                    break
            return done

        total = 0
        while todo:
            for run, compacted in self._database.transact(work):
                total += compacted.points if compacted else 0
                if compacted is None or compacted.is_whole:
                    self._backlog.compacted(run, compacted.packed if compacted else 0)
                    todo.pop()
        return total
