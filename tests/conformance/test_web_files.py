"""Artifacts on ordinary web servers: what the shipped suite reads comes through each of them."""

from __future__ import annotations

import base64
import functools
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.mlflow_artifacts import ProxiedArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.artifacts.web import WebArtifactStore
from headrace.errors import PermissionDenied
from headrace.testing.artifacts import ArtifactStoreSuite
from headrace.testing.artifacts.make import put, read, refused
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


@pytest.fixture(
    params=[
        pytest.param(RangeHandler, id="with ranges"),
        pytest.param(Handler, id="without ranges", marks=pytest.mark.slow),
    ]
)
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

    many = 100  # each folder is one page

    @pytest.fixture
    def store(self, serve: Callable[[Path], str], tmp_path: Path) -> WebArtifactStore:
        (tmp_path / "top").mkdir()
        uri = f"{serve(tmp_path / 'top')}/be%20low"
        return FilledFromBehind(uri, tmp_path / "top" / "be low")


# --- what is special about them ------------------------------------------------------------------


class OddHandler(Handler):
    """Answers as servers do that are not to be trusted, or that something is wrong with."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name == "moved":
            self._answer(302, "", Location="/real/file")
        elif name == "around":
            self._answer(302, "", Location="/x/around")
        elif name == "to-a-file":
            self._answer(302, "", Location="file:///etc/passwd")
        elif name == "forbidden":
            self._answer(403, "no")
        elif name == "secret":
            given = self.headers.get("Authorization")
            self._answer(200 if given else 401, given or "")
        elif self.path.endswith("/x/"):
            links = ["../up", "/etc/passwd", "http://elsewhere/x", "a/b", "%2e%2e/", "ok", "c%2Fd"]
            page = "".join(f'<a href="{link}">{link}</a>' for link in [*links, "?sort=1", "#top"])
            self._answer(200, page, **{"Content-Type": "text/html"})
        else:
            self._answer(200, "content")

    def _answer(self, status: int, text: str, **headers: str) -> None:
        self.send_response(status)
        for header, value in {"Content-Length": str(len(text)), **headers}.items():
            self.send_header(header, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(text.encode())


@pytest.fixture
def odd() -> Iterator[str]:
    """The address of such a server, without a scheme."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OddHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_page_leads_nowhere_but_into_its_folder(odd: str) -> None:
    store = open_artifact_store(f"http://{odd}/x")
    assert [info.path for info in store.list_artifacts()] == ["ok"]


def test_a_redirection_is_followed_but_not_in_circles_nor_to_other_schemes(odd: str) -> None:
    store = open_artifact_store(f"http://{odd}/x")
    assert read(store, "moved") == b"content"
    with refused("INTERNAL_ERROR", "from one address to another"):
        store.open("around")
    with refused("INVALID_PARAMETER_VALUE", "file:///etc/passwd"):
        store.open("to-a-file")


def test_credentials_are_those_of_the_uri_and_never_those_of_the_tracking_server(
    odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "token-of-ours")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "mine")
    with refused("UNAUTHENTICATED", "https://USER:PASSWORD@HOST/PATH"):
        open_artifact_store(f"http://{odd}/x").open("secret")
    given = read(open_artifact_store(f"http://ann:geheim@{odd}/x"), "secret")
    assert given == b"Basic " + base64.b64encode(b"ann:geheim")


def test_what_is_forbidden_is_told_without_the_password(odd: str) -> None:
    with pytest.raises(PermissionDenied) as caught:
        open_artifact_store(f"http://ann:geheim@{odd}/x").open("forbidden")
    assert "geheim" not in caught.value.message


def test_a_web_server_is_only_read_from(odd: str) -> None:
    store = open_artifact_store(f"http://{odd}/x")
    for use in (lambda: put(store, "a"), lambda: store.delete("a")):
        with refused("NOT_IMPLEMENTED", "can only be read"):
            use()


def test_the_proxy_of_a_tracking_server_is_told_by_its_route() -> None:
    uri = "https://host/prefix/api/2.0/mlflow-artifacts/artifacts/1/run"
    assert isinstance(open_artifact_store(uri), ProxiedArtifactStore)


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
