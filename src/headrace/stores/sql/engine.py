"""Connections and transactions, the same for every dialect.

SQL texts use ``?`` for a bound value; a dialect whose driver wants another mark translates. What a
dialect must do beyond that stands in `Database`; what differs in SQL text stands in its own file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


class Busy(Exception):
    """Another connection holds the write lock, and the caller asked not to wait for it."""


class Cursor(Protocol):
    """What a statement gives back."""

    @property
    def rowcount(self) -> int:
        """Number of rows that the statement changed."""
        ...

    def fetchone(self) -> Any:
        """Return the next row as a tuple, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the remaining rows as tuples."""
        ...


class Transaction(Protocol):
    """A transaction in progress."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run one statement with its bound values."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Any:
        """Run one statement for each row of values."""
        ...


class Database(Protocol):
    """One database as all parts of the SQL store see it.

    Attributes:
        dialect: ``sqlite`` or ``postgresql``; SQLAlchemy's name too.
        statements: The module with the statements that differ between dialects.
        where: Place of the database for messages, without a password.

    """

    dialect: str
    statements: Any
    where: str

    def read(self, *, snapshot: bool = True) -> AbstractContextManager[Transaction]:
        """Open a transaction that only reads.

        Args:
            snapshot: All statements see the same state; False where there is only one statement.

        """
        ...

    def write(
        self, *, durable: bool = False, wait: bool = True
    ) -> AbstractContextManager[Transaction]:
        """Open a transaction that is committed at the end of the block, or rolled back.

        Args:
            durable: The commit is on the disk when the block ends, whatever the fsync setting.
            wait: Whether to wait for another writer; False raises `Busy` with nothing done.

        Raises:
            Busy: Only with ``wait=False``.

        """
        ...

    def transact(
        self, work: Callable[[Transaction], T], *, durable: bool = False, wait: bool = True
    ) -> T:
        """Run `work` in a write transaction, again if the database says that a retry may help."""
        ...

    def sync(self) -> None:
        """Bring every commit so far to the disk."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def placeholders(count: int) -> str:
    """Return ``?, ?, ...`` for an IN list or a row of values."""
    return ", ".join("?" * count)
