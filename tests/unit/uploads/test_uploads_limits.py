"""Uploads and what is scarce: memory, room, patience; and errors that nobody thought of."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import headrace
from headrace.artifacts.local import LocalArtifactStore
from headrace.client.journal.header import Origin
from headrace.client.journal.places import journals_folder
from headrace.client.owner import Owner
from headrace.client.uploads.snapshots import SnapshotFolder
from headrace.client.uploads.uploader import FILES_AT_A_TIME, Uploader
from headrace.errors import (
    HeadraceError,
)
from tests.servers import REPOSITORY, Server, clean_environment, free_port
from tests.tcp_proxy import TcpProxy
from tests.unit.uploads.transfers import (
    MEGABYTE,
    arrived,
    content_of,
    pending,
    run_python,
)

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
