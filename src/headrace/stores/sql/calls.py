"""What the calls of every noun share: the database, its keys, where artifacts go."""

from __future__ import annotations

import time
from typing import Any

from headrace import settings
from headrace.stores.sql.engine import Database
from headrace.stores.sql.keys import Keys
from headrace.stores.sql.locations import Locations


class SqlCalls:
    """Base of the mixins that `headrace.stores.sql.tracking` composes.

    Args:
        database: The database, its schema up to date.
        locations: Where artifacts go.

    Attributes:
        heard_since: Since when sessions could be heard, in milliseconds since the epoch; a server,
            without which they cannot, sets it to its own start.
        is_served: Whether strangers make calls here, as through a server: the sources that they
            give for versions of models must then be their own.

    """

    def __init__(self, database: Database, locations: Locations) -> None:
        self._database = database
        self._statements: Any = database.statements
        self._keys = Keys(database.statements)
        self._locations = locations
        self.heard_since = 0
        self.is_served = False

    def _lost_before(self) -> int:
        """Return the time after which a session must have been heard for its run to go on."""
        before = now() - int(settings.LOST_TIMEOUT.get() * 1000)
        return before if before >= self.heard_since else 0

    def _note_end(self, run: int) -> None:
        """Take note that a run, by its row id, has ended; `MaintenanceCalls` makes use of it."""

    def _note_end_of_journal(self, run: int) -> None:
        """Do the same for a journal, whose sender is to be answered first."""


def now() -> int:
    """Return the store's clock in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
