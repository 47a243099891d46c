"""One row of the endpoint table: everything that is known about a call.

Server routes, the remote store's methods, the permission a caller needs, OpenAPI and the docs page
are derived from rows; there is no second table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from msgspec import Struct

RequestT = TypeVar("RequestT", bound=Struct)
ResponseT = TypeVar("ResponseT")

MLFLOW = "/2.0/mlflow"
MLFLOW_3 = "/3.0/mlflow"
HEADRACE = "/1.0/headrace"


class Permission(Enum):
    """What a caller must be allowed to do."""

    PUBLIC = "public"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Target(Enum):
    """Who answers a call: a method of the store, or a function of the server itself."""

    STORE = "store"
    SERVER = "server"


class Empty(Struct):
    """A request or an answer without fields."""


@dataclass(frozen=True)
class Endpoint(Generic[RequestT, ResponseT]):
    """One call.

    Attributes:
        name: Name of the store's method, or of the server's handler.
        verb: HTTP method.
        path: Path below ``/api`` with ``{name}`` for a segment that is a field of the request.
        request: Struct of the request: JSON body, query string and path segments together.
        response: Struct of the answer; None for an answer that is not JSON.
        permission: What the caller must be allowed to do.
        target: Who answers.
        bases: Prefixes that the path is served under.
        raw_body: Whether the body is content instead of JSON; the request's fields then stand in
            path and query.
        streamed: Whether that content is taken piece by piece, however long it is: who answers
            returns a `headrace.server.intake.Intake` for it.

    """

    name: str
    verb: str
    path: str
    request: type[RequestT]
    response: type[ResponseT] | None
    permission: Permission
    target: Target = Target.STORE
    bases: tuple[str, ...] = ("/api", "/ajax-api")
    raw_body: bool = False
    streamed: bool = False

    @property
    def path_fields(self) -> tuple[str, ...]:
        """Names of the request's fields that stand in the path."""
        return tuple(re.findall(r"\{(\w+)(?::path)?\}", self.path))
