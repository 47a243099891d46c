"""``headrace runs logs`` and ``headrace runs context``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from headrace.api import tracking as api
from headrace.cli.root import cli
from headrace.client.http import HttpTransport
from headrace.connection import Server
from headrace.entities import Command, GitState, Gpu, Hardware, PythonState
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.stores.uri import open_tracking_store
from headrace.testing.stores.context import SESSION, context, output
from headrace.testing.stores.journals import ensure, new_id, send
from headrace.testing.stores.make import make_run
from tests.servers import clean_environment, headrace_server
from tests.tcp_proxy import TcpProxy

DIFF = """\
diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1 +1 @@
-print("alt")
+print("größer")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Iterator[SqlTrackingStore]:
    store = open_tracking_store()
    yield store
    store.close()


def headrace(*arguments: str, code: int = 0) -> Result:
    """Run a command line; it must end with this exit code."""
    result = CliRunner().invoke(cli, ["runs", *arguments])
    assert result.exit_code == code, result.output
    return result


# --- logs ----------------------------------------------------------------------------------------


def make_printed(store: Any, **fields: Any) -> str:
    run_id = make_run(store, **fields)
    send(
        store,
        new_id(),
        1,
        output(run_id, "epoch 1\nepoch "),
        output(run_id, "\x1b[31mwärning\x1b[0m\n", "stderr"),
        output(run_id, "2\n"),
    )
    return run_id


def test_each_stream_goes_to_ours(store: SqlTrackingStore) -> None:
    run_id = make_printed(store)

    done = headrace("logs", run_id)
    assert (done.stdout, done.stderr) == ("epoch 1\nepoch 2\n", "\x1b[31mwärning\x1b[0m\n")
    assert headrace("logs", run_id[:9], "--stream", "stderr").stdout == ""
    assert headrace("logs", run_id, "--tail", "1").stdout == "2\n"
    assert headrace("logs", run_id, "--session", SESSION, "--stream", "stdout").stdout == (
        "epoch 1\nepoch 2\n"
    )


def test_nothing_was_printed(store: SqlTrackingStore) -> None:
    run_id = make_run(store)

    done = headrace("logs", run_id)

    assert (done.stdout, "Nothing" in done.stderr) == ("", True)
    assert headrace("logs", run_id, "--tail", "0").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["logs", "nobody"], 1, ["nobody"]),
        (["logs", ""], 1, ["empty"]),
        (["logs", "RUN", "--stream", "stdin"], 2, ["stdout", "stderr"]),
        (["logs", "RUN", "--tail", "-1"], 2, ["--tail"]),
        (["logs", "RUN", "--session", "x"], 1, ["session", "32"]),
        (["context", "nobody"], 1, ["nobody"]),
        (["context", "RUN", "--part", "code"], 2, ["git", "diff"]),
        (["context", "RUN", "--part", "diff"], 1, ["'diff'", "not recorded"]),
    ],
)
def test_bad_input(
    store: SqlTrackingStore, arguments: list[str], code: int, words: list[str]
) -> None:
    run_id = make_run(store)

    done = headrace(*(run_id if one == "RUN" else one for one in arguments), code=code)

    for word in words:
        assert word in done.stderr


def test_following_over_a_restart_of_the_server(folder: Path) -> None:
    run_id, journal = new_id(), new_id()
    database = f"sqlite:///{folder}/server.db"
    with headrace_server(folder / "first", backend_store_uri=database) as server:
        network = TcpProxy(server.url)
        with serving(server.url) as remote:
            send(remote, journal, 1, ensure(run_id), output(run_id, "before\n"))
        command = [sys.executable, "-m", "headrace.cli", "runs", "logs", "-f", run_id]
        following = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment({"MLFLOW_TRACKING_URI": network.url}),
        )
        assert following.stdout is not None
        assert following.stdout.readline() == "before\n"
    try:
        network.refuse()
        time.sleep(1.5)  # it asks, and nobody is there
        with headrace_server(folder / "second", backend_store_uri=database) as server:
            with serving(server.url) as remote:
                send(remote, journal, 3, output(run_id, "after\n"))
                remote.update_run(api.UpdateRun(run_id=run_id, status="FINISHED"))
            host, _, port = server.url.removeprefix("http://").partition(":")
            network.upstream = (host, int(port))
            network.accept()
            rest, errors = following.communicate(timeout=60)
    finally:
        following.kill()
        network.close()

    assert (rest, following.returncode) == ("after\n", 0), errors


