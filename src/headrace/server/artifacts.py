"""Artifact calls: list, download with ranges, upload whole or in parts, deletion.

A path is confined to its root by `headrace.artifacts.paths`; which roots a server opens at all is
decided by `headrace.server.roots`.
"""

from __future__ import annotations

import email.utils
import io
import mimetypes
import re
import unicodedata
import urllib.parse
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from headrace.api import tracking as api
from headrace.api.artifacts import (
    ArtifactsPage,
    GetArtifact,
    GetLoggedModelArtifact,
    ListArtifacts,
    ListLoggedModelArtifacts,
    UploadArtifact,
)
from headrace.api.endpoint import Empty
from headrace.api.uploads import (
    DIGEST_HEADER,
    ArtifactOwner,
    BeginUpload,
    DeleteArtifact,
    FinishUpload,
    PutArtifact,
    PutPart,
    UploadState,
)
from headrace.artifacts.base import CHUNK, ArtifactStore, no_such_artifact
from headrace.artifacts.local import LocalArtifactStore
from headrace.errors import BadRequest, InvalidParameterValue
from headrace.server.intake import Intake
from headrace.server.reply import Content, Reply
from headrace.server.roots import Roots
from headrace.server.uploads import Uploads
from headrace.stores.base import TrackingStore

if TYPE_CHECKING:
    from headrace.server.core import Call

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
UPLOAD_TOO_LONG = "Artifact size is too large. Max size is 10MB."

# What people want to read in a browser or a terminal rather than to run or to parse.
_TEXT_SUFFIXES = frozenset(
    {"txt", "log", "err", "md", "rst", "csv", "tsv", "json", "xml", "yaml", "yml", "toml", "ini"}
    | {"cfg", "conf", "cnf", "cf", "properties", "prop", "hocon", "py", "py3", "js"}
)
_TEXT_NAMES = frozenset({"mlmodel", "mlproject"})

# What needs no quotes in a header.
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class ArtifactCalls:
    """Answers the rows of `headrace.api.artifacts` and `headrace.api.uploads`.

    Attributes:
        uploads: The files that are on their way.

    """

    def __init__(self, store: TrackingStore, roots: Roots) -> None:
        self._store = store
        self._roots = roots
        self.uploads = Uploads(roots.staging)

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
        root.write(request.path, io.BytesIO(call.body))
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

    def delete_artifact(self, request: DeleteArtifact, call: Call) -> Empty:
        """Delete a file or folder of a run or model."""
        self._root_of(request).delete(request.path)
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
        return self._store.get_run(api.GetRun(run_id=run_id)).run.info.artifact_uri or ""

    def _model_root(self, model_id: str) -> str:
        answer = self._store.get_logged_model(api.GetLoggedModel(model_id=model_id))
        return answer.model.artifact_location or ""


# --- one file ------------------------------------------------------------------------------------


def send_file(store: ArtifactStore, path: str, call: Call) -> Reply:
    """Return the reply with a file, or with the range of it that the call's headers ask for.

    It always comes as an attachment: shown on the server's own address, a page that somebody
    logged could act for the one who looks at it.

    Args:
        store: The root.
        path: Artifact path of the file.
        call: The call, for ``Range``, ``If-Range`` and ``If-None-Match``.

    Raises:
        ResourceDoesNotExist: If there is no such file.
        InvalidParameterValue: If it is a folder.

    """
    info = store.stat(path)
    if info is None:
        raise no_such_artifact(path)
    if info.is_dir:
        raise InvalidParameterValue(f"Artifact path refers to a directory, not a file: '{path}'")
    size = info.file_size or 0
    headers = [
        ("Content-Disposition", attachment(PurePosixPath(info.path).name)),
        ("Cache-Control", "no-cache"),
        ("Accept-Ranges", "bytes"),
    ]
    mark = None
    if isinstance(store, LocalArtifactStore):
        status = store.local_path(path).stat()
        size = status.st_size
        mark = f'"{status.st_mtime_ns:x}-{size:x}"'
        headers.append(("ETag", mark))
        headers.append(("Last-Modified", email.utils.formatdate(status.st_mtime, usegmt=True)))
    digest = store.digest(path)
    if digest:
        headers.append((DIGEST_HEADER, digest))
    kind = content_type(info.path)
    if mark and mark in _header(call, b"if-none-match"):
        return Reply(b"", 304, kind, tuple(headers))
    wanted = _wanted_range(call, mark, size)
    if wanted is None:
        return Reply(Content(store.open(path), CHUNK), 200, kind, tuple(headers), size)
    start, end = wanted
    if start >= end:
        headers.append(("Content-Range", f"bytes */{size}"))
        return Reply(b"", 416, kind, tuple(headers))
    headers.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
    stream = store.open(path, start, end - start)
    return Reply(Content(stream, CHUNK), 206, kind, tuple(headers), end - start)


def content_type(path: str) -> str:
    """Return the MIME type of a file by its name, as MLflow gives it."""
    name = PurePosixPath(path).name.lower()
    if name in _TEXT_NAMES or name.rpartition(".")[2] in _TEXT_SUFFIXES:
        return "text/plain"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def attachment(name: str) -> str:
    """Return the Content-Disposition of a download, for any Unicode name (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or "download"
    if not _TOKEN.fullmatch(plain):
        plain = '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if name.isascii():
        return f"attachment; filename={plain}"
    encoded = urllib.parse.quote(name, safe="!#$&+-.^_`|~")
    return f"attachment; filename={plain}; filename*=UTF-8''{encoded}"


def _wanted_range(call: Call, mark: str | None, size: int) -> tuple[int, int] | None:
    """Return the bytes asked for as (start, end), end excluded; None for all of them.

    An empty range stands for one that the file cannot give. Several ranges at a time may be
    answered by the whole file, and are.
    """
    match = _RANGE.fullmatch(_header(call, b"range").strip())
    condition = _header(call, b"if-range")
    if not match or match[0] == "bytes=-" or (condition and condition != mark):
        return None
    first, last = match[1], match[2]
    if not first:
        return max(0, size - int(last)), size
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    return (start, end) if start < size else (0, 0)


def _header(call: Call, name: bytes) -> str:
    return call.headers.get(name, b"").decode("latin-1")
