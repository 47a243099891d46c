"""What MLflow and Headrace say of the same data, side by side, and how Headrace refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

import mlflow.data  # as a library: nothing is tracked

import headrace.data
from headrace.errors import HeadraceError


def both(
    constructor: str, samples: dict[str, tuple[tuple[Any, ...], dict[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Return for each sample what `to_dict` of each library's data set returns.

    Args:
        constructor: For example ``from_spark``.
        samples: Arguments and named arguments by the sample's name.
    """
    described: dict[str, dict[str, Any]] = {}
    for name, (given, named) in samples.items():
        described[name] = {
            "mlflow": getattr(mlflow.data, constructor)(*given, **named).to_dict(),
            "headrace": getattr(headrace.data, constructor)(*given, **named).to_dict(),
        }
    return described


def refusals(attempts: Iterable[tuple[str, Callable[[], object]]]) -> dict[str, list[str]]:
    """Return error class and message of each attempt, by its name; empty for one that worked."""
    found: dict[str, list[str]] = {}
    for name, attempt in attempts:
        try:
            attempt()
            found[name] = []
        except HeadraceError as error:
            found[name] = [type(error).__name__, str(error)]
    return found


def tell(facts: dict[str, Any]) -> None:
    """Print facts as the last line, where the test looks for them."""
    sys.stdout.flush()
    print("\n" + json.dumps(facts), flush=True)
