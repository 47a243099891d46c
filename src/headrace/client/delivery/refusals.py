"""What a store has refused of what a process logs: told once, and remembered for who may ask."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from headrace.client.delivery.consignment import Refusal
from headrace.entities import RunInfo
from headrace.errors import HeadraceError

# Refusals that are remembered for those who may ask.
MAX_REFUSALS = 1_000
# Refusals that are told one by one.
MAX_TOLD_REFUSALS = 10

_logger = logging.getLogger("headrace.client")


class Verdict(Struct, frozen=True):
    """What a store says of one record.

    Attributes:
        failure: Why it says nothing yet; None if it has the record, or has refused it.
        refusal: Why it refused it.
        run: The run that the record began, as the store knows it.

    """

    failure: HeadraceError | None = None
    refusal: HeadraceError | None = None
    run: RunInfo | None = None


class _Refused(NamedTuple):
    """Records from one number to another that the store has refused, and why."""

    first: int
    last: int
    error: HeadraceError


class Refusals:
    """The records of a process's journal that its store has refused.

    Args:
        folder: The store's journals: what was refused is kept in a file below.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()  # a signal handler may ask while its thread does
        self._awaited: set[int] = set()  # records of which somebody waits to hear
        self._found: deque[_Refused] = deque(maxlen=MAX_REFUSALS)
        self._untold: dict[int, HeadraceError] = {}
        self._count = 0  # records

    @contextmanager
    def awaiting(self, record: int) -> Iterator[None]:
        """Leave it to the block to tell what the store says of a record."""
        self._awaited.add(record)
        try:
            yield
        finally:
            self._awaited.discard(record)

    def note(self, refusal: Refusal, journal_id: str) -> None:
        """Keep what the store refused, and tell it once."""
        first, records = refusal.first, refusal.entry.records
        with self._lock:
            self._found.append(_Refused(first, first + records - 1, refusal.error))
        if records == 1 and first in self._awaited:
            return  # who waits for it is told, and no one else need be
        kept = refusal.keep(self._folder, journal_id)
        self._count += records
        if len(self._untold) < MAX_REFUSALS:
            self._untold[first] = refusal.error
        if self._count <= MAX_TOLD_REFUSALS:
            _logger.warning(
                "A log call of run %s was not stored: %s It is kept in %s.",
                *(refusal.run_id, refusal.error.message, kept),
            )

    def verdict_on(self, record: int) -> Verdict:
        """Return whether a record, which the store has dealt with, was refused."""
        with self._lock:
            refused = next((one for one in self._found if one.first <= record <= one.last), None)
        if refused is None:
            return Verdict()
        if refused.first == refused.last:
            self._untold.pop(record, None)
        return Verdict(refusal=refused.error)

    def take_untold(self) -> list[HeadraceError]:
        """Return why records were refused since the last call, but for what somebody was told."""
        found, self._untold = self._untold, {}
        return list(found.values())
