"""The differential test can fail: what it compares, what it forgives, and how servers stop."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.compat import differences
from tests.compat.comparison import compare
from tests.compat.exchange import Answer, get, substitute
from tests.compat.normalise import Placeholders
from tests.servers import (
    clean_environment,
    free_port,
    start_process,
    stop_process,
    wait_until_healthy,
)

RUN = "0123456789abcdef0123456789abcdef"


def _answer(body: Any, status: int = 200) -> Answer:
    return Answer(status, "application/json", {}, body)


def _recorded(body: Any, status: int = 200) -> dict[str, Any]:
    return {"status": status, "mime": "application/json", "headers": {}, "body": body}


def _places(recorded: dict[str, Any], answer: Answer, *, exact: bool = False) -> list[str]:
    return [mismatch.place for mismatch in compare(get("x", exact=exact), recorded, answer)]


@pytest.mark.parametrize(
    ("expected", "given", "place"),
    [
        ({"a": 1}, {"a": 2}, "body/a"),
        ({"a": 1}, {"a": 1.0}, "body/a"),
        ({"a": 1}, {"a": True}, "body/a"),
        ({"a": 1}, {"a": "1"}, "body/a"),
        ({"a": 1}, {}, "body/a"),
        ({}, {"a": None}, "body/a"),
        ({"a": []}, {}, "body/a"),
        ({"a": [1, 2]}, {"a": [2, 1]}, "body/a/0"),
        ({"a": [1]}, {"a": [1, 2]}, "body/a"),
        ({"a": {"b": [{"c": 0}]}}, {"a": {"b": [{"c": 1}]}}, "body/a/b/0/c"),
    ],
)
def test_every_kind_of_difference_is_found(expected: Any, given: Any, place: str) -> None:
    assert _places(_recorded(expected), _answer(given))[0] == place


def test_equal_answers_agree_whatever_the_order_of_keys() -> None:
    assert _places(_recorded({"a": 1, "b": [0.5]}), _answer({"b": [0.5], "a": 1})) == []


def test_a_message_counts_only_where_clients_match_on_it() -> None:
    recorded = _recorded({"error_code": "X", "message": "as MLflow says"}, 400)
    other = _answer({"error_code": "X", "message": "our words"}, 400)

    assert _places(recorded, other) == []
    assert _places(recorded, other, exact=True) == ["body/message"]
    assert _places(recorded, _answer({"error_code": "X", "message": ""}, 400)) == ["body/message"]
    assert _places(recorded, _answer({"error_code": "X"}, 400)) == ["body/message"]
    assert _places(recorded, _answer({"error_code": "Y", "message": "m"}, 400)) == [
        "body/error_code"
    ]
    assert "status" in _places(recorded, _answer({"error_code": "X", "message": "m"}, 404))


def test_what_a_server_chooses_becomes_a_placeholder(tmp_path: Path) -> None:
    placeholders = Placeholders("http://127.0.0.1:1", tmp_path, "unique")
    placeholders.name_experiment("17")
    now = int(time.time() * 1000)

    assert placeholders.normalise(
        {
            "experiment_id": "17",
            "value": "17",
            "run_id": RUN,
            "artifact_uri": f"{tmp_path}/17/{RUN}/artifacts",
            "time": now,
            "given": 1_700_000_000_000,
            "run_name": "able-bear-12",
            "next_page_token": "abc",
            "tags": [{"key": "b"}, {"key": "a"}],
            "points": [{"key": "b"}, {"key": "a"}],
            "message": f"No Experiment with id=17 at {now}",
        }
    ) == {
        "experiment_id": "<experiment 1>",
        "value": "17",
        "run_id": "<run 1>",
        "artifact_uri": "<root>/<experiment 1>/<run 1>/artifacts",
        "time": "<now>",
        "given": 1_700_000_000_000,
        "run_name": "<random name>",
        "next_page_token": "<token>",
        "tags": [{"key": "a"}, {"key": "b"}],
        "points": [{"key": "b"}, {"key": "a"}],
        "message": "No Experiment with id=<experiment 1> at <now>",
    }


def test_variables_are_put_in_everywhere() -> None:
    variables = {"run": RUN, "unique": "u"}

    given = {"$run": ["$unique$run", {"a": "x ${run}"}], "n": 5}
    assert substitute(given, variables) == {RUN: [f"u{RUN}", {"a": f"x {RUN}"}], "n": 5}
    assert substitute(b'{"$unique"}', variables) == b'{"u"}'


def test_a_declared_difference_changes_the_expected_answer() -> None:
    declared = differences.Ours("reason", {"body/a/0/b": 2, "body/c": differences.ABSENT})
    recorded = _recorded({"a": [{"b": 1}], "c": 1})

    expected, reasons = differences.expect(recorded, declared)
    assert expected["body"] == {"a": [{"b": 2}]}
    assert reasons == ["reason"]
    assert differences.expect(recorded, None) == (recorded, [])
    with pytest.raises(ValueError, match="reason"):
        differences.expect(_recorded({"a": [{"b": 2}]}), declared)


def test_the_rules_ask_for_refusals_where_mlflow_crashes() -> None:
    crash = {"status": 500, "mime": "text/html", "headers": {}, "body": {"html": True}}

    expected, reasons = differences.expect(crash, None)
    assert expected["status"] == 400
    assert expected["body"]["error_code"] == "INVALID_PARAMETER_VALUE"
    assert len(reasons) == 1


def test_a_server_that_dies_is_reported_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start_process([sys.executable, "-c", "raise SystemExit('no such option')"], log)
    try:
        with pytest.raises(RuntimeError, match="no such option"):
            wait_until_healthy(f"http://127.0.0.1:{free_port()}", process, log, 20)
    finally:
        stop_process(process)


def test_stopping_a_server_stops_what_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    process = start_process([sys.executable, "-c", code], tmp_path / "log")
    deadline = time.monotonic() + 60
    while not pid_file.exists() or not pid_file.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)

    stop_process(process)

    assert _is_gone(int(pid_file.read_text()))


def test_servers_do_not_inherit_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    monkeypatch.setenv("HEADRACE_FSYNC", "always")

    environment = clean_environment({"MLFLOW_RUN_ID": "wanted"})

    assert "MLFLOW_TRACKING_URI" not in environment
    assert "HEADRACE_FSYNC" not in environment
    assert environment["MLFLOW_RUN_ID"] == "wanted"
    assert environment["PATH"] == os.environ["PATH"]


def _is_gone(pid: int) -> bool:
    """Tell whether a process ends within seconds; a zombie that nobody reaps counts as gone."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z":
                time.sleep(0.02)
                continue
        return True
    return False
