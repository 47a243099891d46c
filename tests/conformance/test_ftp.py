"""Artifacts on FTP servers: the shipped suite, and what is special about them."""

from __future__ import annotations

import errno
import os
import threading
import traceback
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

import headrace
from headrace.artifacts.base import CHUNK, ArtifactStore
from headrace.artifacts.digests import RECORD_NAME, digest_of
from headrace.artifacts.registry import open_artifact_store
from headrace.errors import HeadraceError, InvalidParameterValue, Unauthenticated
from headrace.testing.artifacts import ArtifactStoreSuite, FailureSuite, FileSuite
from headrace.testing.artifacts.make import files_in, put, read, refused
from tests.file_servers import rclone_server

FACTS = ("MLST", "MLSD")  # what a server from before RFC 3659 does not know


class FullDisk(AbstractedFS):
    """A file system that has room for a megabyte in each file."""

    def open(self, filename: str, mode: str) -> Any:
        file = super().open(filename, mode)
        if mode == "rb":
            return file
        write = file.write

        def write_some(piece: bytes) -> int:
            if file.tell() + len(piece) > CHUNK:
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(write(piece))

        file.write = write_some
        return file


class CuttingHandler(DTPHandler):
    """Drops what it sends half-way, as often as its server was told to."""

    def send(self, data: bytes) -> int:
        sent = super().send(data)
        server = self.cmd_channel.server
        if server.cuts_left and self.tot_bytes_sent > 2 * CHUNK:
            server.cuts_left -= 1
            self.close()
            self.cmd_channel.close()
        return sent


class FtpServer:
    """An FTP server in this process, which serves one folder after another."""

    def __init__(self) -> None:
        self.authorizer = DummyAuthorizer()

        class Handler(FTPHandler):
            authorizer = self.authorizer
            banner = "ready"
            use_sendfile = False  # which would pass by what drops a transfer

            dtp_handler = CuttingHandler

        self.handler = Handler
        self._server = ThreadedFTPServer(("127.0.0.1", 0), Handler)
        self._server.cuts_left = 0
        self.port = self._server.address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def cut(self, times: int) -> None:
        """Drop so many of the next downloads half-way."""
        self._server.cuts_left = times

    def host(self, folder: Path, permissions: str = "elradfmwMT") -> str:
        """Serve a folder to a user of its own; return the URI of what is below it."""
        folder.mkdir(exist_ok=True)
        user = f"user{len(self.authorizer.user_table)}"
        self.authorizer.add_user(user, "se:cr@t/1", str(folder), perm=permissions)
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

    many = 100  # each folder is listed at once, and each file needs a connection

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
    def store(self, rclone: int) -> ArtifactStore:
        return open_artifact_store(f"ftp://ann:secret@127.0.0.1:{rclone}/{uuid.uuid4().hex}/x")


