"""Artifacts behind a server: snapshots are taken at once, and arrive whole whatever happens."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import pty
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import headrace
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.paths import STAGING_PREFIX
from headrace.client import tracking
from headrace.client.journal.header import Origin
from headrace.client.journal.places import journals_folder
from headrace.client.owner import Owner
from headrace.client.uploads.snapshots import SnapshotFolder
from headrace.client.uploads.uploader import FILES_AT_A_TIME, Uploader
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from tests.servers import REPOSITORY, Server, clean_environment, free_port, headrace_server
from tests.tcp_proxy import Direction, TcpProxy

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a server that is away."""
    for name, value in {
        "HEADRACE_SHUTDOWN_TIMEOUT": "2",
        "HEADRACE_CONTACT_TIMEOUT": "1",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def proxy(server: Server, fresh_client: Path, quick: None) -> Iterator[TcpProxy]:
    with TcpProxy(server.url) as proxy:
        headrace.set_tracking_uri(proxy.url)
        yield proxy
        proxy.accept()
        tracking.close_sessions()


def pending(uri: str) -> list[Path]:
    """The files that wait on this machine for a server."""
    return sorted((journals_folder(uri) / "files").rglob("*.data"))


def arrived(server: Server, run_id: str) -> dict[str, bytes]:
    """What the server's disk has of a run, by artifact path."""
    (root,) = server.artifact_root.glob(f"*/{run_id}/artifacts")
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.startswith(STAGING_PREFIX)
    }


def staged(server: Server) -> list[str]:
    return [path.name for path in server.artifact_root.glob(f"{STAGING_PREFIX}files/*")]


