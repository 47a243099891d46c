"""Files of registered versions: recorded, not changed through a server, and read as registered."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

import headrace
from headrace.api import registry as api
from headrace.api import tracking
from headrace.artifacts.bundles import BundledFile, bundle_head
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.client.sealed_view import SealedView
from headrace.client.tracking import close_sessions
from headrace.entities import VersionContent
from headrace.errors import HeadraceError
from headrace.server.contents import ContentKeeper, Stopped
from tests.unit.server_client import Client

FILES = "/api/1.0/headrace/artifacts/files"
BUNDLES = "/api/1.0/headrace/artifacts/bundles"
UPLOADS = "/api/1.0/headrace/artifacts/uploads"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A server whose runs of the experiment ``proxied`` lie behind ``mlflow-artifacts:``."""
    client = Client(tmp_path, artifacts_destination=str(tmp_path / "kept"))
    client.store.create_registered_model(api.CreateRegisteredModel(name="m"))
    yield client
    client.close()


@pytest.fixture
def run_id(client: Client) -> str:
    return client.new_run()


def digest_of(content: bytes) -> str:
    return blake3(content).hexdigest()


def put(client: Client, run_id: str, path: str, content: bytes) -> str:
    """Store a file of a run; return the error code, empty if it is stored."""
    query = f"run_id={run_id}&path={path}&size={len(content)}&digest={digest_of(content)}"
    return code_of(client.call("PUT", f"{FILES}?{query}", content))


def code_of(answer: Any) -> str:
    return "" if answer.status == 200 else str(answer.error_code)


def register(client: Client, source: str, run_id: str | None = None, **fields: Any) -> str:
    request = api.CreateModelVersion(name="m", source=source, run_id=run_id, **fields)
    return client.store.create_model_version(request).model_version.version


def register_folder(client: Client, run_id: str, path: str = "model") -> str:
    return register(client, f"runs:/{run_id}/{path}", run_id)


def end_run(client: Client, run_id: str) -> None:
    client.store.update_run(tracking.UpdateRun(run_id=run_id, status="FINISHED", end_time=2))


def content_of(client: Client, version: str) -> VersionContent:
    request = api.GetModelVersionContent(name="m", version=version, files=True)
    return client.store.get_model_version_content(request).content


def ask(client: Client, version: str) -> VersionContent:
    """Have the files of a version looked at, and return how they are."""
    client.store.check_model_version_content(
        api.CheckModelVersionContent(name="m", version=version)
    )
    keeper(client).work()
    return content_of(client, version)


def keeper(client: Client, **options: Any) -> ContentKeeper:
    return ContentKeeper(client.store, client.dispatcher.roots, **options)


def folder_of(client: Client, run_id: str) -> Path:
    info = client.store.get_run(tracking.GetRun(run_id=run_id)).run.info
    return Path(info.artifact_uri or "")


# --- when the files are recorded -----------------------------------------------------------------


def test_digests_are_those_of_the_bytes_that_came(client: Client, run_id: str) -> None:
    put(client, run_id, "model/b/w.bin", b"weights")
    put(client, run_id, "model/a.txt", b"words")
    put(client, run_id, "other.txt", b"more")
    version = register_folder(client, run_id)
    assert content_of(client, version).state == "unverified"

    content = ask(client, version)

    assert content.state == "verified"
    assert [(one.path, one.size, one.digest) for one in content.files] == [
        ("a.txt", 5, digest_of(b"words")),
        ("b/w.bin", 7, digest_of(b"weights")),
    ]
    lines = "".join(f"{one.digest} {one.size} {one.path}\n" for one in content.files)
    assert content.digest == digest_of(lines.encode())
    found = client.store.get_model_version(api.GetModelVersion(name="m", version=version))
    assert found.model_version.content_digest == content.digest


def test_what_nobody_recorded_is_read(client: Client, run_id: str) -> None:
    place = folder_of(client, run_id) / "model" / "w.bin"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"by hand")

    (file,) = ask(client, register_folder(client, run_id)).files

    assert (file.path, file.size, file.digest) == ("w.bin", 7, digest_of(b"by hand"))


def test_files_of_a_run_that_goes_on_may_still_come(client: Client, run_id: str) -> None:
    put(client, run_id, "model/a.txt", b"1")
    version = register_folder(client, run_id)
    keeper(client, grace=0).work()
    assert content_of(client, version).state == "unverified"
    assert put(client, run_id, "model/b.txt", b"2") == ""

    end_run(client, run_id)
    keeper(client, grace=0).work()  # it was put off for no time at all

    assert [one.path for one in content_of(client, version).files] == ["a.txt", "b.txt"]


