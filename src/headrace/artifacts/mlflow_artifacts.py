"""Artifacts that a tracking server keeps: the client side of MLflow's artifact proxy.

``mlflow-artifacts:/PATH`` lies behind the tracking server, ``mlflow-artifacts://HOST[:PORT]/PATH``
behind another one of the same scheme, and an ``http(s)`` URI must name the proxy's own route.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

import msgspec

from headrace.artifacts.base import (
    ArtifactStore,
    check_range,
    file_path,
    folder_not_file,
    no_such_artifact,
)
from headrace.artifacts.http_stream import StreamingCalls
from headrace.artifacts.paths import clean_path, join
from headrace.artifacts.ranges import open_range
from headrace.connection import Server
from headrace.entities import FileInfo
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from headrace.file_uri import scheme_of

ROUTE = "/api/2.0/mlflow-artifacts/artifacts"


class _Listing(msgspec.Struct):
    files: list[FileInfo] = []


class ProxiedArtifactStore(ArtifactStore):
    """Files behind an MLflow or Headrace server."""

    parallelism = 8

    def __init__(self, uri: str, server: str | None = None) -> None:
        """Take the URI apart.

        Args:
            uri: See the module.
            server: The tracking server's URL.

        Raises:
            InvalidParameterValue: If the URI needs a tracking server and there is none, or if an
                ``http(s)`` URI does not name the proxy's route.

        """
        super().__init__(uri)
        address, path = _locate(uri, server)
        self._root = clean_path(path)
        self._calls = StreamingCalls(Server(address))

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what the server lists; a name that is none is refused."""
        cleaned = clean_path(path)
        target = f"{ROUTE}?path={quote(self._below_root(cleaned), safe='/')}"
        with self._calls.call("GET", target) as answer:
            body = answer.read()
        try:
            entries = msgspec.json.decode(body, type=_Listing, strict=False).files
        except msgspec.DecodeError as error:
            raise HeadraceError(
                f"The listing that {self._calls.server.url} sent cannot be read: {error}."
            ) from None
        infos = [msgspec.structs.replace(e, path=join(cleaned, _name(e.path))) for e in entries]
        return sorted(infos, key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        """Return what is at a path, which the listing of its folder tells."""
        cleaned = clean_path(path)
        if not cleaned:
            return FileInfo(path="", is_dir=True)
        siblings = self.list_artifacts(cleaned.rpartition("/")[0])
        return next((info for info in siblings if info.path == cleaned), None)

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return the body of the server's answer as it arrives."""
        check_range(offset, length)
        target = self._file_target(file_path(path))
        try:
            return open_range(self._calls, target, offset, length)
        except ResourceDoesNotExist:
            raise no_such_artifact(path) from None
        except HeadraceError:
            # Servers differ in how they refuse to send a folder.
            if self.list_artifacts(path):
                raise folder_not_file(path) from None
            raise

    def write(self, path: str, stream: BinaryIO) -> None:
        """Send a stream; the server stores what arrives whole."""
        target = self._file_target(file_path(path))
        with self._calls.call("PUT", target, body=stream) as answer:
            answer.read()

    def delete(self, path: str = "") -> None:
        """Ask the server to delete a file or folder."""
        target = self._file_target(clean_path(path))
        with suppress(ResourceDoesNotExist), self._calls.call("DELETE", target) as answer:
            answer.read()

    def _copy_to(self, path: str, target: BinaryIO) -> None:
        """Write a file's bytes to a local file; a transfer that breaks off is begun again."""
        for pause in self._calls.tries():
            try:
                super()._copy_to(path, target)
                return
            except TemporarilyUnavailable:
                if pause is None:
                    raise
                time.sleep(pause)
                target.seek(0)
                target.truncate()

    def _below_root(self, path: str) -> str:
        return join(self._root, path) if path else self._root

    def _file_target(self, path: str) -> str:
        return f"{ROUTE}/{quote(self._below_root(path), safe='/')}"


def _locate(uri: str, server: str | None) -> tuple[str, str]:
    """Return the address of the server that keeps a root, and the root's path there."""
    parts = urlsplit(uri)
    if parts.query or parts.fragment:
        raise InvalidParameterValue(f"An artifact URI has no query and no fragment: {uri!r}.")
    path = unquote(parts.path)
    if parts.scheme.lower() != "mlflow-artifacts":
        prefix, route, path = path.partition(ROUTE)
        if not route:
            raise InvalidParameterValue(
                f"{uri!r} is not below {ROUTE}, where a tracking server keeps artifacts."
            )
        return f"{parts.scheme}://{parts.netloc}{prefix}", path.lstrip("/")
    scheme = scheme_of(server or "")
    if server is None or scheme not in ("http", "https"):
        raise InvalidParameterValue(
            f"{uri!r} lies behind a tracking server, so the tracking URI must be that server's "
            f"http:// or https:// address, not {scheme + ':' if scheme else 'a local store'}. Set "
            "MLFLOW_TRACKING_URI or call set_tracking_uri()."
        )
    if parts.netloc.isdigit():
        raise InvalidParameterValue(f"{uri!r} names the port {parts.netloc} without a host.")
    if not parts.netloc:
        return server, path.lstrip("/")
    return f"{scheme}://{parts.netloc}{urlsplit(server).path}", path.lstrip("/")


def _name(path: str) -> str:
    """Return the name in an entry of a listing, which must not be a way to somewhere else."""
    if path in ("", ".", "..") or any(mark in path for mark in "/\\\x00"):
        raise InvalidParameterValue(
            f"Invalid path {path!r}: the server lists it as a name, but it is none."
        )
    return path
