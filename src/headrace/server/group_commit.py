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
from typing import Generic, Protocol, TypeVar

from headrace.api.tracking import LogBatch
from headrace.errors import HeadraceError
from headrace.stores.sql.engine import Busy

W = TypeVar("W")
W_contra = TypeVar("W_contra", contravariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

# Entries of a group that are still applied in the event loop: a millisecond or two.
MAX_INLINE_ENTRIES = 100

# What takes longer in the event loop was waiting for a disk. What comes next then goes to a thread,
# until the disk has had the time to recover.
SLOW_SECONDS = 0.02
TURNS_AFTER_A_SLOW_ONE = 50


class Apply(Protocol[W_contra, R_co]):
    """Applies many writes in one transaction."""

    def __call__(
        self, writes: Sequence[W_contra], /, *, wait: bool = True
    ) -> Sequence[R_co | Exception]:
        """Return for each write what it came to, or why it was refused.

        Raises:
            Busy: Only with ``wait=False``, with nothing done.

        """
        ...


class LoopTime:
    """Whether the event loop may do a thing itself: not for a while, after it took long."""

    __slots__ = ("_refusals",)

    def __init__(self) -> None:
        self._refusals = 0

    def is_free(self) -> bool:
        """Return whether the loop may do the next one; each question counts as one."""
        if self._refusals:
            self._refusals -= 1
            return False
        return True

    def note(self, seconds: float) -> None:
        """Take note of how long one took."""
        if seconds > SLOW_SECONDS:
            self._refusals = TURNS_AFTER_A_SLOW_ONE


class GroupCommit(Generic[W, R]):
    """Collects the writes of the event loop's turns and commits each turn's together."""

    def __init__(self, apply: Apply[W, R], *, alone_here: bool, groups_here: bool) -> None:
        """Take the store.

        Args:
            apply: The store's method that takes the writes.
            alone_here: Whether the event loop itself may wait for the commit of a single client.
            groups_here: Whether it may wait for the commit of a group, while others come in.

        """
        self._apply_to_store = apply
        self._alone_here = alone_here
        self._groups_here = groups_here
        self._loop_time = LoopTime()
        self._writes: list[W] = []
        self._waiting: list[Callable[[R | Exception], None]] = []
        self._entries = 0
        self._last_client: object = None
        self._flush_is_due = False
        self._thread_is_busy = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="headrace-writer")

    def write(self, write: W, done: Callable[[R | Exception], None], client: object = None) -> None:
        """Commit a write, alone now or soon with a group.

        Args:
            write: The write.
            done: Called in the event loop with what the write came to, or with why it was refused;
                that may be before this returns.
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
        outcomes: Sequence[R | Exception] = ()
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
        return self._loop_time.is_free()

    def _apply(self, writes: Sequence[W]) -> Sequence[R | Exception]:
        began = perf_counter()
        outcomes = self._apply_to_store(writes, wait=False)
        self._loop_time.note(perf_counter() - began)
        return outcomes

    def _hand_over(self, writes: list[W], waiting: list[Callable[[R | Exception], None]]) -> None:
        loop = asyncio.get_running_loop()
        self._thread_is_busy = True
        applied = loop.run_in_executor(self._thread, self._apply_to_store, writes)

        def finish(applied: asyncio.Future[Sequence[R | Exception]]) -> None:
            self._thread_is_busy = False
            outcomes: Sequence[R | Exception] = ()
            try:
                outcomes = applied.result()
            finally:
                _settle(waiting, outcomes)
                self._flush()

        applied.add_done_callback(finish)


def entries(write: object) -> int:
    """Return how many points, params and tags a write holds; one, if it is none of those."""
    if isinstance(write, LogBatch):
        return len(write.metrics) + len(write.params) + len(write.tags)
    return 1


def _settle(
    waiting: Sequence[Callable[[R | Exception], None]], outcomes: Sequence[R | Exception]
) -> None:
    """Tell each request what became of its write; without outcomes the whole group has failed."""
    if not outcomes:
        outcomes = [HeadraceError("The write failed together with its group.") for _ in waiting]
    for done, outcome in zip(waiting, outcomes, strict=True):
        done(outcome)
