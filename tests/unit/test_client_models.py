"""The calls of the model registry, through the client: embedded and behind a server."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import headrace
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceConflict,
    ResourceDoesNotExist,
)
from headrace.server.users import Role, changing_users
from tests.servers import Server, headrace_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(params=["embedded", "server"])
def client(request: pytest.FixtureRequest, store_folder: Path) -> headrace.MlflowClient:
    """A client of a store that is tracked to."""
    if request.param == "server":
        headrace.set_tracking_uri(request.getfixturevalue("server").url)
    return headrace.MlflowClient()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return re.sub(r"[\[\]/:]", " ", request.node.name).strip()


@pytest.fixture
def run_id(client: headrace.MlflowClient) -> str:
    """A run with a folder of files, a single file, and a data set."""
    with headrace.start_run(run_name="trained", tags={"mlflow.source.git.commit": "abc123"}) as run:
        headrace.log_text("weights", "model/w.txt")
        headrace.log_text("words", "report.txt")
    return run.info.run_id


def test_a_registered_model_from_its_beginning_to_its_end(
    client: headrace.MlflowClient, name: str
) -> None:
    made = client.create_registered_model(name, tags={"a": 1}, description="words")
    client.set_registered_model_tag(name, "b", 2)
    client.delete_registered_model_tag(name, "a")
    client.update_registered_model(name, "other words")
    model = client.get_registered_model(name)

    assert (made.name, made.tags, made.description) == (name, {"a": "1"}, "words")
    assert (model.tags, model.description, model.latest_versions) == ({"b": "2"}, "other words", [])
    assert (model.last_updated_timestamp or 0) >= made.creation_timestamp

    renamed = client.rename_registered_model(name, f"{name} 2")
    assert renamed.tags == {"b": "2"}
    with pytest.raises(ResourceDoesNotExist):
        client.get_registered_model(name)
    client.delete_registered_model(f"{name} 2")
    with pytest.raises(ResourceDoesNotExist):
        client.get_registered_model(f"{name} 2")


def test_a_version_from_its_beginning_to_its_end(
    client: headrace.MlflowClient, name: str, run_id: str
) -> None:
    uri = f"runs:/{run_id}/model"
    version = headrace.register_model(uri, name, tags={"team": "red"}, reason="first try")
    client.update_model_version(name, "1", "words")
    client.set_model_version_tag(name, "1", "k", 3)
    headrace.set_model_version_tag(name, "1", "l", 4)
    client.delete_model_version_tag(name, "1", "team")
    client.set_registered_model_alias(name, "champion", "1")
    back = client.get_model_version(name, "1")

    assert (version.version, version.run_id, version.status) == ("1", run_id, "READY")
    assert version.tags == {"team": "red"}
    assert (back.description, back.tags) == ("words", {"k": "3", "l": "4"})
    assert back.aliases == ["champion"]
    assert client.get_model_version_by_alias(name, "champion") == back
    assert client.get_model_version_download_uri(name, "1").endswith("/artifacts/model")
    assert client.get_model_version_stages(name, "1") == [
        "None",
        "Staging",
        "Production",
        "Archived",
    ]

    client.delete_model_version(name, "1")
    assert client.get_registered_model(name).aliases == {}
    assert headrace.register_model(uri, name).version == "2"


def test_stages(client: headrace.MlflowClient, name: str, run_id: str) -> None:
    for _ in range(3):
        headrace.register_model(f"runs:/{run_id}/model", name)
    client.transition_model_version_stage(name, "1", "production")
    moved = client.transition_model_version_stage(
        name, "2", "Production", archive_existing_versions=True
    )
    client.set_model_version_tag(name, key="k", value="v", stage="Production")

    latest = {one.current_stage: one.version for one in client.get_latest_versions(name)}
    assert moved.current_stage == "Production"
    assert latest == {"Archived": "1", "Production": "2", "None": "3"}
    assert [one.version for one in client.get_latest_versions(name, ["Archived"])] == ["1"]
    assert client.get_model_version(name, "2").tags == {"k": "v"}
    client.delete_model_version_tag(name, key="k", stage="Production")
    assert client.get_model_version(name, "2").tags == {}


def test_searches_go_over_pages(client: headrace.MlflowClient, name: str, run_id: str) -> None:
    for number in range(5):
        client.create_registered_model(f"{name} {number}", tags={"test": name})
        headrace.register_model(f"runs:/{run_id}/model", name)
    quoted = f"name = '{name}'"
    page = client.search_model_versions(quoted, max_results=2, order_by=["version_number ASC"])
    rest = client.search_model_versions(
        quoted, max_results=5, order_by=["version_number ASC"], page_token=page.token
    )

    assert [one.version for one in [*page, *rest]] == ["1", "2", "3", "4", "5"]
    assert rest.token is None
    found = headrace.search_model_versions(filter_string=f"run_id = '{run_id}'", max_results=3)
    assert len(found) == 3
    models = headrace.search_registered_models(
        filter_string=f"tags.test = '{name}'", order_by=["name DESC"]
    )
    assert [model.name for model in models] == [f"{name} {number}" for number in (4, 3, 2, 1, 0)]
    assert len(client.search_registered_models(f"tags.test = '{name}'", max_results=2)) == 2


def test_the_history_says_who_when_why_and_what_was_before(
    client: headrace.MlflowClient, name: str, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "checked by nobody")
    for _ in range(2):
        headrace.register_model(f"runs:/{run_id}/model", name, reason="nightly")
    client.set_registered_model_alias(name, "champion", "1", reason="first")
    client.set_registered_model_alias(name, "champion", "2", reason="better recall")
    client.delete_registered_model_alias(name, "champion", reason="wrong data")
    client.transition_model_version_stage(name, "2", "Staging", reason="try it")
    client.set_model_version_tag(name, "2", "k", "old")
    client.set_model_version_tag(name, "2", "k", "new", reason="typo")
    client.update_registered_model(name, "words", reason="asked for")

    moves = client.get_registry_history(name, kind="alias", key="champion")
    assert [(move.before, move.after, move.reason) for move in moves] == [
        ("2", None, "wrong data"),
        ("1", "2", "better recall"),
        (None, "1", "first"),
    ]
    assert {(move.actor, move.is_verified) for move in moves} == {("ada", False)}
    assert all(
        move.timestamp >= client.get_registered_model(name).creation_timestamp for move in moves
    )
    (tag, first) = client.get_registry_history(name, version="2", kind="tag")
    assert (first.key, first.before, first.after) == ("k", None, "old")
    assert (tag.key, tag.before, tag.after, tag.reason) == ("k", "old", "new", "typo")
    (stage,) = client.get_registry_history(name, kind="stage")
    assert (stage.before, stage.after, stage.reason) == ("None", "Staging", "try it")
    (description,) = client.get_registry_history(name, kind="description")
    assert (description.after, description.reason) == ("words", "asked for")

    page = client.get_registry_history(name, max_results=4)
    rest = client.get_registry_history(name, page_token=page.token)
    assert len(page) == 4
    assert [*page, *rest] == list(client.get_registry_history(name))
    client.delete_registered_model(name, reason="gone")
    assert client.get_registry_history(name)[0].reason == "gone"


def test_without_a_user_name_the_machine_s_user_made_a_change(store_folder: Path) -> None:
    client = headrace.MlflowClient()
    client.create_registered_model("churn")

    (change,) = client.get_registry_history("churn")
    assert (change.actor, change.is_verified) == (getpass.getuser(), False)


def test_a_server_with_users_verifies_who_made_a_change(
    fresh_client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = fresh_client / "users.json"
    with changing_users(users) as known:
        known.add("ada", Role.WRITE, "a long password of ada")
        known.add("bob", Role.READ, "a long password of bob")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "a long password of ada")
    with headrace_server(fresh_client / "server", arguments=["--users-file", str(users)]) as server:
        client = headrace.MlflowClient(server.url)
        client.create_registered_model("churn", reason="planned")
        (change,) = client.get_registry_history("churn")
        assert (change.actor, change.is_verified) == ("ada", True)

        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "bob")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "a long password of bob")
        assert client.get_registered_model("churn").user_verified
        with pytest.raises(PermissionDenied):
            client.update_registered_model("churn", "mine")


def test_what_a_version_came_from(client: headrace.MlflowClient, name: str, run_id: str) -> None:
    headrace.register_model(f"runs:/{run_id}/model", name)
    client.copy_model_version(f"models:/{name}/1", f"{name} copy")

    lineage = client.get_model_version_lineage(name, "1")
    copy = client.get_model_version_lineage(f"{name} copy", "1")
    assert (lineage.run_id, lineage.run_name, lineage.commit) == (run_id, "trained", "abc123")
    assert lineage.experiment_name == "Default"
    assert (copy.run_id, copy.copied_from) == (run_id, f"{name}/1")


def test_of_two_who_move_an_alias_the_later_is_told(
    client: headrace.MlflowClient, name: str, run_id: str
) -> None:
    for _ in range(3):
        headrace.register_model(f"runs:/{run_id}/model", name)
    client.set_registered_model_alias(name, "champion", "1", expected="")
    client.set_registered_model_alias(name, "champion", "2", expected="1")

    with pytest.raises(ResourceConflict):
        client.set_registered_model_alias(name, "champion", "3", expected="1")
    with pytest.raises(ResourceConflict):
        client.delete_registered_model_alias(name, "champion", expected="1")
    with pytest.raises(ResourceConflict):
        client.transition_model_version_stage(name, "1", "Staging", expected="Archived")
    assert client.get_registered_model(name).aliases == {"champion": "2"}


# --- what is registered --------------------------------------------------------------------------


def test_all_of_a_run(client: headrace.MlflowClient, name: str, run_id: str) -> None:
    headrace.register_model(f"runs:/{run_id}/", name)

    assert headrace.artifacts.load_text(f"models:/{name}/1/report.txt") == "words"


def test_files_come_before_a_logged_model_only_if_they_are_a_model(
    client: headrace.MlflowClient, name: str
) -> None:
    with headrace.start_run() as run:
        headrace.log_text("x", "forest/notes.txt")
        headrace.log_text("x", "tree/MLmodel")
        models = [headrace.initialize_logged_model(title) for title in ("forest", "tree")]
    forest = headrace.register_model(f"runs:/{run.info.run_id}/forest", name)
    tree = headrace.register_model(f"runs:/{run.info.run_id}/tree", name)

    assert forest.model_id == models[0].model_id
    assert not tree.model_id


@pytest.mark.parametrize(
    ("uri", "error", "told"),
    [
        ("runs:/RUN/report.txt", InvalidParameterValue, "is one file"),
        ("runs:/RUN/none", ResourceDoesNotExist, "Its artifacts are: model, report.txt"),
        ("runs:/RUN/../x", InvalidParameterValue, "Invalid path"),
        ("runs:/" + "0" * 32 + "/model", ResourceDoesNotExist, "0000"),
        ("models:/nobody/1", ResourceDoesNotExist, "nobody"),
        ("models:/m-" + "0" * 32, HeadraceError, "0000"),
        ("models:/m-" + "0" * 32 + "/part", InvalidParameterValue, "registered whole"),
        ("models:/nobody", InvalidParameterValue, "names no version"),
    ],
)
def test_what_cannot_be_registered(
    client: headrace.MlflowClient,
    name: str,
    run_id: str,
    uri: str,
    error: type[HeadraceError],
    told: str,
) -> None:
    with pytest.raises(error, match=told):
        headrace.register_model(uri.replace("RUN", run_id), name)


@pytest.mark.parametrize("uri", ["runs:/RUN/none", "models:/nobody/1"])
def test_where_nothing_is_registered_no_name_is_left_behind(
    client: headrace.MlflowClient, name: str, run_id: str, uri: str
) -> None:
    with pytest.raises(ResourceDoesNotExist):
        headrace.register_model(uri.replace("RUN", run_id), name)
    with pytest.raises(ResourceDoesNotExist):
        client.get_registered_model(name)


@pytest.mark.parametrize("source", ["/etc", "file:///etc", "SOURCE/../../../.."])
def test_a_server_takes_no_source_outside_of_the_run(
    server: Server, fresh_client: Path, name: str, source: str
) -> None:
    headrace.set_tracking_uri(server.url)
    client = headrace.MlflowClient()
    with headrace.start_run() as run:
        headrace.log_text("x", "model/w.txt")
    client.create_registered_model(name)
    root = client.get_run(run.info.run_id).info.artifact_uri or ""
    with pytest.raises(InvalidParameterValue, match="Invalid"):
        client.create_model_version(name, source.replace("SOURCE", root), run.info.run_id)
    assert client.search_model_versions(f"name = '{name}'") == []


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda c, n: c.create_registered_model(n), ResourceAlreadyExists),
        (lambda c, n: c.create_registered_model("a/b"), InvalidParameterValue),
        (lambda c, n: c.create_registered_model("a:b"), InvalidParameterValue),
        (lambda c, n: c.create_registered_model(""), InvalidParameterValue),
        (lambda c, n: c.create_registered_model(3), InvalidParameterValue),
        (lambda c, n: c.create_registered_model(f"{n} x", deployment_job_id="1"), NotSupported),
        (lambda c, n: c.rename_registered_model(n, "a/b"), InvalidParameterValue),
        (lambda c, n: c.set_registered_model_alias(n, "latest", "1"), InvalidParameterValue),
        (lambda c, n: c.set_registered_model_alias(n, "v3", "1"), InvalidParameterValue),
        (lambda c, n: c.set_registered_model_alias(n, "a/b", "1"), InvalidParameterValue),
        (lambda c, n: c.set_registered_model_alias(n, "champion", "7"), ResourceDoesNotExist),
        (lambda c, n: c.get_model_version(n, "one"), InvalidParameterValue),
        (lambda c, n: c.get_model_version(n, "7"), ResourceDoesNotExist),
        (lambda c, n: c.get_model_version_by_alias(n, "none"), InvalidParameterValue),
        (lambda c, n: c.transition_model_version_stage(n, "1", "Live"), InvalidParameterValue),
        (
            lambda c, n: c.transition_model_version_stage(n, "1", "Archived", True),
            InvalidParameterValue,
        ),
        (lambda c, n: c.get_latest_versions(n, ["Live"]), InvalidParameterValue),
        (lambda c, n: c.update_model_version(n, "1"), InvalidParameterValue),
        (lambda c, n: c.set_model_version_tag(n, key="k", value="v"), InvalidParameterValue),
        (
            lambda c, n: c.set_model_version_tag(n, "1", "k", "v", "Staging"),
            InvalidParameterValue,
        ),
        (
            lambda c, n: c.set_model_version_tag(n, key="k", value=1, stage="Staging"),
            ResourceDoesNotExist,
        ),
        (lambda c, n: c.copy_model_version("runs:/a/b", n), InvalidParameterValue),
        (lambda c, n: c.copy_model_version("models:/m-" + "0" * 32, n), InvalidParameterValue),
        (lambda c, n: c.search_registered_models("name >"), InvalidParameterValue),
        (lambda c, n: c.search_model_versions(max_results=0), InvalidParameterValue),
        (lambda c, n: c.get_registry_history(n, kind="weather"), InvalidParameterValue),
        (lambda c, n: c.get_registry_history("nobody"), ResourceDoesNotExist),
        (lambda c, n: c.get_model_version_lineage(n, "7"), ResourceDoesNotExist),
        (
            lambda c, n: headrace.register_model(f"models:/{n}/1", n, env_pack="x"),
            NotSupported,
        ),
    ],
)
def test_refusals(
    client: headrace.MlflowClient,
    name: str,
    run_id: str,
    call: Callable[[Any, str], Any],
    error: type[HeadraceError],
) -> None:
    headrace.register_model(f"runs:/{run_id}/model", name)

    with pytest.raises(error):
        call(client, name)


# --- what versions hold --------------------------------------------------------------------------


def test_what_is_read_is_what_was_registered(
    client: headrace.MlflowClient, name: str, run_id: str, tmp_path: Path
) -> None:
    headrace.register_model(f"runs:/{run_id}/model", name)
    content = client.verify_model_version(name, "1", timeout=30)
    assert (content.state, content.problem) == ("verified", None)
    (file,) = client.get_model_version_content(name, "1").files
    assert (file.path, file.size) == ("w.txt", 7)
    uri = f"models:/{name}/1"
    copy = headrace.artifacts.download_artifacts(uri, dst_path=tmp_path / "copy")
    assert Path(copy, "w.txt").read_text() == "weights"
    assert headrace.artifacts.load_text(f"{uri}/w.txt") == "weights"

    place = Path(client.get_model_version_download_uri(name, "1")) / "w.txt"
    place.write_text("Weights")
    (place.parent / "new.txt").write_text("new")

    for call in (
        lambda: headrace.artifacts.download_artifacts(uri, dst_path=tmp_path / "second"),
        lambda: headrace.artifacts.download_artifacts(f"{uri}/w.txt"),
        lambda: headrace.artifacts.load_text(f"{uri}/w.txt"),
    ):
        with pytest.raises(HeadraceError, match="'w.txt' has the BLAKE3 digest") as caught:
            call()
        assert caught.value.error_code == "DATA_LOSS"
    assert list((tmp_path / "second").iterdir()) == []
    read = headrace.artifacts.download_artifacts(uri, dst_path=tmp_path / "third", verify=False)
    assert sorted(path.name for path in Path(read).iterdir()) == ["new.txt", "w.txt"]
    assert client.verify_model_version(name, "1", timeout=30).state == "changed"
    place.write_text("weights")
    content = client.verify_model_version(name, "1", timeout=30)
    assert content.state == "verified"
    assert [problem.path for problem in content.problems] == ["new.txt"]


def test_files_of_a_version_do_not_change(
    client: headrace.MlflowClient, name: str, run_id: str
) -> None:
    headrace.register_model(f"runs:/{run_id}/model", name)
    assert client.verify_model_version(name, "1", timeout=30).state == "verified"

    def log(path: str) -> None:
        client.log_text(run_id, "other", path)
        headrace.flush()  # a server is given it in the background

    with pytest.raises(ResourceConflict, match="headrace models delete"):
        log("model/w.txt")
    with pytest.raises(ResourceConflict):
        client.delete_artifacts(run_id, "model")
    log("second/w.txt")

    assert client.verify_model_version(name, "1", timeout=30).state == "verified"
    client.delete_model_version(name, "1")
    client.delete_artifacts(run_id, "model")


def test_contents_of_what_is_not_there(client: headrace.MlflowClient, name: str) -> None:
    client.create_registered_model(name)
    for call in (client.get_model_version_content, client.verify_model_version):
        with pytest.raises(ResourceDoesNotExist, match="not found"):
            call(name, "1")
        with pytest.raises(InvalidParameterValue, match="version"):
            call(name, "x")
    version = client.create_model_version(name, "s3://bucket.that.is.none/model")
    assert version.content_state == "unverified"
