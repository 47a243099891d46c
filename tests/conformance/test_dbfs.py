"""Artifacts of Databricks' file system, against a stand-in that answers as its API is described.

The real service cannot be run here; the docs of the users say so, too.
"""

from __future__ import annotations

import base64
import http.server
import itertools
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.testing.artifacts import ArtifactStoreSuite
from headrace.testing.artifacts.make import put, refused

TOKEN = "dapi0123"
MAX_BLOCK = 1024 * 1024


class Refusal(Exception):
    """What the API answers with an error code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Workspace(http.server.ThreadingHTTPServer):
    """A stand-in for a workspace whose files lie in a folder."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.open: dict[int, Path] = {}
        self.handles = itertools.count(1)

    def place(self, path: str) -> Path:
        assert path.startswith("/")
        return self.folder / path.lstrip("/")

    def answer(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        path = self.place(fields["path"]) if "path" in fields else self.folder
        if name in ("get-status", "list", "read") and not path.exists():
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST")
        if name == "get-status":
            return self.describe(path)
        if name == "list":
            found = sorted(path.iterdir()) if path.is_dir() else [path]
            return {"files": [self.describe(item) for item in found]} if found else {}
        if name == "read":
            length = int(fields["length"])
            if length > MAX_BLOCK:
                raise Refusal(400, "MAX_READ_SIZE_EXCEEDED")
            with path.open("rb") as file:
                file.seek(int(fields["offset"]))
                data = file.read(length)
            return {"bytes_read": len(data), "data": base64.b64encode(data).decode()}
        return self.change(name, fields, path)

    def change(self, name: str, fields: dict[str, Any], path: Path) -> dict[str, Any]:
        if name == "create":
            if path.exists() and not fields.get("overwrite"):
                raise Refusal(400, "RESOURCE_ALREADY_EXISTS")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
            handle = next(self.handles)
            self.open[handle] = path
            return {"handle": handle}
        if name == "add-block":
            data = base64.b64decode(fields["data"])
            if len(data) > MAX_BLOCK:
                raise Refusal(400, "MAX_BLOCK_SIZE_EXCEEDED")
            with self.open[fields["handle"]].open("ab") as file:
                file.write(data)
        elif name == "move":
            source, target = (
                self.place(fields[f"{end}_path"]) for end in ("source", "destination")
            )
            if not source.exists():
                raise Refusal(404, "RESOURCE_DOES_NOT_EXIST")
            if target.exists():
                raise Refusal(400, "RESOURCE_ALREADY_EXISTS")
            source.rename(target)
        elif name == "mkdirs":
            path.mkdir(parents=True, exist_ok=True)
        elif name == "delete" and path.is_dir():
            if any(path.iterdir()) and not fields.get("recursive"):
                raise Refusal(400, "IO_ERROR")
            shutil.rmtree(path)
        elif name == "delete" and path.exists():
            path.unlink()
        return {}

    def describe(self, path: Path) -> dict[str, Any]:
        status = path.stat()
        return {
            "path": f"/{path.relative_to(self.folder)}",
            "is_dir": path.is_dir(),
            "file_size": 0 if path.is_dir() else status.st_size,
            "modification_time": int(status.st_mtime * 1000),
        }


class Handler(http.server.BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # head and body are two packets that must not wait
    protocol_version = "HTTP/1.1"
    server: Workspace

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, fields: dict[str, Any]) -> None:
        try:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise Refusal(403, "PERMISSION_DENIED")
            name = urlsplit(self.path).path.removeprefix("/api/2.0/dbfs/")
            status, answer = 200, self.server.answer(name, fields)
        except Refusal as error:
            status, answer = error.status, {"error_code": error.code, "message": "No."}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    (tmp_path / "workspace").mkdir()
    server = Workspace(tmp_path / "workspace")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("DATABRICKS_HOST", f"http://127.0.0.1:{server.server_address[1]}/")
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.slow
class TestDbfs(ArtifactStoreSuite):
    """A folder of the stand-in."""

    # The API replaces no file, so that is a deletion and a move, and readers may come between.
    test_readers_see_one_writer_whole = None

    @pytest.fixture
    def store(self, workspace: Workspace) -> ArtifactStore:
        return open_artifact_store("dbfs:/databricks/mlflow/1/run/artifacts")


def test_a_wrong_token(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "stolen")
    with refused("PERMISSION_DENIED"):
        put(open_artifact_store("dbfs:/x"), "a")


@pytest.mark.parametrize("missing", ["DATABRICKS_HOST", "DATABRICKS_TOKEN"])
def test_a_workspace_that_nobody_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    with refused("UNAUTHENTICATED", missing):
        open_artifact_store("dbfs:/x")


@pytest.mark.parametrize("uri", ["dbfs://profile@databricks/x", "dbfs:/a/../b", "dbfs:/x?y"])
def test_malformed_addresses(workspace: Workspace, uri: str) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        open_artifact_store(uri)
