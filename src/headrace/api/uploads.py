"""Files that clients hand to the server, which stores them with the run or model.

A small file travels in one call. A large one travels in parts, several at a time and in any order:
the upload is begun, each part is sent, the upload is finished. An upload is named by what it is to
become and where it comes from, so a client that has lost its connection, or its memory, begins the
same upload again and hears which parts are there already, and two clients do not mix theirs. Every
file comes with the BLAKE3 digest that the client computed, and a part may; what does not match it
is not kept.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Empty, Endpoint, Permission, Target
from headrace.api.tracking import Request

# What a part has, but for the last one; a file of at most this size travels in one call.
PART_SIZE = 16 * 1024 * 1024

# The header in which a digest goes down with a file.
DIGEST_HEADER = "Headrace-Blake3"


class ArtifactOwner(Request, kw_only=True):
    """Base of the requests that name an artifact: of a run, or else of a logged model."""

    run_id: str | None = None
    model_id: str | None = None


class Content(ArtifactOwner, kw_only=True):
    """Base of the requests that bring a file of `size` bytes."""

    path: str
    size: int


class PutArtifact(Content, kw_only=True):
    """Store the body as a file: `size` bytes with the BLAKE3 `digest`, in hexadecimal."""

    digest: str


class UploadRequest(Content, kw_only=True):
    """Base of the calls of an upload in parts; `source` tells those for the same place apart.

    Who names a source that no two contents share may leave the digest out until the upload is
    finished.
    """

    digest: str | None = None
    source: str | None = None


class BeginUpload(UploadRequest):
    """Begin the upload of a file in parts, or go on with one; answers what is there already."""


class PutPart(UploadRequest, kw_only=True):
    """Store the body as one part of an upload: the `part`-th, from 0 on, maybe with its digest."""

    part: int
    part_digest: str | None = None


class FinishUpload(UploadRequest):
    """Check the file that the parts make up, and put it into its place."""


class DeleteArtifact(ArtifactOwner, kw_only=True):
    """Delete a file, or a folder with all that is in it; without a path everything."""

    path: str | None = None


class UploadState(Struct):
    """How far an upload is.

    Attributes:
        complete: Whether the very file is in its place already.
        part_size: Bytes of each part but the last.
        parts: The parts that are there.

    """

    complete: bool
    part_size: int = PART_SIZE
    parts: list[int] = []


_FILES = HEADRACE + "/artifacts/files"
_UPLOADS = HEADRACE + "/artifacts/uploads"

PUT_ARTIFACT = Endpoint(
    "put_artifact",
    "PUT",
    _FILES,
    PutArtifact,
    Empty,
    Permission.WRITE,
    Target.SERVER,
    raw_body=True,
    streamed=True,
)
DELETE_ARTIFACT = Endpoint(
    "delete_artifact", "DELETE", _FILES, DeleteArtifact, Empty, Permission.WRITE, Target.SERVER
)
BEGIN_UPLOAD = Endpoint(
    "begin_upload",
    "POST",
    _UPLOADS + "/begin",
    BeginUpload,
    UploadState,
    Permission.WRITE,
    Target.SERVER,
)
PUT_PART = Endpoint(
    "put_part",
    "PUT",
    _UPLOADS + "/parts",
    PutPart,
    Empty,
    Permission.WRITE,
    Target.SERVER,
    raw_body=True,
    streamed=True,
)
FINISH_UPLOAD = Endpoint(
    "finish_upload",
    "POST",
    _UPLOADS + "/finish",
    FinishUpload,
    Empty,
    Permission.WRITE,
    Target.SERVER,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
