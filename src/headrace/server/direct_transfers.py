"""Answers MLflow's multipart and presigned calls: URLs by which files come and go directly."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from headrace.api import tracking as api
from headrace.api.direct_transfers import (
    GET_SIGNED_FILE,
    MAX_URL_SECONDS,
    PUT_SIGNED_FILE,
    PUT_SIGNED_PART,
    AbortMultipartUpload,
    CompleteMultipartUpload,
    CreateMultipartUpload,
    CreatePresignedUploadUrl,
    GetPresignedDownload,
    GetPresignedDownloadUrl,
    GetSignedFile,
    MultipartRequest,
    MultipartUpload,
    PartUrl,
    PresignedDownload,
    PresignedUrl,
    PutSignedFile,
    PutSignedPart,
    SignedFile,
)
from headrace.api.endpoint import Empty, Endpoint
from headrace.artifacts.base import ArtifactStore, file_path, folder_not_file, no_such_artifact
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.paths import clean_path, join
from headrace.errors import InvalidParameterValue, NotSupported
from headrace.server.address import Address
from headrace.server.downloads import send_file
from headrace.server.intake import Intake
from headrace.server.multipart import MultipartUploads
from headrace.server.reply import Reply
from headrace.server.roots import Roots
from headrace.server.signatures import Signer
from headrace.server.uploads import Uploads
from headrace.stores.base import TrackingStore

if TYPE_CHECKING:
    from headrace.server.core import Call

# Time enough for many parts on a slow line; a part is of no use until its owner completes the file.
PART_URL_SECONDS = 6 * 3600
DOWNLOAD_URL_SECONDS = 300
UPLOAD_URL_SECONDS = 900


class DirectTransferCalls:
    """Answers the rows of `headrace.api.direct_transfers`."""

    def __init__(
        self, store: TrackingStore, roots: Roots, uploads: Uploads, address: Address
    ) -> None:
        self._direct_store = store
        self._direct_roots = roots
        self._direct_uploads = uploads
        self._address = address
        self._signer = Signer(roots.staging.parent)
        self._multipart = MultipartUploads(roots.staging, self._signer)

    # --- multipart -------------------------------------------------------------------------------

    def create_multipart_upload(
        self, request: CreateMultipartUpload, call: Call
    ) -> MultipartUpload:
        """Begin an upload and sign a URL for each of its parts."""
        target = _target(request)
        _check_multipart(self._direct_roots.home(target)[0])
        owner = call.identity.actor.name
        upload_id = self._multipart.create(target, request.num_parts, owner)
        expires = int(time.time()) + PART_URL_SECONDS
        urls = []
        for part in range(1, request.num_parts + 1):
            signature = self._signer.sign(expires, "PUT part", upload_id, part)
            fields = {"upload": upload_id, "part": part, "expires": expires, "signature": signature}
            urls.append(PartUrl(self._url(PUT_SIGNED_PART, fields, call), part))
        return MultipartUpload(upload_id, urls)

    def complete_multipart_upload(self, request: CompleteMultipartUpload, call: Call) -> Empty:
        """Join the parts of an upload, which must be of this file and this user."""
        target = _target(request)
        place = self._direct_roots.home(target)
        _check_multipart(place[0])
        owner = call.identity.actor.name
        self._multipart.complete(request.upload_id, target, owner, request.parts, place)
        return Empty()

    def abort_multipart_upload(self, request: AbortMultipartUpload, call: Call) -> Empty:
        """Throw the parts of an upload away, which must be of this file and this user."""
        target = _target(request)
        _check_multipart(self._direct_roots.home(target)[0])
        self._multipart.abort(request.upload_id, target, call.identity.actor.name)
        return Empty()

    def put_signed_part(self, request: PutSignedPart, call: Call) -> Intake:
        """Take the call's body as the part that the URL was signed for."""
        self._signer.check(
            request.signature, request.expires, "PUT part", request.upload, request.part
        )
        return self._multipart.part(request.upload, request.part)

    # --- presigned -------------------------------------------------------------------------------

    def get_presigned_download(
        self, request: GetPresignedDownload, call: Call
    ) -> PresignedDownload:
        """Sign a URL for one of the server's artifacts."""
        store, path = self._direct_roots.home(request.artifact_path)
        size = _size_of(store, path)
        whole_path = file_path(request.artifact_path)
        url = self._file_url(GET_SIGNED_FILE, {"path": whole_path}, DOWNLOAD_URL_SECONDS, call)
        return PresignedDownload(url, {}, size)

    def get_presigned_download_url(
        self, request: GetPresignedDownloadUrl, call: Call
    ) -> PresignedUrl:
        """Sign a URL for a file of a run."""
        fields = {"run_id": request.run_id, "path": file_path(request.path)}
        seconds = _seconds(request.expiration, DOWNLOAD_URL_SECONDS)
        size = _size_of(self._root_of_signed(fields), fields["path"])
        return PresignedUrl(self._file_url(GET_SIGNED_FILE, fields, seconds, call), {}, size)

    def create_presigned_upload_url(
        self, request: CreatePresignedUploadUrl, call: Call
    ) -> PresignedUrl:
        """Sign a URL to which a file of a run or logged model can be sent."""
        if bool(request.run_id) == bool(request.model_id):
            raise InvalidParameterValue("Exactly one of run_id and model_id must be provided.")
        owner = {"run_id": request.run_id} if request.run_id else {"model_id": request.model_id}
        fields = {**owner, "path": file_path(request.path)}
        seconds = _seconds(request.expiration, UPLOAD_URL_SECONDS)
        self._root_of_signed(fields)
        return PresignedUrl(self._file_url(PUT_SIGNED_FILE, fields, seconds, call), {})

    def get_signed_file(self, request: GetSignedFile, call: Call) -> Reply:
        """Send the file that the URL was signed for."""
        return send_file(*self._signed_place("GET", request), call)

    def put_signed_file(self, request: PutSignedFile, call: Call) -> Intake:
        """Take the call's body as the file that the URL was signed for."""
        return self._direct_uploads.unannounced(*self._signed_place("PUT", request))

    # --- parts -----------------------------------------------------------------------------------

    def _signed_place(self, verb: str, request: SignedFile) -> tuple[ArtifactStore, str]:
        fields = {"run_id": request.run_id, "model_id": request.model_id, "path": request.path}
        self._signer.check(request.signature, request.expires, verb, *_signed(fields))
        if request.run_id or request.model_id:
            return self._root_of_signed(fields), request.path
        return self._direct_roots.home(request.path)

    def _root_of_signed(self, fields: Mapping[str, str | None]) -> ArtifactStore:
        store = self._direct_store
        if run_id := fields.get("run_id"):
            uri = store.get_run(api.GetRun(run_id=run_id)).run.info.artifact_uri
        else:
            model_id = fields.get("model_id") or ""
            model = store.get_logged_model(api.GetLoggedModel(model_id=model_id)).model
            uri = model.artifact_location
        return self._direct_roots.open(uri or "")

    def _file_url(
        self,
        endpoint: Endpoint[Any, Any],
        fields: Mapping[str, str | None],
        seconds: int,
        call: Call,
    ) -> str:
        expires = int(time.time()) + seconds
        signature = self._signer.sign(expires, endpoint.verb, *_signed(fields))
        return self._url(endpoint, {**fields, "expires": expires, "signature": signature}, call)

    def _url(self, endpoint: Endpoint[Any, Any], fields: Mapping[str, object], call: Call) -> str:
        path = endpoint.bases[0] + endpoint.path
        return f"{self._address.of(call)}{path}?{urlencode(fields)}"


def _target(request: MultipartRequest) -> str:
    """Return the path of the file that a multipart upload is to become.

    MLflow's clients tell the whole path that the file has on their own machine.
    """
    name = PurePosixPath(PureWindowsPath(request.path).name).name
    return clean_path(join(clean_path(request.artifact_path), file_path(name)))


def _signed(fields: Mapping[str, str | None]) -> list[str]:
    return [fields.get(name) or "" for name in ("run_id", "model_id", "path")]


def _seconds(given: int | None, default: int) -> int:
    seconds = default if given is None else given
    if not 1 <= seconds <= MAX_URL_SECONDS:
        raise InvalidParameterValue(
            f"expiration must be between 1 and {MAX_URL_SECONDS} seconds (got {seconds})."
        )
    return seconds


def _size_of(store: ArtifactStore, path: str) -> int | None:
    info = store.stat(path)
    if info is None:
        raise no_such_artifact(path)
    if info.is_dir:
        raise folder_not_file(path)
    return info.file_size


def _check_multipart(store: ArtifactStore) -> None:
    if not isinstance(store, LocalArtifactStore):
        # The words by which MLflow's clients know that they have to send the file in one call.
        raise NotSupported("Multipart upload is not supported for the current artifact repository")
