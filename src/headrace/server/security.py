"""Which hosts a server answers to, and which foreign pages may call it.

A page that a browser shows can send requests to any address. Two checks keep it from acting here:
the ``Host`` must be a name that no stranger can point at this server (DNS rebinding), and a call
that changes something must not come from a foreign origin.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from headrace.errors import InvalidParameterValue

# Sentences that MLflow's users know and search for.
INVALID_HOST = "Invalid Host header - possible DNS rebinding attack detected"
CROSS_ORIGIN = "Cross-origin request blocked"

CHANGING_VERBS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FRAME_OPTIONS = ("SAMEORIGIN", "DENY", "NONE")

_VERBS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_DEFAULT_PORTS: dict[str, int] = {"http": 80, "https": 443}

# Endings of names that nobody can register in public: for machines of a network of one's own.
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".home.arpa", ".svc")


class HostPolicy:
    """Which ``Host`` headers are answered.

    Without a list of its own that is every name that a stranger cannot point here: IP addresses,
    names without a dot, names that no public registry gives out, and this machine's own name.
    """

    def __init__(self, allowed: Iterable[str] = (), *, own: str = "") -> None:
        """Take the allowed hosts.

        Args:
            allowed: ``name``, ``name:port``, ``*.name`` or ``192.168.*``; ``*`` for all. A port is
                compared only where both sides name one.
            own: The name or address that the server was told to listen on.

        """
        self._patterns = [_host_pattern(entry) for entry in allowed]
        self._own = {own.lower().strip("[]"), socket.gethostname().lower()}
        self._judged: dict[bytes, bool] = {}

    def allows(self, host: bytes) -> bool:
        """Return whether requests for a host are answered."""
        verdict = self._judged.get(host)
        if verdict is None:
            verdict = self._judge(host.decode("latin-1"))
            if len(self._judged) < 1000:
                self._judged[host] = verdict
        return verdict

    def _judge(self, host: str) -> bool:
        name, port = split_host(host)
        if not name:
            return False
        if self._patterns:
            return any(
                pattern.fullmatch(name) and (wanted is None or port == wanted or not port)
                for pattern, wanted in self._patterns
            )
        return (
            name in self._own
            or _is_address(name)
            or "." not in name
            or name.endswith(_PRIVATE_ENDINGS)
        )


class OriginPolicy:
    """Which pages' calls are answered, and what browsers are told about it (CORS)."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Take the allowed origins.

        Args:
            allowed: ``https://app.example.com``, ``https://*.example.com``; ``*`` for all.
                Pages of this machine (localhost, any port) are always allowed.

        """
        allowed = list(allowed)
        self._all = "*" in allowed
        self._patterns = [_wildcard(entry.lower().rstrip("/")) for entry in allowed]

    def refuses(self, verb: str, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether a call comes from a page that must not make it."""
        origin = headers.get(b"origin")
        if origin is None or verb not in CHANGING_VERBS:
            return False
        return not (_same_origin(headers) or self.allows(origin.decode("latin-1")))

    def allows(self, origin: str) -> bool:
        """Return whether a foreign page may call: one of this machine, or an allowed one."""
        if self._all:
            return True
        try:
            name = urlsplit(origin).hostname or ""
        except ValueError:
            return False
        if name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback):
            return True
        return any(pattern.fullmatch(origin.lower()) for pattern in self._patterns)

    def headers(self, origin: str) -> tuple[tuple[str, str], ...]:
        """Return the headers that let a page of an allowed origin read the answer."""
        if not self.allows(origin):
            return (("Vary", "Origin"),)
        if self._all:
            return (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"))
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", "*"),
            ("Vary", "Origin"),
        )

    def preflight_headers(self, headers: Mapping[bytes, bytes]) -> tuple[tuple[str, str], ...]:
        """Return what a browser is told that asks before it sends a foreign page's call."""
        asked = headers.get(b"access-control-request-headers", b"content-type")
        return (
            ("Access-Control-Allow-Methods", _VERBS),
            ("Access-Control-Allow-Headers", asked.decode("latin-1")),
            ("Access-Control-Max-Age", "600"),
        )


def is_of_page(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a page makes a call, by a script or for a part of itself.

    A page says so in ``X-Requested-With`` where its browser, at an address without HTTPS, does not.
    """
    wanted_for = headers.get(b"sec-fetch-dest", b"document")
    return b"x-requested-with" in headers or wanted_for != b"document"


def comes_from_elsewhere(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a page of another origin makes a call, an allowed one too.

    ``Sec-Fetch-Site`` is ``none`` where a person opened the address.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in (b"same-origin", b"none")
    return b"origin" in headers and not _same_origin(headers)


def _same_origin(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether the page came from this server, also where a proxy stands between.

    A browser says so itself in ``Sec-Fetch-Site``, which no page can set. Otherwise the origin is
    compared with the name that the browser asked for, as the proxy hands it on. (A foreign page
    cannot set ``X-Forwarded-Host`` without asking first, and is then refused.)
    """
    if headers.get(b"sec-fetch-site") == b"same-origin":
        return True
    origin = headers[b"origin"].decode("latin-1")
    for name in (b"x-forwarded-host", b"host"):
        host = headers.get(name, b"").decode("latin-1").split(",")[0].strip()
        if host and _same_authority(origin, host):
            return True
    return False


def check_frame_options(value: str) -> str:
    """Return a setting of ``X-Frame-Options`` in upper case.

    Raises:
        InvalidParameterValue: If it is none of `FRAME_OPTIONS`.

    """
    upper = value.upper()
    if upper not in FRAME_OPTIONS:
        raise InvalidParameterValue(
            f"X-Frame-Options cannot be {value!r}: it is {', '.join(FRAME_OPTIONS)}."
        )
    return upper


def is_loopback(host: str) -> bool:
    """Return whether an address to listen on is reached from this machine only."""
    name = host.strip("[]").lower()
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def split_host(host: str) -> tuple[str, str]:
    """Return name and port of a ``Host`` header, lower case; a port that is not given is empty.

    What is no host at all gives an empty name.
    """
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s/@:\[\]?#\\]+)(?::(\d{1,5}))?", host.strip())
    if not match:
        return "", ""
    return match[1].strip("[]").lower().rstrip("."), match[2] or ""


def _same_authority(origin: str, host: str) -> bool:
    """Return whether an origin is the page of a host, whose port a proxy may have left out."""
    try:
        parts = urlsplit(origin)
        origin_port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    name, port = split_host(host)
    return bool(name) and parts.hostname == name and (not port or int(port) == origin_port)


def _host_pattern(entry: str) -> tuple[re.Pattern[str], str | None]:
    """Return the pattern of an allowed host's name, and its port; None for any."""
    match = re.fullmatch(r"(\[[^\]]+\]|[^:]*|[0-9a-fA-F:]+)(?::(\d+|\*))?", entry.strip().lower())
    name, port = (match[1], match[2]) if match else (entry, None)
    name = name.strip("[]").rstrip(".")
    # What looks like an address stands for addresses: 10.* is not 10.example.com.
    anything = "[0-9.]*" if re.fullmatch(r"[0-9.*]*[0-9][0-9.*]*", name) else ".*"
    return _wildcard(name, anything), None if port == "*" else port


def _wildcard(text: str, anything: str = ".*") -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", anything))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
