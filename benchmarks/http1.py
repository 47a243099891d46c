"""A client of HTTP/1.1 over plain sockets, so cheap that a case measures the server, not us.

One request is one ``send`` with TCP_NODELAY; connections are kept alive.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

_HOST = "127.0.0.1"
_TIMEOUT_S = 180.0
_IDLE_S = 1.0


class Refused(Exception):
    """An answer other than 200, or a connection closed: the server cannot be called fast."""


def request_bytes(port: int, verb: str, path: str, body: bytes = b"") -> bytes:
    """Return one whole request, as clients send it."""
    return (
        b"%s %s HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: headrace-benchmarks\r\nAccept: */*\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (verb.encode(), path.encode(), _HOST.encode(), port, len(body), body)
    )


def _open(port: int) -> socket.socket:
    connection = socket.create_connection((_HOST, port), timeout=_TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _answer_end(data: bytes | bytearray) -> int | None:
    """Return where the answer in `data` ends, or None while it is incomplete."""
    head_end = data.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head = bytes(data[:head_end]).lower()
    at = head.find(b"content-length:")
    if at >= 0:
        line_end = head.find(b"\r\n", at)
        length = int(head[at + 15 : line_end if line_end >= 0 else len(head)])
        end = head_end + 4 + length
        return end if len(data) >= end else None
    if b"transfer-encoding: chunked" in head:
        return len(data) if data.endswith(b"0\r\n\r\n") else None
    raise Refused(f"an answer without length: {head[:200]!r}")


def _body(answer: bytes | bytearray) -> bytes:
    """Return the body of a complete answer, chunks joined."""
    head_end = answer.find(b"\r\n\r\n") + 4
    if b"transfer-encoding: chunked" not in bytes(answer[:head_end]).lower():
        return bytes(answer[head_end:])
    parts: list[bytes] = []
    at = head_end
    while True:
        line_end = answer.find(b"\r\n", at)
        size = int(answer[at:line_end].split(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(bytes(answer[line_end + 2 : line_end + 2 + size]))
        at = line_end + 2 + size + 2


def _check(answer: bytes | bytearray) -> None:
    if answer[9:12] != b"200":
        raise Refused(bytes(answer[:600]).decode(errors="replace"))


class Connection:
    """One connection to a server, kept alive; not for several threads.

    After a pause it is opened anew, since servers close connections that rest for some seconds.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket = _open(port)
        self._used = time.monotonic()
        self._buffer = bytearray(1 << 20)

    def exchange(self, request: bytes) -> bytearray:
        """Send one request and return the whole answer, headers included.

        Raises:
            Refused: If the status is not 200 or the connection closes.

        """
        if time.monotonic() - self._used > _IDLE_S:
            self._socket.close()
            self._socket = _open(self.port)
        self._socket.sendall(request)
        answer = bytearray()
        view = memoryview(self._buffer)
        while True:
            count = self._socket.recv_into(view)
            if count == 0:
                raise Refused("the server closed the connection")
            answer += view[:count]
            if _answer_end(answer) is not None:
                _check(answer)
                self._used = time.monotonic()
                return answer

    def call(self, verb: str, path: str, body: object = None) -> dict[str, object]:
        """Make one call and return the decoded answer."""
        payload = b"" if body is None else json.dumps(body).encode()
        answer = self.exchange(request_bytes(self.port, verb, path, payload))
        decoded: dict[str, object] = json.loads(_body(answer))
        return decoded

    def close(self) -> None:
        self._socket.close()


def body_of(answer: bytes | bytearray) -> bytes:
    """Return the body of an answer that `Connection.exchange` returned."""
    return _body(answer)


def drive_one(port: int, request: Callable[[int], bytes], seconds: float) -> list[float]:
    """Send requests one after the other for `seconds`; `request(n)` makes the n-th.

    Returns:
        The time of each in seconds; the list's length is the number of requests answered.

    """
    times: list[float] = []
    with closing(Connection(port)) as connection:
        started = time.perf_counter()
        end = started + seconds
        while started < end:
            message = request(len(times))
            started = time.perf_counter()
            connection.exchange(message)
            times.append(time.perf_counter() - started)
    return times


@dataclass
class _Client:
    """One of many clients: its socket, what it has received, and how many it has finished."""

    socket: socket.socket
    request: Callable[[int], bytes]
    done: int = 0
    received: bytearray = field(default_factory=bytearray)


def drive_many(
    port: int, requests: Sequence[Callable[[int], bytes]], seconds: float
) -> tuple[list[int], float]:
    """Keep one request of every client under way for `seconds`, then wait for the last answers.

    Args:
        port: Where the server listens.
        requests: One maker of requests for each client.
        seconds: How long new requests are sent.

    Returns:
        The number of answers of each client, and the seconds until the last one.

    """
    clients = {c.socket.fileno(): c for r in requests for c in [_Client(_open(port), r)]}
    poll = select.epoll()
    try:
        started = time.perf_counter()
        for number, client in clients.items():
            client.socket.setblocking(False)
            poll.register(number, select.EPOLLIN)
            client.socket.send(client.request(0))
        busy = len(clients)
        while busy:
            events = poll.poll(_TIMEOUT_S)
            if not events:
                raise Refused(f"no answer within {_TIMEOUT_S:.0f} s")
            for number, _ in events:
                busy -= _receive(clients[number], started + seconds)
        return [c.done for c in clients.values()], time.perf_counter() - started
    finally:
        poll.close()
        for client in clients.values():
            client.socket.close()


def _receive(client: _Client, end: float) -> bool:
    """Take what has arrived and send the next request; True when the client has finished."""
    data = client.socket.recv(65536)
    if not data:
        raise Refused("the server closed the connection")
    received = client.received
    received += data
    if _answer_end(received) is None:
        return False
    _check(received)
    received.clear()
    client.done += 1
    if time.perf_counter() >= end:
        return True
    client.socket.send(client.request(client.done))
    return False
