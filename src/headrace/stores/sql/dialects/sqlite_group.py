"""Calls that share one transaction of SQLite."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from headrace.stores.sql.engine import Transaction, outcome_of

if TYPE_CHECKING:
    from headrace.stores.sql.dialects.sqlite import SqliteTransaction

T = TypeVar("T")


class Broken(Exception):
    """SQLite itself failed in a call, and nobody knows what is left of the transaction."""


class Group:
    """A transaction in which one thread makes several calls, each whole or not at all.

    Args:
        connection: The transaction, in progress.

    """

    __slots__ = ("_is_broken", "_thread", "connection")

    def __init__(self, connection: SqliteTransaction) -> None:
        self.connection = connection
        self._thread = threading.get_ident()
        self._is_broken = False

    def is_here(self) -> bool:
        """Return whether this thread is the one that makes the calls."""
        return threading.get_ident() == self._thread

    def run(self, calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Make the calls; return what each returned or raised.

        Raises:
            Broken: If they are better made one by one, after a rollback.

        """
        outcomes: list[T | Exception] = []
        for call in calls:
            outcomes.append(outcome_of(call))
            if self._is_broken:
                raise Broken
        return outcomes

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run what would be a transaction of its own."""
        connection = self.connection
        before = len(connection.callbacks)
        try:
            connection.execute("SAVEPOINT one")
            try:
                result = work(connection)
            except BaseException:
                del connection.callbacks[before:]
                connection.execute("ROLLBACK TO one")
                connection.execute("RELEASE one")
                raise
            connection.execute("RELEASE one")
        except sqlite3.Error:
            self._is_broken = True
            raise
        return result
