"""Real MLflow clients meet rules of a registry: they are told what refuses, and cannot force."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import headrace
from headrace.entities import MetricGate, Protected
from tests.compat.environments import CLIENT_VERSIONS, need_environment
from tests.servers import clean_environment, headrace_server

_CLIENT = """
import sys
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
client = MlflowClient(sys.argv[1])
for call, arguments in (
    (client.set_registered_model_alias, ("churn", "champion", "2")),
    (client.delete_registered_model_alias, ("churn", "champion")),
    (client.transition_model_version_stage, ("churn", "2", "Production", True)),
    (client.delete_model_version, ("churn", "1")),
    (client.rename_registered_model, ("churn", "other")),
    (client.delete_registered_model, ("churn",)),
):
    try:
        call(*arguments)
    except MlflowException as error:
        assert error.error_code == "PERMISSION_DENIED", error.error_code
        assert error.get_http_status_code() == 403
        print(call.__name__, error.message)
    else:
        raise AssertionError(call.__name__)
client.set_registered_model_alias("churn", "champion", "1")
client.set_registered_model_alias("churn", "challenger", "2")
"""


@pytest.mark.parametrize("version", CLIENT_VERSIONS)
def test_a_client_of_mlflow_is_told_what_refuses(
    version: str, tmp_path: Path, fresh_client: Path
) -> None:
    python = need_environment(version) / "bin" / "python"
    with headrace_server(tmp_path / "server") as server:
        client = headrace.MlflowClient(server.url)
        client.create_registered_model("churn")
        for _ in range(2):
            client.create_model_version("churn", "s3://bucket/model")
        client.set_registered_model_alias("churn", "champion", "1")
        client.add_registry_rule(Protected(), "churn", alias="champion")
        client.add_registry_rule(MetricGate("accuracy", ">=", 0.9), "churn", stage="Production")

        done = subprocess.run(
            [python, "-W", "ignore", "-c", _CLIENT, server.url],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=clean_environment({"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}),
            timeout=300,
        )

        assert done.returncode == 0, done.stderr
        told = done.stdout.splitlines()
        assert len(told) == 6
        assert all("MLflow's clients cannot" in line for line in told)
        asked = "the stage 'Production' asks for accuracy >= 0.9: version 2 comes from no run"
        assert [asked in line for line in told] == [False, False, True, False, False, False]
        assert ["'champion' is protected" in line for line in told] == [
            *(True, True, False),
            *(True, True, True),
        ]
        aliases = client.get_registered_model("churn").aliases
        assert aliases == {"champion": "1", "challenger": "2"}
