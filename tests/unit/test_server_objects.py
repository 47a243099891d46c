"""A server whose artifacts are in an object store: what it passes on, and what it does not open."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3

import headrace
from headrace.api.tracking import CreateExperiment, CreateRun
from headrace.api.uploads import DIGEST_HEADER
from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.mlflow_artifacts import ProxiedArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.artifacts.served import ServedArtifactStore, served_by
from headrace.client.http import HttpTransport
from headrace.connection import Server as Address
from headrace.errors import PermissionDenied, ResourceDoesNotExist
from headrace.stores.remote import RemoteTrackingStore
from tests.object_servers import BUCKET, ObjectServer
from tests.servers import Server, headrace_server

MEGABYTE = 1 << 20


@pytest.fixture
def server(s3: ObjectServer, s3_root: str, tmp_path: Path) -> Iterator[Server]:
    """A server that keeps artifacts for its clients in a bucket, and knows its credentials."""
    arguments = ["--serve-artifacts", "--artifacts-destination", f"{s3_root}/kept"]
    with headrace_server(
        tmp_path / "server", artifact_root=None, arguments=arguments, environment=s3.environment
    ) as server:
        yield server


@pytest.fixture
def bucket(s3_root: str) -> ArtifactStore:
    """What is in the bucket, without a server."""
    store = open_artifact_store(s3_root)
    store.list_artifacts()  # while the variables lead there
    return store


@pytest.fixture
def stranger(server: Server, s3: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process does not know the bucket's credentials."""
    for name in s3.environment:
        monkeypatch.delenv(name)


def test_files_go_through_the_server_into_the_bucket(
    server: Server, bucket: ArtifactStore, tmp_path: Path, fresh_client: Path
) -> None:
    headrace.set_tracking_uri(server.url)
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(40 * MEGABYTE))
    with headrace.start_run() as run:
        headrace.log_text("hello", "notes/a b.txt")
        headrace.log_artifact(large, "models")
    headrace.flush()

    run_id = run.info.run_id
    folder = f"kept/0/{run_id}/artifacts"
    assert {info.path for info in bucket.list_artifacts(folder)} == {
        f"{folder}/models",
        f"{folder}/notes",
    }
    assert bucket.digest(f"{folder}/models/large.bin") is not None
    assert headrace.artifacts.load_text(f"runs:/{run_id}/notes/a b.txt") == "hello"
    copy = headrace.artifacts.download_artifacts(
        run_id=run_id, artifact_path="models/large.bin", dst_path=str(tmp_path / "down")
    )
    assert digest_of(Path(copy)) == digest_of(large)
    client = headrace.MlflowClient()
    assert [info.path for info in client.list_artifacts(run_id)] == ["models", "notes"]


def digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def test_ranges_and_deletion_through_the_proxy(
    server: Server, stranger: None, tmp_path: Path
) -> None:
    store = ProxiedArtifactStore("mlflow-artifacts:/7/r/artifacts", server.url)
    local = tmp_path / "digits"
    local.write_bytes(b"0123456789")
    store.put_file(local, "a/digits")
    with store.open("a/digits", 3, 4) as stream:
        assert stream.read() == b"3456"
    store.delete("a/digits")
    with pytest.raises(ResourceDoesNotExist):
        store.open("a/digits")


def test_an_object_comes_with_its_mark_and_digest(server: Server, stranger: None) -> None:
    store = ProxiedArtifactStore("mlflow-artifacts:/7/r/artifacts", server.url)
    store.write("a", io.BytesIO(b"content"))
    target = "/api/2.0/mlflow-artifacts/artifacts/7/r/artifacts/a"
    with served_by(server.url).call("GET", target) as answer:
        assert answer.headers[DIGEST_HEADER] == blake3(b"content").hexdigest()
        assert answer.headers["ETag"].startswith('"')


def test_memory_of_the_server_stays_bounded(server: Server, stranger: None, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(400 * MEGABYTE)
    store = ProxiedArtifactStore("mlflow-artifacts:/7/r/artifacts", server.url)
    small = tmp_path / "small"
    small.touch()
    store.put_file(small, "small")
    store.download("small", tmp_path)
    before = peak_of(server)

    store.put_file(large, "large.bin")
    (tmp_path / "down").mkdir()
    store.download("large.bin", tmp_path / "down")

    assert (tmp_path / "down" / "large.bin").stat().st_size == 400 * MEGABYTE
    assert peak_of(server) - before < 64 * MEGABYTE


def peak_of(server: Server) -> int:
    """Return the highest use of memory so far, in bytes."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


def test_a_bucket_of_a_clients_choice_is_not_opened(
    server: Server, s3_root: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for place in ("private", "kept-not"):
        open_artifact_store(f"{s3_root}/{place}").put_file(secret, "secret")
    remote = RemoteTrackingStore(HttpTransport(Address(server.url)))
    for number, location in enumerate(
        [
            f"{s3_root}/private",
            f"{s3_root}/kept-not",
            f"s3://{BUCKET}",
            "r2://bucket@127.0.0.1.nip.io/x",
            "gs://bucket/x",
        ]
    ):
        request = CreateExperiment(name=f"e{number}", artifact_location=location)
        experiment = remote.create_experiment(request).experiment_id
        info = remote.create_run(CreateRun(experiment_id=experiment, start_time=1)).run.info
        store = ServedArtifactStore(location, served_by(server.url), run_id=info.run_id)
        for use in (
            lambda store=store: store.list_artifacts(),
            lambda store=store: store.open("secret"),
            lambda store=store: store.put_file(secret, "new"),
            lambda store=store: store.delete(""),
        ):
            with pytest.raises(PermissionDenied, match="--artifact-roots"):
                use()
    remote.close()


def test_a_default_root_in_a_bucket_is_reached_by_the_client_itself(
    s3: ObjectServer,
    s3_root: str,
    tmp_path: Path,
    fresh_client: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    arguments = ["--default-artifact-root", f"{s3_root}/root"]
    with headrace_server(
        tmp_path / "server", artifact_root=None, arguments=arguments, environment=s3.environment
    ) as server:
        headrace.set_tracking_uri(server.url)
        with headrace.start_run() as run:
            headrace.log_text("hello", "a.txt")
        headrace.flush()
        assert run.info.artifact_uri == f"{s3_root}/root/0/{run.info.run_id}/artifacts"
        with open_artifact_store(run.info.artifact_uri).open("a.txt") as stream:
            assert stream.read() == b"hello"
        # Who has no credentials can still read by the server.
        store = ServedArtifactStore("", served_by(server.url), run_id=run.info.run_id)
        assert [info.path for info in store.list_artifacts()] == ["a.txt"]
