"""Artifacts on FTP servers: the shipped suite, and what is special about them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.testing.artifacts import ArtifactStoreSuite
from tests.file_servers import rclone_server


class FtpServer:
    """An FTP server in this process, which serves one folder after another."""

    def __init__(self) -> None:
        self.authorizer = DummyAuthorizer()

        class Handler(FTPHandler):
            authorizer = self.authorizer
            banner = "ready"

        self.handler = Handler
        self._server = ThreadedFTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def host(self, folder: Path) -> str:
        """Serve a folder to a user of its own; return the URI of what is below it."""
        folder.mkdir(exist_ok=True)
        user = f"user{len(self.authorizer.user_table)}"
        self.authorizer.add_user(user, "se:cr@t/1", str(folder), perm="elradfmwMT")
        return f"ftp://{user}:se%3Acr%40t%2F1@127.0.0.1:{self.port}/below/the top"

    def stop(self) -> None:
        self._server.close_all()
        self._thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[FtpServer]:
    server = FtpServer()
    yield server
    server.stop()


class TestPyftpdlib(ArtifactStoreSuite):
    """A folder behind a server in Python."""

    @pytest.fixture
    def store(self, server: FtpServer, tmp_path: Path) -> ArtifactStore:
        return open_artifact_store(server.host(tmp_path / "served"))


@pytest.fixture(scope="module")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("rclone")
    (folder / "top").mkdir()
    login = ("--user", "ann", "--pass", "secret")
    cached = ("--vfs-cache-mode", "writes")  # what adds to files needs it
    with rclone_server("ftp", folder / "top", folder / "log", *login, *cached) as port:
        yield port


@pytest.mark.slow
class TestRclone(ArtifactStoreSuite):
    """A folder behind another server, of other habits."""

    @pytest.fixture
    def store(self, rclone: int, tmp_path: Path) -> ArtifactStore:
        return open_artifact_store(f"ftp://ann:secret@127.0.0.1:{rclone}/{tmp_path.name}/x")
