"""Where the interpreters and commands of Headrace and its peers are found.

``make envs`` and ``make bench`` create the peers' environments in ``.envs`` from the pins in
``requirements/``; ``HEADRACE_BENCH_<NAME>`` names another folder for one of them.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# How the names of settings begin that would change what is measured.
_DROPPED = ("HEADRACE_", "MLFLOW_", "TRACKIO_", "HF_", "PYTHON", "COVERAGE", "UVICORN_", "FML_")


class Unavailable(Exception):
    """A peer that cannot be measured here; the message is the reason that the report prints."""


def environment(name: str) -> Path:
    """Return the folder of a peer's virtual environment, such as ``mlflow-3.17``.

    Raises:
        Unavailable: If it is not there, or holds packages that its pins do not name: MLflow imports
            polars and others where it finds them, and a peer made slower so proves nothing.

    """
    variable = "HEADRACE_BENCH_" + name.upper().replace("-", "_").replace(".", "_")
    folder = Path(os.environ.get(variable) or ROOT / ".envs" / name)
    if not (folder / "bin" / "python").exists():
        raise Unavailable(f"no environment {folder.name} (make envs, or set {variable})")
    pins = ROOT / "requirements" / f"{name}.txt"
    strangers = _strangers(folder, pins.read_text())
    if strangers:
        raise Unavailable(
            f"the environment {name} holds what requirements/{pins.name} does not pin: "
            f"{', '.join(strangers)} (uv pip sync it, or name a clean one by {variable})"
        )
    return folder


def _strangers(folder: Path, pins: str) -> list[str]:
    """Return the installed distributions, as name==version, that the pins do not have."""
    pinned = {_pin(*found) for found in re.findall(r"^([\w.-]+)==([^\s;]+)", pins, re.MULTILINE)}
    sites = [str(site) for site in folder.glob("lib/python*/site-packages")]
    installed = {_pin(d.name, d.version) for d in metadata.distributions(path=sites)}
    installers = {"pip", "setuptools", "uv", "wheel"}
    return sorted(pin for pin in installed - pinned if pin.split("==")[0] not in installers)


def _pin(name: str, version: str) -> str:
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


def executable(folder: Path, name: str) -> str:
    """Return the path of a command of an environment.

    Raises:
        Unavailable: If the environment has no such command.

    """
    command = folder / "bin" / name
    if not command.exists():
        raise Unavailable(f"no command {name} in the environment {folder.name}")
    return str(command)


def own() -> Path:
    """Return the environment that has Headrace: the one that runs the benchmarks."""
    return Path(sys.prefix)


def variables() -> dict[str, str]:
    """Return the environment variables of every measured process.

    Without settings of the caller that would change what is measured; PYTHONDONTWRITEBYTECODE
    among them, since compiling anew at each start is nobody's normal state. Telemetry is off for
    those who have it: without a network it would only cost them time.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    return kept | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
