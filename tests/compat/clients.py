"""MLflow clients, each run by its own interpreter, and Headrace in their place."""

from __future__ import annotations

import json
import secrets
import string
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace.entities import tag_names
from tests.compat.environments import find_environment
from tests.compat.normalise import Placeholders
from tests.servers import REPOSITORY, Server, clean_environment

SCRIPTS = Path(__file__).parent / "scripts"
MINUTES = 5

# Headrace's own client runs what is written for MLflow 3.17, except where MLflow's flavors, traces
# or models set as active belong to it.
HEADRACE = "headrace"

# `environment` stands first: variables count only until code has chosen an experiment.
AREAS: Mapping[str, list[str]] = {
    version: [
        "environment",
        "logging_calls",
        "nesting",
        "searching",
        "history",
        "inputs",
        "experiments",
        "refusals",
        "lifecycle",
        "threads",
        "training",
        "tracing",
        "registry",
        *more,
    ]
    for version, more in {"2.22": [], "3.17": ["logged_models", "webhooks"]}.items()
}

# What servers are started with: their webhooks may lead to a receiver in the client's process, and
# MLflow's learn at once of one that is new.
SERVER_VARIABLES = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "https,http",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_CACHE_TTL": "0",
    "MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES": "0",
}


HEADRACE_AREAS = [area for area in AREAS["3.17"] if area not in {"training", "tracing", "registry"}]


def run_areas(version: str, server: Server, folder: Path) -> dict[str, Any]:
    """Run every area of a client version against a server.

    Args:
        version: `2.22` or `3.17`, or `headrace` for the client of this checkout.
        server: The server.
        folder: Empty folder for the client's own files.

    Returns:
        Area -> `{"result": ...}` as the client read it back, normalised, or `{"failure": text}`.

    Raises:
        FileNotFoundError: There is no environment of that version.
        RuntimeError: The client process itself failed.
    """
    unique = "u" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(10))
    variables = {"MLFLOW_TRACKING_URI": server.url, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
    if version == HEADRACE:
        python, areas = Path(sys.executable), HEADRACE_AREAS
        variables |= {"AS_MLFLOW": HEADRACE, "PYTHONPATH": str(REPOSITORY / "src")}
    else:
        python, areas = find_environment(version) / "bin" / "python", AREAS[version]
    command = [python, SCRIPTS, folder / "client", unique, *areas]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=clean_environment(variables),
        capture_output=True,
        text=True,
        timeout=60 * MINUTES,
    )
    if done.returncode != 0:
        raise RuntimeError(f"client {version} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return {
        area: result if "failure" in result else _normalise(result, server, folder, unique)
        for area, result in json.loads(done.stdout).items()
    }


def without_classes(value: Any) -> Any:
    """Return results without the names of error classes, which are another library's own."""
    if isinstance(value, dict):
        foreign = {"class", "json code"} if "error_code" in value else set()
        return {name: without_classes(item) for name, item in value.items() if name not in foreign}
    return [without_classes(item) for item in value] if isinstance(value, list) else value


def _without_own_tags(value: Any) -> Any:
    """Return results without the tag by which Headrace finds its runs on an MLflow server again."""
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if name != tag_names.CLIENT_RUN_ID}
        return {name: _without_own_tags(item) for name, item in kept.items()}
    if isinstance(value, list):
        own_column = f"tags.{tag_names.CLIENT_RUN_ID}"
        return [_without_own_tags(item) for item in value if item != own_column]
    return value


def _normalise(result: Any, server: Server, folder: Path, unique: str) -> Any:
    result = _without_own_tags(result)
    placeholders = Placeholders(server.url, server.artifact_root, unique)
    placeholders.name_text(str(folder), "<client>")
    for experiment_id in _experiment_ids(result):
        placeholders.name_experiment(experiment_id)
    return placeholders.normalise(result)


def _experiment_ids(value: Any) -> list[str]:
    """Return the ids of experiments in order of appearance, without the default one."""
    if isinstance(value, dict):
        own = value.get("experiment_id")
        found = [own] if isinstance(own, str) and own != "0" else []
        return found + [one for item in value.values() for one in _experiment_ids(item)]
    if isinstance(value, list):
        return [one for item in value for one in _experiment_ids(item)]
    return []
