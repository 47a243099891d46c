"""Where the real MLflow installations of the tests are, and what it means when one is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.servers import REPOSITORY

CLIENT_VERSIONS = ("2.22", "3.17")


def find_environment(version: str) -> Path:
    """Return the virtual environment that holds an MLflow version.

    Args:
        version: `2.22` or `3.17`.

    Raises:
        FileNotFoundError: There is none in `.envs` or in HEADRACE_TEST_ENV_DIR.
    """
    home = Path(os.environ.get("HEADRACE_TEST_ENV_DIR") or REPOSITORY / ".envs")
    env = home / f"mlflow-{version}"
    if not (env / "bin" / "mlflow").exists():
        raise FileNotFoundError(f"no environment with MLflow {version} at {env}")
    return env


def need_environment(version: str) -> Path:
    """Return the environment of a version, or skip the test that asks for it.

    It is a failure instead of a skip when HEADRACE_REQUIRE names `mlflow`.
    """
    try:
        return find_environment(version)
    except FileNotFoundError as error:
        if "mlflow" in os.environ.get("HEADRACE_REQUIRE", "").replace(",", " ").split():
            pytest.fail(f"{error}; HEADRACE_REQUIRE asks for it")
        pytest.skip(str(error))
