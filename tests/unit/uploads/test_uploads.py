"""Artifacts behind a server: snapshots are taken at once, and arrive whole."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

import headrace
from headrace.client import tracking
from headrace.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from tests.servers import Server
from tests.tcp_proxy import TcpProxy
from tests.unit.uploads.transfers import (
    MEGABYTE,
    arrived,
    arrived_if_any,
    content_of,
    folder_of,
    new_run,
    pending,
    staged,
)

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


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="only /proc tells which file a descriptor is of"
)
@pytest.mark.parametrize("fsync", ["always", "interval"])
def test_a_snapshot_is_on_the_disk_if_asked_for(
    fsync: str, proxy: TcpProxy, quick: None, monkeypatch: pytest.MonkeyPatch
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
