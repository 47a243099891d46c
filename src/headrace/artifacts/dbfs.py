"""``dbfs:/``: files of a Databricks workspace, by its REST API.

The workspace is named by ``DATABRICKS_HOST`` and opened by ``DATABRICKS_TOKEN``. This follows the
published description of the API; it was never tried on the real service.
"""

from __future__ import annotations

import base64
import errno
import io
import os
import posixpath
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode

import msgspec

from headrace.artifacts.addresses import Address, parse_address
from headrace.artifacts.base import CHUNK
from headrace.artifacts.filesystems import Entry, FileSystem, FileSystemStore, shared
from headrace.artifacts.http_stream import StreamingCalls
from headrace.connection import Server
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    Unauthenticated,
)

_API = "/api/2.0/dbfs/"
# How often somebody else may be quicker to put a file where one was just deleted.
_TRIES_OF_RENAME = 10


class DbfsArtifactStore(FileSystemStore):
    """A folder of a Databricks workspace."""

    def __init__(self, uri: str, server: str | None = None) -> None:
        """Take ``dbfs:/PATH``.

        Raises:
            Unauthenticated: If the environment names no workspace or no token.

        """
        address = parse_address(uri, needs_host=False)
        if address.host:
            raise InvalidParameterValue(
                f"{address.title} names a profile or a host. Write dbfs:/PATH, and name the "
                "workspace by DATABRICKS_HOST and DATABRICKS_TOKEN."
            )
        workspace = os.environ.get("DATABRICKS_HOST", "")
        token = os.environ.get("DATABRICKS_TOKEN", "")
        if not workspace or not token:
            raise Unauthenticated(
                "dbfs: URIs need the address of the workspace in DATABRICKS_HOST and a token in "
                "DATABRICKS_TOKEN."
            )
        account = address._replace(host=workspace, password=token)
        super().__init__(uri, shared(DbfsFileSystem, account), address.path)


class DbfsFileSystem(FileSystem):
    """The files of a workspace.

    Args:
        address: Its host is the workspace's URL, its password the token.

    """

    parallelism = 4
    resumes = False

    def __init__(self, address: Address) -> None:
        url = address.host if "://" in address.host else f"https://{address.host}"
        self._calls = StreamingCalls(Server(url, is_ours=False))
        self._headers = {"Authorization": f"Bearer {address.password}"}
        self.title = f"dbfs: of {self._calls.server.url}"

    def list(self, folder: str) -> list[tuple[str, Entry]]:
        """Return names and what they stand for."""
        found = self._ask("GET", "list", path=folder).get("files", [])
        if any(item["path"] == folder for item in found):
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory")
        return [(posixpath.basename(item["path"]), _entry(item)) for item in found]

    def stat(self, path: str) -> Entry | None:
        """Return what is at a path."""
        try:
            return _entry(self._ask("GET", "get-status", path=path))
        except FileNotFoundError:
            return None

    def open(self, path: str, offset: int) -> BinaryIO:
        """Return a stream of a file's bytes."""
        return cast(BinaryIO, _Stream(self, path, offset))

    def read(self, path: str, offset: int, length: int) -> bytes:
        """Return a few bytes of a file; empty at its end."""
        answer = self._ask("GET", "read", path=path, offset=offset, length=length)
        return base64.b64decode(answer.get("data", ""))

    def write(self, path: str, stream: BinaryIO, offset: int) -> None:
        """Write a stream to a new file."""
        handle = self._ask("POST", "create", path=path, overwrite=True)["handle"]
        while piece := stream.read(CHUNK):
            data = base64.b64encode(piece).decode()
            self._ask("POST", "add-block", handle=handle, data=data)
        self._ask("POST", "close", handle=handle)

    def append(self, path: str, data: bytes) -> None:
        """Refuse: the API has no such call."""
        raise NotSupported("The API of dbfs: adds nothing to a file that is closed.")

    def rename(self, source: str, target: str) -> None:
        """Give a file another path; where there is a file already, that is two steps."""
        for tries_left in reversed(range(_TRIES_OF_RENAME)):
            try:
                self._ask("POST", "move", source_path=source, destination_path=target)
                return
            except FileExistsError:
                if not tries_left:
                    raise
                self.remove(target)

    def remove(self, path: str) -> None:
        """Delete a file."""
        self._ask("POST", "delete", path=path)

    def make_folder(self, path: str) -> None:
        """Make a folder."""
        self._ask("POST", "mkdirs", path=path)

    def remove_folder(self, path: str) -> None:
        """Delete an empty folder."""
        self._ask("POST", "delete", path=path)

    def _ask(self, verb: str, name: str, **fields: Any) -> dict[str, Any]:
        """Make a call of the API and return its answer."""
        target, body = f"{_API}{name}", None
        headers = dict(self._headers)
        if verb == "GET":
            target += f"?{urlencode(fields)}"
        else:
            body = io.BytesIO(msgspec.json.encode(fields))
            headers["Content-Type"] = "application/json"
        try:
            with self._calls.call(verb, target, headers=headers, body=body) as answer:
                return msgspec.json.decode(answer.read() or b"{}", type=dict[str, Any])
        except ResourceDoesNotExist as error:
            raise FileNotFoundError(errno.ENOENT, error.message) from error
        except ResourceAlreadyExists as error:
            raise FileExistsError(errno.EEXIST, error.message) from error
        except msgspec.DecodeError as error:
            raise HeadraceError(f"What {self.title} answered cannot be read: {error}.") from error


class _Stream(io.RawIOBase):
    """The bytes of a file from some place on, a call for each piece of them."""

    def __init__(self, files: DbfsFileSystem, path: str, offset: int) -> None:
        super().__init__()
        self._files = files
        self._path = path
        self._at = offset

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Ask for as much as there is room for, up to what a call gives."""
        piece = self._files.read(self._path, self._at, min(len(buffer), CHUNK))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(
        bool(item.get("is_dir")), int(item.get("file_size") or 0), item.get("modification_time")
    )
