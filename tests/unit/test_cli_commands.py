"""The commands, on a store of their own: what they print, and how they fail."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from headrace import settings
from headrace.api import tracking as api
from headrace.cli.root import COMMANDS, cli
from headrace.entities import Dataset, DatasetInput, Param, RunTag
from headrace.stores.sql.migrations import HEAD
from headrace.stores.uri import open_tracking_store
from headrace.testing.stores.make import pass_millisecond
from headrace.version import VERSION


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEADRACE_REQUIRE", raising=False)  # of the tests: `doctor` wonders about it
    return tmp_path


def headrace(*arguments: str, code: int = 0, **options: Any) -> Result:
    """Run a command line; it must end with this exit code."""
    result = CliRunner().invoke(cli, arguments, **options)
    assert result.exit_code == code, result.output
    return result


def as_json(*arguments: str) -> Any:
    return json.loads(headrace(*arguments, "--json").stdout)


@pytest.fixture
def runs() -> list[str]:
    """Ids of three runs of the experiment ``wine``, the best last."""
    store = open_tracking_store()
    experiment = store.create_experiment(api.CreateExperiment(name="wine")).experiment_id
    ids = []
    for number, model in enumerate(["svm", "forest", "knn"]):
        created = store.create_run(
            api.CreateRun(experiment_id=experiment, run_name=model, start_time=1000 + number)
        )
        run_id = created.run.info.run_id
        ids.append(run_id)
        store.log_batch(
            api.LogBatch(
                run_id=run_id,
                metrics=[
                    api.MetricPoint(key="accuracy", value=0.9 + number / 100, timestamp=1, step=7),
                    api.MetricPoint(key="system/cpu", value=50, timestamp=1),
                ],
                params=[Param("model", model), Param("seed", "7")],
                tags=[RunTag("team", "red [bold]")],
            )
        )
        store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED", end_time=3000 + number))
    inputs = [DatasetInput(dataset=Dataset(name="wine-data", digest="d1", source_type="local"))]
    store.log_inputs(api.LogInputs(run_id=ids[0], datasets=inputs))
    store.close()
    return ids


# --- the command itself --------------------------------------------------------------------------


def test_version_without_importing_what_it_does_not_need() -> None:
    script = (
        "import sys; from headrace.cli import main; main(['--version']); "
        "sys.exit(bool({'click', 'rich', 'sqlalchemy', 'msgspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, f"headrace, version {VERSION}\n")


def test_every_command_has_help() -> None:
    def check(command: click.Command, path: tuple[str, ...]) -> None:
        assert command.help or command.short_help, path
        assert "Show this message" in headrace(*path, "--help").stdout
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (path, parameter.name)
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                below = command.get_command(click.Context(command), name)
                assert below is not None
                check(below, (*path, name))

    check(cli, ())
    assert set(COMMANDS) == {
        *("server", "ui", "experiments", "runs", "artifacts", "models"),
        *("webhooks", "views", "gc", "db", "users", "sync", "doctor"),
    }


def test_an_unknown_command_is_refused() -> None:
    assert "No such command 'nope'" in headrace("nope", code=2).stderr


def test_errors_are_one_line_and_exit_code_1() -> None:
    failed = headrace("runs", "show", "0" * 32, code=1)

    assert failed.stderr.startswith("Error: Run with id=")
    assert failed.stderr.count("\n") == 1
    assert not isinstance(failed.exception, Exception)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("mysql://x/y", "Headrace has no store on mysql yet"),
        ("http://127.0.0.1:1", "cannot be reached"),
        ("sqlite:////proc/nope/x.db", "Error: "),
    ],
)
def test_stores_that_cannot_be_used(uri: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    assert words in headrace("runs", "list", "--tracking-uri", uri, code=1).stderr


# --- experiments ---------------------------------------------------------------------------------


def test_the_life_of_an_experiment() -> None:
    created = as_json("experiments", "create", "-n", "churn", "-l", "/tmp/churn")
    assert created == {"experiment_id": "1", "name": "churn"}
    pass_millisecond()  # the search below is by time
    said = headrace("experiments", "create", "--experiment-name", "other").stdout
    assert said == "Created experiment 'other' with id 2\n"
    assert "already exists" in headrace("experiments", "create", "-n", "churn", code=1).stderr

    headrace("experiments", "rename", "-x", "1", "--new-name", "churn 2")
    found = as_json("experiments", "get", "-n", "churn 2")
    assert (found["experiment_id"], found["artifact_location"]) == ("1", "/tmp/churn")
    assert "Name               churn 2" in headrace("experiments", "get", "-x", "1").stdout
    by_output = headrace("experiments", "get", "-x", "1", "--output", "json").stdout
    assert json.loads(by_output) == found

    headrace("experiments", "delete", "-x", "1")
    assert [e["name"] for e in as_json("experiments", "search")] == ["other", "Default"]
    deleted = as_json("experiments", "search", "--view", "deleted_only")
    assert [e["name"] for e in deleted] == ["churn 2"]
    headrace("experiments", "restore", "-x", "1")
    assert len(as_json("experiments", "search", "--max-results", "2")) == 2
    filtered = as_json("experiments", "search", "--filter", "name LIKE 'churn%'")
    assert [e["name"] for e in filtered] == ["churn 2"]
    table = headrace("experiments", "search").stdout
    assert table.splitlines()[0].split() == [
        "Id",
        "Name",
        "Stage",
        "Updated",
        "Artifact",
        "location",
    ]


def test_an_experiment_has_to_be_named_once() -> None:
    assert "Give --experiment-id or" in headrace("experiments", "get", code=2).stderr
    both = headrace("experiments", "get", "-x", "0", "-n", "Default", code=1)
    assert "not both" in both.stderr


def test_csv(runs: list[str], tmp_path: Path) -> None:
    text = headrace("experiments", "csv", "-x", "1").stdout
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [row["run_id"] for row in rows] == runs[::-1]
    assert rows[0]["metrics.accuracy"] == "0.92"
    assert rows[0]["params.model"] == "knn"
    assert rows[0]["tags.team"] == "red [bold]"
    assert rows[0]["start_time"] == "1970-01-01 00:00:01.002000+00:00"
    headrace("experiments", "csv", "-x", "1", "-o", "runs.csv")
    assert (tmp_path / "runs.csv").read_text() == text
    assert headrace("experiments", "csv", "-x", "99", code=1).stderr.startswith("Error: No Exp")
    assert "Cannot write" in headrace("experiments", "csv", "-x", "1", "-o", "/no/f", code=1).stderr


# --- runs ----------------------------------------------------------------------------------------


def test_the_list_shows_what_tells_runs_apart(runs: list[str]) -> None:
    lines = headrace("runs", "list").stdout.splitlines()

    assert lines[0].split() == [
        "Run",
        "Status",
        "Started",
        "Took",
        "accuracy",
        "params.model",
        "Run",
        "id",
    ]
    assert [line.split()[0] for line in lines[1:]] == ["knn", "forest", "svm"]
    assert lines[1].split()[-3:] == ["0.9200", "knn", runs[2]]
    assert "2.0 s" in lines[1]
    assert all(line == line.rstrip() for line in lines)


def test_the_list_can_be_ordered_filtered_and_cut(runs: list[str]) -> None:
    def ids(*options: str) -> list[str]:
        return [run["info"]["run_id"] for run in as_json("runs", "list", *options)]

    assert ids("--order-by", "metrics.accuracy ASC") == runs
    assert ids("--filter", "params.model = 'svm'") == runs[:1]
    assert ids("-n", "wine", "--max-results", "1") == runs[2:]
    assert ids("-x", "0") == []
    assert ids("--view", "deleted_only") == []
    found = as_json("runs", "search", "metrics.accuracy > 0.905")
    assert [run["data"]["params"]["model"] for run in found] == ["knn", "forest"]
    cut = headrace("runs", "list", "--max-results", "2")
    assert len(cut.stdout.splitlines()) == 3
    assert "more than these 2" in cut.stderr
    empty = headrace("runs", "list", "-x", "0")
    assert (empty.stdout, empty.stderr) == ("", "No runs.\n")


def test_runs_are_counted(runs: list[str]) -> None:
    assert headrace("runs", "list", "--count").stdout == f"{len(runs)}\n"
    assert headrace("runs", "search", "params.none = 'x'", "--count").stdout == "0\n"
    assert as_json("runs", "list", "--count", "--max-results", "1") == {"count": len(runs)}


def test_a_wrong_filter_is_explained(runs: list[str]) -> None:
    wrong = headrace("runs", "search", "metrics.loss < 'low'", code=1).stderr
    assert wrong.splitlines() == [
        "Error: Expected numeric value type for metric. Found 'low'; write the number without "
        "quotes",
        "  metrics.loss < 'low'",
        "                 ^",
    ]


def test_show_and_describe(runs: list[str]) -> None:
    shown = headrace("runs", "show", runs[0]).stdout

    for words in ("Run         svm", "wine (1)", "0.9000     7", "red [bold]", "wine-data"):
        assert words in shown
    described = json.loads(headrace("runs", "describe", "--run-id", runs[0]).stdout)
    assert described == as_json("runs", "show", runs[0])
    assert described["data"]["metrics"] == {"accuracy": 0.9, "system/cpu": 50.0}
    assert described["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "wine-data"


def test_a_narrow_screen_keeps_the_metrics_and_shortens_the_ids(
    runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headrace.cli.run_tables.screen_width", lambda: 60)
    lines = headrace("runs", "list").stdout.splitlines()

    assert lines[0].split() == "Run Status Started Took accuracy Run id".split()
    assert max(map(len, lines)) <= 60
    short = lines[1].split()[-1]
    assert len(short) == 8
    assert as_json("runs", "show", short) == as_json("runs", "show", runs[2])
    assert headrace("runs", "show", "zzz", code=1).stderr == "Error: Run with id=zzz not found\n"
    assert headrace("runs", "show", "%", code=1).stderr == "Error: Run with id=% not found\n"


def test_the_start_of_several_ids_is_not_enough() -> None:
    store = open_tracking_store()
    for number in range(2):
        store.create_run(api.CreateRun(experiment_id="0", run_id=f"abc{number}" + "0" * 28))
    store.close()

    assert "give more of it" in headrace("runs", "show", "abc", code=1).stderr
    assert as_json("runs", "show", "abc1")["info"]["run_id"] == "abc1" + "0" * 28


def test_compare_shows_what_differs(runs: list[str]) -> None:
    table = headrace("runs", "compare", *runs).stdout
    everything = headrace("runs", "compare", *runs, "--all").stdout

    assert "params.model" in table
    assert "params.seed" not in table
    assert "params.seed" in everything
    assert "metrics.system/cpu" in everything
    assert len(as_json("runs", "compare", *runs)) == 3


def test_the_life_of_a_run(runs: list[str]) -> None:
    created = json.loads(
        headrace(
            *("runs", "create", "--experiment-name", "wine", "--run-name", "manual"),
            *("-t", "a=1", "-t", "b=x=y", "--description", "by hand", "--status", "failed"),
            *("--parent-run-id", runs[0]),
        ).stdout
    )
    assert created["status"] == "FAILED"
    run_id = created["run_id"]
    described = as_json("runs", "show", run_id)
    tags = described["data"]["tags"]
    assert (described["info"]["status"], tags["a"], tags["b"]) == ("FAILED", "1", "x=y")
    assert tags["mlflow.note.content"] == "by hand"
    assert tags["mlflow.parentRunId"] == runs[0]

    headrace("runs", "delete", "--run-id", run_id)
    assert as_json("runs", "show", run_id)["info"]["lifecycle_stage"] == "deleted"
    assert "FAILED (deleted)" in headrace("runs", "show", run_id).stdout
    headrace("runs", "restore", "--run-id", run_id)
    assert as_json("runs", "show", run_id)["info"]["lifecycle_stage"] == "active"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-t", "novalue"), "must be key=value"),
        (("-t", "a=1", "-t", "a=2"), "given twice"),
        (("--parent-run-id", "nope"), "not found"),
    ],
)
def test_runs_that_cannot_be_created(arguments: tuple[str, ...], words: str) -> None:
    assert words in headrace("runs", "create", "-x", "0", *arguments, code=1).stderr
    assert as_json("runs", "list") == []


def test_numbers_that_json_does_not_have_travel_as_texts(runs: list[str]) -> None:
    store = open_tracking_store()
    for key, value in (("nan", float("nan")), ("inf", float("inf"))):
        store.log_metric(api.LogMetric(run_id=runs[0], key=key, value=value, timestamp=1))
    store.close()

    metrics = as_json("runs", "show", runs[0])["data"]["metrics"]
    assert (metrics["nan"], metrics["inf"]) == ("NaN", "Infinity")
    assert "nan" in headrace("runs", "list").stdout


# --- db ------------------------------------------------------------------------------------------


def test_db_of_a_current_store(runs: list[str], tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/.headrace/headrace.db"

    assert headrace("db", "current", uri).stdout == f"{HEAD} (up to date)\n"
    assert "is up to date" in headrace("db", "upgrade", uri).stdout
    report = as_json("db", "upgrade", uri, "--dry-run")
    assert (report["before"], report["after"], report["backup"]) == (HEAD, HEAD, None)
    assert headrace("db", "upgrade", "sqlite:///nope.db", code=1).stderr.startswith("Error: ")
    assert not (tmp_path / "nope.db").exists()


# --- users ---------------------------------------------------------------------------------------


def test_the_life_of_a_user(tmp_path: Path) -> None:
    typed = "a good password\n" * 2
    headrace("users", "add", "ann", "--role", "admin", input=typed)
    headrace("users", "add", "bob", "--password-stdin", input="another password\n")
    headrace("users", "add", "ci", "--no-password", "--role", "read")
    assert "already has a user 'ann'" in headrace("users", "add", "ann", input=typed, code=1).stderr

    token = headrace("users", "token", "ci", "--note", "nightly").stdout.strip()
    assert token.startswith("headrace_")
    assert token not in (tmp_path / "users.json").read_text()
    listed = {user["name"]: user for user in as_json("users", "list")}
    assert [listed[name]["role"] for name in ("ann", "bob", "ci")] == ["admin", "write", "read"]
    assert [listed[name]["password"] for name in ("ann", "ci")] == [True, False]
    assert listed["ci"]["tokens"][0]["note"] == "nightly"
    assert "nightly (now)" in headrace("users", "list").stdout

    before = (tmp_path / "users.json").read_text()
    headrace("users", "passwd", "ann", input="a new password\n" * 2)
    assert (tmp_path / "users.json").read_text() != before
    assert as_json("users", "token", "ci", "--revoke") == {"name": "ci", "revoked": 1}
    headrace("users", "remove", "bob")
    assert [user["name"] for user in as_json("users", "list")] == ["ann", "ci"]


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("add", "ann"), "short\nshort\n", "must have 8 to"),
        (("add", "a:b"), "a good password\n" * 2, "Invalid user name"),
        (("passwd", "nobody"), "", "no users file"),
        (("remove", "nobody"), "", "no users file"),
        (("token", "nobody"), "", "no users file"),
        (("list",), "", "no users file"),
    ],
)
def test_users_that_are_refused(
    arguments: tuple[str, ...], typed: str, words: str, tmp_path: Path
) -> None:
    assert words in headrace("users", *arguments, input=typed, code=1).stderr
    assert not (tmp_path / "users.json").exists()


def test_the_users_file_can_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headrace("users", "add", "ann", "--no-password", "--users-file", "sub/people.json")
    monkeypatch.setenv("HEADRACE_USERS_FILE", str(tmp_path / "sub" / "people.json"))
    assert [user["name"] for user in as_json("users", "list")] == ["ann"]


# --- doctor --------------------------------------------------------------------------------------


def test_a_healthy_setup(runs: list[str], tmp_path: Path) -> None:
    report = as_json("doctor")

    assert report["problems"] == []
    assert report["versions"]["headrace"] == VERSION
    assert report["store"]["tracking uri"] == (tmp_path / ".headrace").as_uri()
    assert report["store"]["experiments"] == "2"
    assert "No problems found." in headrace("doctor").stdout


def test_a_store_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    assert "not made yet" in as_json("doctor")["store"]["state"]
    assert list(tmp_path.iterdir()) == []


def test_secrets_are_masked_and_problems_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://ann:secret1@127.0.0.1:1/db")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "soon")
    monkeypatch.setenv("HEADRACE_TYPO", "1")

    failed = headrace("doctor", code=1)
    assert "secret" not in failed.output
    assert "postgresql://ann:***@127.0.0.1:1/db" in failed.output
    for words in ("MLFLOW_HTTP_REQUEST_TIMEOUT is 'soon'", "HEADRACE_TYPO means nothing"):
        assert words in failed.output
    masked = json.loads(headrace("doctor", "--mask-envs", "--json", code=1).stdout)
    assert set(masked["settings"].values()) == {"***"}


# --- server --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "0.0.0.0"), "headrace users add NAME --users-file FILE"),
        (("--workers", "2"), "needs PostgreSQL"),
        (("--workers", "0"), "--workers must be 1 or more"),
        (("--static-prefix", "tracking"), "must begin with '/'"),
        (("--static-prefix", "/tracking/"), "must not end with '/'"),
        (("--users-file", "nope.json"), "There is no users file nope.json"),
        (("--backend-store-uri", "http://127.0.0.1:5000"), "not another server"),
        (("--backend-store-uri", "mysql://x"), "mysql"),
        (("--host", "no.such.host.invalid", "--allow-anonymous"), "Cannot listen on host"),
    ],
)
def test_servers_that_do_not_start(arguments: tuple[str, ...], words: str) -> None:
    for name in ("server", "ui"):
        assert words in headrace(name, "--port", "0", *arguments, code=1).stderr


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr("headrace.server.run.serve", given.append)
    monkeypatch.setenv("MLFLOW_HOST", "10.0.0.1")
    monkeypatch.setenv("MLFLOW_PORT", "6000")
    monkeypatch.setenv("MLFLOW_SERVER_ALLOWED_HOSTS", "a.example, b.example")
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", "sqlite:///x.db")

    headrace("server", "--port", "7000", "--cors-allowed-origins", "https://c.example")
    [options] = given
    assert (options.host, options.port) == ("10.0.0.1", 7000)
    assert options.allowed_hosts == ("a.example", "b.example")
    assert options.allowed_origins == ("https://c.example",)
    assert options.backend_store_uri == "sqlite:///x.db"
    assert options.check_hosts_and_origins


def test_passwords_are_hidden_in_uris() -> None:
    hide = settings.without_password

    assert hide("postgresql://ann:p%40ss@db:5/x") == "postgresql://ann:***@db:5/x"
    assert hide("postgresql://ann:a/b@c@db:5/x") == "postgresql://ann:***@db:5/x"
    assert hide("postgresql://h/x?user=ann&password=p&b=1") == (
        "postgresql://h/x?user=ann&password=***&b=1"
    )
    for uri in ("http://host:80/a", "sqlite:///a.db", "/plain/path", "postgresql://ann@db/x"):
        assert hide(uri) == uri
