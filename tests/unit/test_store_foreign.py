"""Stores that the real MLflow made are recognised and left as they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from headrace.errors import InvalidState
from headrace.stores.uri import open_tracking_store
from tests.compat.environments import need_environment
from tests.servers import clean_environment
from tests.unit.test_store_uri import state_of

TRAIN = """
import sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run():
    mlflow.log_param("p", 1)
    mlflow.log_metric("m", 1.0)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "uri"),
    [
        ("3.17", "sqlite:///{}/mlflow.db"),
        ("2.22", "file://{}/mlruns"),
    ],
)
def test_store_of_the_real_mlflow(tmp_path: Path, version: str, uri: str) -> None:
    python = need_environment(version) / "bin" / "python"
    tracking_uri = uri.format(tmp_path)
    command = [python, "-c", TRAIN, tracking_uri]
    done = subprocess.run(command, cwd=tmp_path, env=clean_environment(), stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()
    before = state_of(tmp_path)
    assert before

    with pytest.raises(InvalidState, match="headrace import mlflow"):
        open_tracking_store(tracking_uri)

    assert state_of(tmp_path) == before