def test_files_of_a_run_that_goes_on_for_long_are_recorded(client: Client, run_id: str) -> None:
    put(client, run_id, "model/a.txt", b"1")
    version = register_folder(client, run_id)

    keeper(client, running_grace=0).work()

    assert content_of(client, version).state == "verified"


def test_a_logged_model_is_complete_when_it_is_ready(client: Client, run_id: str) -> None:
    request = tracking.CreateLoggedModel(experiment_id="0", source_run_id=run_id)
    model_id = client.store.create_logged_model(request).model.model_id
    content = b"words"
    query = f"model_id={model_id}&path=a.txt&size=5&digest={digest_of(content)}"
    assert client.call("PUT", f"{FILES}?{query}", content).status == 200
    version = register(client, f"models:/{model_id}", model_id=model_id)
    keeper(client, grace=0).work()
    assert content_of(client, version).state == "unverified"

    ready = tracking.FinalizeLoggedModel(model_id=model_id, status="LOGGED_MODEL_READY")
    client.store.finalize_logged_model(ready)
    keeper(client, grace=0).work()

    assert [one.path for one in content_of(client, version).files] == ["a.txt"]
    query = f"model_id={model_id}&path=b.txt&size=5&digest={digest_of(content)}"
    refused = client.call("PUT", f"{FILES}?{query}", content)
    assert refused.error_code == "RESOURCE_CONFLICT"


def test_a_folder_without_files_waits_for_them(client: Client, run_id: str) -> None:
    version = register_folder(client, run_id)
    content = ask(client, version)
    assert (content.state, content.problem) == ("unverified", "There are no files yet.")
    assert put(client, run_id, "model/a.txt", b"1") == ""
    assert ask(client, version).state == "verified"


def test_one_file_is_told(client: Client, run_id: str) -> None:
    put(client, run_id, "model.pkl", b"1")
    problem = ask(client, register_folder(client, run_id, "model.pkl")).problem
    assert problem == "It is one file: only a folder can be recorded."


def test_a_place_that_the_server_does_not_open_is_told(client: Client) -> None:
    content = ask(client, register(client, "s3://bucket/model"))
    assert content.state == "unverified"
    assert "--artifact-roots" in (content.problem or "")
    assert client.store.find_due_contents(10) == []  # not at once again


def test_versions_of_one_place_are_recorded_together(client: Client, run_id: str) -> None:
    put(client, run_id, "model/a.txt", b"1")
    versions = [register_folder(client, run_id) for _ in range(3)]
    ask(client, versions[1])
    assert {content_of(client, version).state for version in versions} == {"verified"}
    assert client.store.find_due_contents(10) == []


def test_a_version_is_read_by_one_server(client: Client, run_id: str) -> None:
    put(client, run_id, "model/a.txt", b"1")
    version = register_folder(client, run_id)
    client.store.check_model_version_content(
        api.CheckModelVersionContent(name="m", version=version)
    )
    (due,) = client.store.find_due_contents(10)

    assert client.store.claim_content(due)
    assert not client.store.claim_content(due)
    assert client.store.find_due_contents(10) == []


def test_what_a_server_left_half_read_is_read_by_the_next(client: Client, run_id: str) -> None:
    place = folder_of(client, run_id) / "model" / "w.bin"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"by hand")
    version = register_folder(client, run_id)
    end_run(client, run_id)
    stopped = keeper(client)
    stopped.stop()
    with pytest.raises(Stopped):
        stopped.work()
    assert content_of(client, version).state == "unverified"

    assert ask(client, version).state == "verified"


def test_a_running_server_needs_no_one_to_ask(client: Client, run_id: str) -> None:
    put(client, run_id, "model/a.txt", b"1")
    version = register_folder(client, run_id)
    end_run(client, run_id)
    running = keeper(client)
    running.start()
    try:
        until(lambda: content_of(client, version).state == "verified")
    finally:
        running.stop()


def until(is_so: Any) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("That took more than half a minute.")


# --- what does not change any more ---------------------------------------------------------------


