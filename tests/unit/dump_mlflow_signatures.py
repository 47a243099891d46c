"""Print the signatures of MLflow's fluent functions and of `MlflowClient` as JSON.

It is run by the Python of an environment that has MLflow, here to renew the golden file:

    cd tests/unit
    ../../.envs/mlflow-3.17/bin/python dump_mlflow_signatures.py > data/mlflow_signatures.json
"""

from __future__ import annotations

import enum
import inspect
import json
import re
import sys
from collections.abc import Callable
from typing import Any


def describe(function: Callable[..., Any]) -> str:
    """Return the signature without annotations, and with the values of enums as defaults."""
    signature = inspect.signature(function)
    parameters = [
        parameter.replace(
            annotation=inspect.Parameter.empty,
            default=default.value if isinstance(default, enum.Enum) else default,
        )
        for parameter in signature.parameters.values()
        for default in [parameter.default]
    ]
    text = str(signature.replace(parameters=parameters, return_annotation=signature.empty))
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def public_functions(module: Any) -> dict[str, str]:
    """Return the functions that a module names as its public ones."""
    found = {name: getattr(module, name) for name in module.__all__}
    return {name: describe(value) for name, value in found.items() if inspect.isfunction(value)}


def public_methods(cls: type) -> dict[str, str]:
    """Return the public methods of a class, and its `__init__`."""
    names = ["__init__", *(name for name in dir(cls) if not name.startswith("_"))]
    found = {name: getattr(cls, name) for name in names}
    return {name: describe(value) for name, value in found.items() if inspect.isfunction(value)}


def signatures(module: Any) -> dict[str, Any]:
    """Return the version, functions and client methods of `mlflow` or `headrace`."""
    return {
        "version": module.__version__,
        "functions": public_functions(module),
        "client": public_methods(module.MlflowClient),
    }


if __name__ == "__main__":
    import mlflow

    json.dump(signatures(mlflow), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
