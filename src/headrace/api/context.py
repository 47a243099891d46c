"""Context and output of runs: recorded by each session for itself, read by run.

They are written by journals (`headrace.api.journals`), so each arrives once and in order, also what
was recorded offline. Neither shows among artifacts, tags, params or metrics.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission
from headrace.api.tracking import Request
from headrace.entities import OutputChunk, SessionContext

STREAMS = ("stdout", "stderr")


class ContextPart(Struct):
    """A part of a context: its name, one of `headrace.entities.CONTEXT_PARTS`, and its text.

    All but ``diff`` are JSON objects.
    """

    name: str
    content: str


class SetContext(Request):
    """Record parts of the context of one session; the same part again takes its place.

    Attributes:
        run_id: The run.
        session: Id of the session, 32 hexadecimal digits; see `headrace.api.sessions`.
        parts: The parts.

    """

    run_id: str
    session: str
    parts: list[ContextPart] = []


class AppendOutput(Request):
    """Append a piece of what one session printed; past the limit of a run it is dropped.

    Attributes:
        run_id: The run.
        session: Id of the session, 32 hexadecimal digits.
        stream: ``stdout`` or ``stderr``.
        time: When it was printed, in milliseconds since the epoch.
        text: What was printed; lines need not be whole.

    """

    run_id: str
    session: str
    stream: str
    time: int
    text: str


class GetRunContext(Request):
    """Get the context of a run, deleted or not, session by session.

    Attributes:
        run_id: The run.
        parts: Names of the parts whose texts are wanted; all but ``diff`` if none is given.

    """

    run_id: str
    parts: list[str] = []


class RunContext(Struct):
    """Answer of `GetRunContext`: its sessions, the first one first."""

    sessions: list[SessionContext]


# Of one call; the texts that runs share travel once.
MAX_RUNS_PER_CALL = 500


class GetRunContexts(Request):
    """Get the contexts of up to 500 runs, deleted or not; those that are not there are left out.

    Attributes:
        run_ids: The runs.
        parts: Names of the parts whose texts are wanted; all but ``diff`` if none is given.

    """

    run_ids: list[str]
    parts: list[str] = []


class ContextOfRun(Struct):
    """The context of one of several runs: its sessions, the first one first."""

    run_id: str
    sessions: list[SessionContext]


class RunContexts(Struct):
    """Answer of `GetRunContexts`, in the order of the request.

    Attributes:
        runs: The contexts; their parts have no texts.
        contents: The texts, each once, by the digest that parts name.

    """

    runs: list[ContextOfRun]
    contents: dict[str, str]


class GetRunOutput(Request):
    """Get what a run, deleted or not, has printed, in the order in which it came.

    Attributes:
        run_id: The run.
        after: Only chunks after this one: `RunOutput.next` of the call before.
        limit: How many chunks are wanted at most; a page of large ones has fewer.
        tail: Only the last so many lines; chunks before `after` are left out as always.
        session: Only of this session.
        stream: Only ``stdout`` or ``stderr``.

    """

    run_id: str
    after: int = 0
    limit: int | None = None
    tail: int | None = None
    session: str | None = None
    stream: str | None = None


class RunOutput(Struct):
    """A page of the output of a run.

    Attributes:
        chunks: The chunks.
        next: The `GetRunOutput.after` of the call that goes on.
        is_over: Whether nothing follows: the run has ended, or is lost, and this is its last page.

    """

    chunks: list[OutputChunk]
    next: int
    is_over: bool


GET_RUN_CONTEXT = Endpoint(
    "get_run_context",
    "GET",
    HEADRACE + "/runs/context",
    GetRunContext,
    RunContext,
    Permission.READ,
)
GET_RUN_CONTEXTS = Endpoint(
    "get_run_contexts",
    "POST",
    HEADRACE + "/runs/contexts",
    GetRunContexts,
    RunContexts,
    Permission.READ,
)
GET_RUN_OUTPUT = Endpoint(
    "get_run_output", "GET", HEADRACE + "/runs/output", GetRunOutput, RunOutput, Permission.READ
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (
    GET_RUN_CONTEXT,
    GET_RUN_CONTEXTS,
    GET_RUN_OUTPUT,
)
