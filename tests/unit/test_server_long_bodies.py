"""Long bodies over real sockets: slow, broken, refused, and what follows them on the connection."""

from __future__ import annotations

import http.client
import io
import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from blake3 import blake3

import headrace
from headrace.artifacts.paths import STAGING_PREFIX
from tests.servers import Server, headrace_server

FILES = "/api/1.0/headrace/artifacts/files"
SIZE = 5_000_001


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def run_id(server: Server) -> str:
    return headrace.MlflowClient(server.url).create_run("0").info.run_id


def head_of(run_id: str, path: str, content: bytes, *, digest: str | None = None) -> bytes:
    digest = digest or blake3(content).hexdigest()
    query = urlencode({"run_id": run_id, "path": path, "size": len(content), "digest": digest})
    return (
        f"PUT {FILES}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n\r\n"
    ).encode()


def connect(server: Server) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)


def answer_on(connection: socket.socket) -> tuple[int, bytes]:
    """The next answer, and not a byte of what follows it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    status = int(head.split()[1])
    headers = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2]))
    return status, connection.recv(int(headers["Content-Length"]), socket.MSG_WAITALL)


def stored(server: Server, run_id: str) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in server.artifact_root.glob(f"*/{run_id}/artifacts/*")
        if not path.name.startswith(STAGING_PREFIX)
    }


def staged(server: Server) -> list[Path]:
    return list(server.artifact_root.glob(f"{STAGING_PREFIX}files/*"))


@pytest.mark.parametrize("piece", [1000, 70_000, 3_000_000, SIZE])
def test_a_body_arrives_however_it_is_cut(server: Server, run_id: str, piece: int) -> None:
    content = os.urandom(SIZE)
    request = head_of(run_id, "a.bin", content) + content
    with connect(server) as connection:
        for at in range(0, len(request), piece):
            connection.sendall(request[at : at + piece])
            if at % (20 * piece) == 0:
                time.sleep(0.02)
        assert answer_on(connection) == (200, b"{}")
    assert stored(server, run_id) == {"a.bin": content}


def test_requests_follow_on_the_connection(server: Server, run_id: str) -> None:
    contents = [os.urandom(SIZE), b"short", os.urandom(SIZE), os.urandom(2_000_000)]
    with connect(server) as connection:
        for number, content in enumerate(contents):
            connection.sendall(head_of(run_id, f"{number}", content) + content)
            assert answer_on(connection) == (200, b"{}")
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert answer_on(connection)[0] == 200
    assert stored(server, run_id) == {str(n): content for n, content in enumerate(contents)}


def test_a_request_that_does_not_wait_for_the_answer(server: Server, run_id: str) -> None:
    content = os.urandom(SIZE)
    health = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(head_of(run_id, "a", content) + content + health)
        assert answer_on(connection)[0] == 200
        assert answer_on(connection)[0] == 200
        connection.sendall(health + head_of(run_id, "b", content) + content)
        assert answer_on(connection)[0] == 200
        assert answer_on(connection)[0] == 200
    assert stored(server, run_id) == {"a": content, "b": content}


def test_a_refused_body_leaves_the_connection_usable(server: Server, run_id: str) -> None:
    content = os.urandom(SIZE)
    with connect(server) as connection:
        connection.sendall(head_of(run_id, "a", content, digest="0" * 64) + content)
        status, body = answer_on(connection)
        assert (status, b"BAD_REQUEST" in body) == (400, True)
        connection.sendall(head_of("f" * 32, "a", content) + content)
        assert answer_on(connection)[0] == 404
        connection.sendall(head_of(run_id, "a", content) + content)
        assert answer_on(connection)[0] == 200
    assert stored(server, run_id) == {"a": content}
    assert staged(server) == []


@pytest.mark.parametrize("sent", [10, 500_000, SIZE - 1])
@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_breaks_leaves_nothing(
    server: Server, run_id: str, sent: int, reset: bool
) -> None:
    content = os.urandom(SIZE)
    with connect(server) as connection:
        connection.sendall(head_of(run_id, "a", content) + content[:sent])
        time.sleep(0.1)
        if reset:
            linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    deadline = time.monotonic() + 20
    while staged(server) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert staged(server) == []
    assert stored(server, run_id) == {}


def test_slow_senders_keep_nobody_waiting(server: Server, run_id: str) -> None:
    content = os.urandom(SIZE)
    slow = [connect(server) for _ in range(20)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(head_of(run_id, f"{number}", content) + content[:2_000_000])
        with closing(connect(server)) as connection:
            connection.sendall(head_of(run_id, "quick", content) + content)
            assert answer_on(connection)[0] == 200
        assert set(stored(server, run_id)) == {"quick"}
        for connection in slow:
            connection.sendall(content[2_000_000:])
            assert answer_on(connection)[0] == 200
    finally:
        for connection in slow:
            connection.close()
    assert set(stored(server, run_id)) == {"quick", *map(str, range(20))}
    assert set(stored(server, run_id).values()) == {content}
