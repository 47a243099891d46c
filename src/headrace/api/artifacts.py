"""The artifact calls: what lies below a run or a model, and one file of it or of a version."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import MLFLOW, Endpoint, Permission, Target
from headrace.api.tracking import Request, RunRequest
from headrace.entities import FileInfo


class ListArtifacts(RunRequest):
    """List what lies directly below a run's artifact root, or below a folder in it."""

    path: str | None = None
    page_token: str | None = None


class ListLoggedModelArtifacts(Request):
    """List what lies directly below a logged model's root, or below a folder in it."""

    model_id: str
    artifact_directory_path: str | None = None
    page_token: str | None = None


class ArtifactsPage(Struct, omit_defaults=True):
    """Entries in the order of their paths, and the URI that the paths are below."""

    root_uri: str | None = None
    files: list[FileInfo] = []
    next_page_token: str | None = None


class GetArtifact(RunRequest):
    """Download one file of a run."""

    path: str


class GetLoggedModelArtifact(Request):
    """Download one file of a logged model."""

    model_id: str
    artifact_file_path: str | None = None


class GetModelVersionArtifact(Request):
    """Download one file of a version of a registered model."""

    name: str
    version: str
    path: str


class UploadArtifact(Request):
    """Store the body, at most 10 MB, as one file of a run."""

    run_uuid: str | None = None
    path: str | None = None


LIST_ARTIFACTS = Endpoint(
    "list_artifacts",
    "GET",
    MLFLOW + "/artifacts/list",
    ListArtifacts,
    ArtifactsPage,
    Permission.READ,
    Target.SERVER,
)
LIST_LOGGED_MODEL_ARTIFACTS = Endpoint(
    "list_logged_model_artifacts",
    "GET",
    MLFLOW + "/logged-models/{model_id}/artifacts/directories",
    ListLoggedModelArtifacts,
    ArtifactsPage,
    Permission.READ,
    Target.SERVER,
)
GET_ARTIFACT: Endpoint[GetArtifact, None] = Endpoint(
    "get_artifact",
    "GET",
    "/get-artifact",
    GetArtifact,
    None,
    Permission.READ,
    Target.SERVER,
    bases=("",),
)
GET_LOGGED_MODEL_ARTIFACT: Endpoint[GetLoggedModelArtifact, None] = Endpoint(
    "get_logged_model_artifact",
    "GET",
    MLFLOW + "/logged-models/{model_id}/artifacts/files",
    GetLoggedModelArtifact,
    None,
    Permission.READ,
    Target.SERVER,
    bases=("/ajax-api",),
)
GET_MODEL_VERSION_ARTIFACT: Endpoint[GetModelVersionArtifact, None] = Endpoint(
    "get_model_version_artifact",
    "GET",
    "/model-versions/get-artifact",
    GetModelVersionArtifact,
    None,
    Permission.READ,
    Target.SERVER,
    bases=("",),
)
UPLOAD_ARTIFACT: Endpoint[UploadArtifact, None] = Endpoint(
    "upload_artifact",
    "POST",
    MLFLOW + "/upload-artifact",
    UploadArtifact,
    None,
    Permission.WRITE,
    Target.SERVER,
    bases=("/ajax-api",),
    raw_body=True,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
