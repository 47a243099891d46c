"""Every name of a model leads to its files: in an embedded store, behind a server, elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import headrace
from headrace.client import tracking
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    ResourceDoesNotExist,
)
from headrace.stores.model_uri import ModelUri, parse_model_uri
from headrace.stores.remote import RemoteTrackingStore
from tests.servers import Server, headrace_server

MODEL_ID = "m-" + "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that keeps artifacts for MLflow's clients, so that roots are `mlflow-artifacts:`."""
    folder = tmp_path_factory.mktemp("keeper")
    options = ["--serve-artifacts", "--artifacts-destination", str(folder / "kept")]
    with headrace_server(folder, artifact_root=None, arguments=options) as running:
        yield running


@pytest.fixture(params=["embedded", "server", "keeper"])
def place(request: pytest.FixtureRequest, store_folder: Path) -> str:
    """The URI of a store that is tracked to."""
    if request.param != "embedded":
        headrace.set_tracking_uri(request.getfixturevalue(request.param).url)
    return headrace.get_tracking_uri()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses, and that needs no care in a URI."""
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)


def make_run(weights: str = "weights") -> str:
    with headrace.start_run() as run:
        headrace.log_text(weights, "model/data/w.txt")
        headrace.log_text("{}", "model/params.json")
    return run.info.run_id


@pytest.fixture
def model(place: str, name: str) -> str:
    """A registered model of three versions: 1 archived, 2 the champion in production, 3 neither."""
    client = headrace.MlflowClient()
    for number in (1, 2, 3):
        headrace.register_model(f"runs:/{make_run(f'weights {number}')}/model", name)
    client.transition_model_version_stage(name, "1", "Archived")
    client.transition_model_version_stage(name, "2", "Production")
    client.set_registered_model_alias(name, "champion", "2")
    return name


# --- how names are written -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("models:/a/3", ModelUri(name="a", version="3")),
        ("models:/a/3/x/y.txt", ModelUri(name="a", version="3", path="x/y.txt")),
        ("models:/a/Production", ModelUri(name="a", stage="Production")),
        ("models:/a/STAGING/x", ModelUri(name="a", stage="Staging", path="x")),
        ("models:/a/latest", ModelUri(name="a")),
        ("models:/a/Latest/x", ModelUri(name="a", path="x")),
        ("models:/a@champion", ModelUri(name="a", alias="champion")),
        ("models:/a@b@c/x", ModelUri(name="a@b", alias="c", path="x")),
        ("models:/two words/1", ModelUri(name="two words", version="1")),
        ("models:/ü@1", ModelUri(name="ü", alias="1")),
        (f"models:/{MODEL_ID}", ModelUri(model_id=MODEL_ID)),
        (f"models:/{MODEL_ID}/3", ModelUri(model_id=MODEL_ID, path="3")),
        ("models:/m-1@champion", ModelUri(name="m-1", alias="champion")),
        ("models:/m-1/2", ModelUri(name="m-1", version="2")),
    ],
)
def test_what_a_name_says(uri: str, expected: ModelUri) -> None:
    assert parse_model_uri(uri) == expected


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("models:a/1", "Not a proper"),
        ("models://host/a/1", "Not a proper"),
        ("models:/ /1", "Not a proper"),
        ("models:/@champion", "Not a proper"),
        ("models:/a@", "Not a proper"),
        ("models:/a", "names no version of 'a': write models:/a/3"),
        ("models:/a/", "names no version of 'a'"),
        ("models:/a/champion", "An alias of that name is written models:/a@champion"),
        ("models:/a/1.5", "neither a version number"),
        ("models:/a/-1", "neither a version number"),
        ("models:/a/v3", "neither a version number"),
        ("models:/a/3/../x", "Invalid path"),
        ("models:/a/3/%2e%2e/x", "Invalid path"),
        ("models:/a@b/..%2fx", "Invalid path"),
        ("models:/a/3/x?y", "not allowed"),
    ],
)
def test_a_malformed_name_is_refused(uri: str, told: str) -> None:
    with pytest.raises(InvalidParameterValue, match=told):
        parse_model_uri(uri)


# --- where they lead -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "number"),
    [("/1", 1), ("/2", 2), ("@champion", 2), ("/Production", 2), ("/latest", 3), ("/Archived", 1)],
)
def test_a_name_leads_to_the_files_of_its_version(
    model: str, end: str, number: int, tmp_path: Path
) -> None:
    uri = f"models:/{model}{end}"
    listed = headrace.artifacts.list_artifacts(uri)
    folder = headrace.artifacts.download_artifacts(uri, dst_path=tmp_path / "copy")
    file = headrace.artifacts.download_artifacts(f"{uri}/data/w.txt", dst_path=tmp_path / "file")

    assert [(info.path, info.is_dir) for info in listed] == [("data", True), ("params.json", False)]
    assert headrace.artifacts.list_artifacts(f"{uri}/data")[0].path == "data/w.txt"
    assert headrace.artifacts.load_text(f"{uri}/data/w.txt") == f"weights {number}"
    assert headrace.artifacts.load_dict(f"{uri}/params.json") == {}
    assert Path(folder, "data", "w.txt").read_text() == f"weights {number}"
    assert Path(file) == tmp_path / "file" / "w.txt"


@pytest.mark.parametrize("from_run", [False, True])
def test_a_logged_model_by_its_own_name_and_as_a_version(
    place: str, name: str, tmp_path: Path, from_run: bool
) -> None:
    (tmp_path / "w.txt").write_text("weights")
    with headrace.start_run() as run:
        logged = headrace.initialize_logged_model("forest")
        headrace.MlflowClient().log_model_artifact(logged.model_id, tmp_path / "w.txt")
        headrace.finalize_logged_model(logged.model_id, "READY")
    uri = f"runs:/{run.info.run_id}/forest" if from_run else logged.model_uri
    version = headrace.register_model(uri, name)

    assert version.model_id == logged.model_id
    assert version.run_id == run.info.run_id
    assert headrace.artifacts.load_text(f"{logged.model_uri}/w.txt") == "weights"
    assert headrace.artifacts.load_text(f"models:/{name}/1/w.txt") == "weights"


def test_the_last_of_several_logged_models_of_one_name(place: str, name: str) -> None:
    with headrace.start_run() as run:
        models = [headrace.initialize_logged_model("forest") for _ in range(3)]
        headrace.log_outputs(
            [
                headrace.entities.LoggedModelOutput(model.model_id, step)
                for model, step in zip(models, (1, 9, 5), strict=True)
            ]
        )
    version = headrace.register_model(f"runs:/{run.info.run_id}/forest", name)

    assert version.model_id == models[1].model_id


def test_a_copy_and_a_copy_of_it(model: str) -> None:
    client = headrace.MlflowClient()
    client.copy_model_version(f"models:/{model}@champion", f"{model}-b")
    again = headrace.register_model(f"models:/{model}-b/latest", f"{model}-c")

    assert again.source == f"models:/{model}-b/1"
    assert again.run_id == client.get_model_version(model, "2").run_id
    for name in ("b", "c"):
        assert headrace.artifacts.load_text(f"models:/{model}-{name}/1/data/w.txt") == "weights 2"


def test_a_place_of_files_that_no_run_has(store_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "made elsewhere").mkdir()
    (tmp_path / "made elsewhere" / "w.txt").write_text("weights")
    headrace.register_model(str(tmp_path / "made elsewhere"), "elsewhere")

    assert headrace.artifacts.load_text("models:/elsewhere/1/w.txt") == "weights"


def test_renaming_takes_the_names_along(model: str) -> None:
    headrace.MlflowClient().rename_registered_model(model, f"{model}-2")

    assert headrace.artifacts.load_text(f"models:/{model}-2@champion/data/w.txt") == "weights 2"
    with pytest.raises(HeadraceError, match=f"Did you mean '{model}-2'"):
        headrace.artifacts.list_artifacts(f"models:/{model}@champion")


@pytest.mark.parametrize("place", ["server"], indirect=True)
def test_a_name_costs_one_request(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in (1, 2, 3):
        headrace.artifacts.list_artifacts(f"models:/{model}/{version}")  # its run is known then
    session = tracking.get_session()
    store = session.store
    assert isinstance(store, RemoteTrackingStore)
    carry, sent = store.send, []

    def count(verb: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        sent.append(path)
        return carry(verb, path, body)

    with monkeypatch.context() as patch:
        patch.setattr(store, "send", count)
        for end in ("/1", "@champion", "/Production", "/latest"):
            session.files.at(f"models:/{model}{end}")

    assert len(sent) == 4


# --- what is not there ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "error", "told"),
    [
        ("/7", ResourceDoesNotExist, "Its latest version is 3"),
        ("/Staging", ResourceDoesNotExist, "no version in stage Staging"),
        ("@challenger", InvalidParameterValue, "Its aliases are: champion"),
        ("@Production", InvalidParameterValue, "The stage is written models:/.*/Production"),
        ("/champion", InvalidParameterValue, "written models:/.*@champion"),
    ],
)
def test_what_there_is_instead(model: str, end: str, error: type[HeadraceError], told: str) -> None:
    with pytest.raises(error, match=told):
        headrace.artifacts.list_artifacts(f"models:/{model}{end}")


def test_the_latest_of_no_versions(place: str, name: str) -> None:
    headrace.MlflowClient().create_registered_model(name)

    with pytest.raises(ResourceDoesNotExist, match="has no version"):
        headrace.artifacts.list_artifacts(f"models:/{name}/latest")


def test_an_unknown_model(place: str) -> None:
    with pytest.raises(ResourceDoesNotExist, match="No model is registered as 'nobody'"):
        headrace.artifacts.download_artifacts("models:/nobody/latest")


def test_a_file_that_a_version_has_not(model: str) -> None:
    with pytest.raises(ResourceDoesNotExist, match=r"no\.txt"):
        headrace.artifacts.load_text(f"models:/{model}/1/no.txt")


def test_files_are_not_changed_through_the_name_of_a_model(model: str) -> None:
    with pytest.raises(InvalidParameterValue, match="register them as a new version"):
        headrace.artifacts.delete_artifacts(f"models:/{model}@champion/data")

    assert headrace.artifacts.load_text(f"models:/{model}@champion/data/w.txt") == "weights 2"


# --- a registry elsewhere ------------------------------------------------------------------------


def test_a_registry_beside_the_store_of_runs(store_folder: Path, tmp_path: Path) -> None:
    registry = str(tmp_path / "registry")
    headrace.set_registry_uri(registry)
    headrace.register_model(f"runs:/{make_run()}/model", "churn")

    assert headrace.get_registry_uri() == registry
    assert headrace.artifacts.load_text("models:/churn/1/data/w.txt") == "weights"
    here = headrace.MlflowClient(registry_uri=str(store_folder))
    assert here.search_registered_models() == []
    assert headrace.MlflowClient().registry_uri == registry
    with pytest.raises(ResourceDoesNotExist):
        headrace.artifacts.download_artifacts("models:/churn/1", registry_uri=str(store_folder))

    headrace.set_registry_uri("")
    assert headrace.get_registry_uri() == headrace.get_tracking_uri()
    local = headrace.artifacts.download_artifacts("models:/churn/1", registry_uri=registry)
    assert Path(local, "data", "w.txt").read_text() == "weights"


def test_the_environment_names_a_registry(
    store_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", str(tmp_path / "registry"))
    headrace.MlflowClient().create_registered_model("churn")

    assert headrace.get_registry_uri() == str(tmp_path / "registry")
    assert headrace.MlflowClient(registry_uri=str(store_folder)).search_registered_models() == []


def test_an_embedded_store_of_runs_and_a_registry_behind_a_server(
    store_folder: Path, server: Server, name: str
) -> None:
    """The server does not know the run, and takes no local path without one that it knows."""
    headrace.set_registry_uri(server.url)
    with pytest.raises(InvalidParameterValue, match="Invalid model version source"):
        headrace.register_model(f"runs:/{make_run()}/model", name)
