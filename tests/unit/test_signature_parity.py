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
    "autologging, projects, models: later versions": r"^(autolog|run|evaluate"
    r"|validate_evaluation_results|doctor|test)$",
}

# Headrace's own keywords, which come last, and calls that MLflow has not.
OWN_KEYWORDS = {
    "search_runs": ", *, fields=None",
    "register_model": ", reason=None",
    **dict.fromkeys(
        [
            "copy_model_version",
            "create_model_version",
            "create_registered_model",
            "delete_model_version_tag",
            "delete_registered_model_tag",
            "set_registered_model_tag",
            "update_model_version",
            "update_registered_model",
        ],
        ", *, reason=None",
    ),
    **dict.fromkeys(
        [
            "delete_registered_model_alias",
            "set_registered_model_alias",
            "transition_model_version_stage",
        ],
        ", *, reason=None, expected=None, force=False",
    ),
    **dict.fromkeys(
        ["delete_model_version", "delete_registered_model", "rename_registered_model"],
        ", *, reason=None, force=False",
    ),
    **dict.fromkeys(
        ["create_webhook", "update_webhook"], ", *, model_names=None, experiment_ids=None"
    ),
}
# The fluent function of this name has no keyword of its own.
OWN_KEYWORDS_OF_CLIENT = {"set_model_version_tag": ", *, reason=None"}
OWN_CALLS = {
    "save_view",
    "get_view",
    "list_views",
    "update_view",
    "delete_view",
    "add_registry_rule",
    "check_model_move",
    "count_runs",
    "delete_artifacts",
    "delete_logged_model_artifacts",
    "delete_registry_rule",
    "flush",
    "get_model_version_content",
    "get_lineage",
    "get_model_version_lineage",
    "get_registry_history",
    "get_run_context",
    "get_run_differences",
    "get_run_output",
    "get_webhook_delivery",
    "list_registry_rules",
    "list_webhook_deliveries",
    "move_runs",
    "redeliver_webhook",
    "undo_operation",
    "verify_artifacts",
    "verify_model_version",
}


def golden() -> dict[str, dict[str, str]]:
    return json.loads(GOLDEN.read_text())


def offered(part: str) -> dict[str, str]:
    found = signatures.signatures(headrace)[part]
    return {name: signature for name, signature in found.items() if name not in OWN_CALLS}


@pytest.mark.parametrize("part", ["functions", "client"])
def test_signatures_are_those_of_mlflow(part: str) -> None:
    theirs, ours = golden()[part], offered(part)

    own = OWN_KEYWORDS | (OWN_KEYWORDS_OF_CLIENT if part == "client" else {})
    for name in own.keys() & ours:
        assert ours[name].endswith(f"{own[name]})")
        ours[name] = ours[name].removesuffix(f"{own[name]})") + ")"
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
