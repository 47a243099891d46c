"""Records the context of a session, in the background.

Whoever starts a run goes on at once, and so does whoever ends it: what is not known by then is
recorded after the end. Only what the run changes is looked at where it begins and ends.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from headrace.api.context import ContextPart, SetContext
from headrace.client.background import background
from headrace.client.context.process import working_folder
from headrace.client.context.seeds import read_seeds
from headrace.client.undivided import undivided
from headrace.entities.context import SEEDS, Seeds

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
        self._folder = working_folder()
        self._seeds: Seeds = {}
        self._known: dict[str, str] = {}  # parts as they were recorded
        self._changing = threading.Lock()
        self._has_looked = self._is_ended = False

    def begin(self) -> None:
        """Begin to look around."""
        self._note_seeds()
        background.add(self._look)

    def end(self) -> None:
        """Look once more at what the run may have changed; after the first look, if that is due."""
        self._note_seeds()
        with self._changing:
            self._is_ended = True
            if not self._has_looked:
                return
        self._look_again()

    def _note_seeds(self) -> None:
        """Take note of the seeds in use; one that cannot be told any more stays."""
        if SEEDS not in self._parts:
            return
        try:
            self._seeds = self._seeds | read_seeds()
        except Exception as error:  # border: what modules of others answer is up to them
            _logger.debug("Seeds are missing: %r", error)

    def _look(self) -> None:
        self._try(self._read)
        self._try(self._read_repository)
        with self._changing:
            self._has_looked = True
            if not self._is_ended:
                return
        self._look_again()

    def _look_again(self) -> None:
        from headrace.client.context import parts

        self._try(lambda: parts.read_again(self._parts, self._seeds))

    def _read(self) -> dict[str, str]:
        with undivided():
            from headrace.client.context import parts

            return parts.read(self._parts, self._folder, self._seeds)

    def _read_repository(self) -> dict[str, str]:
        from headrace.client.context import parts

        return parts.read_repository(self._parts, self._folder, self._leave_out)

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