@pytest.fixture
def sealed(client: Client, run_id: str) -> str:
    """The run of a version that has ``a.txt`` and ``b/c.txt``, in the folder ``model``."""
    put(client, run_id, "model/a.txt", b"first")
    put(client, run_id, "model/b/c.txt", b"second")
    ask(client, register_folder(client, run_id))
    return run_id


def test_files_are_neither_replaced_nor_added(client: Client, sealed: str) -> None:
    for path in ("model/a.txt", "model/b/c.txt", "model/new.txt", "model/./a.txt", "model//a.txt"):
        assert put(client, sealed, path, b"other") == "RESOURCE_CONFLICT", path
    assert put(client, sealed, "model/a.txt", b"first") == ""  # sent again, as after a lost answer
    assert put(client, sealed, "models/a.txt", b"other") == ""
    assert ask(client, "1").state == "verified"


def test_the_refusal_says_the_way_out(client: Client, sealed: str) -> None:
    query = f"run_id={sealed}&path=model/a.txt&size=1&digest={digest_of(b'x')}"
    message = client.call("PUT", f"{FILES}?{query}", b"x").message
    assert "'model/a.txt' is not stored" in message
    assert "headrace models delete m/1" in message

    client.store.delete_model_version(api.DeleteModelVersion(name="m", version="1"))
    assert put(client, sealed, "model/a.txt", b"x") == ""


def test_no_way_in_is_open(client: Client, sealed: str) -> None:
    content = b"other"
    fields = {"run_id": sealed, "path": "model/a.txt", "size": 5, "digest": digest_of(content)}
    begin = client.call("POST", f"{UPLOADS}/begin", fields)
    assert code_of(begin) == "RESOURCE_CONFLICT"
    query = f"run_uuid={sealed}&path=model/a.txt"
    ajax = client.call("POST", f"/ajax-api/2.0/mlflow/upload-artifact?{query}", content)
    assert code_of(ajax) == "RESOURCE_CONFLICT"
    assert (folder_of(client, sealed) / "model" / "a.txt").read_bytes() == b"first"


def test_a_large_file_whose_digest_comes_last(client: Client, sealed: str) -> None:
    content = os.urandom(5)
    fields = {"run_id": sealed, "path": "model/a.txt", "size": 5, "source": "here"}
    assert client.call("POST", f"{UPLOADS}/begin", fields).status == 200
    query = f"run_id={sealed}&path=model/a.txt&size=5&source=here&part=0"
    assert client.call("PUT", f"{UPLOADS}/parts?{query}", content).status == 200

    finish = {**fields, "digest": digest_of(content)}
    refused = client.call("POST", f"{UPLOADS}/finish", finish)

    assert code_of(refused) == "RESOURCE_CONFLICT"
    assert (folder_of(client, sealed) / "model" / "a.txt").read_bytes() == b"first"


def test_of_a_bundle_the_others_are_stored(client: Client, sealed: str) -> None:
    files = [("model/a.txt", b"other"), ("plots/p.txt", b"plot"), ("../x", b"out")]
    heads = [BundledFile(path, len(content), digest_of(content)) for path, content in files]
    body = b"".join([bundle_head(heads), *(content for _, content in files)])

    answer = client.call("PUT", f"{BUNDLES}?run_id={sealed}", body)

    codes = {one["number"]: one["error_code"] for one in answer.json["refused"]}
    assert codes == {0: "RESOURCE_CONFLICT", 2: "INVALID_PARAMETER_VALUE"}
    assert (folder_of(client, sealed) / "plots" / "p.txt").read_bytes() == b"plot"


def test_of_a_large_bundle_the_others_are_stored(client: Client, sealed: str) -> None:
    files = [(f"plots/{number}.txt", b"plot") for number in range(50)]
    files[30] = ("model/new.txt", b"other")
    heads = [BundledFile(path, len(content), digest_of(content)) for path, content in files]
    body = b"".join([bundle_head(heads), *(content for _, content in files)])

    answer = client.call("PUT", f"{BUNDLES}?run_id={sealed}", body)
    other = client.call("PUT", f"{BUNDLES}?run_id={client.new_run()}", body)

    assert [one["number"] for one in answer.json["refused"]] == [30]
    assert other.json == {"refused": []}


