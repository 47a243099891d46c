"""The transport of a remote store: calls over kept-alive HTTP connections, repeated if safe.

A failure whose effect is unknown, such as a connection that breaks before the answer, is tried
again only where doing the call twice is the same as doing it once.
"""

from __future__ import annotations

import logging
import os
import re
import select
import socket
import time
from collections import deque
from collections.abc import Callable

from headrace import settings
from headrace.api import registry
from headrace.api import tracking as api
from headrace.connection import PASSING_STATUSES, Server, pauses
from headrace.errors import HeadraceError, TemporarilyUnavailable
from headrace.http_connection import Answer, HttpConnection

_logger = logging.getLogger(__name__)

# A second time, each of these makes a second thing or meets its own first effect as an error.
_ONCE_ONLY = (
    api.CREATE_EXPERIMENT,
    api.DELETE_EXPERIMENT,
    api.RESTORE_EXPERIMENT,
    api.DELETE_EXPERIMENT_TAG,
    api.CREATE_RUN,
    api.DELETE_TAG,
    api.LOG_MODEL,
    api.CREATE_LOGGED_MODEL,
    api.DELETE_LOGGED_MODEL,
    api.DELETE_LOGGED_MODEL_TAG,
    registry.CREATE_REGISTERED_MODEL,
    registry.RENAME_REGISTERED_MODEL,
    registry.DELETE_REGISTERED_MODEL,
    registry.CREATE_MODEL_VERSION,
    registry.DELETE_MODEL_VERSION,
)
_ONCE_ONLY_CALL = re.compile(
    "|".join(
        f"{row.verb} {re.escape(row.bases[0])}{re.sub('{[^}]*}', '[^/?]+', row.path)}"
        for row in _ONCE_ONLY
    )
)

# With these a server, or the proxy before it, says that it has not begun the call.
_REFUSED_STATUSES = frozenset({408, 429, 503})

_MAX_PAUSE = 120.0


class HttpTransport:
    """Carries calls to one server; the `send` of a `RemoteTrackingStore`.

    Connections stay open between calls and are shared by the threads, each used by one at a time.
    A forked child opens its own.
    """

    def __init__(
        self,
        server: Server,
        *,
        retries: bool = True,
        timeout: settings.Setting[float] = settings.HTTP_REQUEST_TIMEOUT,
    ) -> None:
        """Take the server.

        Args:
            server: Where the calls go.
            retries: Whether a call that met a passing failure is tried again here, as often as
                the settings say; otherwise the caller does so.
            timeout: Says how many seconds to wait for the network.

        """
        self._server = server
        self._retries = retries
        self._timeout = timeout
        self._idle: deque[HttpConnection] = deque()
        self._pid = os.getpid()

    def __call__(self, verb: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """Carry one call.

        Args:
            verb: HTTP method.
            path: Path with query below the server's prefix.
            body: JSON; None for none.

        Returns:
            Status and body of the answer, whatever the status.

        Raises:
            TemporarilyUnavailable: If no answer came in any of the tries.

        """
        repeatable = _ONCE_ONLY_CALL.fullmatch(f"{verb} {path.partition('?')[0]}") is None
        passing = PASSING_STATUSES if repeatable else _REFUSED_STATUSES
        waits = pauses() if self._retries else iter(())
        while True:
            pause = next(waits, None)  # None: this is the last try
            retry_after = None
            try:
                status, answer, retry_after = self._exchange(verb, path, body)
                if pause is None or status not in passing:
                    return status, answer
                failure = f"{self._server.url} answered {verb} {path} with HTTP status {status}."
            except TemporarilyUnavailable as error:
                if not (repeatable or isinstance(error, _NotSent)):
                    raise _unknown_effect(error, verb, path) from error.__cause__
                if pause is None:
                    raise
                failure = error.message
            seconds = _pause_asked_for(retry_after) or pause
            _logger.warning("%s Trying again in %.1f s.", failure, seconds)
            time.sleep(seconds)

    def close(self) -> None:
        """Close the connections that no call is using."""
        while self._idle:
            self._idle.pop().close()

    def _exchange(self, verb: str, path: str, body: bytes | None) -> tuple[int, bytes, str | None]:
        """Return status, body and the header Retry-After of one try."""
        connection = self._connected()
        headers = {"Host": self._server.netloc, **self._server.headers()}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._server.reaching():
                answer = connection.exchange(verb, self._server.target(path), headers, body)
        except BaseException:
            connection.close()  # also on Ctrl-C: half an answer would be taken for the next one's
            raise
        self._idle.append(connection)
        _check_no_redirect(answer, self._server)
        return answer.status, answer.body, answer.headers.get("retry-after")

    def _connected(self) -> HttpConnection:
        """Return an open connection that no other thread uses."""
        if self._pid != os.getpid():
            self.close()  # closes this process's copies; the parent's stay open
            self._pid = os.getpid()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if connection.sock is not None and not _has_input(connection.sock):
                return connection
            connection.close()  # the server has ended it, or said something that nobody asked for
        try:
            with self._server.reaching():
                return self._server.open(self._timeout.get())
        except TemporarilyUnavailable as error:
            raise _NotSent(error.message) from error.__cause__


class _NotSent(TemporarilyUnavailable):
    """The connection could not be made, so the server knows nothing of the call."""


def _unknown_effect(error: HeadraceError, verb: str, path: str) -> TemporarilyUnavailable:
    return TemporarilyUnavailable(
        f"{error.message} Whether {verb} {path} took effect is unknown, so it was not tried again."
    )


def _has_input(sock: socket.socket) -> bool:
    """Return whether an idle connection has something to read: its end, or an error."""
    return bool(_ready_to_read(sock))


def _poll(sock: socket.socket) -> object:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return poll.poll(0)


def _select(sock: socket.socket) -> object:
    return select.select([sock], [], [], 0)[0]


# `select` does not take descriptors above 1023, and Windows has no `poll`.
_ready_to_read: Callable[[socket.socket], object] = _poll if hasattr(select, "poll") else _select


def _check_no_redirect(answer: Answer, server: Server) -> None:
    place = answer.headers.get("location")
    if 300 <= answer.status < 400 and place:
        raise HeadraceError(
            f"The server {server.url} redirects to {place}. Set the tracking URI to the address "
            "that answers itself; a login page in between needs MLFLOW_TRACKING_TOKEN or "
            "MLFLOW_TRACKING_USERNAME and _PASSWORD."
        )


def _pause_asked_for(retry_after: str | None) -> float:
    """Return the seconds that a header Retry-After asks for, 0 for none."""
    if not retry_after or not settings.HTTP_RESPECT_RETRY_AFTER_HEADER.get():
        return 0.0
    if retry_after.isdecimal():
        return min(_MAX_PAUSE, float(retry_after))
    from email.utils import parsedate_to_datetime

    try:
        seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
    except ValueError:
        return 0.0
    return min(_MAX_PAUSE, max(0.0, seconds))
