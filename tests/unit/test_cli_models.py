"""``headrace models``: what each command prints and does, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import headrace
from headrace.cli.root import cli
from headrace.client.tracking import close_sessions

pytestmark = pytest.mark.usefixtures("store_folder")


@pytest.fixture
def run_id() -> str:
    """A run that is over, with a folder ``model``."""
    with headrace.start_run(run_name="trained") as run:
        headrace.log_text("weights", "model/data/w.txt")
    close_sessions()
    return run.info.run_id


@pytest.fixture
def registered(run_id: str) -> str:
    """The name of a model with two versions, of which the first is the champion in production."""
    for reason in ("first", "second"):
        models("register", f"runs:/{run_id}/model", "churn", "--reason", reason)
    models("alias", "churn", "champion", "1", "--reason", "the best")
    models("stage", "churn", "1", "production")
    return "churn"


def run(*arguments: str, code: int = 0, **options: Any) -> Result:
    """Run a command; it must end with this exit code."""
    result = CliRunner().invoke(cli, arguments, **options)
    assert result.exit_code == code, result.output
    return result


def models(*arguments: str, code: int = 0, **options: Any) -> Result:
    return run("models", *arguments, code=code, **options)


def as_json(*arguments: str) -> Any:
    return json.loads(models(*arguments, "--json").stdout)


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


# --- looking -------------------------------------------------------------------------------------


def test_list(registered: str) -> None:
    models("register", "models:/churn/1", "alone")
    table = words(models("list").stdout)

    assert table[0] == ["Model", "Latest", "Aliases", "Stages", "Updated", "Description"]
    assert table[1][:2] == ["alone", "1"]
    assert table[2][:4] == ["churn", "2", "champion=1", "Production=1"]
    assert [model["name"] for model in as_json("list", "--filter", "name LIKE 'ch%'")] == ["churn"]
    assert as_json("list")[1]["aliases"] == {"champion": "1"}
    assert "There are more than these 1" in models("list", "--max-results", "1").stderr


def test_an_empty_registry() -> None:
    result = models("list")

    assert (result.stdout, result.stderr) == ("", "No registered models.\n")


def test_show_a_model(registered: str) -> None:
    out = models("show", "churn").stdout

    assert ["Aliases", "champion=1"] in words(out)
    assert [line[0] for line in words(out)[-2:]] == ["2", "1"]
    shown = as_json("show", "churn")
    assert [version["version"] for version in shown["versions"]] == ["2", "1"]
    assert shown["versions"][1]["aliases"] == ["champion"]


@pytest.mark.parametrize(
    "name", ["churn@champion", "churn/1", "models:/churn/Production", "models:/churn@champion"]
)
def test_show_a_version(registered: str, run_id: str, name: str) -> None:
    out = words(models("show", name).stdout)

    assert ["Version", "1"] in out
    assert ["Run", run_id, "trained"] in out
    assert ["Experiment", "Default", "(0)"] in out
    shown = as_json("show", name)
    assert (shown["version"], shown["lineage"]["run_id"]) == ("1", run_id)


def test_lineage(registered: str, run_id: str) -> None:
    models("register", "models:/churn/1", "churn-copy")
    out = models("lineage", "churn@champion").stdout.splitlines()

    assert out == [
        "version churn/1 @champion Production",
        "",
        "Came from",
        f"└── registered from run trained {run_id}",
        "",
        "Led to",
        "└── copied to version churn-copy/1",
    ]
    assert models("lineage", "churn/1", "--max-nodes", "1").stdout.splitlines()[3:] == [
        "└── 1 more origin",
        "",
        "Led to",
        "└── 1 more copied version",
    ]
    shown = as_json("lineage", "churn/1")
    assert [node["kind"] for node in shown["nodes"]] == ["model_version", "run", "model_version"]
    assert "churn/latest" in models("lineage", "churn", code=1).stderr
    assert "not found" in models("lineage", "m-" + "0" * 32, code=1).stderr


def test_history(registered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    models("alias", "churn", "champion", "2", "-m", "better recall")
    table = models("history", "churn", "--key", "champion").stdout.splitlines()

    assert table[0].split() == ["When", "Version", "What", "Before", "After", "Who", "Why"]
    assert table[1].split()[-4:] == ["ada", "(unverified)", "better", "recall"]
    assert len(table) == 3
    (newest, first) = as_json("history", "churn", "--kind", "alias")
    assert (newest["before"], newest["after"], newest["is_verified"]) == ("1", "2", False)
    assert (first["before"], first["after"], first["reason"]) == (None, "1", "the best")
    assert as_json("history", "churn", "--version", "1", "--kind", "stage")[0]["before"] == "None"


# --- changing ------------------------------------------------------------------------------------


def test_register_with_tags_words_and_aliases(run_id: str) -> None:
    uri = f"runs:/{run_id}/model"
    options = ("-t", "team=red", "--description", "words", "--alias", "a", "--alias", "b")
    result = models("register", uri, "churn", *options)
    again = as_json("register", uri, "churn", "--alias", "a")
    first = headrace.MlflowClient().get_model_version("churn", "1")

    assert result.stdout == "Registered churn/1, churn@a, churn@b\n"
    assert (again["version"], again["aliases"]) == ("2", ["a"])
    assert (first.tags, first.description, first.aliases) == ({"team": "red"}, "words", ["b"])


def test_alias(registered: str) -> None:
    assert models("alias", "churn", "champion", "2").stdout == "churn@champion is version 2\n"
    refused = models("alias", "churn", "champion", "1", "--expect", "1", code=1)
    assert "champion" in refused.stderr
    assert models("alias", "churn", "champion", "--delete").stdout == "Deleted churn@champion\n"
    assert headrace.MlflowClient().get_registered_model("churn").aliases == {}
    models("alias", "churn", "champion", code=2)
    models("alias", "churn", "champion", "1", "--delete", code=2)


def test_stage(registered: str) -> None:
    out = models("stage", "churn", "2", "Production", "--archive-existing").stdout

    assert out == "churn/2 is in stage Production\n"
    assert headrace.MlflowClient().get_model_version("churn", "1").current_stage == "Archived"
    assert as_json("stage", "churn", "2", "none")["current_stage"] == "None"
    models("stage", "churn", "2", "live", code=2)


def test_download(registered: str, tmp_path: Path) -> None:
    out = models("download", "churn@champion").stdout
    assert Path(out.strip()) == tmp_path / "churn"
    assert (tmp_path / "churn" / "data" / "w.txt").read_text() == "weights"

    refused = models("download", "churn/1", code=1)
    assert "--overwrite" in refused.stderr
    models("download", "churn/1", "--overwrite")
    one = as_json("download", "models:/churn/latest", "data/w.txt", "--to", "elsewhere")
    assert Path(one["path"]) == tmp_path / "elsewhere" / "w.txt"
    assert "names no version" in models("download", "churn", code=1).stderr


def test_delete_asks_first(registered: str) -> None:
    result = models("delete", "churn/1", input="n\n", code=1)
    assert "Delete churn/1, which is @champion?" in result.stderr
    models("delete", "churn/1", "--yes")
    assert headrace.MlflowClient().get_registered_model("churn").aliases == {}

    assert "by its number" in models("delete", "churn/latest", "--yes", code=1).stderr
    assert as_json("delete", "churn", "--yes", "--reason", "old")["version"] is None
    assert "churn" in models("show", "churn", code=1).stderr
    assert as_json("history", "churn")[0]["reason"] == "old"


# --- beside --------------------------------------------------------------------------------------


def test_files_by_the_name_of_a_model(registered: str, tmp_path: Path) -> None:
    listed = json.loads(run("artifacts", "list", "models:/churn@champion", "-R", "--json").stdout)
    run("artifacts", "download", "models:/churn@champion", "data", "--to", "copy")

    assert [info["path"] for info in listed] == ["data", "data/w.txt"]
    assert (tmp_path / "copy" / "data" / "w.txt").read_text() == "weights"
    refused = run("artifacts", "delete", "models:/churn@champion", "data", "-R", "--yes", code=1)
    assert "register them as a new version" in refused.stderr
    (tmp_path / "new.txt").write_text("x")
    refused = run("artifacts", "log", "models:/churn@champion", "new.txt", code=1)
    assert "register them as a new version" in refused.stderr


def test_a_run_names_the_versions_that_came_from_it(registered: str, run_id: str) -> None:
    (line,) = [
        line for line in run("runs", "show", run_id).stdout.splitlines() if "churn/1" in line
    ]

    assert line.split(None, 2)[:2] == ["Registered", "as"]
    assert set(line.split(None, 2)[2].split(", ")) == {"churn/1 @champion", "churn/2"}


def test_another_registry(registered: str, run_id: str) -> None:
    models("register", f"runs:/{run_id}/model", "other", "--registry-uri", "registry")

    assert [model["name"] for model in as_json("list")] == ["churn"]
    assert [model["name"] for model in as_json("list", "--registry-uri", "registry")] == ["other"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "nobody"], "nobody"),
        (["show", "nobody@champion"], "nobody"),
        (["show", "churn@none"], "Its aliases are: champion"),
        (["show", "churn/champion"], "models:/churn@champion"),
        (["show", "m-" + "0" * 32], "not a version of a registered one"),
        (["alias", "churn", "v2", "1"], "v2"),
        (["register", "runs:/nobody/model", "churn"], "nobody"),
        (["register", "models:/churn/1", "a/b"], "a/b"),
        (["register", "models:/churn/1", "b", "--tag", "x"], "key=value"),
        (["list", "--filter", "nam = 'x'"], "nam"),
        (["history", "nobody"], "nobody"),
    ],
)
def test_refusals_are_one_line(registered: str, arguments: list[str], told: str) -> None:
    result = models(*arguments, code=1)

    assert result.stderr.startswith("Error: ")
    assert told in result.stderr


# --- what versions hold --------------------------------------------------------------------------


def test_verify(registered: str, tmp_path: Path) -> None:
    shown = as_json("show", "churn/1")
    assert shown["content_state"] == "verified"
    assert ["Content", "verified", shown["content_digest"]] in words(
        models("show", "churn/1").stdout
    )
    out = models("verify", "churn@champion").stdout
    assert out == f"churn/1 is verified: 1 file, 7 B, {shown['content_digest']}\n"
    content = as_json("verify", "churn/1")
    assert [(one["path"], one["size"]) for one in content["files"]] == [("data/w.txt", 7)]

    (Path(shown["source"]) / "data" / "w.txt").write_text("Weights")

    table = words(models("verify", "churn/1", code=1).stdout)
    assert table[0] == ["State", "Path", "Size", "Stored", "Found"]
    assert table[1][:2] == ["changed", "data/w.txt"]
    assert ["Content", "changed"] in [line[:2] for line in words(models("show", "churn/2").stdout)]
    broken = json.loads(models("verify", "churn/1", "--json", code=1).stdout)
    assert broken["problems"][0]["state"] == "changed"
    refused = models("download", "churn/1", "--to", "copy", code=1)
    assert "'data/w.txt' has the BLAKE3 digest" in refused.stderr
    assert not any(Path("copy").iterdir())
    models("download", "churn/1", "--to", "copy", "--no-verify")
    assert Path("copy/data/w.txt").read_text() == "Weights"
    run("artifacts", "download", "models:/churn/1", "--to", "second", "--no-verify")


def test_verify_what_cannot_be_read() -> None:
    models("register", "s3://bucket.that.is.none/model", "far")
    name = headrace.MlflowClient().create_model_version("far", "file:///nowhere/at/all").version
    result = models("verify", f"far/{name}", code=1)
    assert result.stdout == f"far/{name} is unverified: There are no files yet.\n"
    assert "no files yet" in models("show", f"far/{name}").stdout


@pytest.mark.parametrize("name", ["churn", "m-0123456789abcdef0123456789abcdef", "churn/7"])
def test_verify_what_is_no_version(registered: str, name: str) -> None:
    assert models("verify", name, code=1).stderr.startswith("Error: ")