def content_of(size: int) -> bytes:
    """Bytes of which no two stretches are alike."""
    return np.arange(size // 8 + 1, dtype=">u8").tobytes()[:size]


# --- what goes up --------------------------------------------------------------------------------


def test_every_way_to_log_arrives(proxy: TcpProxy, server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "b.txt").write_text("bb")
    with headrace.start_run() as run:
        headrace.log_artifact(folder / "deep" / "b.txt")
        headrace.log_artifact(folder, "in")
        headrace.log_artifacts(folder, "of")
        headrace.log_text("ü", "t.txt")
        headrace.log_dict({"a": 1}, "d.json")
        headrace.log_stream(io.BytesIO(b"stream"), "s.bin")
        headrace.log_text("", "empty")

    files = arrived(server, run.info.run_id)
    assert files["b.txt"] == files["in/results/deep/b.txt"] == files["of/deep/b.txt"] == b"bb"
    assert files["t.txt"] == "ü".encode()
    assert files["s.bin"] == b"stream"
    assert files["empty"] == b""
    assert set(files) >= {"d.json"}
    assert pending(proxy.url) == []


def test_a_run_that_has_ended_has_its_files(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    content = content_of(40 * MEGABYTE)
    (tmp_path / "model.bin").write_bytes(content)
    with headrace.start_run() as run:
        headrace.log_artifact(tmp_path / "model.bin")
    assert arrived(server, run.info.run_id) == {"model.bin": content}
    assert staged(server) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
@pytest.mark.parametrize("fsync", ["always", "interval"])
def test_a_snapshot_is_on_the_disk_if_asked_for(
    fsync: str, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.refuse()
    monkeypatch.setenv("HEADRACE_FSYNC", fsync)
    bring = os.fsync
    brought: set[Path] = set()

    def note(file: int) -> None:
        brought.add(Path(os.readlink(f"/proc/self/fd/{file}")))
        bring(file)

    monkeypatch.setattr(os, "fsync", note)
    with headrace.start_run():
        headrace.log_text("a", "a.txt")
        files = tracking.get_session().delivery.folder / "files"
        [own] = files.iterdir()
        number = f"{1:020}"
        needed = {own / f"{number}.data", own / f"{number}.json", own, own / "header.json", files}
        assert needed & brought == (needed if fsync == "always" else set())
    proxy.accept()


def test_what_is_written_afterwards_does_not_arrive(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"first")
    with headrace.start_run() as run:
        proxy.hold()
        headrace.log_artifact(path)
        with path.open("r+b") as file:
            file.write(b"LATER")
        proxy.release()
    assert arrived(server, run.info.run_id) == {"model.bin": b"first"}


def test_what_is_read_in_the_same_process_is_there(proxy: TcpProxy, tmp_path: Path) -> None:
    headrace.start_run()
    run_id = headrace.active_run().info.run_id  # type: ignore[union-attr]
    headrace.log_text("one", "a/one.txt")
    assert [info.path for info in headrace.artifacts.list_artifacts(run_id=run_id)] == ["a"]
    headrace.log_text("two", "a/one.txt")
    assert headrace.artifacts.load_text(f"runs:/{run_id}/a/one.txt") == "two"
    path = headrace.artifacts.download_artifacts(
        run_id=run_id, artifact_path="a", dst_path=str(tmp_path / "to")
    )
    assert Path(path, "one.txt").read_text() == "two"
    headrace.end_run()


def test_rows_of_tables_are_appended(proxy: TcpProxy) -> None:
    headrace.set_experiment("tables of uploads")
    with headrace.start_run():
        for number in range(3):
            headrace.log_table({"n": [number]}, "t.json")
        headrace.flush()
        headrace.log_table({"n": [3]}, "t.json")
    assert list(headrace.load_table("t.json")["n"]) == [0, 1, 2, 3]


def test_of_one_path_the_newest_wins(proxy: TcpProxy, server: Server) -> None:
    with headrace.start_run() as run:
        for number in range(50):
            headrace.log_text(str(number), "a.txt")
    assert arrived(server, run.info.run_id) == {"a.txt": b"49"}


def folder_of(place: Path, files: dict[str, bytes]) -> Path:
    """A local folder with these files."""
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


def test_a_folder_of_small_and_large_files(proxy: TcpProxy, server: Server, tmp_path: Path) -> None:
    files = {f"{number % 7}/{number}": os.urandom(number * 10) for number in range(1500)}
    files |= {"large": os.urandom(20 * MEGABYTE), "middle": os.urandom(MEGABYTE), "empty": b""}
    with headrace.start_run() as run:
        headrace.log_artifacts(folder_of(tmp_path / "source", files))
    assert arrived(server, run.info.run_id) == files
    assert pending(proxy.url) == []
    back = Path(headrace.artifacts.download_artifacts(run_id=run.info.run_id))
    assert {
        str(path.relative_to(back)): path.read_bytes() for path in back.rglob("*") if path.is_file()
    } == files


def test_of_files_that_came_together_one_is_replaced(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    pytest.importorskip("pandas")
    run_id = new_run(server)
    headrace.start_run(run_id=run_id)
    proxy.refuse()
    table = b'{"columns":["n"],"data":[[1]]}'
    headrace.log_artifacts(folder_of(tmp_path, {"a": b"old", "b": b"b", "t.json": table}))
    headrace.log_text("new", "a")
    headrace.log_table({"n": [2]}, "t.json")
    proxy.accept()
    headrace.flush()
    files = arrived(server, run_id)
    assert b"[[1],[2]]" in files.pop("t.json")
    assert files == {"a": b"new", "b": b"b"}
    assert pending(proxy.url) == []
    headrace.end_run()


def test_of_files_that_came_together_one_is_refused(
    proxy: TcpProxy, server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with headrace.start_run() as run:
        headrace.log_text("x", "b/c")
        headrace.flush()
        headrace.log_artifacts(folder_of(tmp_path, {"a": b"1", "b": b"kept", "d": b"2"}))
        with pytest.raises(ResourceAlreadyExists):
            headrace.flush()
    assert arrived(server, run.info.run_id) == {"a": b"1", "b/c": b"x", "d": b"2"}
    (told,) = [one.getMessage() for one in caplog.records if "'b' of run" in one.getMessage()]
    assert Path(told.rpartition("kept in ")[2].rstrip(".")).read_bytes() == b"kept"
    assert pending(proxy.url) == []


def test_a_small_file_that_cannot_be_read_is_told_at_once(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    folder_of(tmp_path, {"a": b"1", "b": b"2"})
    (tmp_path / "c").symlink_to(tmp_path / "nowhere")
    with headrace.start_run() as run, pytest.raises(ResourceDoesNotExist, match="/c'"):
        headrace.log_artifacts(tmp_path)
    assert arrived_if_any(server, run.info.run_id) == {}
    assert pending(proxy.url) == []


def arrived_if_any(server: Server, run_id: str) -> dict[str, bytes]:
    """As `arrived`, also of a run that has no folder."""
    there = list(server.artifact_root.glob(f"*/{run_id}/artifacts"))
    return arrived(server, run_id) if there else {}


def test_models_have_artifacts(proxy: TcpProxy, tmp_path: Path) -> None:
    client = headrace.MlflowClient()
    model = client.create_logged_model("0", "m")
    (tmp_path / "w.bin").write_bytes(b"weights")
    client.log_model_artifact(model.model_id, tmp_path / "w.bin")
    assert [info.path for info in client.list_logged_model_artifacts(model.model_id)] == ["w.bin"]
    path = headrace.artifacts.download_artifacts(f"models:/{model.model_id}/w.bin")
    assert Path(path).read_bytes() == b"weights"


def test_the_store_of_a_run_behind_a_server(proxy: TcpProxy) -> None:
    with headrace.start_run() as run:
        headrace.log_text("0123456789", "a/b.txt")
    store = tracking.get_session().places.of_run(run.info.run_id)

    with store.open("a/b.txt", 3, 4) as stream:
        assert stream.read() == b"3456"
    with store.open("a/b.txt", 10) as stream:
        assert stream.read() == b""
    store.write("a/c.txt", io.BytesIO(b"c" * 100))
    assert [(one.path, one.file_size) for one in store.list_artifacts("a")] == [
        ("a/b.txt", 10),
        ("a/c.txt", 100),
    ]
    assert store.stat("a") is not None
    assert store.stat("nothing") is None
    with pytest.raises(InvalidParameterValue):
        store.open("a")
    with pytest.raises(ResourceDoesNotExist):
        store.open("nothing")
    for path in ("../x", "/etc/passwd"):
        with pytest.raises(InvalidParameterValue):
            store.open(path)
    store.delete("a/b.txt")
    assert [one.path for one in store.list_artifacts("a")] == ["a/c.txt"]
    store.delete()
    assert store.list_artifacts() == []


# --- what is wrong is told at once ---------------------------------------------------------------


def test_mistakes_are_told_at_once(proxy: TcpProxy, tmp_path: Path) -> None:
    headrace.start_run()
    with pytest.raises(FileNotFoundError):
        headrace.log_artifact(tmp_path / "nothing")
    for path in ("../a", "/a", "a/../../b", "%2e%2e/a", ""):
        with pytest.raises(InvalidParameterValue):
            headrace.log_text("x", path)
    with pytest.raises(ResourceDoesNotExist):
        headrace.log_text("x", "a", run_id="f" * 32)
    assert pending(proxy.url) == []
    headrace.end_run()


def test_a_file_where_a_folder_stands(
    proxy: TcpProxy, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with headrace.start_run() as run:
        headrace.log_text("x", "a/b")
        headrace.flush()
        headrace.log_text("y", "a")
        headrace.log_text("z", "c")
        with pytest.raises(ResourceAlreadyExists):
            headrace.flush()
    assert set(arrived(server, run.info.run_id)) == {"a/b", "c"}
    (told,) = [one.getMessage() for one in caplog.records if "'a' of run" in one.getMessage()]
    kept = told.rpartition("kept in ")[2].rstrip(".")
    assert Path(kept).read_bytes() == b"y"


# --- while the server is away --------------------------------------------------------------------


def test_training_goes_on_without_the_server(
    proxy: TcpProxy, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("pandas")  # its import takes longer than what is looked at
    headrace.start_run()
    run_id = headrace.active_run().info.run_id  # type: ignore[union-attr]
    proxy.refuse()
    begin = time.monotonic()
    headrace.log_text("x", "a.txt")
    headrace.log_table({"n": [1]}, "t.json")
    headrace.log_table({"n": [2]}, "t.json")
    assert time.monotonic() - begin < 2
    headrace.end_run()
    assert time.monotonic() - begin < 10
    assert any("2 files" in one.getMessage() for one in caplog.records)
    with pytest.raises(TemporarilyUnavailable):
        headrace.flush(1)

    proxy.accept()
    headrace.flush()
    assert set(arrived(server, run_id)) == {"a.txt", "t.json"}
    assert b"[[1],[2]]" in arrived(server, run_id)["t.json"]
    assert pending(proxy.url) == []


def test_a_silent_server_is_not_waited_for(proxy: TcpProxy) -> None:
    headrace.start_run()
    headrace.flush()
    proxy.hold()
    begin = time.monotonic()
    headrace.log_text("x", "a.txt")
    headrace.end_run()
    assert time.monotonic() - begin < 8
    proxy.release()


def test_a_run_begun_offline(
    server: Server, fresh_client: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    headrace.set_tracking_uri(server.url)
    monkeypatch.setenv("HEADRACE_MODE", "offline")
    (tmp_path / "w.bin").write_bytes(content_of(20 * MEGABYTE))
    with headrace.start_run() as run:
        headrace.log_artifact(tmp_path / "w.bin")
        headrace.log_table({"n": [1]}, "t.json")
        headrace.log_table({"n": [2]}, "t.json")
    tracking.close_sessions()
    assert len(pending(server.url)) == 2
    monkeypatch.delenv("HEADRACE_MODE")

    headrace.set_tracking_uri(server.url)
    headrace.flush()
    files = arrived(server, run.info.run_id)
    assert files["w.bin"] == content_of(20 * MEGABYTE)
    assert set(files) == {"w.bin", "t.json"}
    assert pending(server.url) == []


def run_python(*arguments: str, **settings: str) -> str:
    """Return what a Python process of its own prints."""
    environment = clean_environment(
        {
            "PYTHONPATH": str(REPOSITORY / "src"),
            "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"],
            **settings,
        }
    )
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sync(*arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        run_python("-m", "headrace.cli", "sync", "--json", *arguments)
    )
    return answer


_OFFLINE = """
import io, sys
import headrace
headrace.set_tracking_uri(sys.argv[1])
with headrace.start_run() as run:
    headrace.log_text("x", "a.txt")
    headrace.log_stream(io.BytesIO(b"y" * 20_000_000), "b.bin")
print(run.info.run_id)
"""


def test_headrace_sync_brings_files(server: Server, fresh_client: Path) -> None:
    run_id = run_python("-c", _OFFLINE, server.url, HEADRACE_MODE="offline").strip()

    (waiting,) = sync("--status", "--tracking-uri", server.url)["files"]
    assert (waiting["files"], waiting["bytes"], waiting["alive"]) == (2, 20_000_001, False)
    (shipment,) = sync("--tracking-uri", server.url)["stores"]
    assert shipment["files"] == {"sent": 2, "refused": 0, "left": 0, "failure": None}
    assert arrived(server, run_id) == {"a.txt": b"x", "b.bin": b"y" * 20_000_000}
    assert sync("--status", "--tracking-uri", server.url)["files"] == []


def test_an_embedded_store_takes_what_was_logged_offline(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_MODE", "offline")
    with headrace.start_run() as run:
        headrace.log_text("x", "a.txt")
    monkeypatch.delenv("HEADRACE_MODE")
    headrace.flush()
    assert headrace.artifacts.load_text(f"runs:/{run.info.run_id}/a.txt") == "x"


# --- a bad connection ----------------------------------------------------------------------------


def test_a_large_file_needs_no_copy(proxy: TcpProxy, server: Server, tmp_path: Path) -> None:
    contents = [content_of(40 * MEGABYTE), content_of(17 * MEGABYTE)]
    with headrace.start_run() as run:
        headrace.flush()
        for content in contents:
            (tmp_path / "big.bin").write_bytes(content)
            headrace.log_artifact(tmp_path / "big.bin")
            (tmp_path / "big.bin").write_bytes(b"something else")
            assert arrived(server, run.info.run_id) == {"big.bin": content}
            assert not list((journals_folder(proxy.url) / "files").rglob("*.data"))
    assert staged(server) == []


def test_on_a_slow_network_nobody_waits_for_a_large_file(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    content = content_of(120 * MEGABYTE)
    (tmp_path / "big.bin").write_bytes(content)
    with headrace.start_run() as run:
        headrace.flush()
        before = proxy.passed[Direction.REQUEST]
        proxy.delay(0.05)
        headrace.log_artifact(tmp_path / "big.bin")
        (tmp_path / "big.bin").unlink()
        assert proxy.passed[Direction.REQUEST] - before < 120 * MEGABYTE
        assert len(pending(proxy.url)) == 1
        proxy.delay(0)
        headrace.flush()
        assert arrived(server, run.info.run_id) == {"big.bin": content}
    # The parts that had gone before the copy was made did not go once more.
    assert proxy.passed[Direction.REQUEST] - before < 200 * MEGABYTE


def test_a_large_file_that_is_replaced_is_of_one_moment(
    fresh_client: Path, quick: None, tmp_path: Path
) -> None:
    (tmp_path / "big.bin").write_bytes(bytes(100 * MEGABYTE))
    # A server of its own, since it keeps the parts of what was given up.
    with headrace_server(tmp_path / "server") as server, TcpProxy(server.url) as proxy:
        headrace.set_tracking_uri(proxy.url)
        run = headrace.start_run()
        headrace.flush()
        before = proxy.passed[Direction.REQUEST]

        def write_halfway() -> None:
            while proxy.passed[Direction.REQUEST] - before < 20 * MEGABYTE:
                time.sleep(0.001)
            proxy.hold()
            (tmp_path / "new.bin").write_bytes(b"x" * 90 * MEGABYTE)
            (tmp_path / "new.bin").replace(tmp_path / "big.bin")
            proxy.release()

        writer = threading.Thread(target=write_halfway)
        writer.start()
        headrace.log_artifact(tmp_path / "big.bin")
        writer.join()
        headrace.end_run()
        assert set(arrived(server, run.info.run_id)["big.bin"]) == {ord("x")}
        tracking.close_sessions()


def test_a_broken_connection_sends_only_what_is_missing(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    content = content_of(80 * MEGABYTE)
    (tmp_path / "big.bin").write_bytes(content)
    with headrace.start_run() as run:
        headrace.flush()
        proxy.cut_after(70 * MEGABYTE, Direction.REQUEST)
        headrace.log_artifact(tmp_path / "big.bin")
        deadline = time.monotonic() + 60
        while pending(proxy.url) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert proxy.cuts == 1
    assert arrived(server, run.info.run_id) == {"big.bin": content}
    # At most the parts that were in flight went twice.
    assert proxy.passed[Direction.REQUEST] < 150 * MEGABYTE


def test_a_download_goes_on_where_it_broke_off(
    proxy: TcpProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = content_of(40 * MEGABYTE)
    (tmp_path / "big.bin").write_bytes(content)
    with headrace.start_run() as run:
        headrace.log_artifact(tmp_path / "big.bin")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    tracking.close_sessions()
    before = proxy.passed[Direction.ANSWER]
    proxy.cut_after(30 * MEGABYTE, Direction.ANSWER)
    path = headrace.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="big.bin")
    assert Path(path).read_bytes() == content
    assert proxy.cuts == 1
    assert proxy.passed[Direction.ANSWER] - before < 60 * MEGABYTE


def test_broken_connections_cost_no_small_file(
    proxy: TcpProxy, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    tracking.close_sessions()
    files = {f"{number}": os.urandom(10_000) for number in range(1000)}
    with headrace.start_run() as run:
        headrace.flush()
        proxy.cut_after(2 * MEGABYTE, Direction.REQUEST)
        headrace.log_artifacts(folder_of(tmp_path / "source", files))
        deadline = time.monotonic() + 60
        while pending(proxy.url) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert arrived(server, run.info.run_id) == files
    proxy.cut_after(2 * MEGABYTE, Direction.ANSWER)
    back = Path(headrace.artifacts.download_artifacts(run_id=run.info.run_id))
    assert {path.name: path.read_bytes() for path in back.iterdir()} == files
    assert proxy.cuts == 2


def test_a_file_that_rotted_on_the_server_is_not_handed_out(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    with headrace.start_run() as run:
        headrace.log_text("precious", "a.txt")
    (place,) = server.artifact_root.glob(f"*/{run.info.run_id}/artifacts/a.txt")
    status = place.stat()
    place.write_bytes(b"preciouS")
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(HeadraceError) as caught:
        headrace.artifacts.download_artifacts(
            run_id=run.info.run_id, artifact_path="a.txt", dst_path=str(tmp_path / "to")
        )
    assert caught.value.error_code == "DATA_LOSS"
    assert list((tmp_path / "to").iterdir()) == []


# --- processes that die --------------------------------------------------------------------------

_TRAINER = """
import os, sys
import headrace
headrace.set_tracking_uri(sys.argv[1])
headrace.start_run(run_id=sys.argv[2])
for path in sys.argv[3:]:
    headrace.log_artifact(path)
    print("accepted", path, flush=True)
headrace.flush()
print("done", flush=True)
os._exit(0)
"""


def trainer(uri: str, run_id: str, *paths: Path) -> subprocess.Popen[str]:
    environment = clean_environment(
        {
            "PYTHONPATH": str(REPOSITORY / "src"),
            "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"],
            "HEADRACE_SHUTDOWN_TIMEOUT": "60",
        }
    )
    command = [sys.executable, "-c", _TRAINER, uri, run_id, *map(str, paths)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def new_run(server: Server) -> str:
    return headrace.MlflowClient(server.url).create_run("0").info.run_id


def test_a_trainer_is_killed_while_it_uploads(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    run_id = new_run(server)
    paths = [tmp_path / f"{number}.bin" for number in range(3)]
    for path in paths:
        path.write_bytes(content_of(40 * MEGABYTE) + path.name.encode())
    proxy.delay(0.05)  # so slow that copies are made
    with trainer(proxy.url, run_id, *paths) as process:
        assert process.stdout is not None
        for _ in paths:
            assert process.stdout.readline().startswith("accepted")
        process.kill()
    assert pending(proxy.url)
    proxy.delay(0)
    for path in paths:
        path.unlink()

    headrace.flush()  # the next process that logs there
    files = arrived(server, run_id)
    assert {name: content[-5:] for name, content in files.items()} == {
        path.name: path.name.encode() for path in paths
    }
    assert all(content[:-5] == content_of(40 * MEGABYTE) for content in files.values())
    assert pending(proxy.url) == []
    assert staged(server) == []


_FOLDER_TRAINER = """
import os, sys
import headrace
headrace.set_tracking_uri(sys.argv[1])
headrace.start_run(run_id=sys.argv[2])
headrace.log_artifacts(sys.argv[3])
headrace.log_text("newest", "0")
print("accepted", flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_trainer_is_killed_with_files_that_came_together(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    files = {f"{number}": os.urandom(5000) for number in range(2000)}
    run_id = new_run(server)
    proxy.refuse()
    state = {"XDG_STATE_HOME": os.environ["XDG_STATE_HOME"], "HEADRACE_CONTACT_TIMEOUT": "1"}
    finished = subprocess.run(
        [sys.executable, "-c", _FOLDER_TRAINER, proxy.url, run_id, folder_of(tmp_path, files)],
        env=clean_environment({"PYTHONPATH": str(REPOSITORY / "src"), **state}),
        capture_output=True,
        check=False,
        text=True,
    )
    assert (finished.stdout, finished.returncode) == ("accepted\n", -signal.SIGKILL)
    proxy.accept()
    headrace.flush()  # the next process that logs there
    assert arrived(server, run_id) == files | {"0": b"newest"}
    assert pending(proxy.url) == []


def test_a_trainer_is_killed_while_it_takes_a_snapshot(
    fresh_client: Path, quick: None, tmp_path: Path
) -> None:
    path = tmp_path / "huge.bin"
    with path.open("wb") as file:
        file.truncate(512 * MEGABYTE)
    # A server of its own, since it keeps the parts of what was given up.
    with headrace_server(tmp_path / "server") as server, TcpProxy(server.url) as proxy:
        headrace.set_tracking_uri(proxy.url)
        run_id = new_run(server)
        proxy.delay(0.05)  # so slow that a copy is made
        with trainer(proxy.url, run_id, path) as process:
            deadline = time.monotonic() + 30
            while not pending(proxy.url) and time.monotonic() < deadline:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            assert process.stdout is not None
            assert process.stdout.read() == ""
        proxy.delay(0)

        assert len(pending(proxy.url)) == 1
        headrace.flush()
        assert pending(proxy.url) == []
        assert not list(server.artifact_root.glob(f"*/{run_id}/artifacts/huge.bin"))
        tracking.close_sessions()


def test_the_server_is_killed_while_it_takes_a_file(
    fresh_client: Path, quick: None, tmp_path: Path
) -> None:
    content = content_of(100 * MEGABYTE)
    (tmp_path / "big.bin").write_bytes(content)
    with headrace_server(tmp_path / "server") as first, TcpProxy(first.url) as proxy:
        headrace.set_tracking_uri(proxy.url)
        headrace.start_run()
        run_id = headrace.active_run().info.run_id  # type: ignore[union-attr]
        headrace.flush()

        def kill_halfway() -> None:
            deadline = time.monotonic() + 30
            while proxy.passed[Direction.REQUEST] < 50 * MEGABYTE and time.monotonic() < deadline:
                time.sleep(0.002)
            first.process.kill()
            first.process.wait()

        killer = threading.Thread(target=kill_halfway)
        killer.start()
        headrace.log_artifact(tmp_path / "big.bin")
        killer.join()
        assert pending(proxy.url)
        with headrace_server(tmp_path / "server") as second:
            proxy.upstream = ("127.0.0.1", int(second.url.rpartition(":")[2]))
            deadline = time.monotonic() + 60
            while pending(proxy.url) and time.monotonic() < deadline:
                time.sleep(0.05)
            headrace.end_run()
            assert arrived(second, run_id) == {"big.bin": content}
        tracking.close_sessions()


def test_two_processes_at_once_are_harmless(
    proxy: TcpProxy, server: Server, tmp_path: Path
) -> None:
    run_id = new_run(server)
    (tmp_path / "a.bin").write_bytes(content_of(30 * MEGABYTE))
    both = [trainer(proxy.url, run_id, tmp_path / "a.bin") for _ in range(2)]
    for process in both:
        assert "done" in process.communicate(timeout=60)[0]
    assert arrived(server, run_id) == {"a.bin": content_of(30 * MEGABYTE)}
    assert staged(server) == []


# --- memory and room -----------------------------------------------------------------------------


_LARGE = """
import os, pathlib, sys
import headrace
def peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
headrace.set_tracking_uri(sys.argv[1])
with headrace.start_run() as run:
    headrace.log_text("x", "small.txt")
    headrace.flush()
    headrace.artifacts.load_text(f"runs:/{run.info.run_id}/small.txt")
    before = peak()
    headrace.log_artifact(sys.argv[2])
    headrace.flush()
    headrace.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="large.bin")
print(peak() - before)
"""


def test_a_large_file_is_held_in_no_memory(
    server: Server, fresh_client: Path, tmp_path: Path
) -> None:
    with (tmp_path / "large.bin").open("wb") as file:
        for number in range(300):
            file.write(number.to_bytes(8, "big") * (MEGABYTE // 8))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = peak_of(server)
    grown = int(
        run_python(
            "-c",
            _LARGE,
            server.url,
            str(tmp_path / "large.bin"),
            TMPDIR=str(temporary),
            MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true",
        )
    )
    (copy,) = temporary.rglob("large.bin")
    assert copy.stat().st_size == 300 * MEGABYTE
    assert grown < 64
    assert peak_of(server) - before < 64


def peak_of(server: Server) -> int:
    """The most memory that a server has had so far, in megabytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def test_without_room_for_a_snapshot_the_file_goes_at_once(
    proxy: TcpProxy, server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = content_of(8 * MEGABYTE)
    (tmp_path / "a.bin").write_bytes(content)
    run = headrace.start_run()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MEGABYTE, hard))
    try:
        for _ in range(2):
            headrace.log_artifact(tmp_path / "a.bin")
        assert arrived(server, run.info.run_id) == {"a.bin": content}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sum("before their calls return" in one.getMessage() for one in caplog.records) == 1
    assert pending(proxy.url) == []
    headrace.end_run()


def test_a_forked_child_has_files_of_its_own(proxy: TcpProxy, server: Server) -> None:
    with headrace.start_run() as run:
        headrace.log_text("parent", "parent.txt")
        child = os.fork()
        if child == 0:
            headrace.MlflowClient().log_text(run.info.run_id, "child", "child.txt")
            os._exit(0)
        os.waitpid(child, 0)
        headrace.flush()
    assert arrived(server, run.info.run_id) == {"parent.txt": b"parent", "child.txt": b"child"}


def test_a_long_transfer_without_a_terminal_shows_nothing(
    proxy: TcpProxy, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    headrace.start_run()
    headrace.flush()
    proxy.delay(0.02)
    (tmp_path / "a.bin").write_bytes(content_of(10 * MEGABYTE))
    headrace.log_artifact(tmp_path / "a.bin")
    headrace.flush_artifact_async_logging()
    proxy.delay(0)
    assert "Uploading" not in capfd.readouterr().err
    headrace.end_run()


_PATIENT = """
import sys
import headrace
headrace.set_tracking_uri(sys.argv[1])
with headrace.start_run():
    headrace.log_artifact(sys.argv[2])
"""


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_a_terminal_shows_how_far_a_long_transfer_is(
    proxy: TcpProxy, tmp_path: Path, wanted: str
) -> None:
    (tmp_path / "a.bin").write_bytes(content_of(15 * MEGABYTE))
    proxy.delay(0.02)
    ours, its = pty.openpty()
    environment = clean_environment(
        {
            "PYTHONPATH": str(REPOSITORY / "src"),
            "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"],
            "TERM": "xterm",
            "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": wanted,
        }
    )
    command = [sys.executable, "-c", _PATIENT, proxy.url, str(tmp_path / "a.bin")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its, env=environment)
    os.close(its)
    shown = b""
    with contextlib.suppress(OSError):  # what the end of a terminal is to its reader
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    assert process.wait(60) == 0
    assert (b"Uploading artifacts" in shown) is (wanted == "true")


def test_an_error_that_nobody_thought_of_ends_no_thread(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mistakes = [ZeroDivisionError("of a library")] * FILES_AT_A_TIME

    def store_of(owner: Owner) -> LocalArtifactStore:
        if mistakes:
            raise mistakes.pop()
        return LocalArtifactStore(str(tmp_path / "artifacts" / owner.run_id))

    journals = tmp_path / "journals"
    uploader = Uploader(
        "http://server",
        journals,
        lambda files: SnapshotFolder.create(files, Origin.here("http://server")),
        store_of,
    )
    for number in range(FILES_AT_A_TIME):
        uploader.take(Owner(run_id=str(number)), "a.txt", io.BytesIO(b"content"))
    until = time.monotonic() + 20
    while uploader.pending:
        assert time.monotonic() < until
        with contextlib.suppress(HeadraceError):
            uploader.wait(20)
    uploader.close()

    assert len(list((tmp_path / "artifacts").glob("*/a.txt"))) == FILES_AT_A_TIME
    told = [one for one in caplog.records if one.exc_info]
    assert len(told) == FILES_AT_A_TIME
    assert all("will be tried again" in one.getMessage() for one in told)


def test_a_file_that_cannot_be_deleted_ends_no_thread(
    proxy: TcpProxy, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with headrace.start_run() as run:
        headrace.flush()
        proxy.hold()
        headrace.log_text("old", "a.txt")
        until = time.monotonic() + 20
        accepted = proxy.accepted
        while proxy.accepted == accepted:  # it is on its way
            assert time.monotonic() < until
            time.sleep(0.01)
        (about,) = (journals_folder(proxy.url) / "files").glob("*/*1.json")
        about.unlink()
        about.mkdir()  # which no `unlink` deletes
        headrace.log_text("new", "a.txt")
        proxy.refuse()
        proxy.release()
        wait_until_told(caplog, "need not be sent any more cannot be deleted")
        proxy.accept()
        headrace.flush(20)
    about.rmdir()

    assert arrived(server, run.info.run_id) == {"a.txt": b"new"}


def wait_until_told(caplog: pytest.LogCaptureFixture, text: str) -> None:
    until = time.monotonic() + 20
    while text not in caplog.text:
        assert time.monotonic() < until, caplog.text
        time.sleep(0.02)


def test_offline_is_told(
    server: Server,
    fresh_client: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    headrace.set_tracking_uri(uri)
    monkeypatch.setenv("HEADRACE_MODE", "offline")
    with caplog.at_level(logging.WARNING), headrace.start_run():
        headrace.log_text("x", "a.txt")
    assert any("headrace sync" in one.getMessage() for one in caplog.records)
    assert len(pending(uri)) == 1
