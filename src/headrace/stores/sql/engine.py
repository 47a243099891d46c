"""Connections and transactions, the same for every dialect.

SQL texts use ``?`` for a bound value; a dialect whose driver wants another mark translates. What a
dialect must do beyond that stands in `Database`; what differs in SQL text stands in its own file.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
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

    def __iter__(self) -> Iterator[Any]:
        """Yield the remaining rows as tuples."""
        ...


class Transaction(Protocol):
    """A transaction in progress."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run one statement with its bound values."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Any:
        """Run one statement for each row of values."""
        ...

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the transaction has committed; never, if it is rolled back."""
        ...


class Database(Protocol):
    """One database as all parts of the SQL store see it.

    Attributes:
        dialect: ``sqlite`` or ``postgresql``; SQLAlchemy's name too.
        is_durable: Whether every commit is on the disk when it returns.
        reads_wait: Whether who reads may have to wait, for a writer or for a network.
        where: Place of the database for messages, without a password.
        commits: Number of commits of this process so far.

    """

    dialect: str
    is_durable: bool
    reads_wait: bool
    where: str
    commits: int

    @property
    def folder(self) -> Path | None:
        """The folder that holds the database; None if it is no file."""
        ...

    @property
    def statements(self) -> Any:
        """The module with the statements that differ between dialects."""
        ...

    def is_new(self) -> bool:
        """Return whether a store may be made here: there is nothing yet.

        Raises:
            InvalidState: If there is something that is not a store of Headrace.

        """
        ...

    def create(self, seed: Callable[[Transaction], None]) -> None:
        """Make the tables and what `seed` writes, unless another process does so first."""
        ...

    def connect(self) -> Any:
        """Return a new connection as the driver makes it; the caller closes it."""
        ...

    def back_up(self, label: str) -> str | None:
        """Copy the database; return where the copy is, or None if that is not our task."""
        ...

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
        self,
        work: Callable[[Transaction], T],
        *,
        durable: bool = False,
        wait: bool = True,
        is_one_statement: bool = False,
    ) -> T:
        """Run `work` in a write transaction, again if the database says that a retry may help.

        Args:
            work: What to do; it may be called more than once.
            durable: As for `write`.
            wait: As for `write`.
            is_one_statement: Whether `work` runs a single statement, which where a connection
                breaks may be run twice: then no round trips are spent on a transaction around it.

        """
        ...

    def together(
        self, calls: Sequence[Callable[[], T]], *, wait: bool = True
    ) -> list[T | Exception]:
        """Make calls that change the database, in one transaction where that is quicker.

        Each of them is made whole or refused alone, and sees what those before it did. What was
        made is on the disk when this returns.

        Args:
            calls: The calls; each may be made twice, the first time without a trace.
            wait: As for `write`.

        Returns:
            What each call returned or raised.

        Raises:
            Busy: Only with ``wait=False``, with nothing done.

        """
        ...

    def give_way(self) -> None:
        """Let in who waits for a lock, between two of many transactions that follow each other."""
        ...

    def version(self) -> Hashable | None:
        """Return what is another one after each commit, of this process or any other.

        None where that cannot be told for less than it costs to read again what would be kept.
        """
        ...

    def sync(self, *, of_all: bool = False) -> None:
        """Bring every commit so far to the disk.

        Args:
            of_all: Also those of other processes, which otherwise see to their own.

        """
        ...

    def shrink(self) -> None:
        """Give unused space back to the disk, as far as nobody is hindered by it."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def outcome_of(call: Callable[[], T]) -> T | Exception:
    """Return what a call returns or raises."""
    try:
        return call()
    except Exception as error:  # whoever made the call is told
        return error


def placeholders(count: int) -> str:
    """Return ``?, ?, ...`` for an IN list or a row of values."""
    return ", ".join("?" * count)
