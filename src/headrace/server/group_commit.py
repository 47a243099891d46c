"""Writes that arrive together are committed together.

A commit costs about the same for one request as for fifty. The requests that the event loop
receives in one turn form a group. It is applied right there, which spares the hand-over to a
thread, unless it would block the loop: where the store is locked by another connection, where a
commit waits for a disk or a network, and for long batches. Then one writer thread takes the group
as a whole, and the next group forms meanwhile.

A group costs two more turns of the loop, 30 us. Where the write before came over the same
connection, nobody else is there to share a commit with, and the write is applied at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter
from typing import Protocol

from headrace.api.tracking import LogBatch, LogMetric, LogParam, SetTag
from headrace.errors import HeadraceError
from headrace.stores.sql.engine import Busy

Write = LogMetric | LogParam | SetTag | LogBatch
Outcome = Exception | None

# Entries of a group that are still applied in the event loop: a millisecond or two.
MAX_INLINE_ENTRIES = 100

# A commit in the event loop that takes longer was waiting for a disk. The next groups then go to
# the thread, until it has had the time to recover.
SLOW_SECONDS = 0.02
GROUPS_AFTER_A_SLOW_ONE = 50


class GroupStore(Protocol):
    """A store that applies many writes in one transaction."""

    def apply(self, writes: Sequence[Write], *, wait: bool = True) -> list[Outcome]:
        """Apply each write, or say why it is refused; with ``wait=False`` `Busy` may be raised."""
        ...


class GroupCommit:
    """Collects the writes of the event loop's turns and commits each turn's together."""

    def __init__(self, store: GroupStore, *, inline: bool) -> None:
        """Take the store.

        Args:
            store: Where the writes go.
            inline: Whether a commit is quick enough to be made in the event loop.

        """
        self._store = store
        self._inline = inline
        self._groups_for_thread = 0
        self._writes: list[Write] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._entries = 0
        self._last_client: object = None
        self._flush_is_due = False
        self._thread_is_busy = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="headrace-writer")

    def write(self, write: Write, client: object = None) -> asyncio.Future[None] | None:
        """Commit a write, alone now or soon with a group.

        Args:
            write: The write.
            client: What tells the caller's connection from others; None if nobody knows.

        Returns:
            A future that is done when the write is committed, or holds why it is not; None if
            the write is committed already.

        Raises:
            HeadraceError: If the write is refused already.

        """
        alone = client is not None and client == self._last_client
        self._last_client = client
        if alone and not self._waiters and self._may_apply_here(entries(write)):
            with suppress(Busy):
                [outcome] = self._apply_here([write])
                if outcome is not None:
                    raise outcome
                return None
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._writes.append(write)
        self._waiters.append(waiter)
        self._entries += entries(write)
        if not (self._flush_is_due or self._thread_is_busy):
            self._flush_is_due = True
            # After the callbacks that are ready now: they belong to the requests of this turn.
            loop.call_soon(self._flush)
        return waiter

    def close(self) -> None:
        """Stop the writer thread; every request has been answered before."""
        self._thread.shutdown()

    def _flush(self) -> None:
        self._flush_is_due = False
        writes, waiters, count = self._writes, self._waiters, self._entries
        if not writes:
            return
        self._writes, self._waiters, self._entries = [], [], 0
        if not self._may_apply_here(count):
            self._hand_over(writes, waiters)
            return
        outcomes: Sequence[Outcome] = ()
        try:
            outcomes = self._apply_here(writes)
        except Busy:
            self._hand_over(writes, waiters)
            waiters = []
        finally:
            # Whatever happened, nobody waits for ever; the event loop logs what is raised here.
            _settle(waiters, outcomes)

    def _may_apply_here(self, count: int) -> bool:
        """Return whether a group of so many entries is applied in the event loop."""
        if not self._inline or self._thread_is_busy or count > MAX_INLINE_ENTRIES:
            return False
        if self._groups_for_thread:
            self._groups_for_thread -= 1
            return False
        return True

    def _apply_here(self, writes: Sequence[Write]) -> Sequence[Outcome]:
        began = perf_counter()
        outcomes = self._store.apply(writes, wait=False)
        if perf_counter() - began > SLOW_SECONDS:
            self._groups_for_thread = GROUPS_AFTER_A_SLOW_ONE
        return outcomes

    def _hand_over(self, writes: list[Write], waiters: list[asyncio.Future[None]]) -> None:
        loop = asyncio.get_running_loop()
        self._thread_is_busy = True
        done = loop.run_in_executor(self._thread, self._store.apply, writes)

        def finish(done: asyncio.Future[list[Outcome]]) -> None:
            self._thread_is_busy = False
            outcomes: Sequence[Outcome] = ()
            try:
                outcomes = done.result()
            finally:
                _settle(waiters, outcomes)
                self._flush()

        done.add_done_callback(finish)


def entries(write: Write) -> int:
    """Return how many points, params and tags a write holds."""
    if isinstance(write, LogBatch):
        return len(write.metrics) + len(write.params) + len(write.tags)
    return 1


def _settle(waiters: Sequence[asyncio.Future[None]], outcomes: Sequence[Outcome]) -> None:
    """Tell each request what became of its write; without outcomes the whole group has failed."""
    if not outcomes:
        outcomes = [HeadraceError("The write failed together with its group.") for _ in waiters]
    for waiter, outcome in zip(waiters, outcomes, strict=True):
        if waiter.done():  # its request was cancelled at shutdown
            continue
        if outcome is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(outcome)
