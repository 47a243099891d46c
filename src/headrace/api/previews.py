"""The calls by which pages look into files: of a run, a logged model or a version of a model.

Who logged a file is not trusted by who looks at it, so what comes by `ViewArtifact` may run scripts
but reaches nothing: it has an origin of its own, no cookies and no network.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission, Target
from headrace.api.tracking import Request
from headrace.entities import FileInfo


class FileOwner(Request, kw_only=True):
    """Base of the requests that name a run, or a logged model, or a version by name and version."""

    run_id: str | None = None
    model_id: str | None = None
    name: str | None = None
    version: str | None = None


class ListFiles(FileOwner):
    """List what lies directly below the root of a run, model or version, or a folder in it.

    Folders come first, each kind in the order of their paths.

    Attributes:
        path: The folder; the root if it is not given.
        max_results: Size of a page, at most 10,000; everything at once if it is not given.
        page_token: Where to go on.

    """

    path: str | None = None
    max_results: int | None = None
    page_token: str | None = None


class FilesPage(Struct, omit_defaults=True):
    """A page of a folder.

    Attributes:
        root_uri: What the paths are below.
        files: Folders and files.
        total: How many there are on all pages.
        next_page_token: Where the next page begins; None on the last one.

    """

    root_uri: str | None = None
    files: list[FileInfo] = []
    total: int = 0
    next_page_token: str | None = None


class ViewArtifact(FileOwner, kw_only=True):
    """Show a file of a run, model or version in a frame; a page among them reaches nothing."""

    path: str


LIST_FILES = Endpoint(
    "list_files",
    "GET",
    HEADRACE + "/artifacts/list",
    ListFiles,
    FilesPage,
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
