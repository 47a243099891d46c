"""Sending one request of a webhook: to an address that was checked, and nowhere else.

No redirect is followed, no proxy of the environment is used, and of an answer no more is read than
its head and the few kilobytes that the log shows.
"""

from __future__ import annotations

import codecs
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from headrace import settings
from headrace.errors import HeadraceError
from headrace.http_connection import WITHOUT_BODY, BadAnswer, HttpConnection, to_size
from headrace.version import VERSION
from headrace.webhooks.addresses import Address, is_readable
from headrace.webhooks.sealing import unseal
from headrace.webhooks.signatures import (
    WEBHOOK_DELIVERY_ID_HEADER,
    WEBHOOK_SIGNATURE_HEADER,
    WEBHOOK_TIMESTAMP_HEADER,
    sign,
)
from headrace.webhooks.targets import Resolver, Target, find_addresses, read_url, resolve

if TYPE_CHECKING:
    import ssl

MAX_ANSWER_BYTES = 64 * 1024  # with its head
SHOWN_BYTES = 4 * 1024  # of its body
MAX_ERROR_CHARACTERS = 500

# What a receiver gets for its body after its head, which is what counts.
BODY_SECONDS = 5.0

# Statuses that another try may change; so may everything where no answer came.
_PASSING = frozenset({408, 425, 429, *range(500, 600)})


class Outcome(Struct):
    """What came of one request.

    Attributes:
        status: Status of the answer; None if there was none.
        error: What went wrong; None if the receiver took it.
        is_final: Whether another try would be in vain.
        retry_after: Seconds that the receiver wants to be left alone for; None if it did not say.
        answer: The beginning of the answer's body, as text; None if there is none, or nobody may
            see what the address answers.
        duration: Seconds that it took.

    """

    status: int | None = None
    error: str | None = None
    is_final: bool = False
    retry_after: float | None = None
    answer: str | None = None
    duration: float = 0.0


def deliver(
    url: str,
    body: bytes,
    delivery_id: str,
    sealed: str | None,
    *,
    resolver: Resolver = resolve,
) -> Outcome:
    """Send a body to the URL of a webhook; whatever goes wrong is in the outcome.

    Args:
        url: The URL; it is checked anew.
        body: The body, JSON.
        delivery_id: The delivery's id.
        sealed: The secret that signs the request, as it is kept; None leaves it unsigned.
        resolver: Finds the addresses of a host.

    """
    started = time.monotonic()
    try:
        secret = None if sealed is None else unseal(sealed)
        headers = _headers(delivery_id, secret, body)
        outcome = _send(url, body, headers, resolver)
    except HeadraceError as error:
        # Tried again: the key may come back, a name service too, and an operator may allow an
        # address.
        outcome = Outcome(error=error.message)
    outcome.duration = time.monotonic() - started
    if outcome.error is not None:
        outcome.error = outcome.error[:MAX_ERROR_CHARACTERS]
    return outcome


def _send(url: str, body: bytes, headers: dict[str, str], resolver: Resolver) -> Outcome:
    until = time.monotonic() + settings.WEBHOOK_REQUEST_TIMEOUT.get()
    target = read_url(url)
    addresses = find_addresses(target, resolver)
    # Private answers would make a webhook a way to read what only the server reaches.
    shows = all(map(is_readable, addresses))
    try:
        connection = _connect(target, addresses, until)
        try:
            return connection.post(target, headers, body, shows_answer=shows)
        finally:
            connection.close()
    except TimeoutError:
        seconds = settings.WEBHOOK_REQUEST_TIMEOUT.get()
        return Outcome(error=f"No answer within {seconds:g} seconds.")
    except BadAnswer:
        # Not in its own words, which quote what came: that may be no server for the web at all.
        return Outcome(error="What came is no whole answer of HTTP/1.1.")
    except OSError as error:  # ssl.SSLError is one too
        return Outcome(error=f"{type(error).__name__}: {error}")


