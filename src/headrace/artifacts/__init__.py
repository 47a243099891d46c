"""Artifacts: the stores that keep files, one module per scheme, and MLflow's functions for users.

The functions resolve ``runs:/`` and ``models:/`` names, so they live above the stores, in
`headrace.client.artifacts`. They are named here, as `mlflow.artifacts` has them, and loaded when
somebody asks for one: to import a store never loads the client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.client.artifacts import (
        delete_artifacts,
        download_artifacts,
        list_artifacts,
        load_dict,
        load_image,
        load_text,
    )

__all__ = [
    "delete_artifacts",
    "download_artifacts",
    "list_artifacts",
    "load_dict",
    "load_image",
    "load_text",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module("headrace.client.artifacts"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
