"""Answers MLflow's calls for artifacts that the server keeps for its clients, if it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headrace.api.artifacts import ArtifactsPage
from headrace.api.endpoint import Empty
from headrace.api.proxy import (
    DeleteProxiedArtifact,
    GetProxiedArtifact,
    ListProxiedArtifacts,
    PutProxiedArtifact,
)
from headrace.artifacts.base import file_path
from headrace.server.downloads import send_file
from headrace.server.intake import Intake
from headrace.server.reply import Reply
from headrace.server.roots import Roots
from headrace.server.uploads import Uploads
from headrace.stores.seals import Seals

if TYPE_CHECKING:
    from headrace.server.core import Call


class ProxyCalls:
    """Answers the rows of `headrace.api.proxy`."""

    def __init__(self, roots: Roots, uploads: Uploads, seals: Seals) -> None:
        self._proxied_roots = roots
        self._proxied_seals = seals
        self._proxied_uploads = uploads

    def list_proxied_artifacts(self, request: ListProxiedArtifacts, call: Call) -> ArtifactsPage:
        """List a folder; entries are named as MLflow's clients expect, by their last part."""
        infos = self._proxied_roots.proxied().list_artifacts(request.path or "")
        names = [msgspec.structs.replace(i, path=i.path.rpartition("/")[2]) for i in infos]
        return ArtifactsPage(files=names)

    def get_proxied_artifact(self, request: GetProxiedArtifact, call: Call) -> Reply:
        """Send a file."""
        return send_file(*self._proxied_roots.home(request.artifact_path), call)

    def put_proxied_artifact(self, request: PutProxiedArtifact, call: Call) -> Intake:
        """Take the call's body as a file."""
        return self._proxied_uploads.unannounced(*self._proxied_roots.home(request.artifact_path))

    def delete_proxied_artifact(self, request: DeleteProxiedArtifact, call: Call) -> Empty:
        """Delete a file or folder; nobody deletes all that there is."""
        root, path = self._proxied_roots.proxied(), file_path(request.artifact_path)
        self._proxied_seals.check_delete(root, path)
        root.delete(path)
        return Empty()
