"""The calls that take next to no time, and are made most: seen, checked and answered quickly.

Training logs a little at a time; deployment registers versions, moves aliases and asks what they
name. Everything that is out of the ordinary about such a call (a foreign page, credentials that are
not known yet, a long body, a wrong type) is left to the way that every other call goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple, cast

from msgspec import Struct

from headrace.api import registry
from headrace.api import tracking as api
from headrace.api.endpoint import Endpoint
from headrace.errors import HeadraceError
from headrace.server.auth import Authenticator, Identity
from headrace.server.core import Border, Call, decode, reply_to, run
from headrace.server.group_commit import GroupCommit, LoopTime
from headrace.server.reply import EMPTY, Reply
from headrace.server.routing import Route, Router
from headrace.server.security import HostPolicy

# Longer bodies are decoded on a thread: 64 KiB take about 0.2 ms.
MAX_BYTES = 64 * 1024

# What logs: many share one statement.
LOGS: tuple[Endpoint[Any, Any], ...] = (api.LOG_METRIC, api.LOG_PARAM, api.SET_TAG, api.LOG_BATCH)

# What changes the registry: many share one transaction, and one turn of the disk.
CHANGES: tuple[Endpoint[Any, Any], ...] = tuple(
    row for row in registry.ENDPOINTS if issubclass(row.request, registry.Change)
)

# What asks for one row that an index finds.
READS: tuple[Endpoint[Any, Any], ...] = (
    registry.GET_MODEL_VERSION_BY_ALIAS,
    registry.GET_MODEL_VERSION,
    registry.GET_MODEL_VERSION_DOWNLOAD_URI,
)

# With one of these the call is not an ordinary one.
_UNUSUAL = frozenset({b"origin", b"cookie", b"expect", b"transfer-encoding", b"upgrade"})

# What logs, and where it goes; it comes to nothing.
Log = api.LogMetric | api.LogParam | api.SetTag | api.LogBatch
Logs = GroupCommit[Log, None]

# What makes a change when it is its turn, and where it goes.
Change = Callable[[], Reply]
Changes = GroupCommit[Change, Reply]

Answer = Callable[[Reply], None]


class SmallCall(NamedTuple):
    """A call that was recognised: its route, who makes it, and its query string."""

    route: Route
    identity: Identity
    query: str


class SmallCalls:
    """Commits small writes in groups, answers small reads, and tells both from other calls.

    Attributes:
        logs: Where what logs goes.
        changes: Where changes of the registry go; None where they do not come in groups.

    """

    def __init__(
        self,
        router: Router,
        logs: Logs,
        changes: Changes | None = None,
        *,
        authenticator: Authenticator,
        hosts: HostPolicy | None,
        reads_here: bool = False,
    ) -> None:
        """Take the parts that the application has too.

        Args:
            router: Finds the rows.
            logs: Where what logs goes.
            changes: Where changes of the registry go; None leaves them to the threads.
            authenticator: Tells who calls.
            hosts: Which hosts are answered; None for all.
            reads_here: Whether the event loop itself may read the store.

        """
        self.logs = logs
        self.changes = changes
        self._authenticator = authenticator
        self._hosts = hosts
        self._reading = LoopTime()
        self._logging = frozenset(row.name for row in LOGS)
        self._changing = frozenset(row.name for row in CHANGES if changes is not None)
        rows = [*LOGS, *(CHANGES if changes is not None else ()), *(READS if reads_here else ())]
        self._routes: Mapping[bytes, Mapping[bytes, Route]] = {
            verb: router.static(verb.decode(), {row.name for row in rows})
            for verb in (b"GET", b"POST")
        }

    def recognise(
        self, verb: bytes, url: bytes, headers: Iterable[tuple[bytes, bytes]]
    ) -> SmallCall | None:
        """Return the call that may be answered as soon as its body is there.

        Args:
            verb: The HTTP method.
            url: The request's target, as it travelled.
            headers: Its headers, names in lower case.

        Returns:
            The call; None for every one that needs a longer look, and for those to be refused.

        """
        query = b""
        if verb == b"GET":
            url, _, query = url.partition(b"?")
        route = self._routes[verb].get(url) if verb in self._routes else None
        if route is None:
            return None
        given = dict(headers)
        if (
            not _UNUSUAL.isdisjoint(given)
            or not (_has_no_body(given) if verb == b"GET" else _has_short_json(given))
            or not (self._hosts is None or self._hosts.allows(given.get(b"host", b"")))
        ):
            return None
        permission = route.endpoint.permission
        try:
            identity = self._authenticator.recall(given.get(b"authorization"), permission)
        except HeadraceError:
            return None
        if identity is None or not identity.role.may(permission):
            return None
        if verb == b"GET" and not self._reading.is_free():
            return None
        return SmallCall(route, identity, query.decode("latin-1"))

    def answer(self, call: SmallCall, body: bytes, client: object, done: Answer) -> None:
        """Decode a call and answer it; a write alone or with its group.

        Args:
            call: The call.
            body: Its JSON.
            client: What tells the caller's connection from others.
            done: Called with the reply, once, in the event loop; maybe before this returns.

        """
        route, identity, query = call
        with Border() as border:
            request = decode(route.endpoint, {}, query, body)
            if route.endpoint.verb != "GET":
                self.write(route, identity, request, client, done)
                return
            began = perf_counter()
            border.reply = run(route, request, Call(identity))
            self._reading.note(perf_counter() - began)
        done(border.reply)

    def writes(self, endpoint: Endpoint[Any, Any]) -> bool:
        """Return whether calls of a row are to be handed to `write`."""
        return endpoint.name in self._logging or endpoint.name in self._changing

    def write(
        self, route: Route, identity: Identity, request: Struct, client: object, done: Answer
    ) -> None:
        """Commit a decoded write, alone or with its group; see `answer`."""

        def settle(outcome: Reply | Exception | None) -> None:
            done(reply_to(outcome) if isinstance(outcome, Exception) else outcome or EMPTY)

        if route.endpoint.name in self._logging:
            self.logs.write(cast(Log, request), settle, client)
        else:
            assert self.changes is not None
            self.changes.write(partial(run, route, request, Call(identity)), settle, client)

    def close(self) -> None:
        """Stop the threads; every request has been answered before."""
        self.logs.close()
        if self.changes is not None:
            self.changes.close()


def _has_short_json(headers: Mapping[bytes, bytes]) -> bool:
    length = headers.get(b"content-length", b"")
    return (
        headers.get(b"content-type") == b"application/json"
        and length.isdigit()
        and int(length) <= MAX_BYTES
    )


def _has_no_body(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0") == b"0"
