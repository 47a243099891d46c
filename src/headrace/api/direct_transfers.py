"""Transfers by URLs that carry their own right: MLflow's multipart and presigned calls.

A client asks for URLs, and sends or fetches with them without any credentials, several parts at a
time. Where artifacts are in an object store, the URLs lead there; where they are on the server's
disk, they lead to the signed calls below.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, MLFLOW, Empty, Endpoint, Permission, Target
from headrace.api.tracking import Request

# S3 takes so many parts.
MAX_PARTS = 10_000

# The longest that a cloud signs a URL for: seven days.
MAX_URL_SECONDS = 604_800


class MultipartRequest(Request, kw_only=True):
    """Base of the multipart calls: the folder, and the local path whose last name is the file's."""

    artifact_path: str
    path: str


class CreateMultipartUpload(MultipartRequest, kw_only=True):
    """Begin the upload of a file in parts; answers a URL for each."""

    num_parts: int = 1


class MultipartPart(Struct):
    """A part that was sent: its number from 1 on, and the ETag that it was answered with."""

    part_number: int
    etag: str = ""
    url: str | None = None


class CompleteMultipartUpload(MultipartRequest, kw_only=True):
    """Join the parts of an upload and put the file into its place."""

    upload_id: str
    parts: list[MultipartPart] = []


class AbortMultipartUpload(MultipartRequest, kw_only=True):
    """Throw the parts of an upload away."""

    upload_id: str


class PartUrl(Struct):
    """Where one part is to be PUT, and with which headers."""

    url: str
    part_number: int
    headers: dict[str, str] = {}


class MultipartUpload(Struct):
    """An upload that has begun."""

    upload_id: str
    credentials: list[PartUrl]


class GetPresignedDownload(Request):
    """Return a URL from which one of the server's artifacts can be fetched."""

    artifact_path: str


class PresignedDownload(Struct, omit_defaults=True):
    """Where a file can be fetched without credentials, and how many bytes it has."""

    url: str
    headers: dict[str, str]
    file_size: int | None = None


class GetPresignedDownloadUrl(Request):
    """Return a URL from which a file of a run can be fetched for `expiration` seconds."""

    run_id: str
    path: str
    expiration: int | None = None


class CreatePresignedUploadUrl(Request, kw_only=True):
    """Return a URL to which a file of a run or logged model can be PUT for some time."""

    run_id: str | None = None
    model_id: str | None = None
    path: str
    expiration: int | None = None


class PresignedUrl(Struct, omit_defaults=True):
    """Where a file can be sent or fetched without credentials."""

    presigned_url: str
    headers: dict[str, str]
    file_size: int | None = None


class SignedFile(Request, kw_only=True):
    """Base of the calls for one file by a signed URL: of a run, of a model, or of the proxy."""

    run_id: str | None = None
    model_id: str | None = None
    path: str
    expires: int
    signature: str


class GetSignedFile(SignedFile):
    """Download a file by a URL that the server has signed."""


class PutSignedFile(SignedFile):
    """Store the body as the file that a URL names which the server has signed."""


class PutSignedPart(Request, kw_only=True):
    """Store the body as a part of a multipart upload, by a URL that the server has signed."""

    upload: str
    part: int
    expires: int
    signature: str


_PROXY = "/2.0/mlflow-artifacts"
_SIGNED = HEADRACE + "/artifacts/signed"

CREATE_MULTIPART_UPLOAD = Endpoint(
    "create_multipart_upload",
    "POST",
    _PROXY + "/mpu/create/{artifact_path:path}",
    CreateMultipartUpload,
    MultipartUpload,
    Permission.WRITE,
    Target.SERVER,
)
COMPLETE_MULTIPART_UPLOAD = Endpoint(
    "complete_multipart_upload",
    "POST",
    _PROXY + "/mpu/complete/{artifact_path:path}",
    CompleteMultipartUpload,
    Empty,
    Permission.WRITE,
    Target.SERVER,
)
ABORT_MULTIPART_UPLOAD = Endpoint(
    "abort_multipart_upload",
    "POST",
    _PROXY + "/mpu/abort/{artifact_path:path}",
    AbortMultipartUpload,
    Empty,
    Permission.WRITE,
    Target.SERVER,
)
GET_PRESIGNED_DOWNLOAD = Endpoint(
    "get_presigned_download",
    "GET",
    _PROXY + "/presigned/{artifact_path:path}",
    GetPresignedDownload,
    PresignedDownload,
    Permission.READ,
    Target.SERVER,
)
GET_PRESIGNED_DOWNLOAD_URL = Endpoint(
    "get_presigned_download_url",
    "POST",
    MLFLOW + "/artifacts/presigned-download-url",
    GetPresignedDownloadUrl,
    PresignedUrl,
    Permission.READ,
    Target.SERVER,
)
CREATE_PRESIGNED_UPLOAD_URL = Endpoint(
    "create_presigned_upload_url",
    "POST",
    MLFLOW + "/artifacts/presigned-upload-url",
    CreatePresignedUploadUrl,
    PresignedUrl,
    Permission.WRITE,
    Target.SERVER,
)

# Whoever has a signed URL may use it, for what it was signed for and no longer than it says: these
# are open to everybody, and refuse whatever the server's own key has not signed.
GET_SIGNED_FILE: Endpoint[GetSignedFile, None] = Endpoint(
    "get_signed_file",
    "GET",
    _SIGNED + "/files",
    GetSignedFile,
    None,
    Permission.PUBLIC,
    Target.SERVER,
    bases=("/api",),
)
PUT_SIGNED_FILE = Endpoint(
    "put_signed_file",
    "PUT",
    _SIGNED + "/files",
    PutSignedFile,
    Empty,
    Permission.PUBLIC,
    Target.SERVER,
    bases=("/api",),
    raw_body=True,
    streamed=True,
)
PUT_SIGNED_PART = Endpoint(
    "put_signed_part",
    "PUT",
    _SIGNED + "/parts",
    PutSignedPart,
    Empty,
    Permission.PUBLIC,
    Target.SERVER,
    bases=("/api",),
    raw_body=True,
    streamed=True,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
