"""``headrace artifacts verify``: a flipped bit is found wherever the files lie."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import headrace
from headrace.api.verification import VerifyArtifacts
from headrace.artifacts.digests import digest_of
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.objects import ObjectArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.artifacts.served import ServedArtifactStore, served_by
from headrace.artifacts.verification import check_files
from headrace.cli.root import cli
from headrace.client.tracking import close_sessions
from headrace.entities import FileState
from headrace.errors import InvalidParameterValue
from headrace.server import verification
from tests.servers import Server, headrace_server


@pytest.fixture(autouse=True)
def folder(fresh_client: Path) -> Path:
    return fresh_client


@pytest.fixture
def run_id(folder: Path) -> str:
    """A run that is over, with a model of its own."""
    return make_run()


def make_run() -> str:
    with headrace.start_run() as run:
        for path in ("a.txt", "deep/a.txt", "deep/b.txt", "deep.txt"):
            headrace.log_text(f"content of {path}", path)
        model = headrace.create_external_model(name="net")
        Path("weights").write_bytes(b"weights")
        headrace.MlflowClient().log_model_artifact(model.model_id, "weights")
    close_sessions()
    return run.info.run_id


def verify(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, ["artifacts", "verify", *arguments])
    assert result.exit_code == code, result.output
    return result


def states(*arguments: str, code: int = 0) -> dict[str, str]:
    """Return the state of each file; a model's by the end of its URI."""
    shown = json.loads(verify(*arguments, "--json", code=code).stdout)
    return {one["path"].rpartition("m-")[2][-30:]: one["state"] for one in shown}


def root_of(run_id: str) -> Path:
    return Path(headrace.MlflowClient().get_run(run_id).info.artifact_uri.removeprefix("file://"))


def flip_a_bit(file: Path, *, quietly: bool) -> None:
    """Change one bit of a file, maybe as a disk does, which changes no times."""
    before = file.stat()
    with file.open("r+b") as stream:
        first = stream.read(1)[0]
        stream.seek(0)
        stream.write(bytes([first ^ 1]))
    if quietly:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_nothing_is_wrong_with_what_was_stored(run_id: str) -> None:
    result = verify(run_id[:10])

    assert result.stdout == ""
    assert result.stderr.startswith("6 files, ")
    assert result.stderr.endswith(" all as they were stored.\n")
    assert set(states(run_id).values()) == {"ok"}
    assert list(states(run_id, "deep")) == ["deep/a.txt", "deep/b.txt"]
    assert list(states(run_id, "deep/b.txt")) == ["deep/b.txt"]


@pytest.mark.parametrize("quietly", [True, False])
def test_a_flipped_bit_is_found(run_id: str, quietly: bool) -> None:
    flip_a_bit(root_of(run_id) / "deep" / "b.txt", quietly=quietly)

    result = verify(run_id, code=1)

    _, line = result.stdout.splitlines()
    assert line.split()[:2] == ["changed", "deep/b.txt"]
    assert digest_of(b"content of deep/b.txt")[:16] in line
    assert result.stderr == "1 of 6 files not as they were stored.\n"
    assert states(run_id, "deep", code=1) == {"deep/a.txt": "ok", "deep/b.txt": "changed"}
    assert states(str(root_of(run_id).parent), code=0).popitem()[1] == "not_recorded"


def test_a_flipped_bit_in_a_model_of_the_run_is_found(run_id: str) -> None:
    client = headrace.MlflowClient()
    [model] = client.search_logged_models(["0"])
    flip_a_bit(Path(model.artifact_location.removeprefix("file://")) / "weights", quietly=True)

    [line] = [
        one for one in verify(run_id, code=1).stdout.splitlines() if one.startswith("changed")
    ]
    assert line.split()[1] == f"models:/{model.model_id}/weights"
    verify(model.model_id, code=1)
    assert verify(run_id, "net", code=1).stdout.splitlines()[1].split()[1] == "net/weights"


def test_what_others_deleted_is_missing_and_what_we_deleted_is_not(run_id: str) -> None:
    (root_of(run_id) / "deep" / "a.txt").unlink()
    headrace.MlflowClient().delete_artifacts(run_id, "a.txt")
    close_sessions()

    found = states(run_id, code=1)

    assert found["deep/a.txt"] == "missing"
    assert "a.txt" not in found
    headrace.MlflowClient().delete_artifacts(run_id, "deep")
    headrace.MlflowClient().log_text(run_id, "again", "a.txt")
    close_sessions()
    assert {path: state for path, state in states(run_id).items() if "." in path} == {
        "a.txt": "ok",
        "deep.txt": "ok",
    }


