"""The calls that log a little, which training makes most: seen, checked and committed quickly.

Everything that is out of the ordinary about such a call (a foreign page, credentials that are not
known yet, a long body, a wrong type) is left to the way that every other call goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from headrace.api import tracking as api
from headrace.api.endpoint import Endpoint
from headrace.errors import HeadraceError
from headrace.server.auth import Authenticator
from headrace.server.core import Border, decode, reply_to
from headrace.server.group_commit import GroupCommit, Outcome, Write
from headrace.server.reply import EMPTY, Reply
from headrace.server.security import HostPolicy

# Longer bodies are decoded on a thread: 64 KiB take about 0.2 ms.
MAX_BYTES = 64 * 1024

ROWS: tuple[Endpoint[Any, Any], ...] = (api.LOG_METRIC, api.LOG_PARAM, api.SET_TAG, api.LOG_BATCH)
NAMES = frozenset(row.name for row in ROWS)

# With one of these the call is not an ordinary one.
_UNUSUAL = frozenset({b"origin", b"expect", b"transfer-encoding", b"upgrade"})


class SmallWrites:
    """Commits small writes in groups, and tells the ordinary ones from the others."""

    def __init__(
        self,
        commits: GroupCommit,
        *,
        authenticator: Authenticator,
        hosts: HostPolicy | None,
        prefix: str = "",
    ) -> None:
        """Take the parts that the application has too.

        Args:
            commits: Where the writes go.
            authenticator: Tells who calls.
            hosts: Which hosts are answered; None for all.
            prefix: Static prefix of the served paths.

        """
        self.commits = commits
        self._authenticator = authenticator
        self._hosts = hosts
        self._rows = {
            (prefix + base + row.path).encode(): row for row in ROWS for base in row.bases
        }

    def recognise(
        self, url: bytes, headers: Iterable[tuple[bytes, bytes]]
    ) -> Endpoint[Any, Any] | None:
        """Return the row of a POST that may be committed as soon as its body is there.

        Args:
            url: The request's target, as it travelled.
            headers: Its headers, names in lower case.

        Returns:
            The row; None for every call that needs a longer look, and for those to be refused.

        """
        row = self._rows.get(url)
        if row is None:
            return None
        given = dict(headers)
        length = given.get(b"content-length", b"")
        if (
            given.get(b"content-type") != b"application/json"
            or not _UNUSUAL.isdisjoint(given)
            or not (length.isdigit() and int(length) <= MAX_BYTES)
            or not (self._hosts is None or self._hosts.allows(given.get(b"host", b"")))
        ):
            return None
        try:
            identity = self._authenticator.recall(given.get(b"authorization"), row.permission)
        except HeadraceError:
            return None
        return row if identity is not None and identity.role.may(row.permission) else None

    def commit(
        self,
        row: Endpoint[Any, Any],
        body: bytes,
        client: object,
        answer: Callable[[Reply], None],
    ) -> None:
        """Decode a write and commit it, alone or with its group.

        Args:
            row: The write's row.
            body: Its JSON.
            client: What tells the caller's connection from others.
            answer: Called with the reply, once, in the event loop; maybe before this returns.

        """

        def done(outcome: Outcome) -> None:
            answer(EMPTY if outcome is None else reply_to(outcome))

        with Border() as border:
            write = cast(Write, decode(row, {}, "", body))
            self.commits.write(write, done, client)
            return
        answer(border.reply)
