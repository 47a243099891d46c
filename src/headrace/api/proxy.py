"""MLflow's calls for artifacts that the tracking server keeps, of the scheme ``mlflow-artifacts:``.

They name files by their path below one root of the server and say nothing of runs. Clients of
Headrace use `headrace.api.uploads` instead.
"""

from __future__ import annotations

from typing import Any

from headrace.api.artifacts import ArtifactsPage
from headrace.api.endpoint import Empty, Endpoint, Permission, Target
from headrace.api.tracking import Request


class ListProxiedArtifacts(Request):
    """List what lies directly in a folder of the server's artifacts, by name."""

    path: str | None = None


class GetProxiedArtifact(Request):
    """Download one of the server's artifacts."""

    artifact_path: str


class PutProxiedArtifact(GetProxiedArtifact):
    """Store the body as one of the server's artifacts."""


class DeleteProxiedArtifact(GetProxiedArtifact):
    """Delete a file or folder of the server's artifacts."""


_ROOT = "/2.0/mlflow-artifacts/artifacts"
_FILE = _ROOT + "/{artifact_path:path}"

LIST_PROXIED_ARTIFACTS = Endpoint(
    "list_proxied_artifacts",
    "GET",
    _ROOT,
    ListProxiedArtifacts,
    ArtifactsPage,
    Permission.READ,
    Target.SERVER,
)
GET_PROXIED_ARTIFACT: Endpoint[GetProxiedArtifact, None] = Endpoint(
    "get_proxied_artifact",
    "GET",
    _FILE,
    GetProxiedArtifact,
    None,
    Permission.READ,
    Target.SERVER,
)
PUT_PROXIED_ARTIFACT = Endpoint(
    "put_proxied_artifact",
    "PUT",
    _FILE,
    PutProxiedArtifact,
    Empty,
    Permission.WRITE,
    Target.SERVER,
    raw_body=True,
    streamed=True,
)
DELETE_PROXIED_ARTIFACT = Endpoint(
    "delete_proxied_artifact",
    "DELETE",
    _FILE,
    DeleteProxiedArtifact,
    Empty,
    Permission.WRITE,
    Target.SERVER,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
