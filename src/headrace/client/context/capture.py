"""Records the context of a session, in the background.

Whoever starts a run goes on at once; whoever ends it waits until the context is there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from headrace.api.context import ContextPart, SetContext
from headrace.client.undivided import undivided

# Whoever starts the run goes on first: two threads that both want to run take turns of 5 ms.
_SECONDS_FOR_STARTER = 0.002

_logger = logging.getLogger(__name__)


class Capture:
    """Records the context of one session.

    Args:
        run_id: The run.
        session: Its session.
        parts: Names of the parts that are wanted.
        leave_out: Folders that are no part of the code, such as the tracking store.
        record: Puts it into the journal.

    """

    def __init__(
        self,
        run_id: str,
        session: str,
        parts: Collection[str],
        leave_out: Sequence[Path],
        record: Callable[[SetContext], None],
    ) -> None:
        self._run_id = run_id
        self._session = session
        self._parts = parts
        self._leave_out = leave_out
        self._record = record
        self._known: dict[str, str] = {}  # parts as they were recorded
        self._is_done = threading.Event()

    def begin(self) -> None:
        """Begin to look around."""
        threading.Thread(target=self._run, name="headrace-context", daemon=True).start()

    def end(self, seconds: float) -> None:
        """Wait for the context, and look once more at what the run may have changed.

        Args:
            seconds: How long to wait at most.

        """
        if not self._is_done.wait(seconds):
            _logger.warning(
                "The context of the run %s is not whole: it took longer than %g s.",
                *(self._run_id, seconds),
            )
            return
        from headrace.client.context import parts

        self._try(lambda: parts.read_again(self._parts, self._known))

    def _run(self) -> None:
        time.sleep(_SECONDS_FOR_STARTER)
        try:
            with undivided():
                from headrace.client.context import parts

                self._try(lambda: parts.read(self._parts))
            self._try(lambda: parts.read_repository(self._parts, self._leave_out))
        finally:
            self._is_done.set()

    def _try(self, read: Callable[[], dict[str, str]]) -> None:
        try:
            found = read()
            changed = [name for name, content in found.items() if self._known.get(name) != content]
            if changed:
                self._known.update(found)
                contents = [ContextPart(name=name, content=found[name]) for name in changed]
                request = SetContext(run_id=self._run_id, session=self._session, parts=contents)
                self._record(request)
        except Exception as error:  # border: no run fails of what it records of itself
            _logger.warning("The context of the run %s is not whole: %s", self._run_id, error)
