"""``headrace gc`` and the commands that change many runs: what they ask, do and say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from headrace.api import tracking as api
from headrace.cli.gc import milliseconds_of
from headrace.cli.root import cli
from headrace.errors import InvalidParameterValue
from headrace.file_uri import path_of
from headrace.stores.uri import open_tracking_store
from headrace.testing.stores.make import log, make_experiment, make_model, make_run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def runs() -> list[str]:
    """Ids of two deleted runs, each with two points and one file, and of an active one."""
    store = open_tracking_store()
    experiment = make_experiment(store, "wine")
    ids = [make_run(store, experiment) for _ in range(3)]
    for run_id in ids[:2]:
        log(store, run_id, "loss", 1.0)
        log(store, run_id, "loss", 2.0, step=1)
        info = store.get_run(api.GetRun(run_id=run_id)).run.info
        root = path_of(info.artifact_uri or "")
        root.mkdir(parents=True)
        (root / "model.bin").write_bytes(b"x" * 1500)
        store.delete_run(api.DeleteRun(run_id=run_id))
    store.close()
    return ids


def gc(*arguments: str, code: int = 0, **options: Any) -> Result:
    result = CliRunner().invoke(cli, ["gc", *arguments], **options)
    assert result.exit_code == code, result.output
    return result


def run_ids() -> list[str]:
    store = open_tracking_store()
    request = api.SearchRuns(experiment_ids=["0", "1"], run_view_type="ALL")
    found = [run.info.run_id for run in store.search_runs(request).runs]
    store.close()
    return sorted(found)


def test_it_asks_before(runs: list[str]) -> None:
    words = "2 runs (4 points), 2 files (3.0 kB)"
    refused = gc(input="n\n", code=1)
    assert f"Delete {words} for good? [y/N]" in refused.stderr
    assert run_ids() == sorted(runs)

    assert gc(input="y\n").stdout == f"Deleted {words}.\n"

    assert run_ids() == runs[2:]
    assert gc().stdout == "Nothing.\n"


def test_a_dry_run_does_not_ask(runs: list[str]) -> None:
    said = gc("--dry-run").stdout
    told = json.loads(gc("--dry-run", "--json").stdout)

    assert said == "Would delete 2 runs (4 points), 2 files (3.0 kB).\n"
    assert told == {
        "runs": 2,
        "experiments": 0,
        "models": 0,
        "points": 4,
        "files": 2,
        "bytes": 3000,
        "shared": 0,
        "kept": [],
    }
    assert run_ids() == sorted(runs)


def test_mlflow_s_options(runs: list[str], folder: Path) -> None:
    uri = f"sqlite:///{folder}/.headrace/headrace.db"
    gc("--backend-store-uri", uri, "--run-ids", f"{runs[0]}", "--older-than", "0s", "-y")
    assert run_ids() == sorted(runs[1:])
    gc("--tracking-uri", str(folder / ".headrace"), "--older-than", "1d2h3m4.5s", "--yes")
    assert run_ids() == sorted(runs[1:])
    failed = gc("--yes", "--experiment-ids", "1", code=1)
    assert "The experiment 1 must be in the 'deleted' state" in failed.stderr
    failed = gc("--yes", "--run-ids", f"{runs[1]},{runs[2]}", code=1)
    assert f"The run {runs[2]} must be in the 'deleted' state" in failed.stderr
    assert "Could not parse any time" in gc("--older-than", "soon", code=1).stderr
    assert gc("--yes", "--logged-model-ids", "m-1", code=1).stderr.startswith("Error: There is no")


def test_artifacts_behind_a_server(folder: Path) -> None:
    store = open_tracking_store()
    experiment = make_experiment(store, "far", artifact_location="mlflow-artifacts:/far")
    run_id, model = make_run(store, experiment), make_model(store, experiment)
    for place in (folder / "kept" / "far" / run_id, folder / "kept" / "far" / "models" / model):
        (place / "artifacts").mkdir(parents=True)
        (place / "artifacts" / "a.txt").write_text("a")
    store.delete_experiment(api.DeleteExperiment(experiment_id=experiment))
    store.close()

    said = gc("--yes")
    assert said.stdout.startswith("Nothing.\n")
    assert f"run         {run_id}" in said.stdout
    assert "3 things had to stay" in said.stderr

    gc("--yes", "--artifacts-destination", str(folder / "kept"))

    assert list((folder / "kept").rglob("*.txt")) == []
    assert run_ids() == []


def test_locations_that_clients_chose_are_left_alone(folder: Path) -> None:
    store = open_tracking_store()
    chosen = folder / "precious"
    experiment = make_experiment(store, "far", artifact_location=str(chosen))
    run_id = make_run(store, experiment)
    (chosen / run_id / "artifacts").mkdir(parents=True)
    (chosen / run_id / "artifacts" / "a.txt").write_text("a")
    store.delete_run(api.DeleteRun(run_id=run_id))
    store.close()

    said = gc("--yes")

    assert said.stdout.startswith("Nothing.\n")
    assert "--artifact-roots" in said.stdout
    assert (chosen / run_id / "artifacts" / "a.txt").exists()

    gc("--yes", "--artifact-roots", f"/nowhere,{chosen}")

    assert not (chosen / run_id).exists()
    assert run_ids() == []


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("30d", 30 * 86_400_000),
        ("1d2h3m4s", 93_784_000),
        ("1.2d3h4m5s", 114_725_000),
        (".5h", 1_800_000),
        ("0s", 0),
    ],
)
def test_ages(text: str, milliseconds: int) -> None:
    assert milliseconds_of(text) == milliseconds


@pytest.mark.parametrize("text", ["", "d", "1", "1s2d", "-1d", "1.d", "1d ", "1e3s", "٣d"])
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match="Could not parse any time information"):
        milliseconds_of(text)


# --- many runs at once ---------------------------------------------------------------------------


def headrace(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == code, result.output
    return result


def test_many_runs_are_changed_and_changed_back(runs: list[str]) -> None:
    active = runs[2]
    said = headrace("runs", "restore", *runs).stdout
    assert said.startswith("2 runs restored. Take it back with: headrace runs undo ")
    assert headrace("runs", "undo", said.split()[-1]).stdout == "Changed 2 runs back.\n"
    assert headrace("runs", "delete", runs[0]).stdout == "No run was deleted.\n"

    tagged = json.loads(
        headrace("runs", "tag", "--filter", "", "-n", "wine", "--set", "a=1", "--json").stdout
    )
    assert tagged["runs"] == 1
    headrace("experiments", "create", "-n", "churn")
    moved = json.loads(headrace("runs", "move", active, "--to", "churn", "--json").stdout)
    shown = json.loads(headrace("runs", "show", active, "--json").stdout)
    assert shown["info"]["experiment_id"] == "2"
    assert shown["data"]["tags"]["a"] == "1"
    headrace("runs", "undo", moved["operation_id"])

    listed = json.loads(headrace("runs", "operations", "--json").stdout)
    assert [item["kind"] for item in listed] == ["move", "tag", "restore"]
    assert "Taken back" in headrace("runs", "operations").stdout
    assert "taken back already" in headrace("runs", "undo", moved["operation_id"], code=1).stderr


def test_runs_must_be_named(runs: list[str]) -> None:
    assert "Name runs" in headrace("runs", "delete", code=2).stderr
    both = headrace("runs", "delete", runs[0], "--filter", "x", "-n", "wine", code=2)
    assert "With --filter give" in both.stderr
    assert "With --filter give" in headrace("runs", "tag", "--filter", "x", code=2).stderr
