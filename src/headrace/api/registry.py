"""The calls of the model registry: MLflow's, and what Headrace adds to them.

Headrace's own are the `reason` of a change, the history of changes, lineage, and what versions
hold. What a version
came from is one call; which versions came from a run, a logged model or a data set is a search for
them: ``run_id = '...'``, ``model_id = '...'``, ``dataset.name = '...' AND dataset.digest = '...'``.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from headrace.api.endpoint import HEADRACE, MLFLOW, Empty, Endpoint, Permission
from headrace.api.tracking import Request
from headrace.entities import (
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelTag,
    RegistryChange,
    VersionContent,
    VersionLineage,
)

READ, WRITE = Permission.READ, Permission.WRITE


class Change(Request, kw_only=True):
    """Base of the requests that change the registry.

    Attributes:
        reason: Why, for the history; Headrace's own.

    """

    reason: str | None = None


class GuardedChange(Change, kw_only=True):
    """Base of the requests that rules may refuse; see `headrace.api.registry_rules`.

    Attributes:
        force: Whether the change is made also if rules refuse it, which takes a reason; Headrace's
            own.

    """

    force: bool = False


# --- registered models ---------------------------------------------------------------------------


class CreateRegisteredModel(Change):
    """Create a registered model; of a tag that is given twice the last value counts."""

    name: str
    tags: list[RegisteredModelTag] = []
    description: str | None = None


class RegisteredModelAnswer(Struct):
    """One registered model."""

    registered_model: RegisteredModel


class GetRegisteredModel(Request):
    """Get a registered model by its name."""

    name: str


class RenameRegisteredModel(GuardedChange):
    """Rename a registered model; its versions, aliases, tags and history go with it."""

    name: str
    new_name: str


class UpdateRegisteredModel(Change):
    """Set the description of a registered model; without one it has none any more."""

    name: str
    description: str | None = None


class DeleteRegisteredModel(GuardedChange):
    """Delete a registered model with all its versions; its history stays."""

    name: str


class SearchRegisteredModels(Request):
    """Find registered models; `max_results` is 100 if not given and at most 1000."""

    filter: str | None = None
    max_results: int | None = None
    order_by: list[str] = []
    page_token: str | None = None


class RegisteredModelsPage(Struct, omit_defaults=True):
    """A page of registered models."""

    registered_models: list[RegisteredModel] = []
    next_page_token: str | None = None


class GetLatestVersions(Request):
    """Get the newest version of each of the stages, of all four if none is given."""

    name: str
    stages: list[str] = []


class ModelVersions(Struct, omit_defaults=True):
    """Versions of one registered model."""

    model_versions: list[ModelVersion] = []


class SetRegisteredModelTag(Change):
    """Set a tag of a registered model."""

    name: str
    key: str
    value: str = field(default_factory=str)


class DeleteRegisteredModelTag(Change):
    """Delete a tag of a registered model; one that is not there is fine."""

    name: str
    key: str


class Move(GuardedChange, kw_only=True):
    """Base of the requests that move an alias or a version.

    Attributes:
        expected: What the caller believes to be there before: the version that the alias names, or
            the stage of the version; empty for an alias that names none. If it is something else,
            somebody was quicker, and the move is refused with RESOURCE_CONFLICT. Headrace's own.

    """

    expected: str | None = None


class SetRegisteredModelAlias(Move):
    """Let an alias name a version, whatever it named before."""

    name: str
    alias: str
    version: str


class DeleteRegisteredModelAlias(Move):
    """Delete an alias; one that is not there is fine."""

    name: str
    alias: str


class GetModelVersionByAlias(Request):
    """Get the version that an alias names, or the newest one for ``latest``."""

    name: str
    alias: str


# --- versions ------------------------------------------------------------------------------------


class CreateModelVersion(Change):
    """Create the next version of a registered model.

    Attributes:
        name: The registered model.
        source: Where the files are: a location below the artifacts of the run or of the logged
            model, a remote URI, or ``models:/NAME/VERSION`` for a copy of a version.
        run_id: The run that it came from.
        tags: Tags; of one that is given twice the last value counts.
        run_link: An address of the run for people, on another server.
        description: Words about it.
        model_id: The logged model that it came from.

    """

    name: str
    source: str
    run_id: str | None = None
    tags: list[ModelVersionTag] = []
    run_link: str | None = None
    description: str | None = None
    model_id: str | None = None


class ModelVersionAnswer(Struct):
    """One version."""

    model_version: ModelVersion


class GetModelVersion(Request):
    """Get a version."""

    name: str
    version: str


class UpdateModelVersion(Change):
    """Set the description of a version; without one it has none any more."""

    name: str
    version: str
    description: str | None = None


class TransitionModelVersionStage(Move):
    """Move a version into a stage, whose other versions are archived if asked."""

    name: str
    version: str
    stage: str
    archive_existing_versions: bool = False


class DeleteModelVersion(GuardedChange):
    """Delete a version with its aliases; its number is not given again, and its history stays."""

    name: str
    version: str


class SearchModelVersions(Request):
    """Find versions; `max_results` is 200000 if not given, which is also the most."""

    filter: str | None = None
    max_results: int | None = None
    order_by: list[str] = []
    page_token: str | None = None


class ModelVersionsPage(Struct, omit_defaults=True):
    """A page of versions."""

    model_versions: list[ModelVersion] = []
    next_page_token: str | None = None


class SetModelVersionTag(Change):
    """Set a tag of a version."""

    name: str
    version: str
    key: str
    value: str = field(default_factory=str)


class DeleteModelVersionTag(Change):
    """Delete a tag of a version; one that is not there is fine."""

    name: str
    version: str
    key: str


class GetModelVersionDownloadUri(Request):
    """Get where the files of a version lie."""

    name: str
    version: str


class ModelVersionDownloadUri(Struct):
    """Answer of `GetModelVersionDownloadUri`."""

    artifact_uri: str


# --- history and lineage -------------------------------------------------------------------------


class ListRegistryChanges(Request):
    """List changes of a registered model, newest first, also after it was deleted.

    Attributes:
        name: The registered model, by its present name, or its last one if it is gone; or else
        pattern: the pattern of registered models, for the changes of its rules.
        version: Only changes of this version.
        kind: Only changes of this `headrace.entities.ChangeKind`.
        key: Only changes of the tag or the alias of this name, or of rules at it or at this stage.
        max_results: Size of a page, 100 if it is not given and at most 1000.
        page_token: Where to go on.

    """

    name: str | None = None
    pattern: str | None = None
    version: str | None = None
    kind: str | None = None
    key: str | None = None
    max_results: int | None = None
    page_token: str | None = None


class RegistryChanges(Struct, omit_defaults=True):
    """A page of changes."""

    changes: list[RegistryChange] = []
    next_page_token: str | None = None


class GetModelVersionLineage(Request):
    """Get what a version came from."""

    name: str
    version: str


class ModelVersionLineage(Struct):
    """Answer of `GetModelVersionLineage`."""

    lineage: VersionLineage


# --- what versions hold --------------------------------------------------------------------------


class GetModelVersionContent(Request):
    """Get what a version holds; `files` says whether the files are wanted as well."""

    name: str
    version: str
    files: bool = False


class CheckModelVersionContent(Request):
    """Have a version's files looked at now: recorded, or compared with what is recorded.

    Who asks says that all of them are there; none is changed through the server from then on. The
    answer comes at once, and `GetModelVersionContent` tells when it is done.
    """

    name: str
    version: str


class ModelVersionContentAnswer(Struct):
    """What one version holds."""

    content: VersionContent


# --- the table -----------------------------------------------------------------------------------

_MODELS = MLFLOW + "/registered-models"
_VERSIONS = MLFLOW + "/model-versions"

CREATE_REGISTERED_MODEL = Endpoint(
    "create_registered_model",
    "POST",
    _MODELS + "/create",
    CreateRegisteredModel,
    RegisteredModelAnswer,
    WRITE,
)
GET_REGISTERED_MODEL = Endpoint(
    "get_registered_model", "GET", _MODELS + "/get", GetRegisteredModel, RegisteredModelAnswer, READ
)
RENAME_REGISTERED_MODEL = Endpoint(
    "rename_registered_model",
    "POST",
    _MODELS + "/rename",
    RenameRegisteredModel,
    RegisteredModelAnswer,
    WRITE,
)
UPDATE_REGISTERED_MODEL = Endpoint(
    "update_registered_model",
    "PATCH",
    _MODELS + "/update",
    UpdateRegisteredModel,
    RegisteredModelAnswer,
    WRITE,
)
DELETE_REGISTERED_MODEL = Endpoint(
    "delete_registered_model", "DELETE", _MODELS + "/delete", DeleteRegisteredModel, Empty, WRITE
)
SEARCH_REGISTERED_MODELS = Endpoint(
    "search_registered_models",
    "GET",
    _MODELS + "/search",
    SearchRegisteredModels,
    RegisteredModelsPage,
    READ,
)
GET_LATEST_VERSIONS_BY_GET = Endpoint(
    "get_latest_versions",
    "GET",
    _MODELS + "/get-latest-versions",
    GetLatestVersions,
    ModelVersions,
    READ,
)
GET_LATEST_VERSIONS = Endpoint(
    "get_latest_versions",
    "POST",
    _MODELS + "/get-latest-versions",
    GetLatestVersions,
    ModelVersions,
    READ,
)
SET_REGISTERED_MODEL_TAG = Endpoint(
    "set_registered_model_tag", "POST", _MODELS + "/set-tag", SetRegisteredModelTag, Empty, WRITE
)
DELETE_REGISTERED_MODEL_TAG = Endpoint(
    "delete_registered_model_tag",
    "DELETE",
    _MODELS + "/delete-tag",
    DeleteRegisteredModelTag,
    Empty,
    WRITE,
)
SET_REGISTERED_MODEL_ALIAS = Endpoint(
    "set_registered_model_alias", "POST", _MODELS + "/alias", SetRegisteredModelAlias, Empty, WRITE
)
DELETE_REGISTERED_MODEL_ALIAS = Endpoint(
    "delete_registered_model_alias",
    "DELETE",
    _MODELS + "/alias",
    DeleteRegisteredModelAlias,
    Empty,
    WRITE,
)
GET_MODEL_VERSION_BY_ALIAS = Endpoint(
    "get_model_version_by_alias",
    "GET",
    _MODELS + "/alias",
    GetModelVersionByAlias,
    ModelVersionAnswer,
    READ,
)
CREATE_MODEL_VERSION = Endpoint(
    "create_model_version",
    "POST",
    _VERSIONS + "/create",
    CreateModelVersion,
    ModelVersionAnswer,
    WRITE,
)
GET_MODEL_VERSION = Endpoint(
    "get_model_version", "GET", _VERSIONS + "/get", GetModelVersion, ModelVersionAnswer, READ
)
UPDATE_MODEL_VERSION = Endpoint(
    "update_model_version",
    "PATCH",
    _VERSIONS + "/update",
    UpdateModelVersion,
    ModelVersionAnswer,
    WRITE,
)
TRANSITION_MODEL_VERSION_STAGE = Endpoint(
    "transition_model_version_stage",
    "POST",
    _VERSIONS + "/transition-stage",
    TransitionModelVersionStage,
    ModelVersionAnswer,
    WRITE,
)
DELETE_MODEL_VERSION = Endpoint(
    "delete_model_version", "DELETE", _VERSIONS + "/delete", DeleteModelVersion, Empty, WRITE
)
SEARCH_MODEL_VERSIONS = Endpoint(
    "search_model_versions",
    "GET",
    _VERSIONS + "/search",
    SearchModelVersions,
    ModelVersionsPage,
    READ,
)
SET_MODEL_VERSION_TAG = Endpoint(
    "set_model_version_tag", "POST", _VERSIONS + "/set-tag", SetModelVersionTag, Empty, WRITE
)
DELETE_MODEL_VERSION_TAG = Endpoint(
    "delete_model_version_tag",
    "DELETE",
    _VERSIONS + "/delete-tag",
    DeleteModelVersionTag,
    Empty,
    WRITE,
)
GET_MODEL_VERSION_DOWNLOAD_URI = Endpoint(
    "get_model_version_download_uri",
    "GET",
    _VERSIONS + "/get-download-uri",
    GetModelVersionDownloadUri,
    ModelVersionDownloadUri,
    READ,
)
LIST_REGISTRY_CHANGES = Endpoint(
    "list_registry_changes",
    "GET",
    HEADRACE + "/registry/history",
    ListRegistryChanges,
    RegistryChanges,
    READ,
)
GET_MODEL_VERSION_LINEAGE = Endpoint(
    "get_model_version_lineage",
    "GET",
    HEADRACE + "/registry/lineage",
    GetModelVersionLineage,
    ModelVersionLineage,
    READ,
)
GET_MODEL_VERSION_CONTENT = Endpoint(
    "get_model_version_content",
    "GET",
    HEADRACE + "/registry/content",
    GetModelVersionContent,
    ModelVersionContentAnswer,
    READ,
)
CHECK_MODEL_VERSION_CONTENT = Endpoint(
    "check_model_version_content",
    "POST",
    HEADRACE + "/registry/content/check",
    CheckModelVersionContent,
    ModelVersionContentAnswer,
    WRITE,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
