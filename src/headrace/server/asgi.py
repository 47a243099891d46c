"""The server as an ASGI 3 application, without a framework in the way of a hot call.

The event loop reads requests, checks them, and answers small calls; everything else
runs on a few threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import msgspec

from headrace.api import server as about
from headrace.api.endpoint import Permission
from headrace.artifacts.base import CHUNK
from headrace.errors import BadRequest, InvalidParameterValue, RequestLimitExceeded
from headrace.server.artifacts import MAX_UPLOAD_BYTES, UPLOAD_TOO_LONG
from headrace.server.auth import Authenticator, Identity, permit
from headrace.server.core import (
    Border,
    Call,
    Dispatcher,
    answer,
    decode,
    open_intake,
    take_rest,
)
from headrace.server.intake import Intake
from headrace.server.long_bodies import LONG_BODY, LongBody
from headrace.server.reply import EMPTY, TEXT, Content, Reply
from headrace.server.routing import Route
from headrace.server.security import (
    CROSS_ORIGIN,
    INVALID_HOST,
    HostPolicy,
    OriginPolicy,
    is_of_page,
)
from headrace.server.small_calls import MAX_BYTES as MAX_SMALL_BYTES
from headrace.server.small_calls import SmallCalls
from headrace.server.upkeep import Background

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_JSON_BYTES = 24 * 1024 * 1024  # a journal's largest record, whose JSON is longer than it
# What is still read of a body that is too long, so that its sender gets to see the answer.
MAX_DISCARDED_BYTES = 256 * 1024 * 1024
READER_THREADS = 8

# Each takes some 50 ms.
MAX_WAITING_CHECKS = 40

# Calls that tell a monitor or a proxy whether the server is there; they hold nothing to protect.
_OPEN_TO_ANY_HOST = frozenset(row.name for row in (about.HEALTH, about.VERSION))

# Calls that wait for nothing: a thread would cost more than the answer.
_AT_ONCE = frozenset(
    row.name
    for row in (
        *(about.HEALTH, about.VERSION, about.SERVER_INFO, about.WHOAMI),
        *(about.HOME, about.FAVICON, about.PAGE_FILE),
    )
)


class Application:
    """The ASGI application of one store.

    Attributes:
        small_calls: Takes the small calls, here and in `headrace.server.protocol`.

    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        authenticator: Authenticator,
        hosts: HostPolicy | None,
        origins: OriginPolicy | None,
        small_calls: SmallCalls | None = None,
        upkeep: Sequence[Background] = (),
        frame_options: str = "SAMEORIGIN",
    ) -> None:
        """Put the parts together.

        Args:
            dispatcher: The calls and the store.
            authenticator: Tells who calls.
            hosts: Which hosts are answered; None for all.
            origins: Which foreign pages may call; None switches the check off.
            small_calls: Takes the small calls; None runs them like any other call.
            upkeep: What works in the background from start to end.
            frame_options: Value of ``X-Frame-Options``; ``NONE`` leaves it out.

        """
        self._dispatcher = dispatcher
        self._router = dispatcher.router
        self._authenticator = authenticator
        self._sessions = dispatcher.sessions
        self._hosts = hosts
        self._origins = origins
        self.small_calls = small_calls
        self._upkeep = upkeep
        self._readers = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="headrace-reader")
        self._checks = 0
        self._guards = ThreadPoolExecutor(1, thread_name_prefix="headrace-passwords")
        self._security_headers = [(b"x-content-type-options", b"nosniff")]
        if frame_options != "NONE":
            self._security_headers.append((b"x-frame-options", frame_options.encode()))
        self._done: MutableMapping[str, Any] = self._start(EMPTY, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] == "http":
            headers: dict[bytes, bytes] = dict(scope["headers"])
            with Border() as border:
                border.reply = await self._answer(scope, headers, receive)
            reply = border.reply
            if reply.status == 401 and is_of_page(headers):
                # Else the browser would ask with a dialog of its own.
                reply = msgspec.structs.replace(reply, headers=())
            await self._send(reply, headers, send, is_head=scope["method"] == "HEAD")
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Reply:
        verb: str = scope["method"]
        path: str = scope["raw_path"].decode("ascii")
        if self._origins is not None and b"origin" in headers:
            if verb == "OPTIONS" and b"access-control-request-method" in headers:
                return self._preflight(headers)
            if self._origins.refuses(verb, headers):
                return Reply(CROSS_ORIGIN.encode(), 403, TEXT)
        if verb == "OPTIONS" and (verbs := self._router.verbs(path)):
            return Reply(b"", 204, headers=(("Allow", ", ".join([*verbs, "OPTIONS"])),))
        route, fields = self._router.find(verb, path)
        endpoint = route.endpoint
        if (
            self._hosts is not None
            and not self._hosts.allows(headers.get(b"host", b""))
            and endpoint.name not in _OPEN_TO_ANY_HOST
        ):
            return Reply(INVALID_HOST.encode(), 403, TEXT)
        identity = await self._identify(headers, endpoint.permission)
        permit(endpoint, identity)
        if endpoint.streamed:
            return await self._take_in(route, fields, scope, headers, identity, receive)
        body = await self._read_body(route, headers, receive)
        if self.small_calls is not None and self.small_calls.writes(endpoint):
            return await self._write(self.small_calls, route, identity, body, scope.get("client"))
        query = scope["query_string"].decode("latin-1")
        content = body if endpoint.raw_body else b""
        call = Call(identity, headers, content, scope["scheme"], path)
        if endpoint.name in _AT_ONCE:
            return answer(route, fields, query, body, call)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, answer, route, fields, query, body, call)

    def _preflight(self, headers: Mapping[bytes, bytes]) -> Reply:
        assert self._origins is not None
        if not self._origins.allows(headers[b"origin"].decode("latin-1")):
            return Reply(CROSS_ORIGIN.encode(), 403, TEXT)
        return Reply(b"", 204, headers=self._origins.preflight_headers(headers))

    async def _identify(self, headers: Mapping[bytes, bytes], permission: Permission) -> Identity:
        """Return who makes a call: by its credentials, or else by the cookie of a browser."""
        header = headers.get(b"authorization")
        identity = None
        if header is None and b"cookie" in headers:
            identity = self._sessions.recall(headers)
        if identity is None:
            identity = self._authenticator.recall(header, permission)
        if identity is None:
            assert header is not None
            identity = await self._verify(header)
        return identity

    async def _verify(self, header: bytes) -> Identity:
        """Check credentials that are new; who guesses many at a time is told to come back."""
        if self._checks >= MAX_WAITING_CHECKS:
            raise RequestLimitExceeded("Too many credentials wait to be checked. Try again soon.")
        self._checks += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._guards, self._authenticator.verify, header)
        finally:
            self._checks -= 1

    async def _write(
        self,
        small_calls: SmallCalls,
        route: Route,
        identity: Identity,
        body: bytes,
        client: object,
    ) -> Reply:
        """Decode a small write and wait until it is committed, alone or with its group."""
        loop = asyncio.get_running_loop()
        if len(body) > MAX_SMALL_BYTES:
            request = await loop.run_in_executor(
                self._readers, decode, route.endpoint, {}, "", body
            )
        else:
            request = decode(route.endpoint, {}, "", body)
        reply: asyncio.Future[Reply] = loop.create_future()

        def done(answered: Reply) -> None:
            if not reply.done():  # its request was cancelled at shutdown
                reply.set_result(answered)

        small_calls.write(route, identity, request, client, done)
        return await reply

    async def _take_in(
        self,
        route: Route,
        fields: Mapping[str, str],
        scope: Scope,
        headers: Mapping[bytes, bytes],
        identity: Identity,
        receive: Receive,
    ) -> Reply:
        """Take a body of any length piece by piece: one is written while the next arrives."""
        loop = asyncio.get_running_loop()
        run_in_thread = partial(loop.run_in_executor, self._readers)
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("ascii")
        call = Call(identity, headers, b"", scope["scheme"], path)
        body: LongBody | None = scope.get(LONG_BODY)
        if body is not None and body.is_on_its_way:
            intake = await run_in_thread(open_intake, route, fields, query, call)
            return await self._take_long(body, intake)
        piece, more = await _next_piece(receive)
        if not more:
            call.body = piece
            return await run_in_thread(answer, route, fields, query, b"", call)
        intake = await run_in_thread(open_intake, route, fields, query, call)
        try:
            while more:
                writing = run_in_thread(intake.write, piece)
                try:
                    piece, more = await _next_piece(receive)
                finally:
                    await writing
            return await run_in_thread(take_rest, intake, piece)
        except BaseException:
            await run_in_thread(intake.abort)
            raise

    async def _take_long(self, body: LongBody, intake: Intake) -> Reply:
        """Let threads read a body from its socket; of one that is refused the rest is discarded."""
        loop = asyncio.get_running_loop()
        run_in_thread = partial(loop.run_in_executor, self._readers)
        failure: Exception | None = None
        try:
            with body:
                write = intake.write
                while body.left:
                    try:
                        await run_in_thread(body.pump, write)
                    except Exception as error:  # raised again when the rest is out of the way
                        if failure is not None or body.left > MAX_DISCARDED_BYTES:
                            raise
                        failure, write = error, _discard
                    if body.left:
                        await body.arrival()
            if failure is not None:
                raise failure
            return await run_in_thread(take_rest, intake, b"")
        except BaseException:
            await run_in_thread(intake.abort)
            raise

    # --- reading ---------------------------------------------------------------------------------

    async def _read_body(
        self, route: Route, headers: Mapping[bytes, bytes], receive: Receive
    ) -> bytes:
        """Return the whole body.

        Raises:
            InvalidParameterValue: If it is too long, or of a type that the call does not take.

        """
        endpoint = route.endpoint
        if endpoint.verb in ("POST", "PUT") and not endpoint.raw_body:
            check_json(headers.get(b"content-type"))
        limit = MAX_UPLOAD_BYTES if endpoint.raw_body else MAX_JSON_BYTES
        message = await receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body") or len(body) > limit:
            body, size = await _read_on(body, limit, receive, more=message.get("more_body", False))
            if size > limit:
                raise InvalidParameterValue(
                    UPLOAD_TOO_LONG
                    if endpoint.raw_body
                    else f"The body of this call may have at most {limit} bytes, it has {size}."
                )
        return body

    # --- sending ---------------------------------------------------------------------------------

    def head(self, reply: Reply, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Return the headers that a reply to a request with these headers travels with."""
        sent = [(b"content-type", reply.content_type.encode())]
        length = len(reply.body) if isinstance(reply.body, bytes) else reply.length
        if length is not None and reply.status not in (204, 304):
            sent.append((b"content-length", b"%d" % length))
        sent += self._security_headers
        more = reply.headers
        if self._origins is not None and b"origin" in headers:
            more += self._origins.headers(headers[b"origin"].decode("latin-1"))
        sent += [(name.encode(), value.encode("latin-1")) for name, value in more]
        return sent

    def _start(self, reply: Reply, headers: Mapping[bytes, bytes]) -> MutableMapping[str, Any]:
        head = self.head(reply, headers)
        return {"type": "http.response.start", "status": reply.status, "headers": head}

    async def _send(
        self, reply: Reply, headers: Mapping[bytes, bytes], send: Send, *, is_head: bool
    ) -> None:
        if reply is EMPTY and b"origin" not in headers:
            await send(self._done)
        else:
            await send(self._start(reply, headers))
        if isinstance(reply.body, bytes):
            body = b"" if is_head else reply.body
            await send({"type": "http.response.body", "body": body})
        else:
            await self._stream(reply.body, send, is_head=is_head)

    async def _stream(self, content: Content, send: Send, *, is_head: bool) -> None:
        read = partial(asyncio.get_running_loop().run_in_executor, self._readers, content.read)
        try:
            while not is_head and (piece := await read()):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            content.close()

    # --- life ------------------------------------------------------------------------------------

    async def _live(self, receive: Receive, send: Send) -> None:
        """Follow the server from start to end; at the end every request has been answered."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                for one in self._upkeep:
                    one.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def close(self) -> None:
        """Let the threads finish, then close the store."""
        for one in self._upkeep:
            one.stop()
        if self.small_calls is not None:
            self.small_calls.close()
        self._readers.shutdown()
        self._guards.shutdown()
        self._dispatcher.store.close()


def check_json(content_type: bytes | None) -> None:
    """Refuse a body that does not say that it is JSON, as MLflow does.

    A page can send any other type to a foreign address without asking first.
    """
    if content_type == b"application/json":
        return
    if content_type is None:
        raise InvalidParameterValue("Bad Request. Content-Type header is missing.")
    if content_type.split(b";")[0].strip().lower() != b"application/json":
        raise InvalidParameterValue(
            "Bad Request. Content-Type must be one of ['application/json']."
        )


def _discard(piece: bytes | memoryview) -> None:
    """Take no note of what its sender may as well keep."""


async def _next_piece(receive: Receive) -> tuple[bytes, bool]:
    """Return the next `CHUNK` bytes of a body or a little more, and whether there are others.

    Raises:
        BadRequest: If the connection was closed.

    """
    pieces, size, more = [], 0, True
    while more and size < CHUNK:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection was closed before the body was whole.")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False)
    return b"".join(pieces), more


async def _read_on(body: bytes, limit: int, receive: Receive, *, more: bool) -> tuple[bytes, int]:
    """Return a long body, the first piece of which is there, and its size.

    Of a body over the limit only the size is right: the rest of it is thrown away.
    """
    pieces, size = [body], len(body)
    while more and size <= MAX_DISCARDED_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection was closed before the body was whole.")
        piece = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(piece)
        if size <= limit:
            pieces.append(piece)
    return b"".join(pieces), size
