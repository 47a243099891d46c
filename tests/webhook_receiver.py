"""A real receiver of webhooks, on a port of its own, with or without TLS."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.servers import free_port


@dataclass
class Received:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        return f"{self.json['entity']}.{self.json['action']}"

    @property
    def delivery_id(self) -> str:
        return self.headers["X-MLflow-Delivery-Id"]


@dataclass
class Reply:
    """What is answered."""

    status: int = 200
    body: bytes = b"thanks"
    headers: tuple[tuple[str, str], ...] = ()


Answer = Callable[[Received], Reply]


class Receiver:
    """Takes POST requests until it is closed.

    Attributes:
        requests: What came, in its order.
        answer: Makes the answer to each.
        port: Where it listens.
    """

    def __init__(self, certificate: Path | None = None, port: int = 0) -> None:
        self.requests: list[Received] = []
        self.answer: Answer = lambda request: Reply()
        self._came = threading.Condition()
        # One that comes back after a while finds its port as it was.
        self._server = ThreadingHTTPServer(("127.0.0.1", port or free_port()), self._handler())
        self._server.daemon_threads = True
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def wait(self, count: int, seconds: float = 30.0) -> list[Received]:
        """Return the requests when there are so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.requests) >= count, seconds), self.requests
            return list(self.requests)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = Received(self.path, dict(self.headers), body)
                with receiver._came:
                    receiver.requests.append(request)
                    receiver._came.notify_all()
                reply = receiver.answer(request)
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def eventually(check: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when something has become true."""
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it did not become true"
        time.sleep(0.02)
