"""Data sets that runs use: what they were and where they came from, told without their rows.

``headrace.data.from_pandas(frame, source="sales.csv")`` makes one for `log_input`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.data.dataset import Dataset
    from headrace.data.dataset_source import DatasetSource
    from headrace.data.dataset_source_registry import (
        get_dataset_source_from_json,
        get_source,
        register_dataset_source,
        resolve_dataset_source,
    )
    from headrace.data.meta_dataset import MetaDataset
    from headrace.data.numpy_dataset import NumpyDataset, from_numpy
    from headrace.data.pandas_dataset import PandasDataset, from_pandas
    from headrace.data.polars_dataset import PolarsDataset, from_polars

_MODULES = {
    "Dataset": "dataset",
    "DatasetSource": "dataset_source",
    "MetaDataset": "meta_dataset",
    "NumpyDataset": "numpy_dataset",
    "PandasDataset": "pandas_dataset",
    "PolarsDataset": "polars_dataset",
    "from_numpy": "numpy_dataset",
    "from_pandas": "pandas_dataset",
    "from_polars": "polars_dataset",
    "get_dataset_source_from_json": "dataset_source_registry",
    "get_source": "dataset_source_registry",
    "register_dataset_source": "dataset_source_registry",
    "resolve_dataset_source": "dataset_source_registry",
}

# Modules that MLflow's users reach as attributes: mlflow.data.meta_dataset.MetaDataset.
_SUBMODULES = frozenset(_MODULES.values()) | {
    "artifact_dataset_sources",
    "code_dataset_source",
    "http_dataset_source",
}

__all__ = [
    "Dataset",
    "DatasetSource",
    "MetaDataset",
    "NumpyDataset",
    "PandasDataset",
    "PolarsDataset",
    "from_numpy",
    "from_pandas",
    "from_polars",
    "get_dataset_source_from_json",
    "get_source",
    "register_dataset_source",
    "resolve_dataset_source",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, *_SUBMODULES])
