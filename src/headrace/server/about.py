"""Calls about the server itself: health, version, what it can do, who asks, and the first page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headrace.api import wire
from headrace.api.endpoint import Empty, Endpoint
from headrace.api.server import Caller, GetPageFile, HeadraceInfo, ServerInfo, SignIn, SignOut
from headrace.server.address import Address
from headrace.server.auth import Authenticator
from headrace.server.browser_sessions import BrowserSessions, no_credentials
from headrace.server.pages import Pages
from headrace.server.reply import TEXT, Reply
from headrace.server.roots import Roots
from headrace.version import VERSION

if TYPE_CHECKING:
    from headrace.server.core import Call


class AboutCalls:
    """Answers the rows of `headrace.api.server`."""

    def __init__(
        self,
        endpoints: tuple[Endpoint[Any, Any], ...],
        prefix: str,
        address: Address,
        roots: Roots,
        pages: Pages,
        authenticator: Authenticator,
        sessions: BrowserSessions,
    ) -> None:
        self._endpoints = endpoints
        self._prefix = prefix
        self._own_address = address
        self._known_roots = roots
        self._pages = pages
        self._authenticator = authenticator
        self._sessions = sessions
        self._openapi: bytes | None = None

    def health(self, request: Empty, call: Call) -> Reply:
        """Say that the server answers."""
        return Reply(b"OK", content_type=TEXT)

    def version(self, request: Empty, call: Call) -> Reply:
        """Say which version answers."""
        return Reply(VERSION.encode(), content_type=TEXT)

    def home(self, request: Empty, call: Call) -> Reply:
        """Show the first page."""
        if not call.path.endswith("/"):
            # The page names its files relatively. So does this, for proxies that change paths.
            place = f"./{call.path.rpartition('/')[2]}/"
            return Reply(b"", 308, headers=(("Location", place),))
        # Nothing unsafe can hide in the address: the page escapes it, and it decides nothing.
        return self._pages.index(call, self._own_address.of(call))

    def favicon(self, request: Empty, call: Call) -> Reply:
        """Send the sign that browsers show for the pages."""
        return self._pages.file("favicon.svg", call)

    def page_file(self, request: GetPageFile, call: Call) -> Reply:
        """Send a file that the pages are made of."""
        return self._pages.file(f"assets/{request.path}", call)

    def server_info(self, request: Empty, call: Call) -> ServerInfo:
        """Say what this server can do; clients ask it before they log in."""
        return ServerInfo(
            store_type="SqlStore",
            workspaces_enabled=False,
            trace_archival_enabled=False,
            multipart_uploads_enabled=self._known_roots.takes_parts,
            multipart_downloads_enabled=self._known_roots.gives_urls,
            presigned_upload_run_id_supported=True,
            presigned_upload_model_id_supported=True,
            features_enabled={"gateway": False},
            headrace=HeadraceInfo(
                version=VERSION,
                client_run_ids=True,
                journals=True,
                artifacts=True,
                sign_in=self._authenticator.sign_in,
                address=self._own_address.of(call),
            ),
        )

    def whoami(self, request: Empty, call: Call) -> Caller:
        """Say who the server takes the caller for."""
        identity = call.identity
        return Caller(identity.actor.name, identity.actor.verified, identity.role.value)

    def sign_in(self, request: SignIn, call: Call) -> Reply:
        """Give a browser the cookie of its session; where nobody is asked there is none."""
        caller = wire.encode_answer(self.whoami(Empty(), call))
        if call.identity.actor.verified:
            credentials = call.headers[b"authorization"]
            cookie = self._sessions.begin(call.identity, credentials, is_https=self._is_https(call))
            return Reply(caller, headers=(("Set-Cookie", cookie),))
        if self._authenticator.sign_in != "none":
            raise no_credentials()
        return Reply(caller)

    def sign_out(self, request: SignOut, call: Call) -> Reply:
        """Make a browser forget its session."""
        cookie = self._sessions.end(is_https=self._is_https(call))
        return Reply(b"{}", headers=(("Set-Cookie", cookie),))

    def _is_https(self, call: Call) -> bool:
        return self._own_address.of(call).startswith("https:")

    def openapi(self, request: Empty, call: Call) -> Reply:
        """Send the OpenAPI document."""
        if self._openapi is None:
            from headrace.api.openapi import describe

            self._openapi = msgspec.json.encode(describe(self._endpoints, self._prefix))
        return Reply(self._openapi)
