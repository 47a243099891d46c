"""Uploads in parts and presigned URLs straight to stores that speak S3: SeaweedFS and rclone."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.part_uploads import PartUploads, SentPart
from headrace.artifacts.registry import open_artifact_store
from headrace.errors import (
    InvalidParameterValue,
    PermissionDenied,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from tests.object_servers import BUCKET, ObjectServer, needed, rclone
from tests.unit.server_client import Client

# S3 takes no smaller parts, but for the last one.
PART = os.urandom(5 << 20)
PROXY = "/api/2.0/mlflow-artifacts"


@pytest.fixture(scope="module", params=["s3", "rclone"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ObjectServer]:
    if request.param == "s3":
        yield request.getfixturevalue("s3_server")
        return
    folder = tmp_path_factory.mktemp("objects") / "data"
    with needed("rclone", lambda: rclone(folder)) as server:
        server.make_bucket(BUCKET)
        yield server


@pytest.fixture
def root(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture
def store(root: str) -> ArtifactStore:
    return open_artifact_store(root)


@pytest.fixture
def uploads(store: ArtifactStore) -> PartUploads:
    uploads = store.part_uploads()
    assert uploads is not None
    return uploads


def put(url: str, content: bytes) -> str:
    """Send content as a client would that has nothing but the URL; return the ETag."""
    request = urllib.request.Request(url, content, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.headers["ETag"])


def test_parts_become_a_file(store: ArtifactStore, uploads: PartUploads) -> None:
    path = "a b/ü+%.bin"
    upload = uploads.begin(path)
    pieces = [PART, PART[::-1], b"the end"]
    numbered = reversed(list(enumerate(pieces, 1)))
    sent = [SentPart(n, put(uploads.part_url(path, upload, n, 60), one)) for n, one in numbered]
    uploads.complete(path, upload, sorted(sent))
    with store.open(path) as stream:
        assert stream.read() == b"".join(pieces)


def test_an_aborted_upload_is_gone(store: ArtifactStore, uploads: PartUploads) -> None:
    upload = uploads.begin("a.bin")
    etag = put(uploads.part_url("a.bin", upload, 1, 60), PART)
    uploads.abort("a.bin", upload)
    uploads.abort("a.bin", upload)
    for name in (upload, "nonsense"):
        with pytest.raises(ResourceDoesNotExist, match="no such multipart upload"):
            uploads.complete("a.bin", name, [SentPart(1, etag)])
    assert store.stat("a.bin") is None


def test_a_part_that_was_not_sent(store: ArtifactStore, uploads: PartUploads) -> None:
    upload = uploads.begin("a.bin")
    with pytest.raises((InvalidParameterValue, ResourceDoesNotExist)):
        uploads.complete("a.bin", upload, [SentPart(1, '"0"')])
    assert store.stat("a.bin") is None


def test_a_url_is_good_for_nothing_else(uploads: PartUploads) -> None:
    upload = uploads.begin("a.bin")
    url = uploads.part_url("a.bin", upload, 1, 60)
    for other in (url.replace("partNumber=1", "partNumber=2"), url.replace("a.bin", "b.bin")):
        with pytest.raises(urllib.error.HTTPError) as caught:
            put(other, b"x")
        assert caught.value.code == 403
        caught.value.close()
    uploads.abort("a.bin", upload)


def test_wrong_keys(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a wrong one")
    uploads = open_artifact_store(root).part_uploads()
    assert uploads is not None
    with pytest.raises(PermissionDenied, match="refuses the server's credentials") as caught:
        uploads.begin("a.bin")
    assert "a wrong one" not in str(caught.value)


def test_a_store_that_is_away(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:1")
    uploads = open_artifact_store(root).part_uploads()
    assert uploads is not None
    with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
        uploads.begin("a.bin")


def test_keys_that_only_the_library_finds(
    root: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the machine itself gives the keys, clients send the file through the server."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_artifact_store(root).part_uploads() is None


def test_keys_of_a_profile(root: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(
        f"[default]\naws_access_key_id = {os.environ['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {os.environ['AWS_SECRET_ACCESS_KEY']}\n"
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    uploads = open_artifact_store(root).part_uploads()
    assert uploads is not None
    uploads.abort("a.bin", uploads.begin("a.bin"))


# --- behind a server -----------------------------------------------------------------------------


@pytest.fixture
def client(root: str, tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path, artifacts_destination=root)
    yield client
    client.close()


def test_the_server_leads_to_the_store(client: Client, server: ObjectServer) -> None:
    info = client.call("GET", "/api/3.0/mlflow/server-info").json
    assert info["multipart_uploads_enabled"]
    assert info["multipart_downloads_enabled"]
    body: dict[str, Any] = {"path": "/home/anna/model.bin", "num_parts": 2}
    upload = client.call("POST", f"{PROXY}/mpu/create/1/run/artifacts/m", body).json
    parts = []
    for credential, piece in zip(upload["credentials"], (PART, b"end"), strict=True):
        assert credential["url"].startswith(server.endpoint)
        number = credential["part_number"]
        parts.append({"part_number": number, "etag": put(credential["url"], piece)})
    body |= {"upload_id": upload["upload_id"], "parts": parts}
    other = client.call("POST", f"{PROXY}/mpu/complete/1/other/artifacts/m", body)
    assert other.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert client.call("POST", f"{PROXY}/mpu/complete/1/run/artifacts/m", body).json == {}

    way = "1/run/artifacts/m/model.bin"
    signed = client.call("GET", f"{PROXY}/presigned/{way}").json
    assert signed["file_size"] == len(PART) + 3
    assert signed["url"].startswith(server.endpoint)
    with urllib.request.urlopen(signed["url"], timeout=30) as answer:
        assert answer.read() == PART + b"end"
    assert client.call("GET", f"{PROXY}/artifacts/{way}").body == PART + b"end"


def test_a_presigned_upload_of_a_run(client: Client, root: str) -> None:
    location = {"name": "there", "artifact_location": f"{root}/own"}
    experiment = client.post("/experiments/create", location).json["experiment_id"]
    run = client.post("/runs/create", {"experiment_id": experiment}).json["run"]["info"]["run_id"]
    request = {"run_id": run, "path": "a/b.txt"}
    signed = client.post("/artifacts/presigned-upload-url", request).json
    put(signed["presigned_url"], b"content")
    assert client.call("GET", f"/get-artifact?run_id={run}&path=a/b.txt").body == b"content"
    signed = client.post("/artifacts/presigned-download-url", request).json
    with urllib.request.urlopen(signed["presigned_url"], timeout=30) as answer:
        assert answer.read() == b"content"
    for path in ("../x", "%2e%2e/x", "/x"):
        answer = client.post("/artifacts/presigned-upload-url", {**request, "path": path})
        assert answer.error_code == "INVALID_PARAMETER_VALUE"