@pytest.mark.parametrize("path", ["model/a.txt", "model/b", "model", "", "model/absent"])
def test_files_are_not_deleted(client: Client, sealed: str, path: str) -> None:
    put(client, sealed, "other/x.txt", b"x")
    fields = {"run_id": sealed, "path": path}
    refused = client.call("DELETE", FILES, fields)
    assert code_of(refused) == "RESOURCE_CONFLICT"
    assert client.call("DELETE", FILES, fields | {"path": "other"}).status == 200
    assert ask(client, "1").state == "verified"


def test_a_run_that_is_a_version_goes_on_to_log(client: Client, run_id: str) -> None:
    put(client, run_id, "a.txt", b"first")
    version = register_folder(client, run_id, "")
    assert ask(client, version).state == "verified"

    assert put(client, run_id, "plots/later.txt", b"plot") == ""
    assert put(client, run_id, "a.txt", b"other") == "RESOURCE_CONFLICT"
    for path, code in (("plots", ""), ("a.txt", "RESOURCE_CONFLICT"), ("", "RESOURCE_CONFLICT")):
        fields = {"run_id": run_id, "path": path}
        assert code_of(client.call("DELETE", FILES, fields)) == code, path
    assert [one.path for one in content_of(client, version).files] == ["a.txt"]


def test_behind_the_calls_of_mlflow(client: Client) -> None:
    location = tracking.CreateExperiment(name="p", artifact_location="mlflow-artifacts:/p")
    experiment = client.store.create_experiment(location).experiment_id
    run = client.store.create_run(tracking.CreateRun(experiment_id=experiment)).run.info
    way = f"p/{run.run_id}/artifacts/model"
    assert client.call("PUT", f"{PROXY}/{way}/a.txt", b"first").status == 200
    version = register(client, f"{run.artifact_uri}/model", run.run_id)
    assert ask(client, version).state == "verified"

    for call in (
        client.call("PUT", f"{PROXY}/{way}/a.txt", b"other"),
        client.call("PUT", f"{PROXY}/{way}/new.txt", b"other"),
        client.call("DELETE", f"{PROXY}/{way}/a.txt"),
        client.call("DELETE", f"{PROXY}/p/{run.run_id}"),
        client.call(
            "POST", f"/api/2.0/mlflow-artifacts/mpu/create/{way}", {"path": "a.txt", "num_parts": 1}
        ),
    ):
        assert code_of(call) == "RESOURCE_CONFLICT"
    assert client.call("PUT", f"{PROXY}/{way}/a.txt", b"first").status == 200
    assert client.call("PUT", f"{PROXY}/{way}s/a.txt", b"other").status == 200
    assert ask(client, version).state == "verified"


def test_to_ask_what_is_sealed_loads_no_sqlalchemy(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from headrace.artifacts.local import LocalArtifactStore\n"
        "from headrace.stores.seals import Seals\n"
        "from headrace.stores.uri import open_tracking_store\n"
        "seals = Seals(open_tracking_store(sys.argv[1]))\n"
        "seals.check_write(LocalArtifactStore(sys.argv[1]), 'a/b')\n"
        "seals.check_delete(LocalArtifactStore(sys.argv[1]), 'a')\n"
        "assert 'sqlalchemy' not in sys.modules"
    )
    # It takes seconds, for which the first who stores a file would wait.
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "store")], check=True)


# --- changes behind the server's back ------------------------------------------------------------


def test_changes_are_found_and_told(client: Client, sealed: str) -> None:
    folder = folder_of(client, sealed) / "model"
    (folder / "a.txt").write_bytes(b"fIrst")
    (folder / "new.txt").write_bytes(b"new")

    content = ask(client, "1")

    assert content.state == "changed"
    assert [(one.path, one.state) for one in content.problems] == [
        ("a.txt", "changed"),
        ("new.txt", "not_recorded"),
    ]
    (folder / "a.txt").unlink()
    assert ask(client, "1").state == "missing"
    (folder / "a.txt").write_bytes(b"first")
    assert ask(client, "1").state == "verified"

    changes = client.store.list_registry_changes(
        api.ListRegistryChanges(name="m", kind="content")
    ).changes
    assert [(one.before, one.after) for one in reversed(changes)] == [
        (None, content.digest),
        ("verified", "changed"),
        ("changed", "missing"),
        ("missing", "verified"),
    ]


def test_what_was_recorded_stays(client: Client, sealed: str) -> None:
    before = content_of(client, "1")
    (folder_of(client, sealed) / "model" / "a.txt").write_bytes(b"other")
    ask(client, "1")
    second = register_folder(client, sealed)
    ask(client, second)

    assert (content_of(client, "1").digest, content_of(client, "1").files) == (
        before.digest,
        before.files,
    )
    assert content_of(client, second).digest != before.digest
    assert content_of(client, "1").state == "changed"


