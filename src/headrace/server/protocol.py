"""uvicorn's HTTP protocol, with a short way for small calls.

A call through ASGI costs a task, an event and two messages each way before anything is done. For
the calls that are made most, that is more than the commit itself: here they are taken from the
parser and answered in one piece, 10 us instead of 30. Every other request goes uvicorn's way.
"""

from __future__ import annotations

import http
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from headrace.server.asgi import Application
from headrace.server.long_bodies import LONG_BODY, long_body
from headrace.server.reply import EMPTY, Reply
from headrace.server.small_calls import SmallCall


class _NoEvent:
    """Stands where uvicorn wakes the task of a request, which a small call has not."""

    def set(self) -> None:
        """Do nothing."""


_NO_EVENT = _NoEvent()


class SmallRequest:
    """A small call on its way; to uvicorn it looks like any request in progress.

    So uvicorn itself holds the next request of the connection back until this one is answered,
    and closes the connection only after the answer.
    """

    __slots__ = ("body", "call", "disconnected", "keep_alive", "more_body", "response_complete")

    message_event = _NO_EVENT

    def __init__(self, call: SmallCall) -> None:
        self.call = call
        self.body = b""
        self.more_body = True
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False


class SmallCallProtocol(HttpToolsProtocol):
    """Takes ordinary small calls out of the stream of requests, and answers them itself."""

    # What most answers begin with, for the headers that uvicorn renews each second.
    _head_for: object = None
    _usual_head = b""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._application = self.app if isinstance(self.app, Application) else None

    def on_headers_complete(self) -> None:
        """Begin a request."""
        request = self._small_request()
        if request is None:
            super().on_headers_complete()
            body = None if self._application is None else long_body(self)
            if body is not None:
                self.scope[LONG_BODY] = body  # type: ignore[literal-required]
        else:
            self.cycle = request  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        """End the reading of a request."""
        super().on_message_complete()
        request: Any = self.cycle
        if type(request) is SmallRequest and not request.response_complete:
            assert self._application is not None
            assert self._application.small_calls is not None

            def done(reply: Reply) -> None:
                self._answer(request, reply)

            self._application.small_calls.answer(request.call, request.body, self.client, done)

    def _small_request(self) -> SmallRequest | None:
        """Return the request that begins with the headers read, if it is an ordinary small one."""
        if self._application is None or self._application.small_calls is None:
            return None
        before = self.cycle
        # Who does not take the answers goes the way that waits until they are taken.
        if (before is not None and not before.response_complete) or self.flow.write_paused:
            return None
        parser = self.parser
        call = self._application.small_calls.recognise(parser.get_method(), self.url, self.headers)
        if call is None or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return None
        return SmallRequest(call)

    def _answer(self, request: SmallRequest, reply: Reply) -> None:
        if request.response_complete:
            return
        request.response_complete = True
        if not self.transport.is_closing():
            self.transport.write(self._bytes_of(reply, close=not request.keep_alive))
            if not request.keep_alive:
                self.transport.close()
        self.on_response_complete()

    def _bytes_of(self, reply: Reply, *, close: bool) -> bytes:
        body = reply.content()
        if close or reply.status != 200 or reply.headers:
            head = self._head(reply, close=close)
        else:
            kept, current = type(self), self.server_state.default_headers
            if kept._head_for is not current:
                kept._head_for, kept._usual_head = current, self._head(EMPTY, close=False)
            head = kept._usual_head
        return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)

    def _head(self, reply: Reply, *, close: bool) -> bytes:
        """Return the status line and the headers, but for the length of the body."""
        assert self._application is not None
        headers = [*self.server_state.default_headers, *self._application.head(reply, {})]
        if close:
            headers.append((b"connection", b"close"))
        lines = [
            f"HTTP/1.1 {reply.status} {http.HTTPStatus(reply.status).phrase}".encode(),
            *(name + b": " + value for name, value in headers if name != b"content-length"),
        ]
        return b"\r\n".join(lines) + b"\r\n"
