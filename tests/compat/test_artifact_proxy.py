"""Artifacts of real MLflow clients that a Headrace server keeps for them, and for its own."""

from __future__ import annotations

import os
import subprocess
import uuid
from pathlib import Path

import pytest

import headrace
from headrace.artifacts.registry import open_artifact_store
from tests.compat.environments import CLIENT_VERSIONS, need_environment
from tests.object_servers import BUCKET, ObjectServer
from tests.servers import clean_environment, headrace_server

_CLIENT = """
import os, pathlib, sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
large = pathlib.Path("large.bin")
large.write_bytes(os.urandom(1 << 20) * 20)
with mlflow.start_run() as run:
    assert mlflow.get_artifact_uri().startswith("mlflow-artifacts:/")
    mlflow.log_artifact(str(large), "models")
    mlflow.log_text("hello", "notes/a b.txt")
    mlflow.log_dict({"a": 1}, "d.json")
    mlflow.log_table({"n": [1]}, "t.json")
    mlflow.log_table({"n": [2]}, "t.json")
client = mlflow.MlflowClient()
paths = [(info.path, info.is_dir) for info in client.list_artifacts(run.info.run_id)]
assert paths == [("d.json", False), ("models", True), ("notes", True), ("t.json", False)], paths
(info,) = client.list_artifacts(run.info.run_id, "models")
assert (info.path, info.file_size) == ("models/large.bin", 20 << 20), info
folder = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, dst_path="down")
assert pathlib.Path(folder, "models/large.bin").read_bytes() == large.read_bytes()
assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/a b.txt") == "hello"
assert list(mlflow.load_table("t.json")["n"]) == [1, 2]
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
get_artifact_repository(run.info.artifact_uri).delete_artifacts("d.json")
assert "d.json" not in [info.path for info in client.list_artifacts(run.info.run_id)]
print(run.info.run_id)
"""


@pytest.fixture(params=["folder", "bucket"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """Where the server keeps artifacts, and the variables that it needs for that."""
    if request.param == "folder":
        return str(tmp_path / "kept"), {}
    s3: ObjectServer = request.getfixturevalue("s3_server")
    return f"s3://{BUCKET}/{uuid.uuid4().hex}", s3.environment


@pytest.mark.parametrize("version", CLIENT_VERSIONS)
def test_a_client_of_mlflow(
    version: str, destination: tuple[str, dict[str, str]], tmp_path: Path, fresh_client: Path
) -> None:
    python = need_environment(version) / "bin" / "python"
    kept, environment = destination
    arguments = ["--serve-artifacts", "--artifacts-destination", kept]
    with headrace_server(
        tmp_path / "server", artifact_root=None, arguments=arguments, environment=environment
    ) as server:
        done = subprocess.run(
            [python, "-c", _CLIENT, server.url],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=clean_environment(),
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        run_id = done.stdout.split()[-1]

        # A client of Headrace finds them, and adds its own.
        headrace.set_tracking_uri(server.url)
        assert headrace.artifacts.load_text(f"runs:/{run_id}/notes/a b.txt") == "hello"
        headrace.log_text("mine", "mine.txt", run_id=run_id)
        headrace.flush()
        for name, value in environment.items():
            os.environ[name] = value  # which the fixture of a fresh client takes away again
        store = open_artifact_store(kept)
        (experiment,) = store.list_artifacts()
        assert store.stat(f"{experiment.path}/{run_id}/artifacts/mine.txt") is not None
