"""The bad network that other tests rely on does what it says."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.servers import free_port
from tests.tcp_proxy import Direction, TcpProxy


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while piece := self.request.recv(1000):
            self.request.sendall(piece)


@pytest.fixture
def echo() -> Iterator[str]:
    """The address of a server that sends back what it gets."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo: str) -> Iterator[TcpProxy]:
    with TcpProxy(echo) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: TcpProxy) -> Iterator[socket.socket]:
    with connect(proxy) as client:
        yield client


def connect(proxy: TcpProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def ask(client: socket.socket, text: bytes) -> bytes:
    """Return what comes back until all of it is here or the connection is cut."""
    received = b""
    try:
        client.sendall(text)
        while len(received) < len(text) and (piece := client.recv(1000)):
            received += piece
    except ConnectionError:
        pass
    return received


def test_bytes_pass_both_ways(proxy: TcpProxy, client: socket.socket) -> None:
    assert ask(client, b"hello") == b"hello"
    assert ask(client, b"again") == b"again"
    assert proxy.accepted == 1
    assert proxy.passed == {Direction.REQUEST: 10, Direction.ANSWER: 10}


def test_a_cut_ends_open_connections_and_no_later_one(
    proxy: TcpProxy, client: socket.socket
) -> None:
    ask(client, b"hello")

    proxy.cut()

    assert ask(client, b"more") == b""
    with connect(proxy) as later:
        assert ask(later, b"hello") == b"hello"


@pytest.mark.parametrize("size", [0, 3])
@pytest.mark.parametrize("direction", Direction)
def test_a_cut_after_some_bytes_happens_once(
    direction: Direction, size: int, proxy: TcpProxy, client: socket.socket
) -> None:
    proxy.cut_after(size, direction)

    received = ask(client, b"hello")

    assert len(received) <= size
    assert proxy.passed[direction] == size
    assert proxy.cuts == 1
    with connect(proxy) as later:
        assert ask(later, b"hello") == b"hello"


def test_a_delay_holds_each_piece_up(proxy: TcpProxy, client: socket.socket) -> None:
    proxy.delay(0.2)
    began = time.monotonic()
    assert ask(client, b"hello") == b"hello"
    assert time.monotonic() - began >= 0.4


def test_what_is_held_comes_when_it_is_released(proxy: TcpProxy, client: socket.socket) -> None:
    proxy.hold()
    client.sendall(b"hello")
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(10)

    proxy.release()

    client.settimeout(5)
    assert client.recv(10) == b"hello"


def test_a_refusing_port_takes_connections_again(proxy: TcpProxy, client: socket.socket) -> None:
    ask(client, b"hello")

    proxy.refuse()
    proxy.refuse()

    assert ask(client, b"more") == b""
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.accept()
    with connect(proxy) as later:
        assert ask(later, b"hello") == b"hello"


def test_a_refusing_port_is_nobody_elses(proxy: TcpProxy) -> None:
    proxy.refuse()

    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", proxy.port))


def test_a_connection_that_has_just_come_is_cut_too(proxy: TcpProxy) -> None:
    for number in range(1, 21):
        with connect(proxy) as client:
            while proxy.accepted < number:
                pass
            proxy.refuse()
            assert ask(client, b"hello") == b""
        proxy.accept()


def test_a_server_may_come_back_on_another_port(echo: str) -> None:
    with TcpProxy(f"http://127.0.0.1:{free_port()}") as proxy:
        # The reset may come while the connection is still being made.
        with contextlib.suppress(ConnectionError), connect(proxy) as early:
            assert ask(early, b"hello") == b""

        proxy.upstream = ("127.0.0.1", int(echo.rpartition(":")[2]))

        with connect(proxy) as later:
            assert ask(later, b"hello") == b"hello"


def test_closing_ends_what_is_held(echo: str) -> None:
    with TcpProxy(echo) as proxy:
        client = connect(proxy)
        assert ask(client, b"first") == b"first"
        proxy.hold()
        client.sendall(b"hello")
    with client:
        assert ask(client, b"more") == b""
