"""Headrace's own client registers models at real MLflow servers, and finds them by each name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import headrace
from headrace.entities import Protected
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.live_mlflow, pytest.mark.xdist_group("mlflow")]


@pytest.fixture(params=["mlflow", "mlflow_2"])
def server(request: pytest.FixtureRequest, fresh_client: Path) -> Server:
    """An MLflow server, that of 3.17 or the last one of 2, which is tracked to."""
    found: Server = request.getfixturevalue(request.param)
    headrace.set_tracking_uri(found.url)
    return found


@pytest.fixture
def run_id(server: Server) -> str:
    """A run with the files of a model."""
    with headrace.start_run() as run:
        headrace.log_text("flavors: {}\n", "model/MLmodel")
        headrace.log_text("weights", "model/data/w.txt")
    return run.info.run_id


def unused(request: pytest.FixtureRequest, name: str) -> str:
    """Return a name that no other test uses at a server that all share."""
    return f"{name}-{request.node.name}".replace("[", "-").replace("]", "")


def test_a_version_is_found_by_all_of_its_names(
    run_id: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    client, name = headrace.MlflowClient(), unused(request, "names")
    version = headrace.register_model(f"runs:/{run_id}/model", name, tags={"team": "red"})
    client.set_registered_model_alias(name, "champion", version.version, reason="the first")
    client.transition_model_version_stage(name, version.version, "production")

    assert (version.version, version.run_id, version.status) == ("1", run_id, "READY")
    for end in ("/1", "@champion", "/Production", "/latest", "/LATEST"):
        text = headrace.artifacts.load_text(f"models:/{name}{end}/data/w.txt")
        listed = headrace.artifacts.list_artifacts(f"models:/{name}{end}")
        assert text == "weights"
        assert [info.path for info in listed] == ["MLmodel", "data"]
    local = headrace.artifacts.download_artifacts(f"models:/{name}@champion", dst_path=tmp_path)
    assert Path(local, "data", "w.txt").read_text() == "weights"
    back = client.get_model_version_by_alias(name, "champion")
    assert (back.current_stage, back.tags, back.aliases) == (
        "Production",
        {"team": "red"},
        ["champion"],
    )


def test_the_life_of_a_registered_model(run_id: str, request: pytest.FixtureRequest) -> None:
    client, name = headrace.MlflowClient(), unused(request, "life")
    client.create_registered_model(name, tags={"a": 1}, description="words")
    for number in ("1", "2"):
        created = headrace.register_model(f"runs:/{run_id}/model", name)
        assert created.version == number
    client.transition_model_version_stage(name, "1", "Staging")
    client.transition_model_version_stage(name, "2", "Staging", archive_existing_versions=True)
    client.set_model_version_tag(name, key="k", value=3, stage="Staging")
    client.set_registered_model_tag(name, "b", 2)
    client.delete_registered_model_tag(name, "a")
    client.update_registered_model(name, "other words")
    client.update_model_version(name, "2", "the second")

    model = client.get_registered_model(name)
    assert (model.tags, model.description) == ({"b": "2"}, "other words")
    stages = {one.version: one.current_stage for one in model.latest_versions}
    assert stages == {"1": "Archived", "2": "Staging"}
    assert client.get_model_version(name, "2").tags == {"k": "3"}
    assert client.get_model_version(name, "2").description == "the second"
    assert [one.version for one in client.get_latest_versions(name, ["Staging"])] == ["2"]

    found = headrace.search_model_versions(
        filter_string=f"name = '{name}'", order_by=["version_number DESC"]
    )
    assert [one.version for one in found] == ["2", "1"]
    page = client.search_model_versions(f"name = '{name}'", max_results=1)
    assert len(page) == 1
    assert page.token
    models = headrace.search_registered_models(filter_string=f"name = '{name}'")
    assert [one.name for one in models] == [name]

    client.rename_registered_model(name, f"{name}-2")
    client.delete_model_version(f"{name}-2", "1")
    client.delete_registered_model(f"{name}-2")
    with pytest.raises(ResourceDoesNotExist):
        client.get_registered_model(f"{name}-2")


def test_a_copy_has_the_files_of_what_it_is_a_copy_of(
    run_id: str, request: pytest.FixtureRequest
) -> None:
    client, name = headrace.MlflowClient(), unused(request, "copied")
    headrace.register_model(f"runs:/{run_id}/model", name)
    copy = client.copy_model_version(f"models:/{name}/latest", f"{name}-copy")

    assert (copy.name, copy.version, copy.run_id) == (f"{name}-copy", "1", run_id)
    assert headrace.artifacts.load_text(f"models:/{name}-copy/1/data/w.txt") == "weights"


def test_a_logged_model(mlflow: Server, fresh_client: Path, request: pytest.FixtureRequest) -> None:
    headrace.set_tracking_uri(mlflow.url)
    client, name = headrace.MlflowClient(), unused(request, "logged")
    (fresh_client / "w.txt").write_text("weights")
    with headrace.start_run() as run:
        model = headrace.initialize_logged_model("forest")
        client.log_model_artifact(model.model_id, "w.txt")
        headrace.finalize_logged_model(model.model_id, "READY")

    by_id = headrace.register_model(model.model_uri, name)
    by_run = headrace.register_model(f"runs:/{run.info.run_id}/forest", name)

    assert (by_id.model_id or by_id.source).endswith(model.model_id)
    assert (by_run.source, by_run.run_id) == (model.model_uri, run.info.run_id)
    assert headrace.artifacts.load_text(f"models:/{name}/1/w.txt") == "weights"
    assert headrace.artifacts.load_text(f"models:/{name}@latest/w.txt") == "weights"


@pytest.mark.parametrize(
    ("end", "error", "told"),
    [
        ("/7", ResourceDoesNotExist, "Its latest version is 1"),
        ("@nobody", InvalidParameterValue, "Its aliases are: champion"),
        ("@Staging", InvalidParameterValue, r"The stage is written models:/.*/Staging"),
        ("/Staging", ResourceDoesNotExist, "no version in stage Staging"),
    ],
)
def test_a_wrong_name_tells_what_there_is(
    run_id: str,
    request: pytest.FixtureRequest,
    end: str,
    error: type[HeadraceError],
    told: str,
) -> None:
    client, name = headrace.MlflowClient(), f"wrong-{abs(hash(request.node.name))}"
    headrace.register_model(f"runs:/{run_id}/model", name)
    client.set_registered_model_alias(name, "champion", "1")

    with pytest.raises(error, match=told):
        headrace.artifacts.list_artifacts(f"models:/{name}{end}")
    with pytest.raises(HeadraceError, match=f"Did you mean '{name}'"):
        headrace.artifacts.list_artifacts(f"models:/{name[:-1]}{end}")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.create_registered_model(""), InvalidParameterValue),
        (lambda client: client.get_registered_model("nobody"), ResourceDoesNotExist),
        (lambda client: client.get_registry_history("nobody"), NotSupported),
        (lambda client: client.get_model_version_lineage("nobody", "1"), NotSupported),
        (lambda client: client.get_lineage("run", "0" * 32), NotSupported),
        (lambda client: client.list_registry_rules(), NotSupported),
        (lambda client: client.add_registry_rule(Protected(), "n", alias="a"), NotSupported),
        (lambda client: client.check_model_move("nobody", "1", alias="a"), NotSupported),
        (lambda client: client.set_registered_model_alias("taken", "v3", "1"), HeadraceError),
    ],
    ids=["name", "absent", "history", "from", "lineage", "rules", "protect", "check", "alias"],
)
def test_refusals(server: Server, call: Callable[[Any], Any], error: type[HeadraceError]) -> None:
    with pytest.raises(error):
        call(headrace.MlflowClient())


def test_a_name_that_is_taken(server: Server, request: pytest.FixtureRequest) -> None:
    client, name = headrace.MlflowClient(), unused(request, "taken")
    client.create_registered_model(name)

    with pytest.raises(ResourceAlreadyExists):
        client.create_registered_model(name)


def test_a_registry_beside_the_store_of_runs(
    server: Server, fresh_client: Path, request: pytest.FixtureRequest
) -> None:
    """Runs are tracked in an embedded store, models registered at the server."""
    name = unused(request, "beside")
    headrace.set_tracking_uri(fresh_client / "runs")
    headrace.set_registry_uri(server.url)
    headrace.MlflowClient().create_registered_model(name)

    assert headrace.get_registry_uri() == server.url
    assert headrace.MlflowClient(registry_uri=server.url).get_registered_model(name).name == name
    at_server = headrace.MlflowClient(server.url, registry_uri=server.url)
    assert at_server.get_registered_model(name).name == name
