"""Uploads to a server that is away or hard to reach: training goes on, and nothing goes twice."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import headrace
from headrace.artifacts import hasty
from headrace.client import tracking
from headrace.client.journal.places import journals_folder
from headrace.errors import (
    HeadraceError,
    TemporarilyUnavailable,
)
from tests.servers import Server, headrace_server
from tests.tcp_proxy import Direction, TcpProxy
from tests.unit.uploads.transfers import (
    MEGABYTE,
    arrived,
    content_of,
    folder_of,
    pending,
    run_python,
    staged,
)

# --- while the server is away --------------------------------------------------------------------


def test_training_goes_on_without_the_server(
    proxy: TcpProxy, quick: None, server: Server, caplog: pytest.LogCaptureFixture
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


def test_a_silent_server_is_not_waited_for(proxy: TcpProxy, quick: None) -> None:
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


def test_a_large_file_needs_no_copy(
    proxy: TcpProxy, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hasty, "_SECONDS_ON_TOP", 60.0)  # a busy machine is no slow network
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
