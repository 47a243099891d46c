"""Answers MLflow's calls for artifacts that the server keeps for its clients, if it does."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from headrace.api.artifacts import ArtifactsPage
from headrace.api.endpoint import Empty
from headrace.api.proxy import (
    DeleteProxiedArtifact,
    GetProxiedArtifact,
    ListProxiedArtifacts,
    PutProxiedArtifact,
)
from headrace.artifacts.base import ArtifactStore, file_path
from headrace.server.downloads import send_file
from headrace.server.intake import Intake
from headrace.server.reply import Reply
from headrace.server.roots import PROXIED_ROOT, Roots
from headrace.server.uploads import Uploads

if TYPE_CHECKING:
    from headrace.server.core import Call


# What stands between the way to a run or model and the way to its files.
_BETWEEN = "/artifacts/"


class ProxyCalls:
    """Answers the rows of `headrace.api.proxy`."""

    def __init__(self, roots: Roots, uploads: Uploads) -> None:
        self._proxied_roots = roots
        self._proxied_uploads = uploads

    def list_proxied_artifacts(self, request: ListProxiedArtifacts, call: Call) -> ArtifactsPage:
        """List a folder; entries are named as MLflow's clients expect, by their last part."""
        infos = self._proxied().list_artifacts(request.path or "")
        names = [msgspec.structs.replace(i, path=i.path.rpartition("/")[2]) for i in infos]
        return ArtifactsPage(files=names)

    def get_proxied_artifact(self, request: GetProxiedArtifact, call: Call) -> Reply:
        """Send a file."""
        return send_file(*self._home(request.artifact_path), call)

    def put_proxied_artifact(self, request: PutProxiedArtifact, call: Call) -> Intake:
        """Take the call's body as a file."""
        return self._proxied_uploads.unannounced(*self._home(request.artifact_path))

    def delete_proxied_artifact(self, request: DeleteProxiedArtifact, call: Call) -> Empty:
        """Delete a file or folder; nobody deletes all that there is."""
        self._proxied().delete(file_path(request.artifact_path))
        return Empty()

    def _home(self, path: str) -> tuple[ArtifactStore, str]:
        """Return the root of the run or model that a file belongs to, and its path there.

        Its digest then stands where the calls for artifacts of runs look for it too, and not with
        those of all files that the server keeps.
        """
        cleaned = file_path(path)
        folder, found, rest = cleaned.partition(_BETWEEN)
        if not found:
            return self._proxied(), cleaned
        return self._proxied_roots.open(PROXIED_ROOT + quote(folder + _BETWEEN)), rest

    def _proxied(self) -> ArtifactStore:
        return self._proxied_roots.open(PROXIED_ROOT)
