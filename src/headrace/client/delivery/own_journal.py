"""The journal of this process: on its way to its store, and to the disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from headrace.client.delivery.consignment import Consignment, Destination
from headrace.client.delivery.outage import Outage
from headrace.client.journal.journal import Journal
from headrace.client.journal.reader import JournalReader
from headrace.client.journal.state import note
from headrace.errors import HeadraceError

# How often the journal, and what the store has taken, are brought to their disks.
SECONDS_BETWEEN_SYNCS = 1.0


class OwnJournal:
    """What this process logs into, and what ships it from there.

    Args:
        journal: Takes what is logged.
        outage: Tells of the disk's trouble.

    Attributes:
        journal: The same.
        consignment: Ships it.

    """

    def __init__(self, journal: Journal, outage: Outage) -> None:
        self.journal = journal
        self.consignment = Consignment(journal.id, JournalReader(journal.folder))
        self._outage = outage
        self._synced_at = time.monotonic()
        self._noted: tuple[int, int, int, str | None] | None = None

    @property
    def pending(self) -> int:
        """How many of its records the store does not have yet."""
        return self.journal.last - self.consignment.applied

    def sync(self, failure: HeadraceError | None) -> None:
        """Bring it to the disk, and note beside it how far it has come, once a second.

        Args:
            failure: Why the store takes nothing, if that is so.

        """
        journal, shipped, now = self.journal, self.consignment, time.monotonic()
        if now - self._synced_at < SECONDS_BETWEEN_SYNCS:
            return
        self._synced_at = now
        error = failure.message if failure else None
        state = (journal.last, shipped.applied, shipped.durable, error)
        self._outage.tell_disk(journal.unprotected, journal.lost)
        if state == self._noted and not journal.unprotected:
            return
        try:
            journal.sync()
            note(journal.folder, *state[1:])
            self._noted = state
            self._outage.tell_unsynced(None)
        except (HeadraceError, OSError) as trouble:
            if journal.owned:  # else it was closed meanwhile
                self._outage.tell_unsynced(trouble)

    def close(self, connect: Callable[[], Destination], *, is_read: bool) -> None:
        """Let go of it: it is removed if the store has all of it.

        Args:
            connect: Returns the store.
            is_read: Whether a thread that cannot be waited for may be reading it, so that its file
                must stay open.

        """
        if not is_read:
            self.consignment.close()
        if self.consignment.durable < self.journal.last or self.journal.unprotected:
            self.journal.close()
            self._outage.tell_disk(self.journal.unprotected, self.journal.lost)
            return
        self.journal.remove()
        if self.consignment.applied:
            with suppress(HeadraceError):  # all that stays is a small file
                self.consignment.forget(connect())
