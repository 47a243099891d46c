"""Answers of HTTP/1.1 as servers and what stands before them send them, over real sockets."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from headrace.errors import InvalidParameterValue
from headrace.http_connection import Answer, BadAnswer, HttpConnection


class Scripted:
    """Takes connections one after the other, and sends the pieces of a script for each request.

    Attributes:
        pieces: What to send.
        asked: What was received.

    """

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pieces: list[bytes] = []
        self.asked: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(ConnectionError):  # who has heard enough goes
                while data := connection.recv(1 << 20):
                    self.asked.append(data)
                    for piece in self.pieces:
                        connection.sendall(piece)
                    if b"close" in b"".join(self.pieces) or not self.pieces[-1]:
                        break


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.listener.close()


def ask(server: Scripted, *pieces: bytes, verb: str = "POST", body: bytes | None = b"{}") -> Answer:
    server.pieces = [*pieces]
    with closing(HttpConnection("127.0.0.1", server.port, 5)) as connection:
        return connection.exchange(verb, "/path?a=b", {"Host": "h", "X-Own": "1"}, body)


def test_a_request_is_one_piece_with_its_length(server: Scripted) -> None:
    ask(server, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", body=b"12345")

    head = b"POST /path?a=b HTTP/1.1\r\nHost: h\r\nX-Own: 1\r\nContent-Length: 5\r\n\r\n12345"
    assert server.asked == [head]


def test_one_without_a_body_has_none(server: Scripted) -> None:
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    ask(server, good, verb="GET", body=None)
    ask(server, good, verb="DELETE", body=None)

    assert b"Content-Length" not in server.asked[0]
    assert b"Content-Length: 0\r\n" in server.asked[1]


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"], b"hello"),
        ([b"HTTP/1.1 200 OK\r\ncontent-length:5\r\n", b"\r\nhel", b"lo"], b"hello"),
        ([b"HTTP/1.1 204 None\r\n\r\n"], b""),
        ([b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx"], b"x"),
        (
            [
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\nA\r\n",
                b"lo, world!\r\n0\r\nTrailer: 1\r\n\r\n",
            ],
            b"hello, world!",
        ),
        ([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the ", b"end"], b"to the end"),
        ([b"HTTP/1.0 200 OK\r\n\r\nold", b""], b"old"),
    ],
    ids=["length", "pieces", "no body", "continue", "chunks", "close", "HTTP/1.0"],
)
def test_answers(server: Scripted, pieces: list[bytes], body: bytes) -> None:
    assert ask(server, *pieces).body == body


def test_headers_are_found_by_their_names_in_lower_case(server: Scripted) -> None:
    answer = ask(
        server,
        b"HTTP/1.1 503 No\r\nRetry-After:  7 \r\nVia: a\r\nVIA: b\r\nContent-Length: 0\r\n\r\n",
    )

    assert answer.status == 503
    assert (answer.headers["retry-after"], answer.headers["via"]) == ("7", "a, b")


@pytest.mark.parametrize(
    "pieces",
    [
        [b""],
        [b"HTTP/1.1 200 OK\r\nContent-Le", b""],
        [b"HTTP/1.1 200 OK\r\n\r\n", b""],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", b""],
        [b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b""],
        [b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", b""],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b""],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", b""],
        [b"HTTP/1.1 abc\r\n\r\n", b""],
        [b"SSH-2.0-OpenSSH_9\r\n\r\n", b""],
        [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, b""],
    ],
)
def test_what_is_no_whole_answer_is_a_failure(server: Scripted, pieces: list[bytes]) -> None:
    with pytest.raises((BadAnswer, ConnectionError)):
        ask(server, *pieces)


def test_many_calls_on_one_connection(server: Scripted) -> None:
    server.pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]
    with closing(HttpConnection("127.0.0.1", server.port, 5)) as connection:
        answers = [connection.exchange("GET", "/", {"Host": "h"}, None) for _ in range(5)]

        assert {answer.body for answer in answers} == {b"{}"}
        assert connection.sock is not None
    assert connection.sock is None


def test_the_end_of_a_connection_is_noted(server: Scripted) -> None:
    server.pieces = [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"]
    with closing(HttpConnection("127.0.0.1", server.port, 5)) as connection:
        connection.exchange("GET", "/", {"Host": "h"}, None)

        assert connection.sock is None


def test_a_connection_that_says_more_than_was_asked_is_not_used_again(server: Scripted) -> None:
    server.pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 500 No\r\n"]
    with closing(HttpConnection("127.0.0.1", server.port, 5)) as connection:
        assert connection.exchange("GET", "/", {"Host": "h"}, None).body == b"x"

        assert connection.sock is None


@pytest.mark.parametrize(
    ("target", "value"),
    [("/a\r\nEvil: 1", "x"), ("/", "x\r\nEvil: 1"), ("/", "x\0"), ("/", "日本")],
)
def test_no_line_can_be_smuggled_in(server: Scripted, target: str, value: str) -> None:
    with (
        closing(HttpConnection("127.0.0.1", server.port, 5)) as connection,
        pytest.raises(InvalidParameterValue, match="cannot be sent"),
    ):
        connection.exchange("GET", target, {"Authorization": value}, None)
    assert server.asked == []
