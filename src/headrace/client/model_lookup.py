"""The version that a name of a model means, ``models:/NAME@ALIAS`` or another one.

How such names are written stands in `headrace.stores.model_uri`.
"""

from __future__ import annotations

import difflib

from headrace.api import registry as api
from headrace.entities import ModelStage, ModelVersion
from headrace.errors import HeadraceError, InvalidParameterValue, ResourceDoesNotExist, from_code
from headrace.stores.base import RegistryStore
from headrace.stores.model_uri import ModelUri

_STAGES = {stage.value.lower(): stage.value for stage in ModelStage}

# How many names are looked through for one that is like what somebody wrote.
_NAMES_TO_COMPARE = 1000
_SHOWN = 5


def find_version(registry: RegistryStore, named: ModelUri) -> ModelVersion:
    """Return the version that a URI names, by one request.

    Raises:
        ResourceDoesNotExist: If there is no such model or version; the message says what there is.
        InvalidParameterValue: If it has no such alias.

    """
    try:
        return _find(registry, named)
    except (ResourceDoesNotExist, InvalidParameterValue) as error:
        hint = _hint(registry, named)
        told = f"{named}: {error.message.rstrip('.')}. {hint}".strip()
        raise from_code(error.error_code, told) from None


def _find(registry: RegistryStore, named: ModelUri) -> ModelVersion:
    if named.version:
        request = api.GetModelVersion(name=named.name, version=named.version)
        return registry.get_model_version(request).model_version
    if named.alias:
        wanted = api.GetModelVersionByAlias(name=named.name, alias=named.alias)
        return registry.get_model_version_by_alias(wanted).model_version
    stages = [named.stage] if named.stage else []
    latest = api.GetLatestVersions(name=named.name, stages=stages)
    versions = registry.get_latest_versions(latest).model_versions
    if not versions:
        where = f" in stage {named.stage}" if named.stage else ""
        raise ResourceDoesNotExist(f"The model {named.name!r} has no version{where}.")
    return max(versions, key=lambda version: int(version.version))


def _hint(registry: RegistryStore, named: ModelUri) -> str:
    """Return what there is instead of a version that is not there."""
    try:
        model = registry.get_registered_model(
            api.GetRegisteredModel(name=named.name)
        ).registered_model
    except HeadraceError:
        return _similar_names(registry, named.name)
    if named.alias:
        known = ", ".join(sorted(model.aliases)[:_SHOWN])
        told = f"Its aliases are: {known}." if known else "It has no alias."
        stage = _STAGES.get(named.alias.lower())
        return f"{told} The stage is written models:/{named.name}/{stage}." if stage else told
    latest = max((int(version.version) for version in model.latest_versions), default=None)
    return "" if latest is None else f"Its latest version is {latest}."


def _similar_names(registry: RegistryStore, name: str) -> str:
    request = api.SearchRegisteredModels(max_results=_NAMES_TO_COMPARE)
    try:
        models = registry.search_registered_models(request).registered_models
    except HeadraceError:
        return ""  # what is wrong with the name is said already
    near = difflib.get_close_matches(name, [model.name for model in models], _SHOWN)
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"No model is registered as {name!r}.{meant}"
