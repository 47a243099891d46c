"""How a server is reached: its address, credentials, TLS, proxy, and which failures pass by.

Shared by the transport of the remote store and by the client side of the artifact proxy, which
both speak HTTP to the same tracking server. What only TLS, credentials or a failure need is
imported where it is used: the first run of a process waits for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from headrace import settings
from headrace.credentials import are_for, stored_credentials
from headrace.errors import InvalidParameterValue, TemporarilyUnavailable
from headrace.http_connection import HttpConnection
from headrace.version import VERSION

if TYPE_CHECKING:
    import http.client
    import ssl

# Answers that a later try may turn into a good one (MLflow's list).
PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

USER_AGENT = f"headrace/{VERSION}"


class Server:
    """A tracking server's address, and the connections and headers that calls to it need.

    Attributes:
        url: Scheme, host, port and path prefix, without credentials and trailing slash.
        netloc: Host, with the port if one is given.
        prefix: The path under which the server's ``/api`` lies; empty or ``/like/this``.

    """

    def __init__(self, url: str, *, is_ours: bool = True) -> None:
        """Take the address apart.

        Args:
            url: ``http://`` or ``https://`` URL; ``user:password@`` before the host is taken as
                credentials and never shown again.
            is_ours: Whether it is a tracking server. Any other server learns no credentials but
                those in the URL, and its certificate must be a good one.

        Raises:
            InvalidParameterValue: If the URL is none that a server can have.

        """
        parts = _split(url)
        self._is_ours = is_ours
        self._host = parts.hostname or ""
        self._port = parts.port
        self._secure = parts.scheme == "https"
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self.prefix = parts.path.rstrip("/")
        host = _bracketed(self._host)
        self.netloc = f"{host}:{self._port}" if self._port else host
        self._origin = f"{parts.scheme}://{self.netloc}"
        self.url = self._origin + self.prefix
        self._proxy = _proxy_for(parts.scheme, self.netloc)

    def open(self, timeout: float) -> HttpConnection:
        """Return an open connection for calls.

        Args:
            timeout: Seconds to wait for the network.

        Raises:
            OSError: If the server, or the proxy before it, is not there.

        """
        proxy = self._proxy
        port = self._port or (443 if self._secure else 80)
        there = (proxy.hostname or "", proxy.port or 80) if proxy else (self._host, port)
        connection = HttpConnection(*there, timeout)
        try:
            if self._secure:
                if proxy:
                    connection.tunnel(f"{_bracketed(self._host)}:{port}", _proxy_headers(proxy))
                connection.secure(self._tls_context(), self._host)
        except BaseException:
            connection.close()
            raise
        return connection

    def connect(self, timeout: float | None = None) -> http.client.HTTPConnection:
        """Return a connection for streams, not yet opened; it opens at the first request.

        Args:
            timeout: Seconds to wait for the network; the setting's if not given.

        """
        import http.client

        seconds = settings.HTTP_REQUEST_TIMEOUT.get() if timeout is None else timeout
        proxy = self._proxy
        host, port = (proxy.hostname or "", proxy.port) if proxy else (self._host, self._port)
        if not self._secure:
            return http.client.HTTPConnection(host, port, timeout=seconds)
        connection = http.client.HTTPSConnection(
            host, port, timeout=seconds, context=self._tls_context()
        )
        if proxy:
            connection.set_tunnel(self._host, self._port, headers=_proxy_headers(proxy))
        return connection

    def target(self, path: str) -> str:
        """Return what the request line names for `path`, a path with query below the prefix."""
        if self._proxy and not self._secure:
            return self.url + path
        return self.prefix + path

    def headers(self) -> dict[str, str]:
        """Return the headers that every call carries: who calls, with which credentials."""
        headers = {"User-Agent": USER_AGENT}
        credentials = self._authorization()
        if credentials:
            headers["Authorization"] = credentials
        if self._proxy and not self._secure:
            headers.update(_proxy_headers(self._proxy))
        return headers

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Turn a failure of the network inside the block into `TemporarilyUnavailable`."""
        try:
            yield
        except _failures() as error:
            distrust = getattr(error, "verify_message", None)
            if distrust is not None:
                name = "MLFLOW_TRACKING_SERVER_CERT_PATH" if self._is_ours else "SSL_CERT_FILE"
                raise TemporarilyUnavailable(
                    f"The TLS certificate of {self.url} is not trusted: {distrust}. Name the CA "
                    f"bundle in {name}."
                ) from error
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise TemporarilyUnavailable(
                f"The server {self.url} cannot be reached: {reason}."
            ) from error

    def _tls_context(self) -> ssl.SSLContext:
        return _tls_context(is_ours=self._is_ours, shows_who=self._may_know_who)

    @property
    def _may_know_who(self) -> bool:
        """Whether it may learn the credentials of the environment."""
        return self._is_ours and are_for(self.url)

    def _authorization(self) -> str:
        user, password = self._user, self._password
        if not user and self._may_know_who:
            user = settings.TRACKING_USERNAME.get()
            password = settings.TRACKING_PASSWORD.get()
            if not (user and password):
                stored = stored_credentials()
                user, password = user or stored[0], password or stored[1]
        if user and password:
            return _basic(user, password)
        token = settings.TRACKING_TOKEN.get() if self._may_know_who else ""
        return f"Bearer {token}" if token else ""


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each further try of a call that met a passing failure.

    As with MLflow's client, the first further try comes at once, and then the pause doubles.
    """
    import random

    factor = settings.HTTP_REQUEST_BACKOFF_FACTOR.get()
    jitter = settings.HTTP_REQUEST_BACKOFF_JITTER.get()
    for attempt in range(settings.HTTP_REQUEST_MAX_RETRIES.get()):
        pause = factor * 2**attempt if attempt else 0.0
        yield min(120.0, pause + random.uniform(0, jitter))  # noqa: S311 - not a secret


def _failures() -> tuple[type[Exception], ...]:
    """Return what a network fails with; the standard library's own only where it is in use."""
    client = sys.modules.get("http.client")
    return (OSError,) if client is None else (OSError, client.HTTPException)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidParameterValue(f"The server's address is not a URL: {error}.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        shown = f"{parts.scheme}://{parts.hostname or ''}" if parts.scheme else repr(url)
        raise InvalidParameterValue(
            f"A server's address is http://HOST[:PORT] or https://HOST[:PORT], not {shown}."
        )
    return parts


def _tls_context(*, is_ours: bool, shows_who: bool) -> ssl.SSLContext:
    """Return how TLS is spoken; `shows_who` lets the server learn who calls."""
    import ssl

    if not is_ours:
        return ssl.create_default_context()
    bundle = settings.TRACKING_SERVER_CERT_PATH.get()
    insecure = settings.TRACKING_INSECURE_TLS.get()
    if bundle and insecure:
        raise InvalidParameterValue(
            "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH exclude each other."
        )
    try:
        folder = bundle if os.path.isdir(bundle) else None
        context = ssl.create_default_context(
            cafile=bundle if bundle and not folder else None, capath=folder
        )
        client = settings.TRACKING_CLIENT_CERT_PATH.get()
        if client and shows_who:
            context.load_cert_chain(client)
    except OSError as error:
        raise InvalidParameterValue(f"A TLS certificate file cannot be used: {error}.") from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _proxy_for(scheme: str, netloc: str) -> SplitResult | None:
    """Return the proxy that the environment names for an address, by the usual variables."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    # Imported only here: it costs ten times what the rest of this module does.
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address or proxy_bypass(netloc):
        return None
    return _split(address if "://" in address else f"http://{address}")


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    user, password = unquote(proxy.username), unquote(proxy.password or "")
    return {"Proxy-Authorization": _basic(user, password)}


def _basic(user: str, password: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