# --- in a store of one's own ---------------------------------------------------------------------


@pytest.fixture
def model(store_folder: Path) -> Path:
    """The folder of the version ``churn/1`` of an embedded store; its files are registered."""
    with headrace.start_run() as run:
        headrace.log_text("0.3", "model/weights.txt")
        headrace.log_text("x", "model/a/b.txt")
    headrace.register_model(f"runs:/{run.info.run_id}/model", "churn")
    uri = headrace.MlflowClient().get_model_version_download_uri("churn", "1")
    close_sessions()
    return Path(uri)


def download(to: Path, path: str = "", **options: Any) -> Path:
    uri = f"models:/churn/1/{path}".rstrip("/")
    return Path(headrace.artifacts.download_artifacts(uri, dst_path=to, **options))


def refused() -> Any:
    return pytest.raises(headrace.MlflowException, match="not those that were registered")


def test_registering_records_at_once(model: Path) -> None:
    content = headrace.MlflowClient().get_model_version_content("churn", "1")
    assert content.state == "verified"
    assert [one.path for one in content.files] == ["a/b.txt", "weights.txt"]


def test_a_copy_is_what_was_registered(model: Path, tmp_path: Path) -> None:
    assert Path(headrace.artifacts.download_artifacts("models:/churn/1")) == model
    copy = download(tmp_path / "copy")
    assert (copy / "weights.txt").read_text() == "0.3"
    assert (copy / "a" / "b.txt").read_text() == "x"
    assert sorted(path.name for path in copy.iterdir()) == ["a", "weights.txt"]
    assert download(tmp_path / "part", "a") == tmp_path / "part" / "a"
    assert download(tmp_path / "part", "a/b.txt").read_text() == "x"
    assert headrace.artifacts.load_text("models:/churn/1/a/b.txt") == "x"


@pytest.mark.parametrize("change", ["content", "size", "gone"])
def test_another_content_is_not_handed_out(model: Path, tmp_path: Path, change: str) -> None:
    place, copy = model / "weights.txt", tmp_path / "copy"
    times = place.stat()
    if change == "gone":
        place.unlink()
    else:
        place.write_text("0.4" if change == "content" else "0.35")
        os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))
    copy.mkdir()
    (copy / "weights.txt").write_text("mine")

    for call in (
        lambda: download(copy),
        lambda: headrace.artifacts.download_artifacts("models:/churn/1"),
    ):
        with refused() as caught:
            call()
        assert "'weights.txt'" in str(caught.value)
        assert caught.value.error_code == "DATA_LOSS"
    assert [path.name for path in copy.iterdir()] == ["weights.txt"]
    assert (copy / "weights.txt").read_text() == "mine"
    # What else belongs to it is as it was.
    assert download(copy, "a/b.txt").read_text() == "x"
    assert download(tmp_path / "all the same", verify=False).is_dir()


def test_a_stream_of_another_content_ends_with_an_error(model: Path) -> None:
    (model / "weights.txt").write_text("0.4")
    with refused():
        headrace.artifacts.load_text("models:/churn/1/weights.txt")


def test_what_was_added_is_left_out(model: Path, tmp_path: Path) -> None:
    (model / "evil.py").write_text("import os")
    (model / "a" / "more").mkdir()
    (model / "a" / "more" / "evil.py").write_text("import os")

    copy = download(tmp_path / "copy")
    there = Path(headrace.artifacts.download_artifacts("models:/churn/1"))

    for folder in (copy, there):
        files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert files == {"a/b.txt", "weights.txt"}
    assert there != model
    listed = headrace.artifacts.list_artifacts("models:/churn/1")
    assert [info.path for info in listed] == ["a", "weights.txt"]
    with pytest.raises(headrace.MlflowException, match="No such artifact"):
        headrace.artifacts.load_text("models:/churn/1/evil.py")


