"""Artifact calls: list, download with ranges, upload whole or in parts, deletion.

A path is confined to its root by `headrace.artifacts.paths`; which roots a server opens at all is
decided by `headrace.server.roots`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.api import registry
from headrace.api import tracking as api
from headrace.api.artifacts import (
    ArtifactsPage,
    GetArtifact,
    GetLoggedModelArtifact,
    GetModelVersionArtifact,
    ListArtifacts,
    ListLoggedModelArtifacts,
    UploadArtifact,
)
from headrace.api.bundles import GetBundle, PutBundle
from headrace.api.endpoint import Empty
from headrace.api.uploads import (
    ArtifactOwner,
    BeginUpload,
    DeleteArtifact,
    FinishUpload,
    PutArtifact,
    PutPart,
    UploadState,
)
from headrace.api.verification import VerifiedPage, VerifyArtifacts
from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.paths import clean_path
from headrace.errors import BadRequest, InvalidParameterValue
from headrace.server.bundles import BundleIntake, send_bundle
from headrace.server.downloads import send_file
from headrace.server.intake import Intake, taking
from headrace.server.reply import Reply
from headrace.server.roots import Roots
from headrace.server.uploads import Uploads
from headrace.server.verification import verify_page
from headrace.stores.base import TrackingStore
from headrace.stores.seals import Seals

if TYPE_CHECKING:
    from headrace.server.core import Call

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
UPLOAD_TOO_LONG = "Artifact size is too large. Max size is 10MB."


class ArtifactCalls:
    """Answers the rows of `headrace.api.artifacts` and `headrace.api.uploads`.

    Attributes:
        uploads: The files that are on their way.

    """

    def __init__(self, store: TrackingStore, roots: Roots, seals: Seals) -> None:
        self._store = store
        self._roots = roots
        self._seals = seals
        self.uploads = Uploads(roots.staging, seals)

    def list_artifacts(self, request: ListArtifacts, call: Call) -> ArtifactsPage:
        """List a folder of a run's artifacts."""
        return self._listing(self._run_root(request.run_id), request.path)

    def list_logged_model_artifacts(
        self, request: ListLoggedModelArtifacts, call: Call
    ) -> ArtifactsPage:
        """List a folder of a logged model's artifacts."""
        root = self._model_root(request.model_id)
        return self._listing(root, request.artifact_directory_path)

    def get_artifact(self, request: GetArtifact, call: Call) -> Reply:
        """Send a file of a run."""
        return send_file(self._roots.open(self._run_root(request.run_id)), request.path, call)

    def get_logged_model_artifact(self, request: GetLoggedModelArtifact, call: Call) -> Reply:
        """Send a file of a logged model."""
        if not request.artifact_file_path:
            raise BadRequest('Request must include the "artifact_file_path" query parameter.')
        root = self._roots.open(self._model_root(request.model_id))
        return send_file(root, request.artifact_file_path, call)

    def get_model_version_artifact(self, request: GetModelVersionArtifact, call: Call) -> Reply:
        """Send a file of a version of a registered model."""
        wanted = registry.GetModelVersionDownloadUri(request.name, request.version)
        root = self._store.get_model_version_download_uri(wanted).artifact_uri
        return send_file(self._roots.open(root), request.path, call)

    def upload_artifact(self, request: UploadArtifact, call: Call) -> Reply:
        """Store the call's body as a file of a run."""
        if not request.run_uuid:
            raise InvalidParameterValue("Request must specify run_uuid.")
        if not request.path:
            raise InvalidParameterValue("Request must specify path.")
        if len(call.body) > MAX_UPLOAD_BYTES:
            raise InvalidParameterValue(UPLOAD_TOO_LONG)
        if not call.body:
            raise InvalidParameterValue("Request must specify data.")
        root = self._roots.open(self._run_root(request.run_uuid))
        with taking(self.uploads.unannounced(root, request.path)) as intake:
            intake.write(call.body)
            intake.finish()
        return Reply(b"")

    def put_artifact(self, request: PutArtifact, call: Call) -> Intake:
        """Take the call's body as a file of a run or model."""
        return self.uploads.whole(self._root_of(request), request)

    def begin_upload(self, request: BeginUpload, call: Call) -> UploadState:
        """Begin an upload in parts, or say how far it is."""
        return self.uploads.begin(self._root_of(request), request)

    def put_part(self, request: PutPart, call: Call) -> Intake:
        """Take the call's body as one part of an upload."""
        return self.uploads.part(self._root_of(request), request)

    def finish_upload(self, request: FinishUpload, call: Call) -> Empty:
        """Put a file whose parts are all there into its place."""
        return self.uploads.finish(self._root_of(request), request)

    def put_bundle(self, request: PutBundle, call: Call) -> Intake:
        """Take the call's body as many small files of a run or model."""
        return BundleIntake(self._root_of(request), self._seals)

    def get_bundle(self, request: GetBundle, call: Call) -> Reply:
        """Send many small files of a run or model."""
        return send_bundle(self._root_of(request), request.paths)

    def verify_artifacts(self, request: VerifyArtifacts, call: Call) -> VerifiedPage:
        """Read files of a run or model, and say which are not as they were stored."""
        root = self._root_of(request)
        return verify_page(root, clean_path(request.path or ""), request.page_token)

    def delete_artifact(self, request: DeleteArtifact, call: Call) -> Empty:
        """Delete a file or folder of a run or model."""
        root = self._root_of(request)
        self._seals.check_delete(root, request.path or "")
        root.delete(request.path or "")
        return Empty()

    def _root_of(self, owner: ArtifactOwner) -> ArtifactStore:
        if bool(owner.run_id) == bool(owner.model_id):
            raise InvalidParameterValue("Name either a run by run_id or a model by model_id.")
        if owner.run_id:
            return self._roots.open(self._run_root(owner.run_id))
        return self._roots.open(self._model_root(owner.model_id or ""))

    def _listing(self, root_uri: str, path: str | None) -> ArtifactsPage:
        return ArtifactsPage(root_uri, self._roots.open(root_uri).list_artifacts(path or ""))

    def _run_root(self, run_id: str) -> str:
        return (
            self._store.get_run(api.GetRun(run_id=run_id, info_only=True)).run.info.artifact_uri
            or ""
        )

    def _model_root(self, model_id: str) -> str:
        answer = self._store.get_logged_model(api.GetLoggedModel(model_id=model_id))
        return answer.model.artifact_location or ""
