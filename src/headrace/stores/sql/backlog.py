"""When the points of a run are worth compacting.

What a process remembers here are hints. The log itself is looked through now and then, so whatever
another process left is found too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from msgspec import Struct

# A run with this many points in the log is compacted whatever else happens.
FULL_RUN_POINTS = 16_384

# Nothing more is logged without compacting first: some 100 MB in all.
MAX_RUN_POINTS = 8 * FULL_RUN_POINTS
MAX_POINTS = 16 * MAX_RUN_POINTS

# Below this a run's points are not worth a block.
MIN_POINTS = 4


class LoggedRun(Struct):
    """What the log holds of a run.

    Attributes:
        run: Row id of the run.
        last: Greatest row id in the log.
        points: Number of points, as their bytes give it: rows of points count for fewer.
        has_ended: Whether the run's status says so.

    """

    run: int
    last: int
    points: int
    has_ended: bool


class _Sighting(Struct):
    """Since when the log was seen to hold points of a run, and to hold no newer ones."""

    since: float
    last: int
    unchanged_since: float


class Backlog:
    """What this process knows of the points that are not in blocks yet.

    Threads use it without a lock, which a forked child could inherit locked: a count that is lost
    between two threads is made good at the next look.
    """

    def __init__(self) -> None:
        self._logged: dict[int, int] = {}
        self._packed: dict[int, int] = {}
        self._sightings: dict[int, _Sighting] = {}
        self._total = 0
        self._fullest = 0

    @property
    def is_overfull(self) -> bool:
        """Whether compaction has to come before anything more is logged."""
        return self._fullest >= MAX_RUN_POINTS or self._total >= MAX_POINTS

    def add(self, logged: Mapping[int, int]) -> list[int]:
        """Count points that were logged, by run; return the runs that are full."""
        full = []
        for run, count in logged.items():
            points = self._logged[run] = self._logged.get(run, 0) + count
            self._total += count
            if points >= FULL_RUN_POINTS:
                self._fullest = max(self._fullest, points)
                if points >= self._full_at(run):
                    full.append(run)
        return full

    def points(self, run: int) -> int:
        """Return how many points this process logged to a run since its last compaction."""
        return self._logged.get(run, 0)

    def full_runs(self) -> list[int]:
        """Return the runs that are full; if all together are too many, every one."""
        if self._total >= MAX_POINTS:
            return list(self._logged)
        return [run for run, points in list(self._logged.items()) if points >= self._full_at(run)]

    def compacted(self, run: int, packed: int) -> None:
        """Note that a run's log is empty and its packed block holds so many points."""
        points = self._logged.pop(run, 0)
        self._sightings.pop(run, None)
        self._total -= points
        if points >= self._fullest:
            self._fullest = max(self._logged.values(), default=0)
        if packed > FULL_RUN_POINTS:
            self._packed[run] = packed
        else:
            self._packed.pop(run, None)

    def look(self, log: Iterable[LoggedRun], now: float | None = None) -> list[int]:
        """Return the runs that are worth compacting now.

        Args:
            log: What the log holds.
            now: The time in seconds on a clock that never goes back.

        """
        now = time.monotonic() if now is None else now
        seen: dict[int, _Sighting] = {}
        counted: dict[int, int] = {}
        due = []
        for logged in log:
            counted[logged.run] = logged.points
            sighting = self._sightings.get(logged.run) or _Sighting(now, logged.last, now)
            if sighting.last != logged.last:
                sighting.last, sighting.unchanged_since = logged.last, now
            seen[logged.run] = sighting
            quiet, age = now - sighting.unchanged_since, now - sighting.since
            full = logged.points >= self._full_at(logged.run)
            if full or _is_due(logged, quiet, age, self._packed.get(logged.run, 0)):
                due.append(logged.run)
        self._sightings, self._logged = seen, counted
        self._total = sum(counted.values())
        self._fullest = max(counted.values(), default=0)
        return due

    def _full_at(self, run: int) -> int:
        """Return how many points make a run full: more where more must be rewritten."""
        return min(max(FULL_RUN_POINTS, self._packed.get(run, 0) // 4), MAX_RUN_POINTS)


def _is_due(logged: LoggedRun, quiet: float, age: float, packed: int) -> bool:
    """Return whether compaction pays: it rewrites what is packed, and costs a millisecond.

    The rules: a run that has ended; one that pauses for some seconds; one that goes on slowly for
    a minute, or very slowly for a quarter of an hour.
    """
    if logged.points < MIN_POINTS:
        return False
    if logged.has_ended or age >= 900:
        return True
    if age >= 60:
        return logged.points >= max(32, packed // 64)
    return quiet >= 2 and logged.points >= max(64, packed // 4)
