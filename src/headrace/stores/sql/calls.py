"""What the calls of every noun share: the database, its keys, where artifacts go."""

from __future__ import annotations

import time
from typing import Any

from headrace.stores.sql.engine import Database
from headrace.stores.sql.keys import Keys
from headrace.stores.sql.locations import Locations


class SqlCalls:
    """Base of the mixins that `headrace.stores.sql.tracking` composes.

    Args:
        database: The database, its schema up to date.
        locations: Where artifacts go.
    """

    def __init__(self, database: Database, locations: Locations) -> None:
        self._database = database
        self._statements: Any = database.statements
        self._keys = Keys(database.statements)
        self._locations = locations

    def _note_end(self, run: int) -> None:
        """Take note that a run, by its row id, has ended; `MaintenanceCalls` makes use of it."""


def now() -> int:
    """Return the store's clock in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
