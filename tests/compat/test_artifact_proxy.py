"""Artifacts of real MLflow clients that a Headrace server keeps for them, and for its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import headrace
from tests.compat.environments import CLIENT_VERSIONS, need_environment
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
print(run.info.run_id)
"""


@pytest.mark.parametrize("version", CLIENT_VERSIONS)
def test_a_client_of_mlflow(version: str, tmp_path: Path, fresh_client: Path) -> None:
    python = need_environment(version) / "bin" / "python"
    arguments = ["--serve-artifacts", "--artifacts-destination", str(tmp_path / "kept")]
    with headrace_server(tmp_path / "server", artifact_root=None, arguments=arguments) as server:
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
        assert list((tmp_path / "kept").glob(f"*/{run_id}/artifacts/mine.txt"))
