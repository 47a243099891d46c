"""Calls answered without sockets: find the row, check the permission, decode, run, encode.

`asgi` brings the bytes here from HTTP; `make_dispatch` brings them from a remote store in the same
process.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from msgspec import Struct

from headrace.api import wire
from headrace.api.endpoint import Empty, Endpoint, Target
from headrace.api.table import ENDPOINTS
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.server.about import AboutCalls
from headrace.server.address import Address
from headrace.server.artifacts import ArtifactCalls
from headrace.server.auth import LOCAL, Authenticator, Identity, permit
from headrace.server.browser_sessions import BrowserSessions
from headrace.server.intake import Intake, taking
from headrace.server.multipart_calls import MultipartCalls
from headrace.server.pages import BUILT, Pages
from headrace.server.presigned import PresignedCalls
from headrace.server.previews import PreviewCalls
from headrace.server.proxy import ProxyCalls
from headrace.server.reply import EMPTY, Reply, refusal
from headrace.server.roots import Roots
from headrace.server.routing import Route, Router
from headrace.server.run_images import RunImageCalls
from headrace.server.signatures import Signer
from headrace.server.users import Role
from headrace.stores.base import TrackingStore, acting_as
from headrace.stores.remote import Send
from headrace.stores.seals import Seals, SealStore

logger = logging.getLogger("headrace.server")

_MAX_QUERY_FIELDS = 10_000
_ENCODED = re.compile("[%+]")


class Call(Struct):
    """What a call brings besides the fields of its request.

    Attributes:
        identity: Who makes it, and in which role.
        headers: Its HTTP headers, names in lower case.
        body: Its body, where that is content and not JSON.
        scheme: ``http`` or ``https``, as this process saw it.
        path: Its path as it travelled, percent-encoded.

    """

    identity: Identity = LOCAL
    headers: Mapping[bytes, bytes] = {}
    body: bytes = b""
    scheme: str = "http"
    path: str = "/"


class ServerCalls(
    AboutCalls,
    ArtifactCalls,
    PreviewCalls,
    RunImageCalls,
    ProxyCalls,
    MultipartCalls,
    PresignedCalls,
):
    """Answers the rows whose target is the server itself."""

    def __init__(
        self,
        store: ServedStore,
        roots: Roots,
        endpoints: Iterable[Endpoint[Any, Any]],
        prefix: str,
        address: Address,
        pages: Pages,
        frame_options: str,
        authenticator: Authenticator,
        sessions: BrowserSessions,
        signer: Signer,
    ) -> None:
        AboutCalls.__init__(
            self, tuple(endpoints), prefix, address, roots, pages, authenticator, sessions
        )
        seals = Seals(store)
        ArtifactCalls.__init__(self, store, roots, seals)
        # Also where no frame may show the pages, these show files in frames.
        PreviewCalls.__init__(self, store, roots, "*" if frame_options == "NONE" else "'self'")
        RunImageCalls.__init__(self, store, roots)
        ProxyCalls.__init__(self, roots, self.uploads, seals)
        MultipartCalls.__init__(self, roots, address, signer, seals)
        PresignedCalls.__init__(self, store, roots, self.uploads, address, signer, seals)


class ServedStore(TrackingStore, SealStore, Protocol):
    """A store that a server can serve.

    Attributes:
        is_served: Whether strangers make calls here; set by who serves it.

    """

    is_served: bool

    @property
    def artifact_root(self) -> str:
        """Folder or URI below which new experiments keep their artifacts."""
        ...


class Dispatcher:
    """All calls of a server on one store.

    Attributes:
        store: The store.
        router: Finds the row of a call.
        roots: Where artifacts may lie.
        uploads: The artifacts that are on their way.
        sessions: Who has signed in with a browser.

    """

    def __init__(
        self,
        store: ServedStore,
        *,
        artifact_roots: Iterable[str] = (),
        artifacts_destination: str | None = None,
        endpoints: Iterable[Endpoint[Any, Any]] = ENDPOINTS,
        prefix: str = "",
        public_url: str | None = None,
        pages: Path = BUILT,
        frame_options: str = "SAMEORIGIN",
        authenticator: Authenticator | None = None,
    ) -> None:
        """Resolve every endpoint.

        Args:
            store: The store that answers the rows whose target it is.
            artifact_roots: Where artifacts may lie besides the store's own root.
            artifacts_destination: Where ``mlflow-artifacts:`` locations lie; None if they are not
                kept here.
            endpoints: The endpoint table.
            prefix: Static prefix: empty or ``/like/this``.
            public_url: The address that signed URLs begin with; None for that of each request.
            pages: Folder of the built web interface.
            frame_options: ``SAMEORIGIN``, ``DENY`` or ``NONE``: who may show the pages in a frame.
            authenticator: Knows who may sign in; None where everybody is welcome.

        Raises:
            InvalidState: If an endpoint has no permission or nobody answers it.

        """
        self.store = store
        store.is_served = True
        self.roots = Roots([store.artifact_root, *artifact_roots], artifacts_destination)
        address = Address(public_url, prefix)
        signer = Signer(self.roots.staging.parent)
        authenticator = authenticator or Authenticator(anonymous=Role.ADMIN)
        self.sessions = BrowserSessions(authenticator, signer, prefix)
        calls = ServerCalls(
            store,
            self.roots,
            endpoints,
            prefix,
            address,
            Pages(pages),
            frame_options,
            authenticator,
            self.sessions,
            signer,
        )
        self.uploads = calls.uploads
        self.router = Router(endpoints, {Target.STORE: store, Target.SERVER: calls}, prefix)

    def dispatch(self, verb: str, path: str, query: str, body: bytes, call: Call) -> Reply:
        """Answer a call; every failure is a reply too.

        Args:
            verb: HTTP method.
            path: Percent-encoded path.
            query: Query string without the question mark.
            body: The body.
            call: Everything else.

        """
        with Border() as border:
            route, fields = self.router.find(verb, path)
            permit(route.endpoint, call.identity)
            border.reply = answer(route, fields, query, body, call)
        return border.reply


class Border:
    """Where every failure of a call becomes a reply; a block that ends well sets it itself.

    An error of ours travels as it is. Anything else is logged here, and the caller is told no more
    than where to look.

    Attributes:
        reply: What the caller gets.

    """

    __slots__ = ("reply",)

    reply: Reply

    def __enter__(self) -> Border:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self.reply = reply_to(error)
        return True


def reply_to(error: Exception) -> Reply:
    """Return the reply that stands for a failure, and log the failure if it is one of ours."""
    if isinstance(error, HeadraceError):
        if error.get_http_status_code() >= 500:
            logger.warning("%s: %s", error.error_code, error.message)
        return refusal(error)
    mark = uuid.uuid4().hex[:8]
    logger.error("A call failed in a way that nobody foresaw (%s)", mark, exc_info=error)
    return refusal(
        HeadraceError(f"The server failed to answer this call; its log says why at {mark}.")
    )


def decode(
    endpoint: Endpoint[Any, Any], fields: Mapping[str, str], query: str, body: bytes
) -> Struct:
    """Return the request of a call.

    Args:
        endpoint: The row.
        fields: The request's fields that stand in the path.
        query: Query string.
        body: Body: JSON, unless the row says otherwise.

    Raises:
        InvalidParameterValue: Naming the field that is missing or of a wrong type.

    """
    if endpoint.request is Empty:
        return Empty()
    # Old clients send a GET's fields as a body; MLflow takes that where there is no query.
    if endpoint.raw_body or (endpoint.verb == "GET" and (query or not body)):
        return wire.decode_query(endpoint.request, _pairs(query), fields)  # type: ignore[no-any-return]
    return wire.decode_request(endpoint.request, body, fields)  # type: ignore[no-any-return]


def answer(route: Route, fields: Mapping[str, str], query: str, body: bytes, call: Call) -> Reply:
    """Return the reply to a call whose row is found and permitted; see `decode` and `run`."""
    return run(route, decode(route.endpoint, fields, query, body), call)


def run(route: Route, request: Struct, call: Call) -> Reply:
    """Return the reply of the one who answers a decoded call, on behalf of its actor."""
    with acting_as(call.identity.actor):
        if route.endpoint.target is Target.SERVER:
            result = route.handler(request, call)
        else:
            result = route.handler(request)
    if route.endpoint.streamed:
        with taking(cast(Intake, result)) as intake:
            return take_rest(intake, call.body)
    if isinstance(result, Reply):
        return result
    if isinstance(result, bytes):
        return Reply(result)
    return EMPTY if isinstance(result, Empty) else Reply(wire.encode_answer(result))


def open_intake(route: Route, fields: Mapping[str, str], query: str, call: Call) -> Intake:
    """Return what takes the body of a streamed call, which is still to come."""
    with acting_as(call.identity.actor):
        intake: Intake = route.handler(decode(route.endpoint, fields, query, b""), call)
    return intake


def take_rest(intake: Intake, body: bytes) -> Reply:
    """Give an intake the rest of a body; return the reply."""
    intake.write(body)
    answered = intake.finish()
    if isinstance(answered, Reply):
        return answered
    return EMPTY if isinstance(answered, Empty) else Reply(wire.encode_answer(answered))


def make_dispatch(store: ServedStore, *, identity: Identity = LOCAL, prefix: str = "") -> Send:
    """Return a transport that answers calls in this process, for `RemoteTrackingStore`.

    Args:
        store: The store that answers.
        identity: Who makes the calls.
        prefix: Static prefix of the served paths.

    """
    dispatcher = Dispatcher(store, prefix=prefix)

    def send(verb: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        path, _, query = path.partition("?")
        call = Call(identity, body=body or b"", path=path)
        reply = dispatcher.dispatch(verb, path, query, body or b"", call)
        return reply.status, reply.content()

    return send


def _pairs(query: str) -> list[tuple[str, str]]:
    if not _ENCODED.search(query) and query.count("&") < _MAX_QUERY_FIELDS:  # as most are
        parts = (part.partition("=") for part in query.split("&") if part)
        return [(name, value) for name, _, value in parts]
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError:
        raise InvalidParameterValue(
            f"The query string has too many fields: at most {_MAX_QUERY_FIELDS} are taken."
        ) from None
