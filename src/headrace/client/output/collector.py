"""Collects what this process prints, and hands it to the runs that are active.

A text goes to the innermost active run of the thread that prints it. A thread without a run, such
as one that loads data, prints for the run that was started last.

Whoever prints only appends to a queue: no lock is taken, so that a signal handler may print as
well. A thread empties the queue about once a second.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple, Protocol

from headrace.client.output.tee import Tee

SECONDS_BETWEEN_LOOKS = 1.0
# Characters after which it is handed on at once.
MANY = 64 * 1024
# What waits at most, if more is printed than can be worked off.
MAX_WAITING = 16_000_000
_MISSING = (
    "\n[headrace: this was printed faster than it can be recorded, and some of it is missing.]\n"
)

_logger = logging.getLogger(__name__)

STDOUT, STDERR = "stdout", "stderr"


class Listener(Protocol):
    """A run that wants what is printed for it.

    Attributes:
        thread: The thread that it is active in.

    """

    thread: int

    def write(self, stream: str, text: str, moment: float) -> None:
        """Take text of a stream, printed at a time in seconds since the epoch."""
        ...

    def hand_on(self) -> None:
        """Record what is to be recorded by now."""
        ...

    def close(self) -> None:
        """Record all that is left."""
        ...


class _Text(NamedTuple):
    listener: Listener
    stream: str
    moment: float
    text: str


class Collector:
    """The one that listens to the streams of this process."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Listen to nothing and for nobody, also where locks are held by threads of the past."""
        for tee in getattr(self, "_tees", ()):
            tee.end()
        self._tees: list[Tee] = []
        self._listeners: tuple[Listener, ...] = ()
        self._waiting: deque[_Text] = deque()
        self._size = 0  # of what waits, about
        self._is_full = False
        self._changing = threading.Lock()
        self._working = threading.RLock()
        self._bell = threading.Lock()  # held until the thread is to look at once
        self._bell.acquire()
        self._thread: threading.Thread | None = None

    def begin(self, listener: Listener) -> None:
        """Listen for a run too."""
        with self._changing:
            if not self._listeners:
                self._listen()
            self._listeners += (listener,)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="headrace-output", daemon=True
                )
                self._thread.start()

    def end(self, listener: Listener) -> None:
        """Hand on all that was printed before, and listen for this run no more."""
        with self._changing:
            self._listeners = tuple(one for one in self._listeners if one is not listener)
            if not self._listeners:
                for tee in self._tees:
                    tee.end()
                self._tees = []
        self._work()
        with self._working:
            self._try(listener, listener.close)

    def add(self, listener: Listener, stream: str, text: str) -> None:
        """Take text for a run that nobody has printed."""
        self._waiting.append(_Text(listener, stream, time.time(), text))

    def _listen(self) -> None:
        streams = {STDOUT: sys.stdout, STDERR: sys.stderr}
        if streams[STDERR] is streams[STDOUT]:
            del streams[STDERR]
        self._tees = [
            Tee(stream, lambda text, name=name: self._take(name, text))  # type: ignore[misc]
            for name, stream in streams.items()
        ]

    def _take(self, stream: str, text: str) -> None:
        listeners = self._listeners
        if not listeners or self._is_full:
            return
        if self._size > MAX_WAITING:
            self._is_full = True
            text = _MISSING
        thread = threading.get_ident()
        mine = (one for one in reversed(listeners) if one.thread == thread)
        listener = next(mine, listeners[-1])
        self._waiting.append(_Text(listener, stream, time.time(), text))
        self._size += len(text)
        if self._size > MANY:
            with suppress(RuntimeError):  # it rings already
                self._bell.release()

    # --- handing on ------------------------------------------------------------------------------

    def _run(self) -> None:
        bell = self._bell
        while True:
            bell.acquire(timeout=SECONDS_BETWEEN_LOOKS)
            self._work()
            with self._changing:
                if not self._listeners:
                    self._thread = None
                    return

    def _work(self) -> None:
        with self._working:
            texts = self._take_waiting()
            begin = 0
            for end, text in enumerate(texts, 1):
                follows = texts[end] if end < len(texts) else None
                if follows is None or follows[:2] != text[:2]:
                    joined = "".join(one.text for one in texts[begin:end])
                    write = partial(text.listener.write, text.stream, joined, texts[begin].moment)
                    self._try(text.listener, write)
                    begin = end
            for listener in self._listeners:
                self._try(listener, listener.hand_on)

    def _try(self, listener: Listener, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # border: neither printing nor the end of a run fails of it
            # Not told before nobody listens: it may be printed.
            self._listeners = tuple(one for one in self._listeners if one is not listener)
            _logger.exception("What a run prints is not recorded any more.")

    def _take_waiting(self) -> list[_Text]:
        self._size, self._is_full = 0, False
        return [self._waiting.popleft() for _ in range(len(self._waiting))]


collector = Collector()
