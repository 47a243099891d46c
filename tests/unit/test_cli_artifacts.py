"""``headrace artifacts``: every command by run, model and URI, in our spelling and in MLflow's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import headrace
from headrace.artifacts.digests import digest_of
from headrace.cli.root import cli
from headrace.client.tracking import close_sessions
from headrace.errors import ResourceDoesNotExist


@pytest.fixture(autouse=True)
def folder(fresh_client: Path) -> Iterator[Path]:
    (fresh_client / "loss.png").write_bytes(b"picture")
    (fresh_client / "logs" / "deep").mkdir(parents=True)
    (fresh_client / "logs" / "a.txt").write_bytes(b"a" * 1500)
    (fresh_client / "logs" / "deep" / "b.txt").write_bytes(b"b")
    return fresh_client


@pytest.fixture
def run_id(folder: Path) -> str:
    """A run that is over, with ``loss.png``, ``logs/a.txt`` and ``logs/deep/b.txt``."""
    with headrace.start_run() as run:
        headrace.log_artifact("loss.png")
        headrace.log_artifact("logs")
    close_sessions()
    return run.info.run_id


def artifacts(*arguments: str, code: int = 0, **options: Any) -> Result:
    """Run a command of the group; it must end with this exit code."""
    result = CliRunner().invoke(cli, ["artifacts", *arguments], **options)
    assert result.exit_code == code, result.output
    return result


def root_of(run_id: str) -> Path:
    return Path(headrace.MlflowClient().get_run(run_id).info.artifact_uri.removeprefix("file://"))


def paths(*arguments: str) -> list[str]:
    return [info["path"] for info in json.loads(artifacts("list", *arguments, "--json").stdout)]


def test_a_listing_has_sizes_and_folders_are_told_by_their_slash(run_id: str) -> None:
    result = artifacts("list", run_id)

    assert result.stdout.splitlines() == [
        "Path      Size",
        "logs/",
        "loss.png   7 B",
    ]


def test_every_name_of_an_artifact_leads_to_it(run_id: str) -> None:
    root = root_of(run_id)

    assert paths(run_id) == ["logs", "loss.png"]
    assert paths(run_id[:8], "logs") == ["logs/a.txt", "logs/deep"]
    assert paths(f"runs:/{run_id}/logs") == ["logs/a.txt", "logs/deep"]
    assert paths(f"runs:/{run_id}", "logs/deep") == ["logs/deep/b.txt"]
    assert paths(str(root / "logs")) == ["logs/a.txt", "logs/deep"]
    assert paths(root.as_uri(), "logs") == ["logs/a.txt", "logs/deep"]


def test_everything_below_a_folder_is_listed(run_id: str) -> None:
    assert paths(run_id, "--recursive") == [
        "logs",
        "logs/a.txt",
        "logs/deep",
        "logs/deep/b.txt",
        "loss.png",
    ]
    assert "3 files, 1.5 kB" in artifacts("list", run_id, "--recursive").stderr


def test_a_file_is_described_with_time_and_digest(run_id: str) -> None:
    (info,) = json.loads(artifacts("list", run_id, "loss.png", "--long", "--json").stdout)

    changed = info.pop("changed")
    assert abs(changed - root_of(run_id).joinpath("loss.png").stat().st_mtime * 1000) < 1
    assert info == {
        "path": "loss.png",
        "is_dir": False,
        "file_size": 7,
        "digest": digest_of(b"picture"),
    }
    assert digest_of(b"picture")[:16] in artifacts("list", run_id, "--long").stdout


def test_a_listing_in_mlflows_spelling_is_json(run_id: str) -> None:
    result = artifacts("list", "-r", run_id, "-a", "logs")

    assert json.loads(result.stdout) == [
        {"path": "logs/a.txt", "is_dir": False, "file_size": 1500},
        {"path": "logs/deep", "is_dir": True},
    ]


def test_files_and_folders_are_stored_under_their_names(run_id: str) -> None:
    result = artifacts("log", run_id[:10], "loss.png", "logs", "--to", "new")

    assert result.stdout == "Stored new/loss.png\nStored new/logs\n"
    assert (root_of(run_id) / "new" / "loss.png").read_bytes() == b"picture"
    assert (root_of(run_id) / "new" / "logs" / "deep" / "b.txt").read_bytes() == b"b"


def test_files_are_stored_in_a_model_and_below_a_uri(folder: Path) -> None:
    model = headrace.MlflowClient().create_logged_model("0", name="net").model_id
    close_sessions()

    artifacts("log", model, "loss.png")
    artifacts("log", f"models:/{model}/sub", "logs")
    artifacts("log", f"{folder}/elsewhere", "loss.png", "logs")

    assert paths(model, "--recursive") == [
        "loss.png",
        *("sub", "sub/logs", "sub/logs/a.txt", "sub/logs/deep", "sub/logs/deep/b.txt"),
    ]
    assert (folder / "elsewhere" / "loss.png").read_bytes() == b"picture"
    assert (folder / "elsewhere" / "logs" / "deep" / "b.txt").read_bytes() == b"b"


def test_mlflows_spelling_of_storing(run_id: str) -> None:
    artifacts("log-artifact", "-l", "loss.png", "-r", run_id, "-a", "plots")
    artifacts("log-artifacts", "-l", "logs", "-r", run_id, "-a", "copies")

    assert paths(run_id, "plots") == ["plots/loss.png"]
    assert paths(run_id, "copies") == ["copies/a.txt", "copies/deep"]


def test_a_download_goes_into_the_folder_that_is_named(run_id: str, folder: Path) -> None:
    result = artifacts("download", run_id, "logs", "--to", "out")

    assert result.stdout == f"{folder}/out/logs\n"
    assert (folder / "out" / "logs" / "deep" / "b.txt").read_bytes() == b"b"
    shown = json.loads(
        artifacts("download", f"runs:/{run_id}/loss.png", "-d", "x", "--json").stdout
    )
    assert shown == {"path": f"{folder}/x/loss.png"}


def test_a_download_replaces_nothing_unasked(run_id: str, folder: Path) -> None:
    (folder / "loss.png").write_bytes(b"my own")

    refused = artifacts("download", run_id, "loss.png", code=1)

    assert "--overwrite" in refused.stderr
    assert (folder / "loss.png").read_bytes() == b"my own"
    artifacts("download", run_id, "loss.png", "--overwrite")
    assert (folder / "loss.png").read_bytes() == b"picture"


def test_mlflows_spelling_of_a_download(run_id: str, folder: Path) -> None:
    by_run = artifacts("download", "-r", run_id, "-a", "loss.png").stdout.strip()
    by_uri = artifacts("download", "-u", f"runs:/{run_id}/loss.png", "-d", "out").stdout.strip()

    assert by_run == str(root_of(run_id) / "loss.png")  # it lies on this machine
    assert by_uri == f"{folder}/out/loss.png"
    assert Path(by_uri).read_bytes() == b"picture"


def test_a_file_is_deleted_after_a_question(run_id: str) -> None:
    asked = artifacts("delete", run_id, "loss.png", input="n\n", code=1)
    assert f"Delete runs:/{run_id}/loss.png (1 file, 7 B) for good?" in asked.output
    assert paths(run_id) == ["logs", "loss.png"]

    artifacts("delete", run_id, "loss.png", input="y\n")
    assert paths(run_id) == ["logs"]


def test_a_folder_is_deleted_only_if_that_is_said(run_id: str) -> None:
    refused = artifacts("delete", run_id, "logs", "--yes", code=1)
    assert "a folder with 2 files: give --recursive" in refused.stderr

    shown = artifacts("delete", run_id, "logs", "--yes", "--recursive", "--json").stdout
    assert json.loads(shown) == {"deleted": f"runs:/{run_id}/logs", "files": 2, "bytes": 1501}
    assert paths(run_id) == ["loss.png"]

    artifacts("delete", run_id, "--recursive", "--yes")
    assert paths(run_id) == []
    assert artifacts("list", run_id).stderr == "No artifacts.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("list",), 2, "Name a run"),
        (("list", "0123456789abcdef"), 1, "not found"),
        (("list", "{run}", "nowhere"), 1, "No such artifact: 'nowhere'"),
        (("list", "{run}", "../x"), 1, "it holds '..'"),
        (("list", "{run}", "-r", "{run}"), 2, "not by both"),
        (("list", "gopher://host/x"), 1, "No artifact store for gopher:"),
        (("log", "{run}"), 2, "Missing argument"),
        (("log", "{run}", "nowhere.txt"), 1, "There is no local file or folder"),
        (("log", "{run}", "loss.png", "--to", "/abs"), 1, "it is absolute"),
        (("log", "{run}", "loss.png", "--to", "loss.png"), 1, "a folder stands where a file"),
        (("log-artifacts", "-r", "{run}", "-l", "loss.png"), 2, "is a file"),
        (("download", "{run}", "nowhere"), 1, "No such artifact"),
        (("download", "{run}", "logs", "--to", "loss.png/x"), 1, "loss.png"),
        (("download", "-u", "runs:/x", "-r", "{run}"), 2, "nothing else"),
        (("delete", "{run}", "nowhere", "--yes"), 1, "No such artifact"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    run_id: str, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = artifacts(*(text.replace("{run}", run_id) for text in arguments), code=code)

    assert words in result.output
    assert paths(run_id, "--recursive") == [
        *("logs", "logs/a.txt", "logs/deep", "logs/deep/b.txt", "loss.png")
    ]


def test_the_api_deletes_too(run_id: str) -> None:
    client = headrace.MlflowClient()
    client.delete_artifacts(run_id, "logs/deep")
    assert [info.path for info in client.list_artifacts(run_id, "logs")] == ["logs/a.txt"]

    headrace.artifacts.delete_artifacts(artifact_uri=f"runs:/{run_id}/loss.png")
    headrace.artifacts.delete_artifacts(run_id=run_id, artifact_path="logs")
    assert client.list_artifacts(run_id) == []
    with pytest.raises(ResourceDoesNotExist, match="No such artifact"):
        client.delete_artifacts(run_id, "logs")
