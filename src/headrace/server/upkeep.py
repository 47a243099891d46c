"""The thread that keeps a served store, and the files of its artifacts, in shape."""

from __future__ import annotations

import threading
from typing import Protocol

from headrace.server.core import Border
from headrace.server.reply import EMPTY

EVERY_SECONDS = 1.0
AFTER_A_FAILURE_SECONDS = 10.0


class MaintainedStore(Protocol):
    """A store that has work to do which no call asks for."""

    def maintain(self) -> None:
        """Do what is due: compact points, bring commits to the disk, give space back."""
        ...


class Background(Protocol):
    """What works beside the calls, in a thread of its own."""

    def start(self) -> None:
        """Start the thread."""
        ...

    def stop(self) -> None:
        """Let the thread finish what it is at, and end it; it may not have been started."""
        ...


class Swept(Protocol):
    """Files, some of which nobody needs any more."""

    def sweep(self) -> None:
        """Delete those, now and then."""
        ...


class Upkeep:
    """Calls `maintain` and `sweep` from a thread of its own until it is stopped."""

    def __init__(self, store: MaintainedStore, *swept: Swept) -> None:
        self._store = store
        self._swept = swept
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headrace-upkeep", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Let the thread finish what it is at, and end it."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = EVERY_SECONDS
        while not self._stopped.wait(pause):
            # A failure is logged and tried again: a full disk may be emptied.
            with Border() as border:
                self._store.maintain()
                for files in self._swept:
                    files.sweep()
                border.reply = EMPTY
            pause = EVERY_SECONDS if border.reply is EMPTY else AFTER_A_FAILURE_SECONDS
