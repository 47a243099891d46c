"""The sign of life of the processes that work on runs.

Each start of a run by a client is a session, begun by `headrace.api.journals.EnsureRun` and ended
by the `headrace.api.tracking.UpdateRun` that ends the run. A run whose open sessions have all gone
silent is shown as lost (`headrace.entities.RunInfo`).
"""

from __future__ import annotations

from typing import Any

from headrace.api.endpoint import HEADRACE, Empty, Endpoint, Permission
from headrace.api.tracking import Request


class Heartbeat(Request):
    """Say that these sessions go on; those that are not known, or have ended, are passed over.

    Attributes:
        sessions: Ids of sessions, 32 hexadecimal digits each.

    """

    sessions: list[str]


HEARTBEAT = Endpoint(
    "heartbeat", "POST", HEADRACE + "/sessions/heartbeat", Heartbeat, Empty, Permission.WRITE
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (HEARTBEAT,)
