"""Uploads of processes that die: what was accepted arrives whole all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import headrace
from headrace.client import tracking
from tests.servers import REPOSITORY, Server, clean_environment, headrace_server
from tests.tcp_proxy import Direction, TcpProxy
from tests.unit.uploads.transfers import (
    MEGABYTE,
    arrived,
    content_of,
    folder_of,
    new_run,
    pending,
    staged,
)

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
