"""What a person is told while a store takes nothing: one warning, and one line when it is over."""

from __future__ import annotations

import logging
from pathlib import Path

from headrace.amounts import count
from headrace.errors import HeadraceError, PermissionDenied, Unauthenticated

_logger = logging.getLogger("headrace.client")


class Outage:
    """Whether a store takes what is logged, as far as it has been told.

    Args:
        place: The store's URI as it may be shown.
        folder: Where the journals for it lie.

    """

    def __init__(self, place: str, folder: Path) -> None:
        self._place = place
        self._folder = folder
        self._told = ""
        self._disk_is_told = self._unsynced_is_told = False
        self._lost = 0
        self._told_pending = -1

    def tell(self, failure: HeadraceError, pending: int) -> None:
        """Warn, unless this kind of failure has been told and did not end since.

        Args:
            failure: Why the store takes nothing.
            pending: How many records of this process wait.

        """
        if failure.error_code == self._told:
            return
        self._told = failure.error_code
        what_next = (
            "Set the right credentials and they are sent"
            if isinstance(failure, (Unauthenticated, PermissionDenied))
            else "They are sent when it answers again"
        )
        _logger.warning(
            "%s takes nothing now: %s Training goes on, with %s kept in %s. %s, by this process, "
            "the next one that tracks there, or `headrace sync`.",
            *(self._place, failure.message, count(pending, "record"), self._folder, what_next),
        )

    def tell_pending(self, failure: HeadraceError, pending: int) -> None:
        """Warn of what the store does not have when nobody waits any longer, unless it is told."""
        if pending == self._told_pending:
            return
        self._told_pending = pending
        mine = f"{count(pending, 'record')} of this process"
        what = mine if pending else "journals of processes that died"
        _logger.warning(
            "Not in %s yet: %s. %s They are kept in %s and sent by the next process that tracks "
            "there, or by: headrace sync %s",
            *(self._place, what, failure.message, self._folder, self._folder),
        )

    def tell_unsynced(self, failure: Exception | None) -> None:
        """Warn, once until it is over, that the journal does not reach the disk itself."""
        if failure is not None and not self._unsynced_is_told:
            _logger.warning(
                "A journal in %s did not reach the disk, which is tried again: %s",
                *(self._folder, failure),
            )
        self._unsynced_is_told = failure is not None

    def tell_disk(self, unprotected: int, lost: int) -> None:
        """Warn, once, of records that wait in memory for the disk, and of those that were lost."""
        if unprotected and not self._disk_is_told:
            _logger.warning(
                "The disk takes nothing more: what is logged waits in memory until there is room "
                "in %s, and is lost if this process dies. Training goes on.",
                self._folder,
            )
        self._disk_is_told = unprotected > 0
        if lost > self._lost:
            what = count(lost - self._lost, "record")
            _logger.error("Lost: %s that the disk did not take.", what)
            self._lost = lost

    def end(self) -> None:
        """Say that the store takes everything again, if it was told that it does not."""
        self._told_pending = -1
        if self._told:
            self._told = ""
            _logger.warning("%s takes what is logged again; everything has been sent.", self._place)
