"""What a run prints is recorded as it comes, and printing works as without it."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import headrace
from headrace.client.output import collector as collecting
from headrace.client.output import run_output

SCRIPT = "import headrace, os, sys, time\n"


@pytest.fixture(autouse=True)
def recorded(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("HEADRACE_CONTEXT_EXCLUDE")
    return store_folder


def run_script(
    code: str, store: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT + code, *arguments],
        env={**os.environ, "MLFLOW_TRACKING_URI": str(store), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def output_of(run_id: str, stream: str | None = None) -> str:
    chunks = headrace.MlflowClient().get_run_output(run_id, stream=stream)
    return "".join(chunk.text for chunk in chunks)


def output_of_named(name: str, stream: str | None = None) -> str:
    [run] = headrace.search_runs(
        filter_string=f"run_name = '{name}'", output_format="list", search_all_experiments=True
    )
    return output_of(run.info.run_id, stream)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it never comes"
        time.sleep(0.05)


# --- what is recorded ----------------------------------------------------------------------------


def test_all_that_is_printed_before_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    print("before")
    with headrace.start_run() as run:
        print("one")
        print("two", file=sys.stderr)
        sys.stdout.write("three\n")
        sys.stdout.writelines(["four\n", "five"])
    print("after")

    assert output_of(run.info.run_id) == "one\ntwo\nthree\nfour\nfive\n"
    assert output_of(run.info.run_id, "stderr") == "two\n"
    assert capsys.readouterr() == ("before\none\nthree\nfour\nfiveafter\n", "two\n")


def test_it_is_recorded_as_it_comes() -> None:
    with headrace.start_run() as run:
        print("begun")
        wait_for(lambda: output_of(run.info.run_id) == "begun\n")


def test_much_is_handed_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "SECONDS_BETWEEN_LOOKS", 60.0)
    with headrace.start_run() as run:
        for number in range(3_000):
            print(f"{number:06}" * 10)
        wait_for(lambda: "000999" in output_of(run.info.run_id))
    lines = output_of(run.info.run_id).splitlines()
    assert [line[:6] for line in lines] == [f"{number:06}" for number in range(3_000)]


def test_a_handler_of_logging_that_was_there_before() -> None:
    logger = logging.getLogger("a.script")
    handler = logging.StreamHandler()
    logger.addHandler(handler)
    try:
        with headrace.start_run() as run:
            logger.warning("from a handler")
    finally:
        logger.removeHandler(handler)

    assert output_of(run.info.run_id) == "from a handler\n"


@pytest.mark.parametrize("block", [True, False], ids=["with", "without"])
def test_the_exception_that_ends_a_run(block: bool, recorded: Path) -> None:
    body = "raise ValueError('token=abc12345xyz')"
    start = "headrace.start_run(run_name='r')"
    done = run_script(f"with {start}:\n    {body}" if block else f"{start}\n{body}", recorded)

    seen = output_of_named("r", "stderr")
    assert seen.startswith("Traceback (most recent call last):\n")
    assert seen.endswith("ValueError: token=***\n")
    assert done.stderr.count("Traceback") == 1


def test_sys_exit_is_no_exception_to_record() -> None:
    with pytest.raises(SystemExit), headrace.start_run() as run:
        sys.exit(3)

    assert output_of(run.info.run_id) == ""


def test_a_run_that_is_terminated(recorded: Path) -> None:
    code = "headrace.start_run(run_name='r')\nprint('ready', flush=True)\ntime.sleep(60)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT + code],
        env={**os.environ, "MLFLOW_TRACKING_URI": str(recorded)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)

    assert output_of_named("r") == "ready\n"


def test_progress_bars_secrets_and_colours() -> None:
    with headrace.start_run() as run:
        for percent in range(101):
            sys.stderr.write(f"\r{percent:3}%")
        sys.stderr.write("\n\x1b[32mapi_key")
        sys.stderr.write("=secret")
        sys.stderr.write("value\x1b[0m\n")
        print("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nend")

    assert output_of(run.info.run_id) == "100%\napi_key=***\n***\n***\n***\nend\n"


def test_secrets_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "0123456789abcdef0123456789abcdef01234567")
    with headrace.start_run() as run:
        print("0123456789abcdef0123456789abcdef01234567!")

    assert output_of(run.info.run_id) == "***!\n"


def test_texts_that_no_store_takes() -> None:
    with headrace.start_run() as run:
        print("\x00nul \ud800 half", file=CarelessStream.install())

    assert output_of(run.info.run_id) == ""  # that stream is not one of the process
    with contextlib.redirect_stdout(CarelessStream()), headrace.start_run() as run:
        print("\x00nul \ud800 half")
    assert output_of(run.info.run_id) == "nul \\ud800 half\n"


class CarelessStream(io.StringIO):
    @classmethod
    def install(cls) -> CarelessStream:
        return cls()


# --- whose it is ---------------------------------------------------------------------------------


def test_nested_runs_have_what_is_printed_in_them() -> None:
    with headrace.start_run() as outer:
        print("outer 1")
        with headrace.start_run(nested=True) as inner:
            print("inner")
        print("outer 2")

    assert output_of(outer.info.run_id) == "outer 1\nouter 2\n"
    assert output_of(inner.info.run_id) == "inner\n"


def test_threads_print_for_their_own_run_or_else_for_the_last_one() -> None:
    ids: dict[str, str] = {}
    both = threading.Barrier(2)

    def train(name: str) -> None:
        with headrace.start_run() as run:
            ids[name] = run.info.run_id
            both.wait(20)
            for number in range(50):
                print(f"{name} {number}")
            both.wait(20)

    threads = [threading.Thread(target=train, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with headrace.start_run() as run:
        loader = threading.Thread(target=print, args=("from a loader",))
        loader.start()
        loader.join()

    for name, run_id in ids.items():
        # The end of a line is a write of its own, and each has its thread's run.
        assert output_of(run_id).split("\n")[:-1] == [f"{name} {number}" for number in range(50)]
    assert output_of(run.info.run_id) == "from a loader\n"


def test_a_resumed_run_goes_on() -> None:
    with headrace.start_run() as run:
        print("first")
    with headrace.start_run(run_id=run.info.run_id):
        print("second")

    chunks = list(headrace.MlflowClient().get_run_output(run.info.run_id))
    assert [chunk.text for chunk in chunks] == ["first\n", "second\n"]
    assert chunks[0].session != chunks[1].session


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_prints_for_its_own_runs_alone(recorded: Path) -> None:
    done = run_script(
        "headrace.start_run(run_name='parent')\n"
        "print('before')\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    print('of nobody')\n"
        "    with headrace.start_run(run_name='child'):\n"
        "        print('of the child')\n"
        "    sys.stdout.flush()\n"
        "    os._exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
        "print('after')\n",
        recorded,
    )
    assert done.returncode == 0, done.stderr
    assert output_of_named("parent") == "before\nafter\n"
    assert output_of_named("child") == "of the child\n"
    assert done.stdout.count("of nobody") == 1


# --- printing goes on ----------------------------------------------------------------------------


def test_the_streams_are_the_same_during_and_after_a_run() -> None:
    before = sys.stdout, sys.stderr, sys.stdout.write, sys.stdout.isatty()
    with headrace.start_run():
        assert (sys.stdout, sys.stderr) == before[:2]
        assert sys.stdout.isatty() == before[3]
        assert sys.stdout.write("") == 0

    assert (sys.stdout, sys.stderr, sys.stdout.write, sys.stdout.isatty()) == before
    assert "write" not in vars(sys.stdout)


def test_whoever_changes_the_stream_meanwhile_keeps_it() -> None:
    seen: list[str] = []
    with headrace.start_run() as run:
        ours = sys.stdout.write

        def write(text: str) -> int:
            seen.append(text)
            return ours(text)

        sys.stdout.write = write  # type: ignore[method-assign]
        print("in")
    assert sys.stdout.write is write
    with headrace.start_run() as second:
        print("again")
    del sys.stdout.write

    assert seen == ["in", "\n", "again", "\n"]
    assert output_of(run.info.run_id) == "in\n"
    assert output_of(second.info.run_id) == "again\n"


def test_redirected_output_is_not_the_runs() -> None:
    with headrace.start_run() as run, contextlib.redirect_stdout(io.StringIO()) as elsewhere:
        print("elsewhere")

    assert elsewhere.getvalue() == "elsewhere\n"
    assert output_of(run.info.run_id) == ""


class Sealed:
    """A stream that nobody can change."""

    __slots__ = ("texts",)

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> None:
        self.texts.append(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize("stream", [None, Sealed()], ids=["none", "sealed"])
def test_streams_that_cannot_be_listened_to(
    stream: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", stream)
    with headrace.start_run() as run:
        print("text")
        print("heard", file=sys.stderr)

    assert output_of(run.info.run_id) == "heard\n"


def test_one_stream_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    with headrace.start_run() as run:
        print("once", file=sys.stderr)

    assert output_of(run.info.run_id) == "once\n"


def test_a_stream_that_fails_fails_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError("gone")

    monkeypatch.setattr(sys, "stdout", Broken())
    with headrace.start_run() as run, pytest.raises(BrokenPipeError, match="gone"):
        print("text")

    assert output_of(run.info.run_id) == ""


def test_a_signal_handler_prints_in_the_midst_of_printing(recorded: Path) -> None:
    done = run_script(
        "import signal\n"
        "signal.signal(signal.SIGALRM, lambda *_: sys.stderr.write('tick\\n'))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
        "with headrace.start_run(run_name='r'):\n"
        "    for number in range(20000): print(number)\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0)\n",
        recorded,
    )
    assert done.returncode == 0, done.stderr
    assert output_of_named("r", "stdout").split() == [str(number) for number in range(20_000)]
    assert output_of_named("r", "stderr").count("tick") > 3


def test_more_than_a_run_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_output, "MAX_OUTPUT_SIZE", 10_000)
    with headrace.start_run() as run:
        for size in (6_001, 12_002, 12_002):
            print("x" * 6_000)
            wait_for(lambda size=size: len(output_of(run.info.run_id)) == size)

    assert len(output_of(run.info.run_id)) == 12_002


def test_more_than_can_be_worked_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MAX_WAITING", 50_000)
    monkeypatch.setattr(collecting, "SECONDS_BETWEEN_LOOKS", 60.0)
    with headrace.start_run() as run:
        for _ in range(100):
            print("x" * 999)
        print("the end")

    seen = output_of(run.info.run_id)
    assert 50_000 < len(seen) < 55_000
    assert seen.endswith("some of it is missing.]\n")


def test_more_than_a_record_of_a_journal_holds() -> None:
    with headrace.start_run() as run:
        print("\u00fc" * 900_000)

    assert output_of(run.info.run_id) == "\u00fc" * 900_000 + "\n"


def test_streams_that_take_turns() -> None:
    with headrace.start_run() as run:
        for number in range(500):
            print(f"out {number}")
            print(f"err {number}", file=sys.stderr)

    assert output_of(run.info.run_id, "stdout").split() == [
        word for number in range(500) for word in ("out", str(number))
    ]
    assert len(list(headrace.MlflowClient().get_run_output(run.info.run_id))) < 200


# --- switched off --------------------------------------------------------------------------------


@pytest.mark.parametrize("excluded", ["output", "diff, output", "all"])
def test_switched_off(excluded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_CONTEXT_EXCLUDE", excluded)
    with headrace.start_run() as run:
        print("text")
        assert "write" not in vars(sys.stdout)

    assert output_of(run.info.run_id) == ""


def test_offline_it_is_in_the_journal(recorded: Path) -> None:
    done = run_script(
        "with headrace.start_run(run_name='r'): print('offline')\n",
        recorded,
        HEADRACE_MODE="offline",
    )
    assert done.returncode == 0, done.stderr
    headrace.flush()  # takes what dead processes left

    assert output_of_named("r") == "offline\n"
