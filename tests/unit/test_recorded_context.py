"""Where and how a run ran is recorded without being asked, in the background."""

from __future__ import annotations

import getpass
import importlib.metadata
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import headrace
from headrace.client.background import MAX_WAITING, background
from headrace.client.context import capture
from headrace.entities import SessionContext
from headrace.errors import InvalidParameterValue
from tests.servers import clean_environment
from tests.unit.git_repositories import make_repository, run_git, write_files

TRAINING = b"""
import os, sys
import headrace
with headrace.start_run(run_name="r") as run:
    exec(os.environ.get("BODY", ""))
print(run.info.run_id)
"""
PARTS = ("git", "diff", "command", "python", "packages", "hardware", "seeds")


@pytest.fixture(autouse=True)
def recorded(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("HEADRACE_CONTEXT_EXCLUDE")
    return store_folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A repository with a training script."""
    folder = tmp_path / "work"
    make_repository(folder, {"src/train.py": TRAINING, "lib.py": b"a = 1\n"})
    return folder


def train(
    store: Path, folder: Path, *arguments: str, body: str = "", **variables: str
) -> list[SessionContext]:
    """Run a script in a repository, and return the context of its run."""
    uri = {"MLFLOW_TRACKING_URI": str(store), "BODY": body}
    done = subprocess.run(
        [sys.executable, *(arguments or ("src/train.py",))],
        cwd=folder,
        env=clean_environment({**uri, **variables}),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return context_of(done.stdout.split()[-1])


def context_of(run_id: str) -> list[SessionContext]:
    return headrace.MlflowClient().get_run_context(run_id, PARTS)


def here() -> SessionContext:
    """Return the context of a run of this process."""
    with headrace.start_run() as run:
        pass
    return context_of(run.info.run_id)[0]


# --- the repository ------------------------------------------------------------------------------


def test_the_repository_and_its_uncommitted_changes(recorded: Path, work: Path) -> None:
    run_git(work, "remote", "add", "origin", "https://me:t0ken@example.org/a.git")
    write_files(work, {"lib.py": b"a = 2\n", "src/new.py": b"b = 3\n", "weights": b"\0"})

    [context] = train(recorded, work)

    assert context.git is not None
    assert context.git.commit == run_git(work, "rev-parse", "HEAD")
    assert (context.git.branch, context.git.script) == ("main", "src/train.py")
    assert context.git.remote == "https://example.org/a.git"
    assert context.git.is_dirty is True
    assert context.git.diff_note == "Left out, since they are binary: weights."
    assert context.diff is not None
    run_git(work.parent, "clone", str(work), "clone")
    clone = work.parent / "clone"
    subprocess.run(["git", "apply"], cwd=clone, input=context.diff.encode(), check=True)
    assert (clone / "lib.py").read_text() == "a = 2\n"
    assert (clone / "src/new.py").read_text() == "b = 3\n"


def test_a_repository_without_changes(recorded: Path, work: Path) -> None:
    [context] = train(recorded, work)

    assert context.git is not None
    assert context.git.is_dirty is False
    assert context.diff is None


def test_a_store_in_the_repository_is_no_change_of_it(work: Path) -> None:
    store = work / "my-runs"
    headrace.set_tracking_uri(str(store))
    body = "headrace.log_text('text', 'note.txt'); headrace.flush()"
    train(store, work, body=body)
    [context] = train(store, work, body=body)

    assert context.git is not None
    assert context.git.is_dirty is False


def test_a_script_from_elsewhere_has_the_repository_of_the_folder(
    recorded: Path, work: Path
) -> None:
    [context] = train(recorded, work, "-c", TRAINING.decode())

    assert context.git is not None
    assert context.git.commit == run_git(work, "rev-parse", "HEAD")
    assert context.git.script is None


def test_outside_of_a_repository(recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_bytes(TRAINING)
    [context] = train(recorded, tmp_path, "train.py")

    assert context.git is None
    assert context.diff is None
    assert context.command is not None


@pytest.mark.parametrize("damage", ["HEAD", "index"])
def test_a_broken_repository(damage: str, recorded: Path, work: Path) -> None:
    (work / ".git" / damage).write_bytes(b"\xff\xfe[\0")
    [context] = train(recorded, work)

    assert context.git is not None
    assert context.git.is_dirty is None
    assert context.git.diff_note
    assert context.packages


def test_without_git(recorded: Path, work: Path) -> None:
    [context] = train(recorded, work, PATH=str(work))

    assert context.git is not None
    assert context.git.commit == run_git(work, "rev-parse", "HEAD")
    assert context.git.diff_note is not None
    assert "git is not installed" in context.git.diff_note


def test_the_tags_are_those_of_mlflow(recorded: Path, work: Path) -> None:
    [run] = train_and_find(recorded, work)

    assert run.data.tags["mlflow.source.git.commit"] == run_git(work, "rev-parse", "HEAD")
    assert set(run.data.tags) == {
        *("mlflow.user", "mlflow.source.name", "mlflow.source.type", "mlflow.runName"),
        *("mlflow.source.git.commit", "mlflow.source.git.branch"),
    }
    assert not run.data.params
    assert not run.data.metrics
    assert not headrace.MlflowClient().list_artifacts(run.info.run_id)


def train_and_find(store: Path, work: Path) -> list[headrace.entities.Run]:
    train(store, work)
    return list(headrace.search_runs(output_format="list"))


# --- everything else -----------------------------------------------------------------------------


def test_the_command(recorded: Path, work: Path) -> None:
    arguments = ["--lr", "0.1", "--api-key", "abc", "db=postgresql://me:pw@host/db"]
    [context] = train(recorded, work, "src/train.py", *arguments)

    command = context.command
    assert command is not None
    assert command.entry == "src/train.py"
    assert command.arguments == [
        "--lr",
        "0.1",
        "--api-key",
        "***",
        "db=postgresql://me:***@host/db",
    ]
    assert command.folder == str(work)
    assert command.user == getpass.getuser()
    assert command.host == context.host == socket.gethostname()
    assert command.pid is not None
    assert (command.rank, command.world_size) == (None, None)


def test_a_module_and_its_rank(recorded: Path, work: Path) -> None:
    [context] = train(recorded, work, "-m", "src.train", RANK="3", WORLD_SIZE="4")

    assert context.command is not None
    assert context.command.entry == "-m src.train"
    assert (context.command.rank, context.command.world_size) == (3, 4)


def test_variables_of_the_environment_are_never_recorded(recorded: Path, work: Path) -> None:
    [context] = train(recorded, work, SOME_VARIABLE="some-value-of-it")

    assert "some-value-of-it" not in json.dumps([part.content for part in context.parts])


def test_python_and_the_system() -> None:
    python = here().python

    assert python is not None
    assert python.version == sys.version.split()[0]
    assert python.executable == sys.executable
    assert python.os
    assert python.platform
    assert python.machine


def test_the_packages_are_those_that_pip_lists() -> None:
    packages = here().packages

    expected: dict[str, str] = {}
    for package in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
        expected.setdefault(name, package.version)
    assert packages == expected


def test_packages_of_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "site"
    write_files(
        place,
        {
            "My_Package-1.0.dist-info/METADATA": b"",
            "old-2.1-py3.11.egg-info": b"Name: old\nVersion: 2.1\n",
            "local-3.0+cu118.dist-info/METADATA": b"",
            "here.egg-info/PKG-INFO": b"Name: here\nVersion: 4.0.dev1\n",
            "odd.dist-info/METADATA": b"\xff",
            "numpy-0.0.1.dist-info/METADATA": b"",
            "nothing.txt": b"",
        },
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path / "away"), str(place), *sys.path])

    packages = here().packages

    assert packages is not None
    assert (packages["my-package"], packages["old"], packages["local"]) == (
        "1.0",
        "2.1",
        "3.0+cu118",
    )
    assert packages["here"] == "4.0.dev1"
    assert packages["numpy"] == "0.0.1"  # the first on the path is what is imported
    assert "odd" not in packages


def test_the_hardware() -> None:
    hardware = here().hardware

    assert hardware is not None
    assert hardware.cores == os.cpu_count()
    assert hardware.memory is not None
    assert hardware.memory > 1 << 28


def test_what_the_run_itself_imports_and_seeds(recorded: Path, work: Path) -> None:
    body = "import numpy; numpy.random.seed(4711)"
    [context] = train(recorded, work, body=body, PYTHONHASHSEED="5")

    assert context.seeds == {"hash": "5", "numpy": 4711}
    assert context.hardware is not None
    assert context.hardware.blas


def test_a_seed_that_can_be_told_only_at_the_begin(recorded: Path, work: Path) -> None:
    (work / "src" / "train.py").write_bytes(b"import numpy\nnumpy.random.seed(7)\n" + TRAINING)
    body = "import time; time.sleep(0.5); numpy.random.random()"
    [context] = train(recorded, work, body=body)

    assert context.seeds == {"numpy": 7}


def test_a_generator_that_nobody_seeded(recorded: Path, work: Path) -> None:
    [context] = train(recorded, work, body="import numpy; numpy.random.random()")

    assert context.seeds == {}


class TestTorch:
    """Seeds of PyTorch, as far as its functions are asked: it is too large to be installed here."""

    MODULE = b"""
class cuda:
    is_initialized = staticmethod(lambda: True)
    initial_seed = staticmethod(lambda: 43)
initial_seed = lambda: 42
are_deterministic_algorithms_enabled = lambda: True
"""

    def test_seeds(self, recorded: Path, work: Path) -> None:
        write_files(work, {"src/torch.py": self.MODULE})
        [context] = train(recorded, work, body="import torch")

        assert context.seeds == {"torch": 42, "torch.cuda": 43, "torch.deterministic": "yes"}

    def test_a_module_that_is_something_else(self, recorded: Path, work: Path) -> None:
        write_files(work, {"src/torch.py": b"initial_seed = cuda = None\n"})
        [context] = train(recorded, work, body="import torch")

        assert context.seeds == {}
        assert context.hardware is not None


# --- sessions ------------------------------------------------------------------------------------


def test_each_start_of_a_run_has_its_own() -> None:
    with headrace.start_run() as run:
        pass
    with headrace.start_run(run_id=run.info.run_id):
        pass

    first, second = context_of(run.info.run_id)
    assert first.session != second.session
    assert [part.digest for part in first.parts if part.name == "packages"] == [
        part.digest for part in second.parts if part.name == "packages"
    ]


def test_many_runs_of_one_process_at_once() -> None:
    ids: list[str] = []

    def train_here() -> None:
        with headrace.start_run() as run:
            ids.append(run.info.run_id)

    threads = [threading.Thread(target=train_here) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(ids) == 8
    assert all(context_of(run_id)[0].packages for run_id in ids)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_records_its_own(recorded: Path, work: Path) -> None:
    body = (
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    with headrace.start_run(run_name='child'): pass\n"
        "    os._exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
    )
    [parent] = train(recorded, work, body=body)
    [child] = headrace.search_runs("0", "run_name = 'child'", output_format="list")  # type: ignore[arg-type]

    [context] = context_of(child.info.run_id)
    assert context.command is not None
    assert parent.command is not None
    assert context.command.pid != parent.command.pid
    assert context.git is not None


def test_offline_it_is_in_the_journal(recorded: Path, work: Path) -> None:
    done = subprocess.run(
        [sys.executable, "src/train.py"],
        cwd=work,
        env=clean_environment({"HEADRACE_MODE": "offline", "MLFLOW_TRACKING_URI": str(recorded)}),
        capture_output=True,
        text=True,
        check=True,
    )
    headrace.flush()  # takes what dead processes left

    [context] = context_of(done.stdout.split()[-1])
    assert context.git is not None
    assert context.packages


# --- in the background, and switched off ---------------------------------------------------------


def make_slow_git(tmp_path: Path, seconds: float) -> str:
    """Return a value of PATH by which git takes so long, and then fails."""
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(f"#!/bin/sh\nsleep {seconds}\nexit 1\n")
    slow.chmod(0o755)
    return f"{slow.parent}:{os.environ['PATH']}"


@pytest.fixture
def slow_git(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository here, of which git takes its time to say nothing."""
    monkeypatch.chdir(work)
    monkeypatch.setenv("PATH", make_slow_git(tmp_path, 0.5))


def start_and_end() -> str:
    """Return a run that is over before its context is known, and was not waited for."""
    began = time.monotonic()
    with headrace.start_run() as run:
        pass
    assert time.monotonic() - began < 1
    return run.info.run_id


@pytest.mark.usefixtures("slow_git")
def test_neither_the_begin_nor_the_end_of_a_run_waits_for_it_but_its_reader_does() -> None:
    run_id = start_and_end()
    assert headrace.get_run(run_id).info.status == "FINISHED"

    [context] = context_of(run_id)
    assert context.git is not None
    assert context.git.diff_note is not None
    assert "git fails" in context.git.diff_note


@pytest.mark.usefixtures("slow_git")
def test_flush_waits_for_it(recorded: Path) -> None:
    run_id = start_and_end()
    headrace.flush()

    code = f"import headrace; print(headrace.MlflowClient().get_run_context({run_id!r})[0].git)"
    read = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment({"MLFLOW_TRACKING_URI": str(recorded)}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "git fails" in read.stdout


@pytest.mark.usefixtures("slow_git")
def test_a_run_that_is_deleted_at_once_has_it() -> None:
    run_id = start_and_end()
    headrace.delete_run(run_id)
    headrace.flush()  # raises what was refused

    assert context_of(run_id)[0].git is not None


@pytest.mark.usefixtures("slow_git")
def test_an_experiment_that_is_deleted_at_once_has_it() -> None:
    experiment_id = headrace.create_experiment("e")
    with headrace.start_run(experiment_id=experiment_id) as run:
        pass
    headrace.delete_experiment(experiment_id)
    headrace.flush()

    assert context_of(run.info.run_id)[0].git is not None


def test_who_makes_many_runs_is_not_far_ahead_of_it() -> None:
    for _ in range(100):
        with headrace.start_run() as run:
            pass
        assert len(background._waiting) <= MAX_WAITING

    assert context_of(run.info.run_id)[0].packages


SLEEP = "print('ready', flush=True); import time; time.sleep(60)"


@pytest.mark.parametrize(
    ("rest", "number"),
    [
        ("", None),
        ("1 / 0", None),
        (f"{SLEEP}", signal.SIGTERM),
        (f"{SLEEP}", signal.SIGINT),
        (f"headrace.start_run(); {SLEEP}", signal.SIGTERM),
    ],
)
def test_the_end_of_the_process_waits_for_it(
    rest: str, number: int | None, tmp_path: Path, recorded: Path, work: Path
) -> None:
    variables = {"MLFLOW_TRACKING_URI": str(recorded), "PATH": make_slow_git(tmp_path, 0.5)}
    code = "import headrace\nwith headrace.start_run(run_name='r'): pass\n" + rest
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=work,
        env=clean_environment(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        if number is not None:
            process.send_signal(number)
        process.wait(60)

    [run] = headrace.search_runs(filter_string="run_name = 'r'", output_format="list")  # type: ignore[arg-type]
    [context] = context_of(run.info.run_id)
    assert context.git is not None
    assert context.packages


def test_the_end_of_the_process_waits_no_longer_than_it_may(
    tmp_path: Path, recorded: Path, work: Path
) -> None:
    variables = {
        "MLFLOW_TRACKING_URI": str(recorded),
        "PATH": make_slow_git(tmp_path, 8),
        "HEADRACE_SHUTDOWN_TIMEOUT": "0.5",
    }
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "src/train.py"],
        cwd=work,
        env=clean_environment(variables),
        capture_output=True,
        text=True,
    )
    assert time.monotonic() - began < 6
    assert done.returncode == 0
    assert done.stderr.count("is not whole: it took longer than 0.5 s") == 1

    [context] = context_of(done.stdout.split()[-1])
    assert context.packages
    assert context.git is None


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_the_worker_of_a_pool_waits_for_it_before_its_run_ends(
    method: str, tmp_path: Path, recorded: Path, work: Path
) -> None:
    script = b"""
import multiprocessing, sys
import headrace

def train(number):
    with headrace.start_run(run_name=str(number)) as run:
        pass
    return run.info.run_id

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(train, [1])[0])
        pool.terminate()
"""
    write_files(work, {"src/train.py": script})
    [context] = train(recorded, work, "src/train.py", method, PATH=make_slow_git(tmp_path, 0.5))

    assert context.git is not None
    assert context.packages


def test_the_folder_is_that_in_which_the_run_began(recorded: Path, work: Path) -> None:
    [context] = train(recorded, work, body="os.chdir('/')")

    assert context.command is not None
    assert context.command.folder == str(work)
    assert context.git is not None
    assert context.git.script == "src/train.py"


def test_a_script_that_waits_for_all_its_children(recorded: Path, work: Path) -> None:
    body = (
        "import time\n"
        "until = time.monotonic() + 1\n"
        "while time.monotonic() < until:\n"
        "    try: os.waitpid(-1, os.WNOHANG)\n"
        "    except ChildProcessError: pass\n"
    )
    [context] = train(recorded, work, body=body)

    assert context.git is not None
    assert context.git.is_dirty is False


@pytest.mark.parametrize("part", PARTS)
def test_each_part_can_be_left_out(part: str, recorded: Path, work: Path) -> None:
    write_files(work, {"lib.py": b"a = 2\n"})
    body = "import numpy; numpy.random.seed(1)"
    [context] = train(recorded, work, body=body, HEADRACE_CONTEXT_EXCLUDE=part)

    assert {found.name for found in context.parts} == set(PARTS) - {part}


def test_all_of_it_can_be_left_out(recorded: Path, work: Path) -> None:
    assert train(recorded, work, HEADRACE_CONTEXT_EXCLUDE="all") == []


def test_a_part_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_CONTEXT_EXCLUDE", "diff,stdout")
    allowed = "git, diff, command, python, packages, hardware, seeds, output, or all"

    with pytest.raises(InvalidParameterValue, match=f"names 'stdout': it may name {allowed}"):
        headrace.start_run()
    assert headrace.active_run() is None
    assert not headrace.search_runs(output_format="list")


def test_a_journal_that_takes_nothing_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from headrace.client.journal import frames

    with headrace.start_run() as run:
        monkeypatch.setattr(frames, "MAX_PAYLOAD", 500)
        print("x" * 1_000)
    context_of(run.info.run_id)

    assert capture.__name__ in {record.name for record in caplog.records}
    assert headrace.get_run(run.info.run_id).info.status == "FINISHED"