class _Connection(HttpConnection):
    """A connection that ends at a time, and after so many bytes."""

    def __init__(self, address: Address, port: int, until: float, share: float = 1.0) -> None:
        """Connect, within a share of the time that is left."""
        self._until = until
        self._taken = 0
        super().__init__(str(address), port, self._left() * share)

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def begin_tls(self, host: str) -> None:
        """Speak TLS with a host, whose name the certificate must carry."""
        assert self.sock is not None
        self.sock.settimeout(self._left())
        self.secure(_tls_context(settings.WEBHOOK_CA_FILE.get()), host)

    def _send(self, data: bytes) -> None:
        assert self.sock is not None
        self.sock.settimeout(self._left())
        super()._send(data)

    def _receive(self) -> bytes:
        assert self.sock is not None
        if self._taken > MAX_ANSWER_BYTES:
            raise BadAnswer(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
        self.sock.settimeout(self._left())
        data = self.sock.recv(SHOWN_BYTES)
        self._taken += len(data)
        return data

    def post(
        self, target: Target, headers: dict[str, str], body: bytes, *, shows_answer: bool
    ) -> Outcome:
        """Carry the one request."""
        fields = {"Host": target.authority, **headers, "Connection": "close"}
        _, status, answered = self.begin("POST", target.path, fields, body)
        outcome = Outcome(status=status)
        if shows_answer:
            outcome.answer = self._read_answer(status, answered)
        if 200 <= status < 300:
            return outcome
        outcome.error = f"The receiver answered with HTTP status {status}"
        outcome.error += ", and redirects are not followed." if 300 <= status < 400 else "."
        outcome.is_final = status not in _PASSING
        outcome.retry_after = _read_retry_after(answered.get("retry-after", ""))
        return outcome

    def _read_answer(self, status: int, fields: Mapping[str, str]) -> str | None:
        """Return the beginning of the body as text, however it ends; None if it has no text."""
        if status in WITHOUT_BODY or fields.get("content-encoding", "identity") != "identity":
            return None
        self._until = min(self._until, time.monotonic() + BODY_SECONDS)
        body = b""
        try:
            for part in self._body_parts(fields):
                body += part
                if len(body) > SHOWN_BYTES:
                    break
        except OSError:
            pass  # the status is what counts
        return _to_text(body) or None

    def _body_parts(self, fields: Mapping[str, str]) -> Iterator[bytes]:
        if "chunked" not in fields.get("transfer-encoding", "").lower():
            length = fields.get("content-length")
            yield from self._parts(MAX_ANSWER_BYTES if length is None else to_size(length, 10))
            return
        while size := to_size(self._read_until(b"\r\n").partition(b";")[0].decode("latin-1"), 16):
            yield from self._parts(size)
            self._read_until(b"\r\n")

    def _parts(self, size: int) -> Iterator[bytes]:
        """Give so many of the next bytes as they come; fewer where the other side ends before."""
        while size > 0 and (self._buffer or self._fill()):
            part, self._buffer = self._buffer[:size], self._buffer[size:]
            size -= len(part)
            yield part

    def _fill(self) -> bool:
        self._buffer = self._receive()
        return bool(self._buffer)


def _to_text(body: bytes) -> str:
    """Return the beginning of a body as lines of text, with an ellipsis if there is more."""
    is_cut = len(body) > SHOWN_BYTES
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(body[:SHOWN_BYTES], final=not is_cut).replace("\r\n", "\n")
    shown = "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)
    return shown.strip() + "…" * is_cut


def _connect(target: Target, addresses: Sequence[Address], until: float) -> _Connection:
    """Return a connection to the first of the addresses that answers."""
    for left in range(len(addresses), 0, -1):
        try:
            connection = _Connection(addresses[-left], target.port, until, 1 / left)
        except OSError:
            if left == 1:
                raise
            continue
        try:
            if target.scheme == "https":
                connection.begin_tls(target.host)
        except BaseException:
            connection.close()
            raise
        return connection
    raise OSError("the host has no address")


@cache  # to read the certificates of the system takes some 20 ms
def _tls_context(ca_file: str) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _headers(delivery_id: str, secret: str | None, body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    headers = {
        "User-Agent": f"headrace/{VERSION}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        WEBHOOK_DELIVERY_ID_HEADER: delivery_id,
        WEBHOOK_TIMESTAMP_HEADER: timestamp,
    }
    if secret:
        headers[WEBHOOK_SIGNATURE_HEADER] = sign(secret, delivery_id, timestamp, body)
    return headers


def _read_retry_after(text: str) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number, or a date."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    import email.utils  # which loads much, and few receivers answer so

    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
