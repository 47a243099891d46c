"""Data sets that runs use: what they were and where they came from, told without their rows.

``headrace.data.from_pandas(frame, source="sales.csv")`` makes one for `log_input`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.data.dataset import Dataset
    from headrace.data.dataset_registry import register_constructor
    from headrace.data.dataset_source import DatasetSource
    from headrace.data.dataset_source_registry import (
        get_dataset_source_from_json,
        get_source,
        register_dataset_source,
        resolve_dataset_source,
    )
    from headrace.data.huggingface_dataset import HuggingFaceDataset, from_huggingface
    from headrace.data.meta_dataset import MetaDataset
    from headrace.data.numpy_dataset import NumpyDataset, from_numpy
    from headrace.data.pandas_dataset import PandasDataset, from_pandas
    from headrace.data.polars_dataset import PolarsDataset, from_polars
    from headrace.data.spark_dataset import SparkDataset, from_spark, load_delta
    from headrace.data.tensorflow_dataset import TensorFlowDataset, from_tensorflow

_MODULES = {
    "Dataset": "dataset",
    "DatasetSource": "dataset_source",
    "HuggingFaceDataset": "huggingface_dataset",
    "MetaDataset": "meta_dataset",
    "NumpyDataset": "numpy_dataset",
    "PandasDataset": "pandas_dataset",
    "PolarsDataset": "polars_dataset",
    "SparkDataset": "spark_dataset",
    "TensorFlowDataset": "tensorflow_dataset",
    "from_huggingface": "huggingface_dataset",
    "from_numpy": "numpy_dataset",
    "from_pandas": "pandas_dataset",
    "from_polars": "polars_dataset",
    "from_spark": "spark_dataset",
    "from_tensorflow": "tensorflow_dataset",
    "get_dataset_source_from_json": "dataset_source_registry",
    "get_source": "dataset_source_registry",
    "load_delta": "spark_dataset",
    "register_constructor": "dataset_registry",
    "register_dataset_source": "dataset_source_registry",
    "resolve_dataset_source": "dataset_source_registry",
}

# Modules that MLflow's users reach as attributes: mlflow.data.meta_dataset.MetaDataset.
_SUBMODULES = frozenset(_MODULES.values()) | {
    "artifact_dataset_sources",
    "code_dataset_source",
    "delta_dataset_source",
    "filesystem_dataset_source",
    "http_dataset_source",
    "huggingface_dataset_source",
    "sources",
    "spark_dataset_source",
    "uc_volume_dataset_source",
}

__all__ = [
    "Dataset",
    "DatasetSource",
    "HuggingFaceDataset",
    "MetaDataset",
    "NumpyDataset",
    "PandasDataset",
    "PolarsDataset",
    "SparkDataset",
    "TensorFlowDataset",
    "from_huggingface",
    "from_numpy",
    "from_pandas",
    "from_polars",
    "from_spark",
    "from_tensorflow",
    "get_dataset_source_from_json",
    "get_source",
    "load_delta",
    "register_constructor",
    "register_dataset_source",
    "resolve_dataset_source",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    if name.startswith(("from_", "load_")):
        from headrace.data.dataset_registry import get_registered_constructors

        constructors = get_registered_constructors()
        if name in constructors:
            return constructors[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, *_SUBMODULES])
