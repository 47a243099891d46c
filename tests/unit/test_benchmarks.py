"""The harness of `make bench`: bars, verdicts, process accounting and its HTTP client."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import environments, http1, processes, report
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Outcome, Quantity, Round, all_cases
from benchmarks.environments import Unavailable

TIME = Quantity("time", "s", (Bar("mlflow", at_most=1 / 60), Bar(None, at_most=0.5)))


def make_case(opener: object, quantity: Quantity = TIME) -> Case:
    return Case("c", "a case", ("mlflow", "headrace"), (quantity,), opener, rounds=3)  # type: ignore[arg-type]


@contextlib.contextmanager
def nothing(bench: Bench, contender: str) -> Iterator[Round]:
    yield dict


def test_every_case_declares_a_name_of_its_own_and_known_contenders() -> None:
    names = [case.name for case in all_cases()]

    assert len(names) == len(set(names)) >= 13


def test_a_bar_has_exactly_one_limit() -> None:
    with pytest.raises(ValueError, match="at_most or at_least"):
        Bar("mlflow")
    with pytest.raises(ValueError, match="at_most or at_least"):
        Bar("mlflow", at_most=1, at_least=1)


def test_a_bar_against_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="trackio"):
        make_case(nothing, Quantity("time", "s", (Bar("trackio", at_most=1),)))


@pytest.mark.parametrize(
    ("headrace", "expected"),
    [(0.1, "reached"), (0.11, "MISSED")],
)
def test_verdicts_compare_medians_of_the_rounds(headrace: float, expected: str) -> None:
    figures: dict[str, list[Figures]] = {
        "mlflow": [{"time": 6.0}, {"time": 100.0}, {"time": 1.0}],
        "headrace": [{"time": headrace}, {"time": 0.0}, {"time": 9.0}],
    }
    outcome = Outcome(make_case(nothing), figures, {}, [])

    assert report.verdict(outcome, TIME, TIME.bars[0])[1] == expected


def test_what_is_missing_is_not_measured_and_what_failed_is_missed() -> None:
    figures: dict[str, list[Figures]] = {"mlflow": [{"time": 6.0}], "headrace": [{"time": 0.0}]}
    case = make_case(nothing)
    absent = Outcome(case, figures, {"headrace": "not available: no command"}, [])
    failed = Outcome(case, figures, {"headrace": "failed: WrongAnswer: 3 points"}, [])

    assert [report.verdict(absent, TIME, bar)[1] for bar in TIME.bars] == ["not measured"] * 2
    assert [report.verdict(failed, TIME, bar)[1] for bar in TIME.bars] == ["MISSED"] * 2


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.0000123, "s", "12.3 us"),
        (0.0521, "s", "52.1 ms"),
        (16.94, "s", "16.9 s"),
        (278e6, "B", "278 MB"),
        (37827.4, "/s", "37,827/s"),
        (28.0, "count", "28"),
        (0.0, "s", "0.00 us"),
    ],
)
def test_figures_are_written_for_people(value: float, unit: str, expected: str) -> None:
    assert report.written(value, unit) == expected


def test_rounds_run_in_turn_and_one_contenders_failure_is_its_own() -> None:
    order: list[str] = []

    @contextlib.contextmanager
    def opener(bench: Bench, contender: str) -> Iterator[Round]:
        def measure() -> Figures:
            order.append(contender)
            if contender == "mlflow" and order.count("mlflow") == 2:
                raise http1.Refused("HTTP/1.1 500")
            return {"time": 1.0}

        yield measure

    with Bench() as bench:
        (outcome,) = bench.run([make_case(opener)])

    assert order == ["mlflow", "headrace", "headrace", "mlflow", "headrace"]
    assert outcome.absent == {"mlflow": "failed: Refused: HTTP/1.1 500"}
    assert outcome.values("headrace", TIME) == [1.0, 1.0, 1.0]
    assert outcome.values("mlflow", TIME) == []


def test_a_peer_that_cannot_be_had_is_named_with_the_reason(tmp_path: Path) -> None:
    @contextlib.contextmanager
    def opener(bench: Bench, contender: str) -> Iterator[Round]:
        raise Unavailable("no environment mlflow-3.17")
        yield dict

    with Bench() as bench:
        (outcome,) = bench.run([make_case(opener)])

    run = report.Run([outcome], False, 1.0, report.machine(tmp_path), {})
    assert "headrace: not available: no environment mlflow-3.17" in report.markdown(run)
    assert report.count_verdicts([outcome])["not measured"] == 2


def test_an_environment_with_more_than_its_pins_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(name: str, version: str) -> None:
        info = tmp_path / f"lib/python3.11/site-packages/{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    monkeypatch.setenv("HEADRACE_BENCH_MLFLOW_3_17", str(tmp_path))
    install("mlflow", "3.17.2")
    install("pip", "1.0")

    assert environments.environment("mlflow-3.17") == tmp_path

    install("a_stranger", "2.1.0")

    with pytest.raises(Unavailable, match=r"a-stranger==2\.1\.0 .*HEADRACE_BENCH_MLFLOW_3_17"):
        environments.environment("mlflow-3.17")


@pytest.mark.parametrize(("load", "is_told"), [(1.5, False), (7.5, True)])
def test_a_busy_machine_is_told(tmp_path: Path, load: float, is_told: bool) -> None:
    outcome = Outcome(make_case(nothing), {}, {}, [], load=load)
    machine = {**report.machine(tmp_path), "cores": "2"}

    text = report.markdown(report.Run([outcome], False, 1.0, machine, {}))

    assert ("busy" in text) is is_told


def test_cpu_of_a_tree_counts_children_that_live_and_that_have_ended() -> None:
    burn = "import time\nwhile time.process_time() < 0.15: pass\n"
    code = (
        "import subprocess, sys\n"
        f"subprocess.run([sys.executable, '-c', {burn!r}])\n"
        f"child = subprocess.Popen([sys.executable, '-c', {burn!r} + 'input()'], stdin=-1)\n"
        "print('ready', flush=True)\nsys.stdin.read()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=pipe, stdout=pipe, start_new_session=True
    ) as root:
        assert root.stdout is not None
        root.stdout.readline()
        deadline = time.monotonic() + 60
        while processes.cpu_seconds(root.pid) < 0.3 and time.monotonic() < deadline:
            time.sleep(0.02)
        seconds, held = processes.cpu_seconds(root.pid), processes.memory(root.pid)
        processes.end_tree(root)

    assert 0.3 <= seconds < 3
    assert held.processes == 2
    assert 5e6 < held.pss_bytes <= held.rss_bytes
    assert processes.memory(root.pid).processes == 0


class Answers(BaseHTTPRequestHandler):
    """Answers /plain, /chunked and anything else with 200 in two framings, or 404."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/plain":
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"plain")
        elif self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (b"4\r\nchun\r\n", b"3\r\nked\r\n", b"0\r\n\r\n"):
                self.wfile.write(part)
                self.wfile.flush()
        else:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("framing", ["plain", "chunked"])
def test_an_answer_is_read_whole_in_either_framing(port: int, framing: str) -> None:
    with contextlib.closing(http1.Connection(port)) as connection:
        for _ in range(2):
            answer = connection.exchange(http1.request_bytes(port, "GET", f"/{framing}"))

            assert http1.body_of(answer) == framing.encode()


def test_an_answer_other_than_200_is_never_counted(port: int) -> None:
    def bad(_: int) -> bytes:
        return http1.request_bytes(port, "GET", "/absent")

    with pytest.raises(http1.Refused, match="404"):
        http1.drive_one(port, bad, 0.1)
    with pytest.raises(http1.Refused, match="404"):
        http1.drive_many(port, [bad, bad], 0.1)


def test_many_clients_count_their_own_answers(port: int) -> None:
    asked: list[int] = []

    def good(number: int) -> bytes:
        asked.append(number)
        return http1.request_bytes(port, "GET", "/plain")

    done, elapsed = http1.drive_many(port, [good] * 3, 0.1)

    assert sum(done) == len(asked) >= 3
    assert elapsed >= 0.1
