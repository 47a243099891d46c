"""Artifacts on ordinary web servers: what the shipped suite reads comes through each of them."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.web import WebArtifactStore
from headrace.testing.artifacts import ArtifactStoreSuite
from tests.file_servers import rclone_server


class FilledFromBehind(WebArtifactStore):
    """Files that are read from a web server, and written into the folder that it shows."""

    def __init__(self, uri: str, folder: Path) -> None:
        super().__init__(uri)
        folder.mkdir(exist_ok=True)
        self._behind = LocalArtifactStore(str(folder))

    def write(self, path: str, stream: BinaryIO) -> None:
        self._behind.write(path, stream)

    def delete(self, path: str = "") -> None:
        self._behind.delete(path)
        self._behind.root.mkdir(exist_ok=True)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Python's own, which knows no ranges unless ``ranges`` says so."""

    protocol_version = "HTTP/1.1"
    ranges = False

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not (self.ranges and match and path.is_file()):
            super().do_GET()
            return
        content = path.read_bytes()
        part = content[int(match[1]) : int(match[2]) + 1 if match[2] else None]
        if not part:
            self.send_response(416)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206)
        end = int(match[1]) + len(part) - 1
        self.send_header("Content-Range", f"bytes {match[1]}-{end}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


class RangeHandler(Handler):
    """The same with ranges."""

    ranges = True


@pytest.fixture(params=[Handler, RangeHandler], ids=["plain", "ranges"])
def serve(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], str]]:
    """Return what serves a folder and returns its URI."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        folder.mkdir(exist_ok=True)
        handler = functools.partial(request.param, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class TestPython(ArtifactStoreSuite):
    """A folder behind Python's server."""

    @pytest.fixture
    def store(self, serve: Callable[[Path], str], tmp_path: Path) -> WebArtifactStore:
        (tmp_path / "top").mkdir()
        uri = f"{serve(tmp_path / 'top')}/be%20low"
        return FilledFromBehind(uri, tmp_path / "top" / "be low")


@pytest.mark.slow
class TestRclone(ArtifactStoreSuite):
    """A folder behind `rclone serve http`."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[WebArtifactStore]:
        (tmp_path / "top" / "be low").mkdir(parents=True)
        uncached = ("--dir-cache-time", "0s")
        with rclone_server("http", tmp_path / "top", tmp_path / "log", *uncached) as port:
            uri = f"http://127.0.0.1:{port}/be%20low/"
            yield FilledFromBehind(uri, tmp_path / "top" / "be low")
