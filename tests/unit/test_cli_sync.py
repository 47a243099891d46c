"""``headrace sync``: offline runs and journals of every fate, brought to real stores."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from headrace.api import tracking as api
from headrace.api.journals import EnsureRun, JournalEntry
from headrace.cli.journal_places import places_in
from headrace.cli.root import cli
from headrace.client.journal.header import Origin
from headrace.client.journal.journal import Journal
from headrace.client.journal.places import journals_folder
from headrace.client.tracking import close_sessions, get_store
from headrace.stores.uri import open_tracking_store
from tests.servers import REPOSITORY, clean_environment, free_port, headrace_server
from tests.tcp_proxy import TcpProxy

TRAINING = """
import sys
import headrace
headrace.set_experiment("wine")
for number in range(int(sys.argv[1])):
    with headrace.start_run(run_name=f"run {number}") as run:
        headrace.log_param("number", number)
        for step in range(100):
            headrace.log_metric("loss", step / 2, step=step)
    print(run.info.run_id)
"""
# Of a run above: its begin, a param, its points, its end.
RECORDS = 103

RUN = "0123456789abcdef0123456789abcdef"
OTHER_RUN = "f" * 32


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEADRACE_REQUIRE", raising=False)
    monkeypatch.setenv("HEADRACE_JOURNAL_DIR", str(tmp_path / "journals"))
    yield tmp_path
    close_sessions()


def headrace(*arguments: str, code: int = 0, **options: Any) -> Result:
    """Run a command line; it must end with this exit code."""
    result = CliRunner().invoke(cli, arguments, **options)
    assert result.exit_code == code, result.output
    return result


def sync(*arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """Run the command; return what it says of each store."""
    answer = json.loads(headrace("sync", *arguments, "--json", code=code).stdout)
    assert not answer["interrupted"]
    stores: list[dict[str, Any]] = answer["stores"]
    return stores


def status(*arguments: str) -> list[dict[str, Any]]:
    journals: list[dict[str, Any]] = json.loads(
        headrace("sync", "--status", *arguments, "--json").stdout
    )["journals"]
    return journals


def train_offline(uri: str, runs: int = 1, script: str = TRAINING) -> list[str]:
    """Run a training script that reaches no store; return the ids of its runs."""
    variables = {
        name: value for name, value in os.environ.items() if name == "HEADRACE_JOURNAL_DIR"
    }
    done = subprocess.run(
        [sys.executable, "-c", script, str(runs)],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(
            {
                **variables,
                "HEADRACE_MODE": "offline",
                "HEADRACE_CONTEXT_EXCLUDE": "all",  # its records would not be counted for sure
                "MLFLOW_TRACKING_URI": uri,
            }
        ),
    )
    return [line for line in done.stdout.splitlines() if len(line) == 32]


def steps(uri: str, run_id: str, key: str = "loss") -> list[int]:
    request = api.GetMetricHistory(run_id=run_id, metric_key=key, max_results=25_000)
    return [point.step for point in get_store(uri).get_metric_history(request).metrics]


def make_journal(folder: Path, uri: str, run_id: str, *, begins: bool = True) -> Journal:
    """Return an open journal of this process, in which a run begins."""
    journal = Journal.create(folder, Origin.here(uri))
    if begins:
        begin = EnsureRun(run_id=run_id, experiment_id="0", run_name="made", start_time=1)
        journal.append(JournalEntry(ensure_run=begin))
    return journal


def log_points(journal: Journal, run_id: str, count: int, first: int = 0) -> None:
    series = journal.series(run_id, "loss")
    for step in range(first, first + count):
        journal.append_point(series, step, 1000 + step, step / 2)


def make_dead_journal(
    folder: Path, uri: str, run_id: str = RUN, *, points: int = 5, **fields: Any
) -> Path:
    """Return a journal of a process that died, with fields of its header changed."""
    journal = make_journal(folder, uri, run_id)
    log_points(journal, run_id, points)
    journal.close()
    disown(journal)
    change_header(journal.folder, **fields)
    return journal.folder


def dead_journal(tmp_path: Path, *, points: int = 5, **fields: Any) -> Path:
    """Return such a journal of the embedded store ``there``, which is made."""
    uri = str(tmp_path / "there")
    open_tracking_store(uri).close()
    return make_dead_journal(tmp_path / "there" / "journals", uri, points=points, **fields)


def change_header(folder: Path, **fields: Any) -> None:
    """Change what a journal says of itself: fields of the header, or of its origin."""
    path = folder / "header.json"
    header = json.loads(path.read_text())
    for name, value in fields.items():
        (header if name in header else header["origin"])[name] = value
    path.write_text(json.dumps(header))


# --- to a store on this machine ------------------------------------------------------------------


def test_offline_runs_arrive_and_a_second_sync_finds_nothing(tmp_path: Path) -> None:
    runs = train_offline("", runs=2)

    [waiting] = status()
    assert waiting["records"] == 2 * RECORDS
    assert waiting["owner"] == "dead"
    assert [(run["run_id"], run["name"], run["records"]) for run in waiting["runs"]] == [
        (runs[0], "run 0", RECORDS),
        (runs[1], "run 1", RECORDS),
    ]
    text = headrace("sync", "--status").stdout
    assert f"{2 * RECORDS} records wait" in text
    assert all(run in text for run in runs)

    assert headrace("sync").stdout.split()[-4:] == ["2", str(2 * RECORDS), "0", "0"]
    uri = str(tmp_path / ".headrace")
    for run in runs:
        assert steps(uri, run) == list(range(100))
        info = get_store(uri).get_run(api.GetRun(run_id=run)).run.info
        assert info.status == "FINISHED"

    assert headrace("sync").stdout == f"Nothing waits for {(tmp_path / '.headrace').as_uri()}.\n"
    assert status() == []
    assert headrace("sync", "--status").stdout == "Nothing waits.\n"
    assert steps(uri, runs[0]) == list(range(100))


@pytest.mark.parametrize("way", ["store", "journals", "journal", "file"])
def test_journals_are_named_by_folder(way: str, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/x.db" if way == "file" else str(tmp_path / "there")
    [run] = train_offline(uri)
    beside = tmp_path / ("x.db-journals" if way == "file" else "there/journals")
    [journal] = [place for place in beside.iterdir() if len(place.name) == 32]

    place = {"store": tmp_path / "there", "journal": journal}.get(way, beside)
    [shipment] = sync(str(place))
    assert (shipment["runs"], shipment["records"]) == ([run], RECORDS)
    assert steps(uri, run) == list(range(100))
    assert not journal.exists()


def test_journals_go_to_the_store_that_they_were_moved_with(tmp_path: Path) -> None:
    [run] = train_offline(str(tmp_path / "before"))
    (tmp_path / "before").rename(tmp_path / "after")

    for place in (tmp_path / "after" / "journals", tmp_path / "after"):
        [*shipments] = sync(str(place))
        assert all(one["store"] == (tmp_path / "after").as_uri() for one in shipments)
    assert steps(str(tmp_path / "after"), run) == list(range(100))
    assert not (tmp_path / "before").exists()


def test_files_are_left_where_their_store_is_away(tmp_path: Path) -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    script = TRAINING.replace("    print", "        headrace.log_text('x', 'a.txt')\n    print")
    train_offline(uri, script=script)
    [shipment] = sync("--tracking-uri", uri, code=1)
    assert (len(shipment["left"]), shipment["files"]["left"]) == (1, 1)

    for journal in journals_folder(uri).iterdir():  # as if only the files had not been sent
        if len(journal.name) == 32:
            shutil.rmtree(journal)
    [shipment] = sync("--tracking-uri", uri, code=1)
    assert (shipment["complete"], shipment["left"]) == (False, [])
    assert shipment["files"]["left"] == 1
    assert "cannot be reached" in shipment["files"]["failure"]
    said = headrace("sync", "--tracking-uri", uri, code=1).stdout
    assert "1 left" in said


def test_several_syncs_at_once_share_the_work(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    open_tracking_store(uri).close()
    runs = [f"{number:032x}" for number in range(1, 9)]
    for run in runs:
        make_dead_journal(tmp_path / "there" / "journals", uri, run, points=2000)

    syncs = [start_sync(uri) for _ in range(3)]
    sent = 0
    for process in syncs:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, output + errors
        sent += sum(one["records"] for one in json.loads(output)["stores"])
    assert sent == 8 * 2001
    assert status("--tracking-uri", uri) == []
    for run in runs:
        assert steps(uri, run) == list(range(2000))


def start_sync(uri: str, *arguments: str) -> subprocess.Popen[str]:
    variables = {
        name: value for name, value in os.environ.items() if name == "HEADRACE_JOURNAL_DIR"
    }
    return subprocess.Popen(
        [sys.executable, "-m", "headrace.cli", "sync", *arguments, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(
            {**variables, "MLFLOW_TRACKING_URI": uri, "PYTHONPATH": str(REPOSITORY / "src")}
        ),
    )


def test_ctrl_c_leaves_all_to_the_next_sync(tmp_path: Path) -> None:
    with headrace_server(tmp_path / "server") as server, TcpProxy(server.url) as proxy:
        store = get_store(server.url)
        journal = make_journal(journals_folder(proxy.url), proxy.url, RUN)
        series = [journal.series(RUN, f"m{number}") for number in range(100)]
        count = 4_000
        for step in range(count):
            journal.append_points(step, step, series, [float(step)] * 100)
        journal.close()
        disown(journal)

        proxy.delay(0.1)  # so that it is not through before it is stopped
        process = start_sync(proxy.url)
        wait_until(lambda: is_there(store, RUN))
        process.send_signal(signal.SIGINT)
        output, message = process.communicate(timeout=60)
        assert process.returncode == 130, output + message
        assert "Nothing is lost" in message
        answer = json.loads(output)
        assert answer["interrupted"]
        [first] = answer["stores"]
        assert not first["complete"]

        proxy.delay(0)
        [second] = sync("--tracking-uri", proxy.url)
        assert second["complete"]
        # The answer to one batch, of 10,000 points, may not have been waited for.
        assert count - 100 <= first["records"] + second["records"] <= count + 1
        assert steps(server.url, RUN, "m7") == list(range(count))
        close_sessions()


def disown(journal: Journal) -> None:
    """Have a closed journal of this process look like one of a process that died."""
    change_header(journal.folder, pid=2**22 + 1, pid_start=1)


def is_there(store: Any, run_id: str) -> bool:
    request = api.SearchRuns(experiment_ids=["0"], filter="metrics.m7 >= 0")
    return any(run.info.run_id == run_id for run in store.search_runs(request).runs)


def wait_until(happens: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.005)


# --- to a server ---------------------------------------------------------------------------------


def test_a_server_that_was_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    train_offline(away)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", away)

    said = headrace("sync", code=1).stdout
    assert "cannot be reached" in said
    assert f"{RECORDS} records" in said
    [waiting] = status()
    assert "cannot be reached" in waiting["reason"]
    assert "Last error: The server" in headrace("sync", "--status").stdout

    with headrace_server(tmp_path / "server") as server:
        [run] = train_offline(server.url)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
        # The one that is away does not keep the other from getting its own.
        there, not_there = sync("--all", code=1)
        assert (there["store"], there["records"], there["complete"]) == (server.url, RECORDS, True)
        assert (not_there["store"], not_there["complete"]) == (away, False)
        assert steps(server.url, run) == list(range(100))
        [again] = sync()
        assert (again["records"], again["left"]) == (0, [])
        close_sessions()


def test_a_copy_of_a_journal_is_sent_from_another_folder_at_once(tmp_path: Path) -> None:
    with headrace_server(tmp_path / "server") as server:
        runs = [f"{number:032x}" for number in range(1, 5)]
        place = journals_folder(server.url)
        for run in runs:
            make_dead_journal(place, server.url, run, points=2000)
        shutil.copytree(place, tmp_path / "copy")

        syncs = [start_sync("", str(one)) for one in (place, tmp_path / "copy")]
        for process in syncs:
            output, errors = process.communicate(timeout=60)
            assert process.returncode == 0, output + errors
        for run in runs:
            assert steps(server.url, run) == list(range(2000))
        assert status(str(place)) == status(str(tmp_path / "copy")) == []
        close_sessions()


def test_wrong_credentials_hold_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users.json"
    headrace(
        "users",
        "add",
        "ann",
        "--password-stdin",
        "--users-file",
        str(users),
        input="s3cret-s3cret\n",
    )
    with headrace_server(tmp_path / "server", arguments=["--users-file", str(users)]) as server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
        make_dead_journal(journals_folder(server.url), server.url)
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wr0ng-wr0ng")
        [held] = sync(code=1)
        assert held["records"] == 0
        assert held["left"][0]["reason"] == held["failure"]
        assert "wr0ng-wr0ng" not in json.dumps(held)

        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret-s3cret")
        [shipped] = sync()
        assert (shipped["records"], shipped["complete"]) == (6, True)
        assert steps(server.url, RUN) == list(range(5))
        close_sessions()


def test_a_password_comes_from_the_present_uri(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "postgresql://ann:s3cret-s3cret@127.0.0.1:1/runs"
    make_journal(tmp_path / "pg", uri, RUN).close()
    [place] = places_in(tmp_path / "pg")
    assert place.uri == "postgresql://ann@127.0.0.1:1/runs"

    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    [place] = places_in(tmp_path / "pg")
    assert place.uri == uri
    assert place.store == "postgresql://ann@127.0.0.1:1/runs"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.replace("/runs", "/others"))
    assert places_in(tmp_path / "pg")[0].uri == place.store


@pytest.mark.parametrize("way", ["folder", "import", "all"])
def test_credentials_go_only_to_a_server_that_the_user_names(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret-s3cret")
    with Listener() as stranger:
        folder = journals_folder(stranger.url)
        make_dead_journal(folder, stranger.url)
        arguments = {"folder": [str(folder)], "all": ["--all"]}.get(way)
        if arguments is None:
            headrace("sync", str(folder), "--export", "carried")
            shutil.rmtree(folder)
            arguments = ["--import", "carried"]
        [*_, held] = sync(*arguments, code=1)
        assert stranger.heard
        assert "s3cret" not in "".join(stranger.heard)
        assert f"--tracking-uri {stranger.url}" in held["failure"]

        [held] = sync("--tracking-uri", stranger.url, code=1)
        assert "s3cret-s3cret" in stranger.heard[-1]
        assert "--tracking-uri" not in held["failure"]


class Listener:
    """A server that writes down what it is told, and refuses everything."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def refuse(self) -> None:
                heard.append(str(self.headers))
                self.send_response(401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = refuse  # noqa: N815 - names of the library

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Listener:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_password_of_the_environment_is_not_for_every_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "s3cret-s3cret")
    make_dead_journal(tmp_path / "pg", "postgresql://ann@127.0.0.1:1/runs")
    [held] = sync(str(tmp_path / "pg"), code=1)
    assert "PGPASSWORD is not sent" in held["failure"]
    assert "--tracking-uri postgresql://ann@127.0.0.1:1/runs" in held["failure"]