def test_what_others_put_there_is_told_and_no_error(run_id: str) -> None:
    (root_of(run_id) / "note").write_text("of somebody else")

    result = verify(run_id)

    assert result.stdout.splitlines()[1].split()[:3] == ["not", "recorded", "note"]
    assert "of 1 nobody recorded what they were" in result.stderr


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_read(run_id: str) -> None:
    class Broken(LocalArtifactStore):
        def open_described(self, path: str) -> Any:
            file = super().open_described(path)
            return file._replace(size=file.size + 1) if path == "a.txt" else file

    checks = list(Broken(str(root_of(run_id))).check_files())

    assert [check.path for check in checks] == ["a.txt", "deep/a.txt", "deep/b.txt", "deep.txt"]
    assert [check.state for check in checks] == ["unreadable", "ok", "ok", "ok"]
    assert checks[0].problem == "It ends after 16 bytes."


def test_names_that_are_wrong(run_id: str) -> None:
    assert "No such artifact: 'nothing'" in verify(run_id, "nothing", code=1).stderr
    assert "not found" in verify("f" * 32, code=1).stderr
    verify(code=2)
    verify(run_id, "--experiment", "Default", code=2)
    assert "nobody" in verify("--experiment", "nobody", code=1).stderr


def test_an_experiment_is_verified_whole(run_id: str) -> None:
    other = make_run()
    flip_a_bit(root_of(other) / "a.txt", quietly=True)

    found = verify("--experiment", "Default", code=1)

    assert found.stdout.splitlines()[1].split()[:2] == ["changed", f"runs:/{other}/a.txt"]
    assert "1 of 12 files" in found.stderr


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with headrace_server(folder / "server") as server:
        headrace.set_tracking_uri(server.url)
        yield server


def test_a_flipped_bit_behind_a_server_is_found(server: Server) -> None:
    run_id = make_run()
    assert set(states(run_id).values()) == {"ok"}
    [file] = server.artifact_root.rglob("deep/b.txt")
    flip_a_bit(file, quietly=True)

    assert states(run_id, "deep", code=1) == {"deep/a.txt": "ok", "deep/b.txt": "changed"}


def test_a_flipped_bit_in_a_bucket_is_found(s3_root: str) -> None:
    headrace.set_experiment(
        experiment_id=headrace.create_experiment("bucket", artifact_location=s3_root)
    )
    run_id = make_run()
    assert set(states(run_id).values()) == {"ok"}
    store = open_artifact_store(f"{s3_root}/{run_id}/artifacts")
    assert isinstance(store, ObjectArtifactStore)
    content = b"Content of deep/b.txt"
    store._objects.put(store._key("deep/b.txt"), content, digest_of(b"content of deep/b.txt"))

    assert states(run_id, "deep", code=1) == {"deep/a.txt": "ok", "deep/b.txt": "changed"}


def test_pages_go_on_where_the_one_before_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalArtifactStore(str(folder / "root"))
    paths = ["a", "b/a", "b/b/c", "b.txt", "c/a", "c/b"]
    for path in paths:
        source = folder / "source"
        source.write_text(path)
        store.put_file(source, path)
    (folder / "root" / "b" / "a").unlink()
    monkeypatch.setattr(verification, "SECONDS_A_PAGE", 0.0)

    found, token = [], None
    while True:
        page = verification.verify_page(store, "", token)
        found += [(file.path, file.state) for file in page.files]
        token = page.next_page_token
        if token is None:
            break
        assert len(page.files) == 1

    assert found == [(path, "missing" if path == "b/a" else "ok") for path in paths]


def test_a_large_file_is_left_to_the_client(folder: Path) -> None:
    store = LocalArtifactStore(str(folder / "root"))
    (folder / "source").write_bytes(b"12345")
    store.put_file(folder / "source", "large")

    [check] = check_files(store, most_bytes=4)
    assert (check.state, check.size, check.digest) == (FileState.NOT_READ, 5, None)
    [check] = check_files(store, most_bytes=5)
    assert check.state == FileState.OK


def test_a_client_reads_what_its_server_does_not(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = make_run()
    [file] = server.artifact_root.rglob("deep/b.txt")
    flip_a_bit(file, quietly=True)
    store = ServedArtifactStore("", served_by(server.url), run_id=run_id)
    asked = store._ask

    def ask(endpoint: Any, request: Any) -> Any:
        page = asked(endpoint, request)
        if isinstance(request, VerifyArtifacts):
            for check in page.files:
                check.state = FileState.NOT_READ
        return page

    monkeypatch.setattr(store, "_ask", ask)

    assert {check.path: check.state for check in store.check_files("deep")} == {
        "deep/a.txt": "ok",
        "deep/b.txt": "changed",
    }
    with pytest.raises(InvalidParameterValue, match="Invalid path"):
        list(store.check_files("../x"))
