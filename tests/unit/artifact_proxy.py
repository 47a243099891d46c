"""A small server of MLflow's artifact calls over a folder, which can be told to misbehave."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.streams import BoundedStream
from headrace.errors import HeadraceError


class ProxyServer(ThreadingHTTPServer):
    """The server.

    Attributes:
        store: What it serves.
        calls: Verb, path and headers of each call.
        statuses: HTTP statuses to answer the next calls with instead of doing them.
        cut_after: Bytes after which the next download breaks off; None for no break.
        knows_ranges: Whether it answers ranges.
        closes: Whether it closes each connection after an answer without saying so.
        listing: What it lists instead of the truth.
        prefix: Path below which it serves.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = LocalArtifactStore(str(folder))
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.statuses: deque[int] = deque()
        self.cut_after: int | None = None
        self.knows_ranges = True
        self.closes = False
        self.listing: list[dict[str, Any]] | None = None
        self.prefix = ""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hang up."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.prefix}"

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _, _ in self.calls]


@contextmanager
def serving(folder: Path) -> Iterator[ProxyServer]:
    with ProxyServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ProxyServer

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self._serve(self._get)

    def do_PUT(self) -> None:
        self._serve(self._put)

    def do_DELETE(self) -> None:
        self._serve(lambda path: self._answer_after(self.server.store.delete(path)))

    def _serve(self, act: Any) -> None:
        self.server.calls.append((self.command, self.path, dict(self.headers)))
        if self.server.statuses:
            self.close_connection = True
            status = self.server.statuses.popleft()
            self._answer(status, b'{"error_code": "SOME", "message": "told to"}')
            return
        route = f"{self.server.prefix}/api/2.0/mlflow-artifacts/artifacts"
        path = urlsplit(self.path).path
        if not path.startswith(route):
            self._answer(404, b"<html>no such page</html>")
            return
        try:
            act(unquote(path.removeprefix(route)).removeprefix("/"))
        except HeadraceError as error:
            self.close_connection = True
            self._answer(error.get_http_status_code(), error.serialize_as_json().encode())
        if self.server.closes:
            self.close_connection = True

    def _get(self, path: str) -> None:
        if not path:
            self._list(parse_qs(urlsplit(self.path).query).get("path", [""])[0])
            return
        info = self.server.store.stat(path)
        size = (info.file_size or 0) if info else 0
        start, end = 0, size
        wanted = self.headers.get("Range")
        if wanted and self.server.knows_ranges:
            first, last = wanted.removeprefix("bytes=").split("-")
            start, end = int(first), min(size, int(last) + 1) if last else size
            if start >= size:
                self._answer(416, b"")
                return
        with self.server.store.open(path, start, end - start) as stream:
            body = stream.read()
        cut, self.server.cut_after = self.server.cut_after, None
        self._answer(206 if (start, end) != (0, size) else 200, body, cut)

    def _list(self, path: str) -> None:
        entries = self.server.listing
        if entries is None:
            entries = [
                {"path": info.path.rpartition("/")[2], "is_dir": info.is_dir}
                | ({} if info.is_dir else {"file_size": str(info.file_size)})
                for info in self.server.store.list_artifacts(path)
            ]
        self._answer(200, json.dumps({"files": entries} if entries else {}).encode())

    def _put(self, path: str) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            stream: Any = _Chunks(self.rfile)
        else:
            stream = BoundedStream(self.rfile, int(self.headers["Content-Length"]))
            stream.close = lambda: None
        self.server.store.write(path, stream)
        self._answer(200, b"")

    def _answer_after(self, done: None) -> None:
        self._answer(200, b"{}")

    def _answer(self, status: int, body: bytes, cut: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True


class _Chunks:
    """The body of a chunked request."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._left = b""
        self._done = False

    def read(self, size: int) -> bytes:
        if not self._left and not self._done:
            length = int(self._source.readline(), 16)
            self._left = self._source.read(length)
            self._source.readline()
            self._done = length == 0
        piece, self._left = self._left[:size], self._left[size:]
        return piece
