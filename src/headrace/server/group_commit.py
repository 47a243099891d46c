"""Writes that arrive together are committed together.

A commit costs about the same for one request as for fifty. The requests that the event loop
receives in one turn form a group. It is applied right there, which spares the hand-over to a
thread, unless it would block the loop: where the store is locked by another connection, where a
commit waits for a disk or a network, and for long batches. Then one writer thread takes the group
as a whole, and the next group forms meanwhile.

A group costs more turns of the loop. Where the write before came over the same connection, nobody
else is there to share a commit with, and the write is applied at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter
from typing import Protocol

from headrace.api.tracking import LogBatch, LogMetric, LogParam, SetTag
from headrace.errors import HeadraceError
from headrace.stores.sql.engine import Busy

Write = LogMetric | LogParam | SetTag | LogBatch

# Why a write was refused, or None.
Outcome = Exception | None
Done = Callable[[Outcome], None]

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

    def __init__(self, store: GroupStore, *, alone_here: bool, groups_here: bool) -> None:
        """Take the store.

        Args:
            store: Where the writes go.
            alone_here: Whether the event loop itself may wait for the commit of a single client.
            groups_here: Whether it may wait for the commit of a group, while others come in.

        """
        self._store = store
        self._alone_here = alone_here
        self._groups_here = groups_here
        self._groups_for_thread = 0
        self._writes: list[Write] = []
        self._waiting: list[Done] = []
        self._entries = 0
        self._last_client: object = None
        self._flush_is_due = False
        self._thread_is_busy = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="headrace-writer")

    def write(self, write: Write, done: Done, client: object = None) -> None:
        """Commit a write, alone now or soon with a group.

        Args:
            write: The write.
            done: Called in the event loop when the write is committed or refused; that may be
                before this returns.
            client: What tells the caller's connection from others; None if nobody knows.

        """
        alone = client is not None and client == self._last_client
        self._last_client = client
        if alone and self._alone_here and not self._waiting and self._may_wait(entries(write)):
            with suppress(Busy):
                [outcome] = self._apply([write])
                done(outcome)
                return
        self._writes.append(write)
        self._waiting.append(done)
        self._entries += entries(write)
        if not (self._flush_is_due or self._thread_is_busy):
            self._flush_is_due = True
            # After the callbacks that are ready now: they belong to the requests of this turn.
            asyncio.get_running_loop().call_soon(self._flush)

    def close(self) -> None:
        """Stop the writer thread; every request has been answered before."""
        self._thread.shutdown()

    def _flush(self) -> None:
        self._flush_is_due = False
        writes, waiting, count = self._writes, self._waiting, self._entries
        if not writes:
            return
        self._writes, self._waiting, self._entries = [], [], 0
        if not (self._groups_here and self._may_wait(count)):
            self._hand_over(writes, waiting)
            return
        outcomes: Sequence[Outcome] = ()
        try:
            outcomes = self._apply(writes)
        except Busy:
            self._hand_over(writes, waiting)
            waiting = []
        finally:
            # Whatever happened, nobody waits for ever; the event loop logs what is raised here.
            _settle(waiting, outcomes)

    def _may_wait(self, count: int) -> bool:
        """Return whether the event loop may wait for the commit of so many entries."""
        if self._thread_is_busy or count > MAX_INLINE_ENTRIES:
            return False
        if self._groups_for_thread:
            self._groups_for_thread -= 1
            return False
        return True

    def _apply(self, writes: Sequence[Write]) -> Sequence[Outcome]:
        began = perf_counter()
        outcomes = self._store.apply(writes, wait=False)
        if perf_counter() - began > SLOW_SECONDS:
            self._groups_for_thread = GROUPS_AFTER_A_SLOW_ONE
        return outcomes

    def _hand_over(self, writes: list[Write], waiting: list[Done]) -> None:
        loop = asyncio.get_running_loop()
        self._thread_is_busy = True
        applied = loop.run_in_executor(self._thread, self._store.apply, writes)

        def finish(applied: asyncio.Future[list[Outcome]]) -> None:
            self._thread_is_busy = False
            outcomes: Sequence[Outcome] = ()
            try:
                outcomes = applied.result()
            finally:
                _settle(waiting, outcomes)
                self._flush()

        applied.add_done_callback(finish)


def entries(write: Write) -> int:
    """Return how many points, params and tags a write holds."""
    if isinstance(write, LogBatch):
        return len(write.metrics) + len(write.params) + len(write.tags)
    return 1


def _settle(waiting: Sequence[Done], outcomes: Sequence[Outcome]) -> None:
    """Tell each request what became of its write; without outcomes the whole group has failed."""
    if not outcomes:
        outcomes = [HeadraceError("The write failed together with its group.") for _ in waiting]
    for done, outcome in zip(waiting, outcomes, strict=True):
        done(outcome)
