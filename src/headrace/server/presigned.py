"""Answers MLflow's calls for presigned URLs, and the calls to which those for the own disk lead."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from headrace.api import tracking as api
from headrace.api.direct_transfers import (
    GET_SIGNED_FILE,
    MAX_URL_SECONDS,
    PUT_SIGNED_FILE,
    CreatePresignedUploadUrl,
    GetPresignedDownload,
    GetPresignedDownloadUrl,
    GetSignedFile,
    PresignedDownload,
    PresignedUrl,
    PutSignedFile,
    SignedFile,
)
from headrace.api.endpoint import Endpoint
from headrace.artifacts.base import ArtifactStore, file_path, folder_not_file, no_such_artifact
from headrace.artifacts.local import LocalArtifactStore
from headrace.errors import InvalidParameterValue
from headrace.server.address import Address
from headrace.server.downloads import send_file
from headrace.server.intake import Intake
from headrace.server.reply import Reply
from headrace.server.roots import Roots
from headrace.server.signatures import Signer
from headrace.server.uploads import Uploads
from headrace.stores.base import TrackingStore
from headrace.stores.seals import Seals

if TYPE_CHECKING:
    from headrace.server.core import Call

DOWNLOAD_URL_SECONDS = 300
UPLOAD_URL_SECONDS = 900


class PresignedCalls:
    """Answers the rows of `headrace.api.direct_transfers` for whole files."""

    def __init__(
        self,
        store: TrackingStore,
        roots: Roots,
        uploads: Uploads,
        address: Address,
        signer: Signer,
        seals: Seals,
    ) -> None:
        self._signed_store = store
        self._signed_roots = roots
        self._signed_uploads = uploads
        self._signed_address = address
        self._signer = signer
        self._signed_seals = seals

    def get_presigned_download(
        self, request: GetPresignedDownload, call: Call
    ) -> PresignedDownload:
        """Sign a URL for one of the server's artifacts."""
        fields = {"path": file_path(request.artifact_path)}
        url, size = self._download(fields, DOWNLOAD_URL_SECONDS, call)
        return PresignedDownload(url, {}, size)

    def get_presigned_download_url(
        self, request: GetPresignedDownloadUrl, call: Call
    ) -> PresignedUrl:
        """Sign a URL for a file of a run."""
        fields = {"run_id": request.run_id, "path": file_path(request.path)}
        seconds = _seconds(request.expiration, DOWNLOAD_URL_SECONDS)
        url, size = self._download(fields, seconds, call)
        return PresignedUrl(url, {}, size)

    def create_presigned_upload_url(
        self, request: CreatePresignedUploadUrl, call: Call
    ) -> PresignedUrl:
        """Sign a URL to which a file of a run or logged model can be sent."""
        if bool(request.run_id) == bool(request.model_id):
            raise InvalidParameterValue("Exactly one of run_id and model_id must be provided.")
        owner = {"run_id": request.run_id} if request.run_id else {"model_id": request.model_id}
        fields = {**owner, "path": file_path(request.path)}
        seconds = _seconds(request.expiration, UPLOAD_URL_SECONDS)
        store, path = self._place(fields)
        if isinstance(store, LocalArtifactStore):
            return PresignedUrl(self._own_url(PUT_SIGNED_FILE, fields, seconds, call), {})
        self._signed_seals.check_write(store, path)  # nobody asks this server any more then
        return PresignedUrl(store.sign("PUT", path, seconds), {})

    def get_signed_file(self, request: GetSignedFile, call: Call) -> Reply:
        """Send the file that the URL was signed for."""
        return send_file(*self._signed_place("GET", request), call)

    def put_signed_file(self, request: PutSignedFile, call: Call) -> Intake:
        """Take the call's body as the file that the URL was signed for."""
        return self._signed_uploads.unannounced(*self._signed_place("PUT", request))

    # --- parts -----------------------------------------------------------------------------------

    def _download(
        self, fields: Mapping[str, str | None], seconds: int, call: Call
    ) -> tuple[str, int | None]:
        """Return a URL of a file, and its size."""
        store, path = self._place(fields)
        info = store.stat(path)
        if info is None:
            raise no_such_artifact(path)
        if info.is_dir:
            raise folder_not_file(path)
        if isinstance(store, LocalArtifactStore):
            return self._own_url(GET_SIGNED_FILE, fields, seconds, call), info.file_size
        return store.sign("GET", path, seconds), info.file_size

    def _own_url(
        self,
        endpoint: Endpoint[Any, Any],
        fields: Mapping[str, str | None],
        seconds: int,
        call: Call,
    ) -> str:
        """Return a URL that leads to one of the signed calls."""
        expires = int(time.time()) + seconds
        signature = self._signer.sign(expires, endpoint.verb, *_signed(fields))
        query = urlencode({**fields, "expires": expires, "signature": signature})
        return f"{self._signed_address.of(call)}{endpoint.bases[0]}{endpoint.path}?{query}"

    def _signed_place(self, verb: str, request: SignedFile) -> tuple[ArtifactStore, str]:
        fields = {"run_id": request.run_id, "model_id": request.model_id, "path": request.path}
        self._signer.check(request.signature, request.expires, verb, *_signed(fields))
        return self._place(fields)

    def _place(self, fields: Mapping[str, str | None]) -> tuple[ArtifactStore, str]:
        """Return the root that a file belongs to, and its path there."""
        store, path = self._signed_store, fields["path"] or ""
        if run_id := fields.get("run_id"):
            uri = store.get_run(api.GetRun(run_id=run_id, info_only=True)).run.info.artifact_uri
        elif model_id := fields.get("model_id"):
            model = store.get_logged_model(api.GetLoggedModel(model_id=model_id)).model
            uri = model.artifact_location
        else:
            return self._signed_roots.home(path)
        return self._signed_roots.open(uri or ""), path


def _signed(fields: Mapping[str, str | None]) -> list[str]:
    return [fields.get(name) or "" for name in ("run_id", "model_id", "path")]


def _seconds(given: int | None, default: int) -> int:
    seconds = default if given is None else given
    if not 1 <= seconds <= MAX_URL_SECONDS:
        raise InvalidParameterValue(
            f"expiration must be between 1 and {MAX_URL_SECONDS} seconds (got {seconds})."
        )
    return seconds