# --- journals of others --------------------------------------------------------------------------


def test_a_living_process_keeps_its_journal(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    open_tracking_store(uri).close()
    journal = make_journal(tmp_path / "there" / "journals", uri, RUN)
    log_points(journal, RUN, 5)

    [shipment] = sync(uri)
    assert (shipment["records"], shipment["complete"]) == (0, True)
    assert shipment["left"][0]["owner"] == "alive"
    assert "Another process has it" in headrace("sync", uri).stdout
    assert f"process {os.getpid()}, alive" in headrace("sync", "--status", uri).stdout
    assert "is used by a process that lives" in (
        headrace("sync", "--drop", str(journal.folder), "--yes", code=1).stderr
    )
    log_points(journal, RUN, 5, first=5)
    journal.close()
    disown(journal)
    assert sync(uri)[0]["records"] == 11
    assert steps(uri, RUN) == list(range(10))


def test_journals_of_other_machines_only_when_asked_for(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    journal = dead_journal(tmp_path, host="elsewhere", boot_id="of-elsewhere")
    [shipment] = sync(uri)
    assert (shipment["records"], shipment["complete"]) == (0, True)
    assert shipment["left"][0]["owner"] == "other host"
    assert "--other-hosts" in headrace("sync", uri).stdout
    assert "on elsewhere" in headrace("sync", "--status", uri).stdout
    assert journal.exists()

    assert sync(uri, "--other-hosts")[0]["records"] == 6
    assert steps(uri, RUN) == list(range(5))


@pytest.mark.parametrize(
    ("fields", "words", "code"),
    [
        ({"format": 99}, "has format 99", 1),
        ({"uid": 123_456}, "belongs to the user with the id 123456", 0),
        ({"created": "long ago"}, "cannot be read", 1),
    ],
)
def test_journals_that_are_left_untouched(
    fields: dict[str, Any], words: str, code: int, tmp_path: Path
) -> None:
    uri = str(tmp_path / "there")
    journal = dead_journal(tmp_path, **fields)
    before = {path: path.read_bytes() for path in journal.iterdir()}
    assert words in headrace("sync", uri, code=code).stdout
    assert words in headrace("sync", "--status", uri).stdout
    assert words in status(uri)[0]["reason"]
    assert {path: path.read_bytes() for path in journal.iterdir()} == before


# --- records of every fate -----------------------------------------------------------------------


def test_what_waits_for_a_run_goes_once_the_run_is_there(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    open_tracking_store(uri).close()
    folder = tmp_path / "there" / "journals"
    rank = make_journal(folder, uri, OTHER_RUN, begins=False)
    log_points(rank, OTHER_RUN, 3)
    rank.close()
    disown(rank)

    [held] = sync(uri, code=1)
    assert held["records"] == 0
    assert "does not know the run" in held["left"][0]["reason"]
    assert status(uri)[0]["runs"] == [{"run_id": OTHER_RUN, "name": None, "records": 3}]

    first = make_journal(folder, uri, OTHER_RUN)
    first.close()
    disown(first)
    [shipment] = sync(uri)
    assert (shipment["records"], shipment["complete"]) == (4, True)
    assert steps(uri, OTHER_RUN) == [0, 1, 2]


def test_refused_records_are_told_and_kept(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    dead_journal(tmp_path)
    sync(uri)
    journal = make_journal(tmp_path / "there" / "journals", uri, RUN, begins=False)
    for value in ("1", "2"):
        journal.append(JournalEntry(log_param=api.LogParam(run_id=RUN, key="a", value=value)))
    log_points(journal, RUN, 1, first=5)
    journal.close()
    disown(journal)

    shipment = json.loads(headrace("sync", uri, "--json").stdout)["stores"][0]
    assert (shipment["records"], shipment["refused"], shipment["left"]) == (2, 1, [])
    [call] = shipment["refusals"]
    assert (call["run_id"], call["error_code"]) == (RUN, "INVALID_PARAMETER_VALUE")
    [file] = shipment["rejected"]
    assert json.loads(Path(file).read_text())["entry"]["log_param"]["value"] == "2"
    params = get_store(uri).get_run(api.GetRun(run_id=RUN)).run.data.params
    assert params == {"a": "1"}
    assert file in headrace("sync", "--status", uri).stdout


def test_what_was_logged_to_a_run_that_was_deleted_for_good_is_refused(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    journal = dead_journal(tmp_path)
    with closing(sqlite3.connect(tmp_path / "there" / "headrace.db")) as database:
        database.execute("INSERT INTO tombstones VALUES (?, 1)", (RUN,))
        database.commit()

    result = headrace("sync", uri)
    assert "was deleted for good" in result.stdout
    kept = journal.parent / "rejected" / f"{journal.name}.jsonl"
    assert str(kept) in result.stdout
    refused = [json.loads(line) for line in kept.read_text().splitlines()]
    assert sum(one["entry"].get("records", 1) for one in refused) == 6
    assert not journal.exists()
    assert sync(uri)[0]["refused"] == 0


def test_a_damaged_record_is_named_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    journal = dead_journal(tmp_path, points=50)
    [segment] = journal.glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[-20 * 49 + 30] ^= 0xFF
    segment.write_bytes(data)
    assert sum(run["records"] for run in status(uri)[0]["runs"]) == 51
    assert not (journal.parent / "corrupt").exists()

    result = headrace("sync", uri)
    assert "1 place of the journals could not be read" in result.stdout
    [kept] = (journal.parent / "corrupt").iterdir()
    assert str(kept) in result.stdout
    assert len(steps(uri, RUN)) == 49


# --- without a network ---------------------------------------------------------------------------


def test_journals_are_carried_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with headrace_server(tmp_path / "server") as server:
        for run in (RUN, OTHER_RUN):
            make_dead_journal(journals_folder(server.url), server.url, run)
        said = headrace("sync", "--tracking-uri", server.url, "--export", "carried").stdout
        assert f"12 records in 2 journals for {server.url}" in said

        monkeypatch.setenv("HEADRACE_JOURNAL_DIR", str(tmp_path / "other machine"))
        [shipment] = sync("--import", "carried")
        assert (shipment["store"], shipment["records"]) == (server.url, 12)
        monkeypatch.setenv("HEADRACE_JOURNAL_DIR", str(tmp_path / "journals"))
        [shipment] = sync("--tracking-uri", server.url)
        assert (shipment["records"], shipment["complete"]) == (0, True)
        for run in (RUN, OTHER_RUN):
            assert steps(server.url, run) == list(range(5))
        close_sessions()


OFFLINE_WITH_FILES = """
import headrace
with headrace.start_run() as run:
    headrace.log_text("small", "small.txt")
    headrace.log_text("x" * 1_000_000, "folder/large.txt")
print(run.info.run_id)
"""


def test_artifacts_are_carried_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with headrace_server(tmp_path / "server") as server:
        [run_id] = train_offline(server.url, script=OFFLINE_WITH_FILES)
        said = headrace("sync", "--tracking-uri", server.url, "--export", "carried").stdout
        assert "and 2 artifacts (1.0 MB)" in said

        monkeypatch.setenv("HEADRACE_JOURNAL_DIR", str(tmp_path / "other machine"))
        for _ in range(2):  # the second time does no harm
            [shipment] = sync("--import", "carried")
            assert shipment["complete"]
            assert shipment["files"]["sent"] == 2
        place = server.artifact_root / "0" / run_id / "artifacts"
        assert (place / "small.txt").read_text() == "small"
        assert (place / "folder" / "large.txt").stat().st_size == 1_000_000
        monkeypatch.setenv("HEADRACE_JOURNAL_DIR", str(tmp_path / "journals"))
        [shipment] = sync("--tracking-uri", server.url)
        assert shipment["complete"]
        close_sessions()


def test_artifacts_of_others_leave_no_folder(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    open_tracking_store(uri).close()
    train_offline(uri, script=OFFLINE_WITH_FILES)
    (about,) = (tmp_path / "there" / "journals" / "files").glob("*/*1.json")
    about.write_text(about.read_text().replace("small.txt", "../../../../evil.txt"))

    [shipment] = sync(uri)

    assert (shipment["files"]["sent"], shipment["files"]["refused"]) == (1, 1)
    assert list(tmp_path.rglob("evil.txt")) == []


def test_journals_of_a_folder_go_to_the_present_store(tmp_path: Path) -> None:
    dead_journal(tmp_path)
    headrace("sync", str(tmp_path / "there"), "--export", "carried")
    [shipment] = sync("--import", "carried", "--tracking-uri", str(tmp_path / "here"))
    assert (shipment["store"], shipment["records"]) == ((tmp_path / "here").as_uri(), 6)
    assert steps(str(tmp_path / "here"), RUN) == list(range(5))


def test_files_that_carry_nothing(tmp_path: Path) -> None:
    assert "Nothing waits" in headrace("sync", "--export", "carried").stdout
    (tmp_path / "text").write_text("no archive")
    assert "is no archive of journals" in headrace("sync", "--import", "text", code=1).stderr
    with tarfile.open(tmp_path / "other", "x") as archive:
        archive.add(tmp_path / "text", "../text")
    assert "is no archive of journals" in headrace("sync", "--import", "other", code=1).stderr
    assert "does not exist" in headrace("sync", "--import", "nope", code=2).stderr
    assert "one of --status" in (headrace("sync", "--import", "text", "--status", code=1).stderr)
    assert "one of DIR, --all" in headrace("sync", ".", "--import", "text", code=1).stderr
    make_dead_journal(tmp_path / "journals" / "a", "http://127.0.0.1:1")
    make_dead_journal(tmp_path / "journals" / "b", "http://127.0.0.1:2")
    assert "of 2 stores wait" in headrace("sync", "--all", "--export", "x", code=1).stderr
    assert "cannot be written" in (
        headrace("sync", str(tmp_path / "journals" / "a"), "--export", "no/x", code=1).stderr
    )


# --- deleting ------------------------------------------------------------------------------------


def test_a_journal_is_dropped_after_a_question(tmp_path: Path) -> None:
    uri = str(tmp_path / "there")
    journal = dead_journal(tmp_path, format=99)
    assert "There is no journal nope" in headrace("sync", "--drop", "nope", code=1).stderr
    asked = headrace("sync", uri, "--drop", journal.name, input="n\n", code=1)
    assert "for good?" in asked.output
    assert journal.exists()
    headrace("sync", "--drop", str(journal), input="y\n")
    assert not journal.exists()
    journal = dead_journal(tmp_path)
    assert "Deleted" in headrace("sync", uri, "--drop", journal.name, "--yes").stdout
    assert not journal.exists()


# --- bad input -----------------------------------------------------------------------------------


def test_places_that_are_none(tmp_path: Path) -> None:
    assert "There is no folder" in headrace("sync", "nope", code=1).stderr
    assert "one of DIR, --all" in headrace("sync", ".", "--all", code=1).stderr
    assert headrace("sync", str(tmp_path)).stdout == "Nothing waits.\n"
    assert headrace("sync", "--all").stdout.startswith("Nothing waits for file:")
    assert list(tmp_path.iterdir()) == []


# --- the doctor ----------------------------------------------------------------------------------


def test_the_doctor_counts_what_waits_and_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = dead_journal(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", str(tmp_path / "there"))
    monkeypatch.setattr("headrace.cli.doctor._SLOW_SECONDS", 60.0)  # of no matter here
    for _ in range(2):
        report = json.loads(headrace("doctor", "--json").stdout)
        assert report["store"]["waiting"].startswith("6 records (")
    assert journal.exists()

    sync()
    report = json.loads(headrace("doctor", "--json").stdout)
    assert report["store"]["waiting"] == "0 records"
    make_dead_journal(tmp_path / "journals" / "away", "http://127.0.0.1:1")
    report = json.loads(headrace("doctor", "--json").stdout)
    assert report["store"]["waiting for others"].startswith("6 records (")
