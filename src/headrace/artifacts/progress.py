"""A bar that shows how far a long transfer is, in terminals and notebooks."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from headrace import settings

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

# What is over before is not worth a bar.
SECONDS_BEFORE_BAR = 1.0


class TransferBar:
    """A context manager; `show` or `add` is called as often as one likes, from any thread.

    Args:
        title: What is going on, for example ``Uploading artifacts``.
        total: How many bytes there are to go, if that is known from the beginning.

    """

    def __init__(self, title: str, total: int = 0) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._lock = threading.Lock()
        self._since = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._is_wanted = settings.ENABLE_ARTIFACTS_PROGRESS_BAR.get()

    def show(self, done: int, total: int) -> None:
        """Show that `done` of `total` bytes have gone."""
        if not self._is_wanted or time.monotonic() - self._since < SECONDS_BEFORE_BAR:
            return
        with self._lock:
            if self._bar is None:
                self._bar = self._start()
                if self._bar is None:
                    self._is_wanted = False
                    return
                self._task = self._bar.add_task(self._title, total=total)
            assert self._task is not None
            self._bar.update(self._task, completed=done, total=total)

    def add(self, count: int) -> None:
        """Show that more bytes have gone; negative for those that have to go again."""
        with self._lock:
            self._done += count
        self.show(self._done, self._total)

    def __enter__(self) -> TransferBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _start(self) -> Progress | None:
        """Return a bar that is shown; None where nobody would see it."""
        # Imported only here: most transfers are short, and most logs are files.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        console = Console(stderr=True)
        if not (console.is_terminal or console.is_jupyter):
            return None
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        bar.start()
        return bar
