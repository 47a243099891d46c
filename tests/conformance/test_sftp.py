"""Artifacts on SSH servers: the shipped suite, and what is special about them."""

from __future__ import annotations

import gc
import os
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headrace.artifacts.base import CHUNK, ArtifactStore
from headrace.artifacts.digests import RECORD_NAME, digest_of
from headrace.artifacts.registry import open_artifact_store
from headrace.errors import InvalidParameterValue, Unauthenticated
from headrace.testing.artifacts import ArtifactStoreSuite
from headrace.testing.artifacts.make import put, read, refused
from tests.file_servers import SshServer, know_host, make_key, rclone_server, ssh_server
from tests.tcp_proxy import Direction, TcpProxy

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
    gc.collect()  # a connection that an earlier test has left open would be used again
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
    def store(self, rclone: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
        port, folder = rclone
        monkeypatch.setenv("HOME", str(folder / "home"))
        name = uuid.uuid4().hex
        return open_artifact_store(f"sftp://ann:p%40ss%3Aword%2F1@127.0.0.1:{port}/{name}/x")


# --- who is whom ---------------------------------------------------------------------------------


def test_a_host_that_nobody_knows_is_refused(sshd: SshServer, home: Path, tmp_path: Path) -> None:
    with known_hosts(home, ""), refused("PERMISSION_DENIED", "SHA256:", "ssh-keyscan -p"):
        put(open_artifact_store(sshd.uri(tmp_path / "top")), "a")
    assert not (tmp_path / "top").exists()


def test_a_host_with_another_key_is_refused(sshd: SshServer, home: Path, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    know_host(tmp_path / "known", sshd.port, tmp_path / "other")
    known = (tmp_path / "known").read_text()
    with known_hosts(home, known), refused("PERMISSION_DENIED", "another host key", "ssh-keygen"):
        put(open_artifact_store(sshd.uri(tmp_path / "top")), "a")
    assert not (tmp_path / "top").exists()


def test_a_key_that_the_server_does_not_take(
    sshd: SshServer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "home" / ".ssh"
    other.mkdir(parents=True)
    make_key(other / "id_ed25519")
    (other / "known_hosts").write_bytes((home / ".ssh" / "known_hosts").read_bytes())
    monkeypatch.setenv("HOME", str(other.parent))
    with refused("UNAUTHENTICATED", "~/.ssh/config"):
        open_artifact_store(sshd.uri(tmp_path)).list_artifacts()


def test_a_wrong_password_is_shown_nowhere(
    rclone: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, folder = rclone
    monkeypatch.setenv("HOME", str(folder / "home"))
    password = uuid.uuid4().hex
    with pytest.raises(Unauthenticated) as caught:
        open_artifact_store(f"sftp://ann:{password}@127.0.0.1:{port}/x").list_artifacts()
    assert password not in "".join(traceback.format_exception(caught.value))


def test_the_users_configuration_of_ssh_counts(sshd: SshServer, home: Path, tmp_path: Path) -> None:
    config = home / ".ssh" / "config"
    known = home / ".ssh" / "known_hosts"
    moved = known.rename(home / "elsewhere")
    config.write_text(
        f"Host box\n  HostName 127.0.0.1\n  Port {sshd.port}\n  UserKnownHostsFile ~/elsewhere\n"
    )
    try:
        put(open_artifact_store(f"sftp://box{tmp_path}/top"), "a/b")
    finally:
        config.unlink()
        moved.rename(known)
    assert (tmp_path / "top" / "a" / "b").read_bytes() == b"content"


# --- bad days ------------------------------------------------------------------------------------


@pytest.fixture
def proxy(sshd: SshServer, home: Path) -> Iterator[TcpProxy]:
    """What the way to the server leads through, to be cut; its port has the server's key, too."""
    with TcpProxy(f"http://127.0.0.1:{sshd.port}") as proxy:
        known = (home / ".ssh" / "known_hosts").read_text()
        port = proxy.url.rpartition(":")[2]
        with known_hosts(home, known + known.replace(str(sshd.port), port)):
            yield proxy


@pytest.fixture
def far_store(proxy: TcpProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    return open_artifact_store(f"sftp://{proxy.url.removeprefix('http://')}{tmp_path}/top")


@pytest.mark.parametrize("direction", list(Direction))
def test_a_transfer_that_breaks_off_goes_on(
    far_store: ArtifactStore, proxy: TcpProxy, tmp_path: Path, direction: Direction
) -> None:
    content = os.urandom(16 * CHUNK)
    local = tmp_path / "local"
    local.write_bytes(content)
    far_store.list_artifacts()  # it is connected

    before = proxy.passed[direction]
    # More than the buffers of the connection hold: what lies there unread is lost with it.
    proxy.cut_after(12 * CHUNK, direction)
    far_store.put_file(local, "a")
    assert (tmp_path / "top" / "a").read_bytes() == content
    (tmp_path / "back").mkdir()
    assert far_store.download("a", tmp_path / "back").read_bytes() == content
    assert [name for name in os.listdir(tmp_path / "top") if name != RECORD_NAME] == ["a"]
    assert proxy.cuts == 1
    assert proxy.passed[direction] - before < (16 + 12) * CHUNK  # anew it would be that and more


def test_a_login_that_breaks_off_is_tried_again(far_store: ArtifactStore, proxy: TcpProxy) -> None:
    far_store.list_artifacts()
    whole = proxy.passed[Direction.ANSWER] // proxy.accepted
    # Before the server says anything, and while it lets the user in.
    for number, size in enumerate([1, *range(whole // 2, whole * 3 // 4, 100)], 1):
        proxy.cut()  # so that the next call logs in anew
        proxy.cut_after(size, Direction.ANSWER)
        assert far_store.list_artifacts() == []
        assert proxy.cuts == number


def test_a_server_that_is_gone(
    far_store: ArtifactStore, proxy: TcpProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(far_store, "a")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    proxy.refuse()
    for use in (
        lambda: far_store.list_artifacts(),
        lambda: far_store.open("a"),
        lambda: put(far_store, "b"),
        lambda: far_store.delete("a"),
        lambda: far_store.download("a", tmp_path),
    ):
        with refused("TEMPORARILY_UNAVAILABLE", "sftp://127.0.0.1"):
            use()
    proxy.accept()
    assert read(far_store, "a") == b"content"
    assert not (tmp_path / "a").exists()


def test_a_file_that_was_changed_behind_our_back_is_not_kept(
    sshd: SshServer, home: Path, tmp_path: Path
) -> None:
    store = open_artifact_store(sshd.uri(tmp_path / "top"))
    put(store, "a/b", b"what was stored")
    assert store.digest("a/b") == digest_of(b"what was stored")
    place = tmp_path / "top" / "a" / "b"
    status = place.stat()
    place.write_bytes(b"what was damage")
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))

    (tmp_path / "back").mkdir()
    with refused("DATA_LOSS", digest_of(b"what was stored"), "Nothing was kept"):
        store.download("a/b", tmp_path / "back")
    assert os.listdir(tmp_path / "back") == []

    place.write_bytes(b"replaced by somebody")
    assert store.digest("a/b") is None
    assert store.download("a/b", tmp_path / "back").read_bytes() == b"replaced by somebody"


def test_links_out_of_the_root_are_neither_shown_nor_followed(
    sshd: SshServer, home: Path, tmp_path: Path
) -> None:
    store = open_artifact_store(sshd.uri(tmp_path / "top"))
    put(store, "inside/x")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    for name, target in (
        ("folder", tmp_path / "outside"),
        ("file", tmp_path / "outside" / "secret"),
        ("dangling", tmp_path / "nowhere"),
        ("own", tmp_path / "top" / "inside"),
    ):
        (tmp_path / "top" / name).symlink_to(target)

    assert [info.path for info in store.list_artifacts()] == ["inside", "own"]
    assert read(store, "own/x") == b"content"
    for use in (
        lambda: store.list_artifacts("folder"),
        lambda: store.open("folder/secret"),
        lambda: store.open("file"),
        lambda: put(store, "folder/new"),
        lambda: put(store, "file"),
        lambda: store.delete("folder/secret"),
    ):
        with refused("INVALID_PARAMETER_VALUE", "leaves the artifact root"):
            use()
    store.delete()
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["secret"]


@pytest.mark.parametrize(
    "uri", ["sftp:///x", "sftp://h:port/x", "sftp://h/a/../b", "sftp://u:geheim@h/x?y", "sftp:/x"]
)
def test_malformed_addresses(uri: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        open_artifact_store(uri)
    assert "geheim" not in caught.value.message


@contextmanager
def known_hosts(home: Path, content: str) -> Iterator[None]:
    """Let the user know other hosts for a while."""
    file = home / ".ssh" / "known_hosts"
    before = file.read_text()
    file.write_text(content)
    try:
        yield
    finally:
        file.write_text(before)
