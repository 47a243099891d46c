"""Answers MLflow's calls for uploads in parts, to the server's disk or to an object store."""

from __future__ import annotations

import re
import time
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from headrace.api.direct_transfers import (
    MAX_PARTS,
    PUT_SIGNED_PART,
    AbortMultipartUpload,
    CompleteMultipartUpload,
    CreateMultipartUpload,
    MultipartRequest,
    MultipartUpload,
    PartUrl,
    PutSignedPart,
)
from headrace.api.endpoint import Empty
from headrace.artifacts.base import ArtifactStore, file_path
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.part_uploads import PartUploads, SentPart
from headrace.artifacts.paths import clean_path, join
from headrace.errors import InvalidParameterValue, NotSupported, ResourceDoesNotExist
from headrace.server.address import Address
from headrace.server.intake import Intake
from headrace.server.multipart import DiskPartUploads, PartIntake
from headrace.server.roots import Roots
from headrace.server.signatures import Signer
from headrace.stores.seals import Seals

if TYPE_CHECKING:
    from headrace.server.core import Call

# Time enough for many parts on a slow line; a part is of no use until its owner completes the file.
PART_URL_SECONDS = 6 * 3600

_ID = re.compile(r"(.+)~([0-9]{1,5})~([0-9a-f]{64})", re.DOTALL | re.ASCII)


class MultipartCalls:
    """Answers the multipart rows of `headrace.api.direct_transfers`.

    The id of an upload is signed together with what it is to become and who began it, so that
    nobody can turn it into another file, or end what somebody else began.
    """

    def __init__(self, roots: Roots, address: Address, signer: Signer, seals: Seals) -> None:
        self._multipart_roots = roots
        self._multipart_seals = seals
        self._multipart_address = address
        self._multipart_signer = signer

    def create_multipart_upload(
        self, request: CreateMultipartUpload, call: Call
    ) -> MultipartUpload:
        """Begin an upload and sign a URL for each of its parts."""
        count = request.num_parts
        if not 0 <= count <= MAX_PARTS:
            raise InvalidParameterValue(
                f"Invalid value {count} for parameter 'num_parts' supplied: a multipart upload has "
                f"at most {MAX_PARTS} parts."
            )
        target = _target(request)
        self._check_seals(target)
        uploads, path = self._uploads_of(target, call)
        name = uploads.begin(path)
        urls = [
            PartUrl(uploads.part_url(path, name, part, PART_URL_SECONDS), part)
            for part in range(1, count + 1)
        ]
        seal = self._multipart_signer.sign(*_sealed(name, count, target, call))
        return MultipartUpload(f"{name}~{count}~{seal}", urls)

    def complete_multipart_upload(self, request: CompleteMultipartUpload, call: Call) -> Empty:
        """Join the parts of an upload, which must be of this file and this user."""
        target = _target(request)
        uploads, path = self._uploads_of(target, call)
        name, count = self._open(request.upload_id, target, call)
        if [part.part_number for part in request.parts] != list(range(1, count + 1)):
            raise InvalidParameterValue(
                f"The upload has the parts 1 to {count}: name each of them once and in order."
            )
        self._check_seals(target)
        parts = [SentPart(part.part_number, part.etag) for part in request.parts]
        uploads.complete(path, name, parts)
        return Empty()

    def abort_multipart_upload(self, request: AbortMultipartUpload, call: Call) -> Empty:
        """Throw the parts of an upload away, which must be of this file and this user."""
        target = _target(request)
        uploads, path = self._uploads_of(target, call)
        name, _ = self._open(request.upload_id, target, call)
        uploads.abort(path, name)
        return Empty()

    def put_signed_part(self, request: PutSignedPart, call: Call) -> Intake:
        """Take the call's body as the part that the URL was signed for."""
        fields = ("PUT part", request.upload, request.part)
        self._multipart_signer.check(request.signature, request.expires, *fields)
        return PartIntake(self._multipart_roots.staging, request.upload, request.part)

    # --- parts -----------------------------------------------------------------------------------

    def _uploads_of(self, target: str, call: Call) -> tuple[PartUploads, str]:
        """Return the uploads in parts to where a file belongs, and its path there."""
        store, path = self._multipart_roots.home(target)
        uploads = self._on_disk(store, call) or store.part_uploads()
        if uploads is None:
            # The words by which MLflow's clients know that they have to send the file in one call.
            raise NotSupported(
                "Multipart upload is not supported for the current artifact repository"
            )
        return uploads, path

    def _check_seals(self, target: str) -> None:
        """Refuse a file that a registered version holds."""
        self._multipart_seals.check_write(*self._multipart_roots.home(target))

    def _on_disk(self, store: ArtifactStore, call: Call) -> PartUploads | None:
        if not isinstance(store, LocalArtifactStore):
            return None

        def sign(upload: str, part: int, seconds: int) -> str:
            expires = int(time.time()) + seconds
            signature = self._multipart_signer.sign(expires, "PUT part", upload, part)
            fields = {"upload": upload, "part": part, "expires": expires, "signature": signature}
            path = PUT_SIGNED_PART.bases[0] + PUT_SIGNED_PART.path
            return f"{self._multipart_address.of(call)}{path}?{urlencode(fields)}"

        return DiskPartUploads(self._multipart_roots.staging, store, sign)

    def _open(self, upload_id: str, target: str, call: Call) -> tuple[str, int]:
        """Return the name and the number of parts of an upload that this server began."""
        match = _ID.fullmatch(upload_id)
        if match:
            name, count = match[1], int(match[2])
            if self._multipart_signer.has_signed(match[3], *_sealed(name, count, target, call)):
                return name, count
        raise ResourceDoesNotExist(
            "There is no such multipart upload of this file by this user: begin it anew."
        )


def _sealed(name: str, count: int, target: str, call: Call) -> tuple[object, ...]:
    return "multipart upload", name, count, target, call.identity.actor.name


def _target(request: MultipartRequest) -> str:
    """Return the path of the file that an upload is to become.

    MLflow's clients tell the whole path that the file has on their own machine.
    """
    name = PurePosixPath(PureWindowsPath(request.path).name).name
    return clean_path(join(clean_path(request.artifact_path), file_path(name)))