def test_this_process_changes_no_version_either(model: Path, tmp_path: Path) -> None:
    client = headrace.MlflowClient()
    run_id = client.get_model_version("churn", "1").run_id or ""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.txt").write_text("0.4")
    for call in (
        lambda: client.log_text(run_id, "0.4", "model/weights.txt"),
        lambda: client.log_text(run_id, "0.4", "model/new.txt"),
        lambda: client.log_artifact(run_id, str(tmp_path / "model" / "weights.txt"), "model"),
        lambda: client.log_artifacts(run_id, str(tmp_path / "model"), "model"),
        lambda: client.delete_artifacts(run_id, "model/a"),
        lambda: client.delete_artifacts(run_id),
        lambda: headrace.artifacts.delete_artifacts(str(model)),
    ):
        with pytest.raises(headrace.MlflowException) as caught:
            call()
        assert caught.value.error_code == "RESOURCE_CONFLICT"
    client.log_text(run_id, "0.4", "second/weights.txt")
    assert client.verify_model_version("churn", "1").state == "verified"


def test_a_copy_of_a_version_holds_the_same(model: Path) -> None:
    client = headrace.MlflowClient()
    copy = client.copy_model_version("models:/churn/1", "other")
    content = client.get_model_version_content("other", copy.version)
    assert content.files == client.get_model_version_content("churn", "1").files
    (entry,) = client.get_registry_history("other", kind="content")
    assert entry.after == copy.content_digest == content.digest


def test_a_record_that_is_another(model: Path) -> None:
    version = headrace.MlflowClient().get_model_version("churn", "1")
    view = SealedView(LocalArtifactStore(str(model)), "", "it", version.content_digest or "", list)
    with pytest.raises(HeadraceError, match="record of its files"):
        view.list_artifacts()


def test_verifying_says_what_is_wrong(model: Path) -> None:
    client = headrace.MlflowClient()
    assert client.verify_model_version("churn", "1").state == "verified"
    (model / "weights.txt").write_text("0.4")
    content = client.verify_model_version("churn", "1")
    assert content.state == "changed"
    assert [one.path for one in content.problems] == ["weights.txt"]
    assert client.get_model_version("churn", "1").content_state == "changed"
    with pytest.raises(headrace.MlflowException, match="not found"):
        client.verify_model_version("churn", "2")


# --- in a bucket ---------------------------------------------------------------------------------


def test_what_who_holds_keys_changes_is_found_at_load(
    fresh_client: Path, s3_root: str, tmp_path: Path
) -> None:
    keys = open_artifact_store(s3_root)  # of somebody who writes past the server
    headrace.set_tracking_uri(str(tmp_path / "store"))
    experiment = headrace.create_experiment("e", artifact_location=f"{s3_root}/e")
    with headrace.start_run(experiment_id=experiment) as run:
        headrace.log_text("0.3", "model/weights.txt")
        headrace.log_text("x", "model/a/b.txt")
    headrace.register_model(f"runs:/{run.info.run_id}/model", "churn")
    client = headrace.MlflowClient()
    # To record it here all of it would have to be fetched.
    assert client.get_model_version("churn", "1").content_state == "unverified"
    assert client.verify_model_version("churn", "1").state == "verified"
    assert (download(tmp_path / "copy") / "weights.txt").read_text() == "0.3"
    with pytest.raises(headrace.MlflowException, match="do not change any more"):
        client.log_text(run.info.run_id, "0.4", "model/weights.txt")

    way = f"e/{run.info.run_id}/artifacts/model"
    keys.write(f"{way}/weights.txt", io.BytesIO(b"0.4"))  # with the digest that it has now

    for call in (
        lambda: download(tmp_path / "second"),
        lambda: headrace.artifacts.download_artifacts("models:/churn/1"),
        lambda: headrace.artifacts.load_text("models:/churn/1/weights.txt"),
    ):
        with refused():
            call()
    assert list((tmp_path / "second").iterdir()) == []
    assert client.verify_model_version("churn", "1").state == "changed"
    keys.delete(f"{way}/weights.txt")
    assert client.verify_model_version("churn", "1").state == "missing"


def test_a_server_reads_what_lies_in_its_bucket(s3_root: str, tmp_path: Path) -> None:
    keys = open_artifact_store(s3_root)
    keys.write("models/first/w.bin", io.BytesIO(b"weights"))
    client = Client(tmp_path, artifact_roots=[s3_root])
    client.store.create_registered_model(api.CreateRegisteredModel(name="m"))
    version = register(client, f"{s3_root}/models/first")

    keeper(client, grace=0).work()

    content = content_of(client, version)
    assert [(one.path, one.digest) for one in content.files] == [("w.bin", digest_of(b"weights"))]
    client.close()
