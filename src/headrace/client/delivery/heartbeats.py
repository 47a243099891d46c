"""The sign of life of the runs that this process works on, for stores that take one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from headrace import settings
from headrace.api.sessions import Heartbeat


class Heartbeats:
    """The sessions of this process: each start of a run that is not ended yet."""

    def __init__(self) -> None:
        self._sessions: dict[str, str] = {}
        self._due_at = 0.0

    def begin(self, run_id: str, session: str) -> None:
        """Begin to send signs of life for a run."""
        self._sessions[run_id] = session
        self._due_at = 0.0  # only a run that has sent one can be found lost

    def session_of(self, run_id: str) -> str | None:
        """Return the session of a run; None if it has none."""
        return self._sessions.get(run_id)

    def end(self, run_id: str) -> str | None:
        """End that, and return the session of the run; None if it has none."""
        return self._sessions.pop(run_id, None)

    def send(self, connect: Callable[[], Any]) -> None:
        """Send a sign of life if it is time; an MLflow server takes none.

        Args:
            connect: Returns what journals are shipped to.

        Raises:
            HeadraceError: If the store cannot be reached.

        """
        now = time.monotonic()
        if not self._sessions or now < self._due_at:
            return
        heartbeat = getattr(connect(), "heartbeat", None)
        if heartbeat is not None:
            heartbeat(Heartbeat(sessions=list(self._sessions.values())))
        self._due_at = now + settings.HEARTBEAT_INTERVAL.get()
