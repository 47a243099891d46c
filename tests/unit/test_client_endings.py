"""What becomes of runs whose process is stopped, fails, or is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import headrace
from headrace.entities import Run

pytestmark = pytest.mark.usefixtures("store_folder")

READY = "print('ready', flush=True)\n"
WAIT = READY + "import time; time.sleep(60)\n"


def start(code: str, store: Path, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"import headrace, os, sys\n{code}"],
        env={**os.environ, "MLFLOW_TRACKING_URI": str(store), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def end(process: subprocess.Popen[str]) -> int:
    with process:
        return process.wait(60)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it never comes"
        time.sleep(0.02)


def runs() -> dict[str, Run]:
    found = headrace.search_runs(output_format="list")
    return {run.info.run_name: run for run in found}


def statuses() -> dict[str, str]:
    return {name: run.info.status for name, run in runs().items()}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("pass", "FINISHED", 0),
        ("1 / 0", "FAILED", 1),
        ("sys.exit(0)", "FINISHED", 0),
        ("sys.exit(3)", "FAILED", 3),
        ("raise KeyboardInterrupt", "KILLED", -signal.SIGINT),
    ],
)
@pytest.mark.parametrize("block", [True, False], ids=["with", "without"])
def test_how_the_script_ends_is_how_the_run_ends(
    block: bool, body: str, status: str, code: int, store_folder: Path
) -> None:
    if block:
        script = f"with headrace.start_run(run_name='r'):\n    {body}"
    else:
        script = f"headrace.start_run(run_name='r')\n{body}"
        if body == "sys.exit(3)":
            status = "FINISHED"  # Python tells nobody at exit with which code it ends
    assert end(start(script, store_folder)) == code

    assert statuses() == {"r": status}
    assert runs()["r"].info.end_time is not None


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)],
    ids=["SIGTERM", "SIGINT"],
)
def test_a_signal_kills_all_runs_with_all_that_they_logged(
    number: int, code: int, store_folder: Path
) -> None:
    process = start(
        "headrace.start_run(run_name='outer')\n"
        "headrace.start_run(run_name='inner', nested=True)\n"
        "for step in range(1000): headrace.log_metric('m', float(step), step=step)\n" + WAIT,
        store_folder,
    )
    wait_until_ready(process)
    process.send_signal(number)

    assert end(process) == code
    assert statuses() == {"outer": "KILLED", "inner": "KILLED"}
    inner = runs()["inner"].info.run_id
    assert len(headrace.MlflowClient().get_metric_history(inner, "m")) == 1000


def test_a_signal_in_the_midst_of_logging_loses_nothing(store_folder: Path) -> None:
    process = start(
        "headrace.start_run(run_name='r')\n"
        "file = os.open('steps', os.O_WRONLY | os.O_CREAT)\n"
        + READY
        + "step = 0\n"
        + "while True:\n"
        + "    headrace.log_metric('m', float(step), step=step)\n"
        + "    os.pwrite(file, str(step).encode(), 0)\n"
        + "    step += 1\n",
        store_folder,
    )
    wait_until_ready(process)
    wait_for(lambda: int(Path("steps").read_text() or 0) > 100)
    process.terminate()

    assert end(process) == -signal.SIGTERM
    (run,) = runs().values()
    assert run.info.status == "KILLED"
    steps = [p.step for p in headrace.MlflowClient().get_metric_history(run.info.run_id, "m")]
    ended_at = len(steps)
    logged = int(Path("steps").read_text())
    headrace.flush()  # what was logged after the end, while the process was going down
    steps = [p.step for p in headrace.MlflowClient().get_metric_history(run.info.run_id, "m")]
    assert ended_at > 100
    assert steps == list(range(len(steps)))
    assert len(steps) >= logged


def test_a_signal_ends_the_process_whatever_keeps_its_runs_from_ending(store_folder: Path) -> None:
    script = (
        "headrace.start_run(run_name='r')\n"
        "def fail(self, *args, **fields): raise RuntimeError('broken')\n"
        "headrace.MlflowClient.set_terminated = fail\n"
    )
    process = start(script + WAIT, store_folder)
    wait_until_ready(process)
    process.send_signal(signal.SIGTERM)
    assert end(process) == -signal.SIGTERM


def test_a_handler_of_the_script_is_left_alone(store_folder: Path) -> None:
    process = start(
        "import signal\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
        "with headrace.start_run(run_name='r'):\n"
        "    print('ready', flush=True)\n"
        "    import time; time.sleep(60)\n",
        store_folder,
    )
    wait_until_ready(process)
    process.terminate()

    assert end(process) == 5
    assert statuses() == {"r": "FAILED"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_signal_to_a_forked_child_is_no_matter_of_the_parents_runs(store_folder: Path) -> None:
    process = start(
        "headrace.start_run(run_name='r')\n"
        "import signal, time\n"
        "pid = os.fork()\n"
        "if pid == 0: time.sleep(60)\n"
        "time.sleep(0.2)\n"
        "os.kill(pid, signal.SIGTERM)\n"
        "assert os.waitpid(pid, 0)[1] == signal.SIGTERM\n"
        "print(headrace.get_run(headrace.active_run().info.run_id).info.status, flush=True)\n",
        store_folder,
    )
    assert process.stdout is not None
    assert process.stdout.read() == "RUNNING\n"
    assert end(process) == 0
    assert statuses() == {"r": "FINISHED"}


def test_runs_of_threads_end_with_the_process(store_folder: Path) -> None:
    script = (
        "import threading\n"
        "thread = threading.Thread(target=headrace.start_run, kwargs={'run_name': 'r'})\n"
        "thread.start(); thread.join()\n"
    )
    assert end(start(script, store_folder)) == 0
    assert statuses() == {"r": "FINISHED"}


def test_a_killed_run_is_lost_when_its_heartbeats_have_stopped(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = {"HEADRACE_HEARTBEAT_INTERVAL": "0.1"}
    monkeypatch.setenv("HEADRACE_LOST_TIMEOUT", "1.5")
    process = start("headrace.start_run(run_name='r')\n" + WAIT, store_folder, **quick)
    wait_until_ready(process)
    time.sleep(2)  # longer than what it takes to be lost without heartbeats
    wait_for(lambda: not runs()["r"].info.lost)  # one may be late on a busy machine

    process.kill()
    end(process)
    wait_for(lambda: runs()["r"].info.lost)
    info = runs()["r"].info
    assert (info.status, info.lost) == ("RUNNING", True)

    monkeypatch.setenv("HEADRACE_HEARTBEAT_INTERVAL", "0.1")
    with headrace.start_run(run_id=info.run_id):
        wait_for(lambda: not runs()["r"].info.lost)
    assert (statuses(), runs()["r"].info.lost) == ({"r": "FINISHED"}, False)


def test_runs_without_a_heartbeat_are_never_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_LOST_TIMEOUT", "0.05")
    run = headrace.MlflowClient().create_run("0", run_name="r")
    time.sleep(0.2)

    assert not headrace.get_run(run.info.run_id).info.lost
