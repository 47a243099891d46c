"""How files become a version of a registered model: by a URI as people write it.

Files that a run has are registered by their place, with the run; a logged model by its id; another
version as a copy of it.
"""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from headrace.api import tracking as api
from headrace.client.mlflow_client import MlflowClient
from headrace.client.model_lookup import find_version
from headrace.client.model_version_calls import DEFAULT_SECONDS_TO_WAIT
from headrace.client.registered_model_calls import ensure_registered_model
from headrace.client.registry import get_registry_store, registry_uri_beside
from headrace.client.session import Session
from headrace.client.tracking import get_session
from headrace.client.uris import append_path, parse_run_uri, split_root
from headrace.entities import LoggedModel, ModelVersion, Run
from headrace.errors import EndpointNotFound, InvalidParameterValue, ResourceDoesNotExist
from headrace.file_uri import path_of, scheme_of, uri_of
from headrace.stores.base import RegistryStore
from headrace.stores.model_uri import parse_model_uri

_logger = logging.getLogger(__name__)

# The file that says that a folder is a model of MLflow's.
MODEL_FILE = "MLmodel"


class ModelSource(NamedTuple):
    """What a version is made from.

    Attributes:
        uri: Where its files are.
        run_id: The run that it comes from, if one is known.
        model_id: The logged model that it is, if it is one.

    """

    uri: str
    run_id: str | None = None
    model_id: str | None = None


def register(
    client: MlflowClient,
    uri: str,
    name: str,
    seconds: int = DEFAULT_SECONDS_TO_WAIT,
    *,
    tags: dict[str, Any] | None = None,
    description: str | None = None,
    reason: str | None = None,
) -> ModelVersion:
    """Make what a URI names the next version of a registered model, created if it is not there.

    Args:
        client: Knows where the runs and logged models are, and the registry.
        uri: As `find_source` takes it.
        name: The registered model.
        seconds: How long to wait until the version is READY.
        tags: Tags of the version; values become texts.
        description: Words about the version.
        reason: Why, for the history.

    """
    registry = get_registry_store(client.tracking_uri, client.registry_uri)
    source = find_source(get_session(client.tracking_uri), registry, uri)
    if ensure_registered_model(client, name, reason):
        _logger.info("Registered the model %r.", name)
    version = client.create_model_version(
        name,
        source.uri,
        source.run_id,
        tags,
        description=description,
        await_creation_for=seconds,
        model_id=source.model_id,
        reason=reason,
    )
    _logger.info("Created version %s of the model %r.", version.version, name)
    # Imported only here: who looks for a model needs none of it.
    from headrace.client.version_contents import seal_soon

    seal_soon(
        get_session(registry_uri_beside(client.tracking_uri, client.registry_uri)),
        get_session(client.tracking_uri),
        version,
    )
    return version


def find_source(session: Session, registry: RegistryStore, uri: str) -> ModelSource:
    """Return what a URI means as the source of a version.

    Args:
        session: Where runs and logged models are.
        registry: Where names of registered models are looked up.
        uri: ``runs:/RUN_ID/PATH``, any name of `headrace.stores.model_uri`, or the place of a
            folder.

    Raises:
        InvalidParameterValue: If the URI is malformed, or names one file.
        ResourceDoesNotExist: If there is no such run, path, model or version.

    """
    scheme = scheme_of(uri)
    if scheme == "runs":
        return _of_run(session, *parse_run_uri(uri))
    if scheme == "models":
        return _of_model(registry, uri)
    if not scheme:
        split_root(uri)  # refuses what was meant to be the name of a model
        return ModelSource(uri_of(path_of(uri)))
    return ModelSource(uri)


def _of_model(registry: RegistryStore, uri: str) -> ModelSource:
    named = parse_model_uri(uri)
    if named.path:
        raise InvalidParameterValue(
            f"{uri} is a part of a model, and a model is registered whole: register {named}."
        )
    if named.model_id:
        return ModelSource(uri, model_id=named.model_id)
    version = find_version(registry, named)
    return ModelSource(
        f"models:/{version.name}/{version.version}",
        version.run_id or None,
        version.model_id or None,
    )


def _of_run(session: Session, run_id: str, path: str) -> ModelSource:
    tree = session.files.of_run(run_id)
    store = session.places.of_run(run_id)
    own = ModelSource(append_path(store.uri, path), run_id)
    found = store.stat(path)
    if found is not None and not found.is_dir:
        raise InvalidParameterValue(
            f"runs:/{run_id}/{path} is one file. A model is a folder: register "
            f"runs:/{run_id}/{path.rpartition('/')[0]} with all that is in it."
        )
    files = store.list_artifacts(path) if found is not None else []
    if any(info.path.rpartition("/")[2] == MODEL_FILE for info in files):
        return own
    model = _logged_model(session, run_id, path)
    if model is not None:
        return ModelSource(f"models:/{model.model_id}", run_id, model.model_id)
    if files:
        return own
    there = ", ".join(info.path for info in tree.list("")[:5]) or "nothing"
    raise ResourceDoesNotExist(
        f"The run {run_id} has neither files at {path!r} nor a logged model of that name. Its "
        f"artifacts are: {there}."
    )


def _logged_model(session: Session, run_id: str, name: str) -> LoggedModel | None:
    """Return the logged model of a name that a run made, the one of the last step if of several."""
    if not name or any(letter in name for letter in "/:.%\"'"):
        return None
    run = session.store.get_run(api.GetRun(run_id=run_id)).run
    request = api.SearchLoggedModels(
        experiment_ids=[run.info.experiment_id],
        filter=f"name = '{name}' AND source_run_id = '{run.info.run_id}'",
    )
    try:
        models = session.store.search_logged_models(request).models
    except EndpointNotFound:  # a server from before logged models
        return None
    return max(models, key=lambda model: _step(run, model.model_id), default=None)


def _step(run: Run, model_id: str) -> int:
    outputs = run.outputs.model_outputs if run.outputs else []
    return max((output.step for output in outputs if output.model_id == model_id), default=-1)
