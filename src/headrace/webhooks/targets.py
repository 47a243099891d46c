"""From the URL of a webhook to the addresses that it is sent to: read, resolved and checked once.

Who sends connects to the addresses that were checked and asks no name service again, so that an
answer which changes in between (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from headrace import settings
from headrace.api.limits import MAX_WEBHOOK_URL_LENGTH
from headrace.errors import InvalidParameterValue
from headrace.webhooks.addresses import Address, check_address

Resolver = Callable[[str], list[Address]]

RESOLVE_SECONDS = 5.0

_PORTS = {"https": 443, "http": 80}
# Below lie mail, file sharing and the like, which a line of HTTP could be made to talk to.
_FIRST_FREE_PORT = 1024

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# A name service that does not answer holds a thread each; more than these wait for each other.
_resolving = threading.BoundedSemaphore(16)


class Target(NamedTuple):
    """Where a webhook's URL leads, as far as that can be told without the network.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name or address, without brackets.
        port: TCP port.
        path: Path and query.
        authority: Value of the ``Host`` header.

    """

    scheme: str
    host: str
    port: int
    path: str
    authority: str


def read_url(url: str) -> Target:
    """Take the URL of a webhook apart.

    Raises:
        InvalidParameterValue: If it is malformed, or no webhook may have such a one.

    """
    if not url.strip():
        raise InvalidParameterValue(f"Webhook URL cannot be empty or just whitespace: {url!r}")
    if len(url) > MAX_WEBHOOK_URL_LENGTH:
        raise _invalid(url[:80] + "...", f"it is longer than {MAX_WEBHOOK_URL_LENGTH} characters")
    if any(not char.isprintable() or char.isspace() or char == "\\" for char in url):
        raise _invalid(url, "it holds blanks, control characters or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _invalid(url, str(error)) from None
    allowed = [scheme.lower() for scheme in settings.WEBHOOK_ALLOWED_SCHEMES.get()]
    if parts.scheme not in allowed or parts.scheme not in _PORTS:
        raise InvalidParameterValue(
            f"Invalid webhook URL scheme: {parts.scheme!r}. Allowed schemes are: "
            f"{', '.join(allowed)}."
        )
    if "@" in parts.netloc:
        raise InvalidParameterValue(
            "A webhook URL must hold no user name and no password: give the webhook a secret, by "
            "which its receiver knows it."
        )
    if not parts.hostname:
        raise InvalidParameterValue(f"Webhook URL must include a hostname: {url!r}")
    host = _read_host(parts.hostname, url)
    port = _PORTS[parts.scheme] if port is None else port
    if port not in _PORTS.values() and not _FIRST_FREE_PORT <= port <= 65535:
        raise _invalid(url, f"its port must be 80, 443 or from {_FIRST_FREE_PORT} on, not {port}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise _invalid(url, "its path must be percent-encoded")
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port == _PORTS[parts.scheme] else f"{shown}:{port}"
    return Target(parts.scheme, host, port, path, authority)


def resolve(host: str) -> list[Address]:
    """Return every address of a host.

    Raises:
        InvalidParameterValue: If it has none, or the name service does not answer in time.

    """
    address = _read_address(host)
    if address is not None:
        return [address]
    if not _resolving.acquire(timeout=RESOLVE_SECONDS):
        raise InvalidParameterValue(
            f"Cannot resolve Webhook URL hostname {host!r}: too many names are being looked up."
        )
    found: list[Address] = []
    problems: list[str] = []

    def look_up() -> None:
        try:
            for entry in socket.getaddrinfo(host.encode(), None, type=socket.SOCK_STREAM):
                found.append(ip_address(str(entry[4][0]).partition("%")[0]))
        except (OSError, ValueError) as error:
            problems.append(str(error))
        finally:
            _resolving.release()

    # The system's resolver takes no timeout of ours, so it is left behind where it hangs.
    thread = threading.Thread(target=look_up, name="headrace-resolver", daemon=True)
    thread.start()
    thread.join(RESOLVE_SECONDS)
    if thread.is_alive():
        problems = [f"no answer within {RESOLVE_SECONDS:g} seconds"]
    if problems or not found:
        problem = problems[0] if problems else "it has no address"
        raise InvalidParameterValue(f"Cannot resolve Webhook URL hostname {host!r}: {problem}")
    return list(dict.fromkeys(found))


def find_addresses(target: Target, resolver: Resolver = resolve) -> list[Address]:
    """Return the addresses of a target, all of which may be sent to.

    Raises:
        InvalidParameterValue: If it has none, or a single one is refused.

    """
    addresses = resolver(target.host)
    for address in addresses:
        check_address(address, target.host)
    return addresses


def check_url(url: str) -> None:
    """Refuse a URL that no webhook may have, or whose host may not be sent to now.

    Raises:
        InvalidParameterValue: Saying why.

    """
    find_addresses(read_url(url))


def _read_host(given: str, url: str) -> str:
    """Return a host as it is looked up: an address in its one spelling, or a name in ASCII."""
    address = _read_address(given)
    if address is not None:
        return str(address)
    try:
        # Before anything is compared: this maps full-width digits and dots to plain ones.
        host = given if given.isascii() else given.encode("idna").decode()
    except UnicodeError:
        raise _invalid(url, f"{given!r} is no host name") from None
    host = host.lower().removesuffix(".")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        # 127.1, 0x7f.1, 2130706433, 0177.0.0.1: resolvers differ in what they take these for.
        raise InvalidParameterValue(
            f"Webhook URL host {given!r} is not a canonical IP address literal."
        )
    if len(host) > 253 or _NAME.fullmatch(host) is None:
        raise _invalid(url, f"{given!r} is no host name")
    return host


def _read_address(host: str) -> Address | None:
    """Return the address that a host is in its one spelling; one with a zone is none."""
    try:
        return IPv6Address(host) if ":" in host and "%" not in host else IPv4Address(host)
    except ValueError:
        return None


def _invalid(url: str, problem: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Invalid webhook URL {url!r}: {problem}.")
