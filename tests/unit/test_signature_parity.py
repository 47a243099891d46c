"""The fluent functions and `MlflowClient` take the same arguments as MLflow's."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

import headrace
from tests.servers import REPOSITORY
from tests.unit import dump_mlflow_signatures as signatures

GOLDEN = Path(__file__).parent / "data" / "mlflow_signatures.json"
MLFLOW_PYTHON = REPOSITORY / ".envs" / "mlflow-3.17" / "bin" / "python"

# What MLflow has and Headrace has not, and why.
NOT_OFFERED = {
    "GenAI": r"trace|span|prompt|assessment|feedback|expectation|issue|session|context$|^mcp|_mcp_"
    r"|dataset(s|_tag|_tags|_to_experiments|_from_experiments)?$",
    "workspaces": r"workspace",
    "Databricks": r"^(login|import_checkpoints)$",
    "model registry: a later version": r"registered_model|model_version|latest_versions|webhook"
    r"|registry_uri|register_model",
    "autologging, projects, models: later versions": r"^(autolog|run|evaluate"
    r"|validate_evaluation_results|doctor|test)$",
}

# Headrace's own keywords, which come last, and calls that MLflow has not.
OWN_KEYWORDS = {"search_runs": ", *, fields=None"}
OWN_CALLS = {
    "count_runs",
    "delete_artifacts",
    "delete_logged_model_artifacts",
    "flush",
    "get_run_context",
    "get_run_differences",
    "get_run_output",
    "move_runs",
    "undo_operation",
    "verify_artifacts",
}


def golden() -> dict[str, dict[str, str]]:
    return json.loads(GOLDEN.read_text())


def offered(part: str) -> dict[str, str]:
    found = signatures.signatures(headrace)[part]
    return {name: signature for name, signature in found.items() if name not in OWN_CALLS}


@pytest.mark.parametrize("part", ["functions", "client"])
def test_signatures_are_those_of_mlflow(part: str) -> None:
    theirs, ours = golden()[part], offered(part)

    for name, keywords in OWN_KEYWORDS.items():
        assert ours[name].endswith(f"{keywords})")
        ours[name] = ours[name].removesuffix(f"{keywords})") + ")"
    assert ours == {name: theirs.get(name) for name in ours}


def test_own_calls_are_none_of_mlflow() -> None:
    for part in ("functions", "client"):
        assert not OWN_CALLS & set(golden()[part])


@pytest.mark.parametrize("part", ["functions", "client"])
def test_what_is_missing_is_declared(part: str) -> None:
    declared = re.compile("|".join(NOT_OFFERED.values()))
    missing = {name for name in golden()[part] if not declared.search(name)} - set(offered(part))

    assert missing == set()


@pytest.mark.parametrize("part", ["functions", "client"])
def test_what_is_offered_is_not_declared_as_missing(part: str) -> None:
    declared = re.compile("|".join(NOT_OFFERED.values()))
    kept = {"log_inputs", "log_input"}

    assert {name for name in offered(part) if declared.search(name)} - kept == set()


@pytest.mark.skipif(not MLFLOW_PYTHON.exists(), reason="needs .envs/mlflow-3.17: make envs")
def test_the_golden_file_is_that_of_the_installed_mlflow() -> None:
    command = [str(MLFLOW_PYTHON), signatures.__file__]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)

    assert json.loads(answer.stdout) == golden()