class TestServerWithoutFacts(FileSuite, FailureSuite):
    """A server that tells names, sizes and times only one by one; too slow for many files."""

    @pytest.fixture
    def store(self, server: FtpServer, tmp_path: Path) -> ArtifactStore:
        return open_artifact_store(server.host(tmp_path / "served"))

    @pytest.fixture(autouse=True)
    def old(self, server: FtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
        commands = {k: v for k, v in server.handler.proto_cmds.items() if k not in FACTS}
        monkeypatch.setattr(server.handler, "proto_cmds", commands)


# --- bad days ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "served"


@pytest.fixture
def store(server: FtpServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    return open_artifact_store(server.host(folder))


def test_a_download_that_breaks_off_goes_on(
    store: ArtifactStore, server: FtpServer, tmp_path: Path
) -> None:
    content = os.urandom(8 * CHUNK)
    put(store, "a", content)
    server.cut(2)
    assert store.download("a", tmp_path).read_bytes() == content


def test_a_server_that_always_stops_half_way(
    store: ArtifactStore, server: FtpServer, tmp_path: Path
) -> None:
    put(store, "a", os.urandom(20 * CHUNK))
    server.cut(1000)
    try:
        with refused("TEMPORARILY_UNAVAILABLE"):
            store.download("a", tmp_path)
        with refused("TEMPORARILY_UNAVAILABLE"):
            read(store, "a")
    finally:
        server.cut(0)
    assert not (tmp_path / "a").exists()


def test_a_full_disk_leaves_nothing_half_written(
    store: ArtifactStore, server: FtpServer, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    put(store, "a", b"old")
    monkeypatch.setattr(server.handler, "abstracted_fs", FullDisk)
    filled = open_artifact_store(server.host(folder))
    for path in ("a", "new"):
        with pytest.raises(HeadraceError, match="room"):
            put(filled, path, os.urandom(3 * CHUNK))
    assert files_in(filled) == {"a": 3}
    names = {path.name for path in (folder / "below" / "the top").iterdir()}
    assert names == {"a", RECORD_NAME}


def test_a_file_that_was_changed_behind_our_back_is_not_kept(
    store: ArtifactStore, folder: Path, tmp_path: Path
) -> None:
    put(store, "a", b"what was stored")
    assert store.digest("a") == digest_of(b"what was stored")
    place = folder / "below" / "the top" / "a"
    status = place.stat()
    place.write_bytes(b"what was damage")
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    with refused("DATA_LOSS", "Nothing was kept"):
        store.download("a", tmp_path)
    assert not (tmp_path / "a").exists()


def test_who_may_only_read_is_told_so(server: FtpServer, tmp_path: Path) -> None:
    put(open_artifact_store(server.host(tmp_path / "served")), "a")
    reader = open_artifact_store(server.host(tmp_path / "served", permissions="elr"))
    assert read(reader, "a") == b"content"
    for use in (lambda: put(reader, "b"), lambda: put(reader, "a"), lambda: reader.delete("a")):
        with refused("PERMISSION_DENIED"):
            use()


def test_a_wrong_password_is_shown_nowhere(server: FtpServer) -> None:
    password = uuid.uuid4().hex
    with pytest.raises(Unauthenticated) as caught:
        open_artifact_store(f"ftp://ann:{password}@127.0.0.1:{server.port}/x").list_artifacts()
    assert password not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with refused("TEMPORARILY_UNAVAILABLE", "ftp://127.0.0.1:1 cannot be reached"):
        open_artifact_store("ftp://127.0.0.1:1/x").list_artifacts()


@pytest.mark.parametrize("uri", ["ftp:///x", "ftp://h:x/y", "ftp://h/%2e%2e/x", "ftp://h/a#b"])
def test_malformed_addresses(uri: str) -> None:
    with pytest.raises(InvalidParameterValue):
        open_artifact_store(uri)


# --- runs ----------------------------------------------------------------------------------------


def test_a_run_whose_artifacts_are_there(
    server: FtpServer, folder: Path, fresh_client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call that stores and reads artifacts, and a run that goes on when storing fails."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    uri = server.host(folder)
    experiment = headrace.create_experiment("far", artifact_location=uri)
    (fresh_client / "data").mkdir()
    (fresh_client / "data" / "x.txt").write_text("x")
    with headrace.start_run(experiment_id=experiment) as run:
        headrace.log_artifact("data/x.txt", "files")
        headrace.log_artifacts("data", "folder")
        headrace.log_text("text", "t.txt")
        headrace.log_dict({"a": 1}, "d.json")
        headrace.log_table({"column": [1, 2]}, "table.json")
        headrace.log_table({"column": [3]}, "table.json")
        with pytest.raises(HeadraceError):
            headrace.log_text("text", "t.txt/below a file")
        with pytest.raises(FileNotFoundError):
            headrace.log_artifact("nowhere.txt")
        headrace.log_metric("still", 1)
    run_id = run.info.run_id
    client = headrace.MlflowClient()
    finished = client.get_run(run_id)
    assert (finished.info.status, finished.data.metrics) == ("FINISHED", {"still": 1})

    assert headrace.artifacts.load_text(f"runs:/{run_id}/t.txt") == "text"
    assert headrace.artifacts.load_dict(f"{finished.info.artifact_uri}/d.json") == {"a": 1}
    table = client.load_table(experiment, "table.json")
    assert list(table["column"]) == [1, 2, 3]
    names = [info.path for info in headrace.artifacts.list_artifacts(f"runs:/{run_id}")]
    assert names == ["d.json", "files", "folder", "t.txt", "table.json"]
    local = headrace.artifacts.download_artifacts(f"runs:/{run_id}/folder")
    assert Path(local, "x.txt").read_text() == "x"
    client.delete_artifacts(run_id, "files")
    assert client.list_artifacts(run_id, "files") == []

    model = client.create_logged_model(experiment, name="net")
    client.log_model_artifact(model.model_id, "data/x.txt")
    assert headrace.artifacts.load_text(f"models:/{model.model_id}/x.txt") == "x"
    assert "se:cr" not in repr(headrace.artifacts.list_artifacts(f"models:/{model.model_id}"))