@contextmanager
def serving(url: str) -> Iterator[RemoteTrackingStore]:
    """Open the store of a server."""
    remote = RemoteTrackingStore(HttpTransport(Server(url)))
    yield remote
    remote.close()


# --- context -------------------------------------------------------------------------------------


def make_context(store: Any) -> str:
    run_id = make_run(store)
    git = GitState("c0ffee", "main", "https://git/x", "src/train.py", is_dirty=True)
    gpus = [Gpu("H100", 80_000_000_000, "550.1")] * 2
    entry = context(
        run_id,
        git=git,
        diff=DIFF,
        command=Command("src/train.py", ["--name", "a b"], "/home/ada", "ada", "node-3", 71, 0, 4),
        python=PythonState("3.11.9", "CPython", "/usr/bin/python", "Debian 12", machine="x86_64"),
        packages={"numpy": "2.1", "torch": "2.5"},
        hardware=Hardware("EPYC", 64, 16, 256_000_000_000, gpus, "12.4", "OpenBLAS 0.3"),
        seeds={"numpy": 3, "python": "random"},
    )
    send(store, new_id(), 1, entry)
    return run_id


def test_a_context_for_people(store: SqlTrackingStore) -> None:
    shown = headrace("context", make_context(store)).stdout

    facts = dict(re.split(r"  +", line, maxsplit=1) for line in shown.splitlines())
    assert facts.pop("Session").startswith(f"{SESSION}, ")
    assert facts == {
        "Command": "src/train.py --name 'a b'",
        "Folder": "/home/ada",
        "User": "ada",
        "Process": "71",
        "Rank": "0 of 4",
        "Commit": "c0ffee (main, with uncommitted changes)",
        "Remote": "https://git/x",
        "Script": "src/train.py",
        "Diff": f"{len(DIFF.encode())} B: see --part diff",
        "Python": "CPython 3.11.9",
        "Executable": "/usr/bin/python",
        "System": "Debian 12, x86_64",
        "Packages": "2 packages: see --part packages",
        "CPU": "EPYC, 16 of 64 cores",
        "Memory": "256.0 GB",
        "GPU": "2 x H100, 80.0 GB, driver 550.1",
        "CUDA": "12.4",
        "BLAS": "OpenBLAS 0.3",
        "Seeds": "numpy 3, python random",
    }


def test_a_diff_can_be_applied(store: SqlTrackingStore, folder: Path) -> None:
    run_id = make_context(store)
    (folder / "train.py").write_text('print("alt")\n')

    raw = headrace("context", run_id, "--part", "diff").stdout_bytes

    subprocess.run(["git", "apply"], input=raw, check=True, cwd=folder)
    assert (folder / "train.py").read_text(encoding="utf-8") == 'print("größer")\n'


def test_a_context_for_programs(store: SqlTrackingStore) -> None:
    run_id = make_context(store)
    send(store, new_id(), 1, context(run_id, python='{"version":"3.14","jit":true}'))

    [session] = json.loads(headrace("context", run_id, "--json").stdout)

    assert (session["session"], session["host"]) == (SESSION, "node-3")
    assert (session["python"], session["diff"]) == ({"version": "3.14", "jit": True}, DIFF)
    assert json.loads(headrace("context", run_id, "--part", "packages").stdout) == {
        "numpy": "2.1",
        "torch": "2.5",
    }


def test_several_sessions(store: SqlTrackingStore) -> None:
    run_id, later = make_context(store), "f" * 32
    git = GitState("c0ffee", "main", diff_note="It is too large.")
    send(store, new_id(), 1, context(run_id, later, git=git, packages={"numpy": "2.1", "a": "1"}))

    _, second = headrace("context", run_id).stdout.split("\n\n")
    assert [line.split("  ")[0] for line in second.splitlines()] == ["Session", "Commit", "No diff"]
    assert later in second
    first = headrace("context", run_id, "--part", "git")
    assert json.loads(first.stdout)["commit"] == "c0ffee"
    assert "--session" in first.stderr
    own = headrace("context", run_id, "--part", "git", "--session", later)
    assert json.loads(own.stdout)["diff_note"] == "It is too large."
    assert own.stderr == ""


def test_no_context(store: SqlTrackingStore) -> None:
    run_id = make_run(store)

    assert "No context" in headrace("context", run_id).stderr
    assert json.loads(headrace("context", run_id, "--json").stdout) == []
