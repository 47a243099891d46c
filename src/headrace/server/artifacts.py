"""Artifact calls: list, download with ranges, upload of one small file.

A path is confined to its root by `headrace.artifacts.paths`; which roots a server opens at all is
decided here: a client may choose an experiment's location, and must not send the server to fetch
from an address of its choice.
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
from headrace.artifacts.base import CHUNK, ArtifactStore, no_such_artifact
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.errors import BadRequest, InvalidParameterValue, NotSupported
from headrace.server.reply import Content, Reply
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
    """Answers the rows of `headrace.api.artifacts`."""

    def __init__(self, store: TrackingStore) -> None:
        self._store = store

    def list_artifacts(self, request: ListArtifacts, call: Call) -> ArtifactsPage:
        """List a folder of a run's artifacts."""
        return _listing(self._run_root(request.run_id), request.path)

    def list_logged_model_artifacts(
        self, request: ListLoggedModelArtifacts, call: Call
    ) -> ArtifactsPage:
        """List a folder of a logged model's artifacts."""
        return _listing(self._model_root(request.model_id), request.artifact_directory_path)

    def get_artifact(self, request: GetArtifact, call: Call) -> Reply:
        """Send a file of a run."""
        return send_file(open_root(self._run_root(request.run_id)), request.path, call)

    def get_logged_model_artifact(self, request: GetLoggedModelArtifact, call: Call) -> Reply:
        """Send a file of a logged model."""
        if not request.artifact_file_path:
            raise BadRequest('Request must include the "artifact_file_path" query parameter.')
        root = open_root(self._model_root(request.model_id))
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
        root = open_root(self._run_root(request.run_uuid))
        root.write(request.path, io.BytesIO(call.body))
        return Reply(b"")

    def _run_root(self, run_id: str) -> str:
        return self._store.get_run(api.GetRun(run_id=run_id)).run.info.artifact_uri or ""

    def _model_root(self, model_id: str) -> str:
        answer = self._store.get_logged_model(api.GetLoggedModel(model_id=model_id))
        return answer.model.artifact_location or ""


def open_root(uri: str) -> ArtifactStore:
    """Return the store of a root that this server may open.

    Raises:
        NotSupported: If the root is at another server: clients reach that one themselves, and a
            server that fetched from any address named to it could be made to ask its neighbours.

    """
    scheme = urllib.parse.urlsplit(uri).scheme
    if scheme in ("http", "https", "mlflow-artifacts"):
        raise NotSupported(
            f"This server does not pass on artifacts from {scheme}: locations such as {uri!r}."
        )
    return open_artifact_store(uri)


def _listing(root_uri: str, path: str | None) -> ArtifactsPage:
    return ArtifactsPage(root_uri, open_root(root_uri).list_artifacts(path or ""))


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
