"""The model registry by the fluent calls and by the client: the whole life of two models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from views import view_error


def _view_version(version: Any) -> dict[str, Any]:
    return {
        "name": version.name,
        "version": str(version.version),
        "stage": version.current_stage,
        "description": version.description,
        "run_id": version.run_id,
        "status": version.status,
        "tags": dict(sorted(version.tags.items())),
        "aliases": sorted(version.aliases),
        "times": [
            type(version.creation_timestamp).__name__,
            type(version.last_updated_timestamp).__name__,
        ],
    }


def _view_model(model: Any) -> dict[str, Any]:
    return {
        "name": model.name,
        "description": model.description,
        "tags": dict(sorted(model.tags.items())),
        "aliases": {alias: str(version) for alias, version in sorted(model.aliases.items())},
        "latest": sorted(
            [one.current_stage, str(one.version)] for one in model.latest_versions or []
        ),
    }


def _numbers(versions: Any) -> list[str]:
    return [f"{one.name}/{one.version}" for one in versions]


def _pages(search: Any, **query: Any) -> list[int]:
    sizes, token = [], None
    while True:
        page = search(page_token=token, **query)
        sizes.append(len(page))
        token = page.token
        if not token:
            return sizes


def run(place: Any) -> dict[str, Any]:
    client = MlflowClient()
    place.experiment()
    name, other = place.unique, f"{place.unique} copy"
    with mlflow.start_run() as active:
        mlflow.log_text("flavors: {}", "model/MLmodel")
        mlflow.log_text("weights", "model/data/weights.txt")
    run_id = active.info.run_id

    made = mlflow.register_model(
        f"runs:/{run_id}/model", name, tags={"team": "red"}, await_registration_for=5
    )
    second = client.create_model_version(
        name,
        f"{active.info.artifact_uri}/model",
        run_id=run_id,
        description="second",
        await_creation_for=5,
    )
    client.update_registered_model(name, "what it does")
    client.set_registered_model_tag(name, "task", "trees")
    client.set_registered_model_tag(name, "gone", "x")
    client.delete_registered_model_tag(name, "gone")
    client.set_model_version_tag(name, "2", "checked", "yes")
    client.set_model_version_tag(name, "2", "gone", "x")
    client.delete_model_version_tag(name, "2", "gone")
    client.update_model_version(name, "1", "first")
    client.set_registered_model_alias(name, "champion", "1")
    client.set_registered_model_alias(name, "challenger", "2")
    client.set_registered_model_alias(name, "champion", "2")
    client.delete_registered_model_alias(name, "challenger")
    staged = client.transition_model_version_stage(name, "1", "production")
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    copied = client.copy_model_version(f"models:/{name}@champion", other)
    files = Path(
        mlflow.artifacts.download_artifacts(
            artifact_uri=f"models:/{name}@champion", dst_path=str(place.folder / "files")
        )
    )
    before = _view_model(client.get_registered_model(name))
    client.rename_registered_model(name, f"{name} renamed")
    renamed = f"{name} renamed"
    result = {
        "made": _view_version(made),
        "second": _view_version(second),
        "staged": staged.current_stage,
        "model": before,
        "by alias": _view_version(client.get_model_version_by_alias(renamed, "champion")),
        "first": _view_version(client.get_model_version(renamed, "1")),
        "latest": sorted(_numbers(client.get_latest_versions(renamed))),
        "archived": _numbers(client.get_latest_versions(renamed, ["Archived"])),
        "uri": client.get_model_version_download_uri(renamed, "2") == second.source,
        "copy": [
            str(copied.version),
            copied.run_id == run_id,
            _view_model(client.get_registered_model(other)),
        ],
        "files": sorted(
            file.relative_to(files).as_posix() for file in files.rglob("*") if file.is_file()
        ),
        "models": [
            model.name
            for model in client.search_registered_models(f"name LIKE '{name}%'", order_by=["name"])
        ],
        "by tag": _numbers(
            client.search_model_versions(f"name = '{renamed}' and tags.checked = 'yes'")
        ),
        "by run": _numbers(
            client.search_model_versions(
                f"run_id = '{run_id}'", order_by=["name", "version_number"]
            )
        ),
        "fluent": _numbers(
            mlflow.search_model_versions(
                filter_string=f"name = '{renamed}'", order_by=["version_number DESC"]
            )
        ),
        "pages": _pages(
            client.search_model_versions, filter_string=f"name = '{renamed}'", max_results=1
        ),
        "refusals": [
            view_error(client.create_registered_model, renamed)["error_code"],
            view_error(client.create_registered_model, "a/b")["error_code"],
            view_error(client.get_model_version, renamed, "9")["error_code"],
            view_error(client.get_model_version_by_alias, renamed, "none")["error_code"],
            view_error(client.set_registered_model_alias, renamed, "latest", "1")["error_code"],
            view_error(client.create_model_version, renamed, "/etc")["error_code"],
            view_error(client.transition_model_version_stage, renamed, "1", "Live")["error_code"],
        ],
    }
    client.delete_model_version(renamed, "2")
    result["left"] = _view_model(client.get_registered_model(renamed))
    client.delete_registered_model(renamed)
    client.delete_registered_model(other)
    result["gone"] = view_error(client.get_registered_model, renamed)["error_code"]
    return result
