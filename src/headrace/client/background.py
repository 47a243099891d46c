"""A thread for what runs record of themselves and nobody waits for.

It begins when whoever starts a run has gone on for a moment, so that a very short run is over by
then. Whoever waits for it has it begin at once.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable

from headrace import settings

# Two threads that both want to run take turns of 5 ms: the one of the training goes first.
SECONDS_FOR_CALLERS = 0.1
# What waits at most after the end of a run: who makes runs faster than they are looked at waits.
MAX_WAITING = 16

_logger = logging.getLogger(__name__)


class Background:
    """Does one piece of work after the other, in the order in which they come."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew in a forked child: the work is the parent's."""
        self._state = threading.Condition()
        self._waiting: deque[Callable[[], None]] = deque()  # the first may be under way
        self._thread: threading.Thread | None = None
        self._hurried_by = 0

    def add(self, work: Callable[[], None]) -> None:
        """Have something done soon; it must not raise."""
        with self._state:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="headrace-context", daemon=True)
                self._thread = thread  # before it starts: a signal handler begins no second
                try:
                    thread.start()
                except BaseException:
                    self._thread = None
                    raise
            self._waiting.append(work)

    def wait(self, *, leave: int = 0, seconds: float | None = None) -> None:
        """Return when all has been done, and a warning if that took too long.

        Args:
            leave: How many pieces may be left.
            seconds: How long to wait at most; as ``HEADRACE_SHUTDOWN_TIMEOUT`` says if not given.

        """
        if len(self._waiting) <= leave:
            return
        seconds = settings.SHUTDOWN_TIMEOUT.get() if seconds is None else seconds
        with self._state:
            self._hurried_by += 1
            self._state.notify_all()
            try:
                is_done = self._state.wait_for(lambda: len(self._waiting) <= leave, seconds)
            finally:
                self._hurried_by -= 1
        if not is_done:
            _logger.warning("The context of a run is not whole: it took longer than %g s.", seconds)

    def _run(self) -> None:
        with self._state:
            self._state.wait_for(lambda: self._hurried_by, SECONDS_FOR_CALLERS)
        while True:
            with self._state:
                if not self._waiting:
                    self._thread = None
                    return
                work = self._waiting[0]
            try:
                work()
            finally:
                with self._state:
                    self._waiting.popleft()
                    self._state.notify_all()


background = Background()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=background.forget)
