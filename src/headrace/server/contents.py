"""The thread that reads the files of registered versions: recorded once, compared when asked.

Whose turn it is stands in the store, so nothing is forgotten when a server ends, and of several on
one store each version is read by one. Files are read in pieces, and reading takes a small part of
the time, unless somebody waits for it.
"""

from __future__ import annotations

import threading
import time

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.folder_view import FolderView
from headrace.server.core import Border
from headrace.server.reply import EMPTY
from headrace.server.roots import Roots
from headrace.stores.sealing import ContentStore, look_at
from headrace.stores.sql.calls import now
from headrace.stores.sql.version_contents import CLAIM_MS, DueContent, PutOff

EVERY_SECONDS = 0.5
AFTER_A_FAILURE_SECONDS = 10.0
VERSIONS_AT_A_TIME = 100

# What nobody waits for is read in this part of the time.
SHARE = 0.2


class Stopped(Exception):
    """The server ends; what is being read is read anew by the next one."""


class ContentKeeper:
    """Looks at the files of versions from a thread of its own until it is stopped.

    Clients of MLflow may register a folder whose files are still to come. So a version is sealed
    once its logged model is ready or its run has ended, or some time after it was registered.

    Args:
        store: Says whose turn it is.
        roots: Opens files, where it may.
        grace: Seconds for which files of nobody's run may come, after the version.
        running_grace: The same for files of a run that goes on.

    """

    def __init__(
        self,
        store: ContentStore,
        roots: Roots,
        *,
        grace: float = 30.0,
        running_grace: float = 600.0,
    ) -> None:
        self._store = store
        self._roots = roots
        self._grace_ms = int(grace * 1000)
        self._running_grace_ms = int(running_grace * 1000)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headrace-contents", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Let the thread finish the piece that it is at, and end it."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def work(self) -> None:
        """Look at the next versions that are due.

        Raises:
            HeadraceError: If the store fails.
            Stopped: If the server ends.

        """
        put_off: list[PutOff] = []
        try:
            for due in self._store.find_due_contents(VERSIONS_AT_A_TIME):
                if not self._is_settled(due):
                    put_off.append(PutOff(due.id, now() + self._grace_ms))
                elif self._store.claim_content(due):
                    pace = _Pace(self._store, due, self._stopped)
                    left = look_at(self._store, due, self._open, pace.go_on)
                    if left is not None:
                        put_off.append(left)
                    pace.go_on(0)
        finally:
            self._store.put_off_contents(put_off)

    def _is_settled(self, due: DueContent) -> bool:
        """Return whether all files of a version are there, as far as can be known."""
        if due.is_asked or due.is_finished or due.digest is not None:
            return True
        grace = self._grace_ms if due.is_finished is None else self._running_grace_ms
        return now() >= due.created_at + grace

    def _open(self, due: DueContent) -> ArtifactStore:
        title = f"version {due.version} of the model {due.name!r}"
        return FolderView(self._roots.open(due.root), due.path, title)

    def _run(self) -> None:
        pause = EVERY_SECONDS
        while not self._stopped.wait(pause):
            # A failure is logged and tried again: a database may come back.
            with Border() as border:
                try:
                    self.work()
                except Stopped:
                    return
                border.reply = EMPTY
            pause = EVERY_SECONDS if border.reply is EMPTY else AFTER_A_FAILURE_SECONDS


class _Pace:
    """How fast the files of one version are read."""

    def __init__(self, store: ContentStore, due: DueContent, stopped: threading.Event) -> None:
        self._store = store
        self._due = due
        self._stopped = stopped
        self._began = time.monotonic()
        self._hold_at = self._began + CLAIM_MS / 3000

    def go_on(self, _: int) -> None:
        """Wait, if nobody else does, and say now and then that one is still at it."""
        spent = time.monotonic() - self._began
        pause = 0.0 if self._due.is_asked else spent * (1 / SHARE - 1)
        if self._stopped.wait(pause):
            raise Stopped
        self._began = time.monotonic()
        if self._began >= self._hold_at:
            self._store.hold_content(self._due)
            self._hold_at = self._began + CLAIM_MS / 3000
