"""Run areas with the MLflow client of this interpreter and print what each read back, as JSON.

Started by `tests/compat/clients.py` as `python tests/compat/scripts FOLDER UNIQUE AREA...`, with
MLFLOW_TRACKING_URI set. Every area is a module here with `run(place)`; it must not know whose
server it talks to. stdout carries one JSON object, logs go to stderr. With AS_MLFLOW=headrace the
areas get Headrace wherever they import MLflow: the same code, the other library.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Place:
    """What an area may use: an empty folder of its own and a word that no other area uses."""

    folder: Path
    unique: str

    def experiment(self, suffix: str = "") -> str:
        """Make an experiment of this area the active one and return its id."""
        import mlflow

        return str(mlflow.set_experiment(f"{self.unique}{suffix}").experiment_id)


def _run_area(name: str, place: Place) -> dict[str, Any]:
    import mlflow

    place.folder.mkdir(parents=True)
    try:
        return {"result": _portable(importlib.import_module(name).run(place))}
    except Exception:  # the test shows it, and the other areas still run
        return {"failure": traceback.format_exc()}
    finally:
        while mlflow.active_run():
            mlflow.end_run()


def _portable(value: Any) -> Any:
    """Return data that JSON can carry: NaN and infinities become words."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _portable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _import_as_mlflow(library: str) -> None:
    for name in ["", ".artifacts", ".data", ".entities"]:
        sys.modules[f"mlflow{name}"] = importlib.import_module(f"{library}{name}")


def _main() -> None:
    if library := os.environ.get("AS_MLFLOW"):
        _import_as_mlflow(library)
    folder, unique, *areas = sys.argv[1:]
    # What a library prints must not stand between the test and the results.
    with contextlib.redirect_stdout(sys.stderr):
        results = {
            area: _run_area(area, Place(Path(folder) / area, f"{unique}{area}")) for area in areas
        }
    print(json.dumps(results))


_main()
