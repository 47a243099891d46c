"""Artifacts on SSH servers: the shipped suite, and what is special about them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.testing.artifacts import ArtifactStoreSuite
from tests.file_servers import SshServer, know_host, make_key, rclone_server, ssh_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def home(sshd: SshServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user whom the server lets in."""
    monkeypatch.setenv("HOME", str(sshd.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return sshd.home


class TestOpenSsh(ArtifactStoreSuite):
    """A folder behind OpenSSH."""

    @pytest.fixture
    def store(self, sshd: SshServer, home: Path, tmp_path: Path) -> ArtifactStore:
        return open_artifact_store(sshd.uri(tmp_path / "on the server"))


@pytest.fixture(scope="module")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of a server that is none of OpenSSH's, and the folder that is its top."""
    folder = tmp_path_factory.mktemp("rclone")
    key = folder / "host_key"
    make_key(key)
    options = ("--user", "ann", "--pass", "p@ss:word/1", "--key", str(key))
    cached = ("--vfs-cache-mode", "writes")  # what adds to files needs it
    (folder / "top").mkdir()
    log = folder / "log"
    with rclone_server("sftp", folder / "top", log, *options, *cached) as port:
        home = folder / "home" / ".ssh"
        home.mkdir(parents=True)
        know_host(home / "known_hosts", port, key)
        yield port, folder


class TestRclone(ArtifactStoreSuite):
    """A folder behind a server that knows little more than the standard."""

    @pytest.fixture
    def store(
        self, rclone: tuple[int, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> ArtifactStore:
        port, folder = rclone
        monkeypatch.setenv("HOME", str(folder / "home"))
        name = tmp_path.name
        return open_artifact_store(f"sftp://ann:p%40ss%3Aword%2F1@127.0.0.1:{port}/{name}/x")
