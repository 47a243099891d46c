"""Real MLflow clients that send in parts, and fetch by presigned URLs, from a Headrace server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.compat.environments import CLIENT_VERSIONS, need_environment
from tests.object_servers import ObjectServer
from tests.servers import clean_environment, headrace_server

_MB = 1 << 20

_CLIENT = """
import os, pathlib, sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
large = pathlib.Path("large.bin")
large.write_bytes(os.urandom(1 << 20) * 9 + b"the end")
with mlflow.start_run() as run:
    mlflow.log_artifact(str(large), "models")
    mlflow.log_text("hello", "small.txt")
    pathlib.Path("folder").mkdir()
    for name in ("a", "b"):
        pathlib.Path("folder", name).write_bytes(os.urandom(6 << 20))
    mlflow.log_artifacts("folder", "many")
folder = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, dst_path="down"))
assert (folder / "models/large.bin").read_bytes() == large.read_bytes()
assert (folder / "small.txt").read_text() == "hello"
for name in ("a", "b"):
    assert (folder / "many" / name).read_bytes() == pathlib.Path("folder", name).read_bytes()
"""

# What breaks off leaves the file as it was, and nothing on its way.
_BROKEN = """
import pathlib, sys
import mlflow
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository
mlflow.set_tracking_uri(sys.argv[1])
pathlib.Path("large.bin").write_bytes(b"x" * (9 << 20))
send = HttpArtifactRepository._upload_part
def fail(credential, local_file, size, start_byte):
    if credential.part_number == 3:
        raise OSError("the line is cut")
    return send(credential, local_file, size, start_byte)
HttpArtifactRepository._upload_part = staticmethod(fail)
with mlflow.start_run():
    try:
        mlflow.log_artifact("large.bin")
    except Exception as error:
        assert "the line is cut" in str(error), error
    else:
        raise SystemExit("nothing was raised")
    assert mlflow.artifacts.list_artifacts(artifact_uri=mlflow.get_artifact_uri()) == []
"""

# Both ways lead past the server.
_COUNTED = """
from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository
repository = MlflowArtifactsRepository(run.info.artifact_uri)
signed = repository._get_presigned_download_url("models/large.bin")
assert signed.url.startswith({endpoint!r}), signed
assert signed.file_size == large.stat().st_size, signed
created = repository.create_multipart_upload("large.bin", 2, "models")
assert all(part.url.startswith({endpoint!r}) for part in created.credentials), created
repository.abort_multipart_upload("large.bin", created.upload_id, "models")
"""

_SMALL_PARTS = {
    "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": str(5 * _MB),
    "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": str(2 * _MB),
    "MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE": str(2 * _MB),
}
_PARTS_OF_S3 = {"MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": str(5 * _MB)}
_ASKED_FOR = {
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
    "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "true",
}


def run_client(version: str, script: str, url: str, folder: Path, variables: dict[str, str]) -> str:
    python = need_environment(version) / "bin" / "python"
    done = subprocess.run(
        [python, "-c", script, url],
        capture_output=True,
        text=True,
        cwd=folder,
        env=clean_environment(_SMALL_PARTS | variables),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def joined(kept: Path) -> int:
    """Return how many files have come in parts, and that nothing else is left of them."""
    left = [path.suffix for path in kept.glob(".artifact.uploading.files/*")]
    assert set(left) <= {".done"}
    return len(left)


@pytest.mark.parametrize("version", CLIENT_VERSIONS)
def test_files_go_in_parts(version: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    arguments = ["--serve-artifacts", "--artifacts-destination", str(kept)]
    with headrace_server(
        tmp_path / "server", artifact_root=None, arguments=arguments, static_prefix="/a/b"
    ) as server:
        run_client(version, _CLIENT, server.url, tmp_path, _ASKED_FOR)
    assert joined(kept) == 3


def test_the_client_finds_out_by_itself(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    arguments = ["--serve-artifacts", "--artifacts-destination", str(kept)]
    with headrace_server(tmp_path / "server", artifact_root=None, arguments=arguments) as server:
        run_client("3.17", _CLIENT, server.url, tmp_path, {})
    assert joined(kept) == 3


def test_files_go_to_an_object_store_itself(tmp_path: Path, s3: ObjectServer, s3_root: str) -> None:
    with headrace_server(
        tmp_path / "server",
        artifact_root=None,
        arguments=["--serve-artifacts", "--artifacts-destination", s3_root],
        environment=s3.environment,
    ) as server:
        script = _CLIENT + _COUNTED.format(endpoint=s3.endpoint)
        run_client("3.17", script, server.url, tmp_path, _PARTS_OF_S3)


def test_an_upload_that_breaks_off(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    arguments = ["--serve-artifacts", "--artifacts-destination", str(kept)]
    with headrace_server(tmp_path / "server", artifact_root=None, arguments=arguments) as server:
        said = run_client("3.17", _BROKEN, server.url, tmp_path, _ASKED_FOR)
    assert "Failed to upload file large.bin using multipart upload" in said
    assert joined(kept) == 0
