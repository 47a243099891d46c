"""How runs end that nobody ends, because their process is stopped, fails or is over.

============================================  ========
SIGTERM, Ctrl-C                               KILLED
an exception that nobody catches              FAILED
in a ``with`` block ``sys.exit`` with a code  FAILED
a notebook's kernel that stops or restarts    KILLED
the end of the script                         FINISHED
============================================  ========

A process that dies without a word, by SIGKILL or with its machine, ends nothing: its runs are
shown as lost when their heartbeats stop.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType

from headrace.client.context.notebook import is_kernel
from headrace.entities import RunStatus

EndAll = Callable[[RunStatus], None]


def status_after(error: BaseException | None) -> RunStatus:
    """Return the status of a run that an exception ends; None stands for no exception."""
    if isinstance(error, KeyboardInterrupt):
        return RunStatus.KILLED
    if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
        return RunStatus.FINISHED
    return RunStatus.FAILED


class Watch:
    """Sees the end of this process come, whichever way, and ends the runs that are active then.

    Args:
        end_all: Ends all active runs, of every thread.
        settle: Has everything stored that runs record after their end.

    """

    def __init__(self, end_all: EndAll, settle: Callable[[], None]) -> None:
        self._end_all = end_all
        self._settle = settle
        self._is_forked = False
        self._status: RunStatus | None = None  # of runs that an uncaught exception ended
        self._is_watching = False
        atexit.register(self._end_at_exit)

    def begin(self) -> None:
        """Begin to watch; only the first call that comes from the main thread does anything."""
        if self._is_watching or threading.current_thread() is not threading.main_thread():
            return
        self._is_watching = True
        self._next_hook = sys.excepthook
        sys.excepthook = self._note_exception
        # Who handles the signal already has a way to end the process, and with it the runs.
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._terminate)

    @property
    def may_be_missed(self) -> bool:
        """Whether the end of this process is not seen: forked ones mostly leave by `os._exit`."""
        workers = sys.modules.get("multiprocessing.process")
        return self._is_forked or (workers is not None and workers.parent_process() is not None)

    def leave_to_parent(self) -> None:
        """Take the watch back in a forked child: it has no run of its own yet."""
        if self._is_watching and signal.getsignal(signal.SIGTERM) == self._terminate:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self._is_watching and sys.excepthook == self._note_exception:
            sys.excepthook = self._next_hook
        self._is_watching = False
        self._is_forked = True

    def _note_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._status = status_after(error)
        self._next_hook(kind, error, trace)

    def _end_at_exit(self) -> None:
        self._end_all(self._status or (RunStatus.KILLED if is_kernel() else RunStatus.FINISHED))
        if self._status == RunStatus.KILLED:
            _exit_as_interrupted()

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        """End the runs as KILLED, and then the process as the signal would have."""
        signal.signal(number, signal.SIG_DFL)  # a second one does not wait

        def end() -> None:
            try:
                self._end_all(RunStatus.KILLED)
                self._settle()
            finally:
                os.kill(os.getpid(), number)

        # In a thread of its own: the one that the signal interrupted may be in the midst of a log
        # call, which has to end first.
        threading.Thread(target=end, name="headrace-terminate").start()


def _exit_as_interrupted() -> None:
    """Have the process end as Ctrl-C ends it, which a shell wants to see.

    Python remembers for its end that nobody caught the `KeyboardInterrupt`, but forgets it whenever
    source is run, as happens when a module with a named tuple is imported meanwhile.
    """
    with suppress(KeyboardInterrupt):
        exec("raise KeyboardInterrupt")  # noqa: S102 - a constant
