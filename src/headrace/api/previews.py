"""The calls by which pages look into files: of a run, a logged model or a version of a model.

Who logged a file is not trusted by who looks at it, so what comes by `ViewArtifact` may run scripts
but reaches nothing: it has an origin of its own, no cookies and no network.
"""

from __future__ import annotations

from typing import Any

from headrace.api.artifacts import ArtifactsPage
from headrace.api.endpoint import HEADRACE, Endpoint, Permission, Target
from headrace.api.tracking import Request


class FileOwner(Request, kw_only=True):
    """Base of the requests that name a run, or a logged model, or a version by name and version."""

    run_id: str | None = None
    model_id: str | None = None
    name: str | None = None
    version: str | None = None


class ListFiles(FileOwner):
    """List what lies directly below the root of a run, model or version, or a folder in it."""

    path: str | None = None


class ViewArtifact(FileOwner, kw_only=True):
    """Show a file of a run, model or version in a frame; a page among them reaches nothing."""

    path: str


LIST_FILES = Endpoint(
    "list_files",
    "GET",
    HEADRACE + "/artifacts/list",
    ListFiles,
    ArtifactsPage,
    Permission.READ,
    Target.SERVER,
)
VIEW_ARTIFACT: Endpoint[ViewArtifact, None] = Endpoint(
    "view_artifact",
    "GET",
    HEADRACE + "/artifacts/view",
    ViewArtifact,
    None,
    Permission.READ,
    Target.SERVER,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
