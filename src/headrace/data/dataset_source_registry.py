"""Which class of source stands for what a user gave, and for what a store recorded."""

from __future__ import annotations

from typing import Any

from headrace import entities
from headrace.data.artifact_dataset_sources import SOURCES
from headrace.data.code_dataset_source import CodeDatasetSource
from headrace.data.dataset import Dataset
from headrace.data.dataset_source import DatasetSource
from headrace.data.delta_dataset_source import DeltaDatasetSource
from headrace.data.http_dataset_source import HTTPDatasetSource
from headrace.data.huggingface_dataset_source import HuggingFaceDatasetSource
from headrace.data.plugins import load_plugins
from headrace.data.spark_dataset_source import SparkDatasetSource
from headrace.data.uc_volume_dataset_source import UCVolumeDatasetSource
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist

_OURS: tuple[type[DatasetSource], ...] = (
    *SOURCES,
    HTTPDatasetSource,
    HuggingFaceDatasetSource,
    SparkDatasetSource,
    DeltaDatasetSource,
    CodeDatasetSource,
    UCVolumeDatasetSource,
)

# Entry points of other packages that name a class of sources.
_PLUGINS = "mlflow.dataset_source"

_registered: list[type[DatasetSource]] = []


def register_dataset_source(source: type[DatasetSource]) -> None:
    """Make a class of sources known; it comes before those that are known already."""
    _registered.append(source)


def get_registered_sources() -> list[type[DatasetSource]]:
    """Return the classes of sources that are known, the last of which comes first.

    Those of installed packages come after ours and before those that the program registered.
    """
    return [*_OURS, *load_plugins(_PLUGINS).values(), *_registered]


def resolve_dataset_source(
    raw_source: Any, candidate_sources: list[type[DatasetSource]] | None = None
) -> DatasetSource:
    """Return the source that a user's text, path or object stands for.

    Args:
        raw_source: For example ``data/sales.csv``, ``s3://bucket/sales.csv`` or an address.
        candidate_sources: Only these classes and their subclasses; all if not given.

    Raises:
        ResourceDoesNotExist: If no class knows it.

    """
    for source in reversed(get_registered_sources()):
        allowed = not candidate_sources or issubclass(source, tuple(candidate_sources))
        if allowed and source._can_resolve(raw_source):
            return source._resolve(raw_source)
    raise ResourceDoesNotExist(
        "Could not find a source information resolver for the specified dataset source: "
        f"{raw_source!r}. It can be a local path, the URI of an object store, or an http address."
    )


def source_or_code(source: Any) -> DatasetSource:
    """Return a source as it was given or as its text stands for; this program if None."""
    if source is None:
        return CodeDatasetSource.here()
    if isinstance(source, DatasetSource):
        return source
    return resolve_dataset_source(source)


def get_dataset_source_from_json(source_json: str, source_type: str) -> DatasetSource:
    """Return the source that a store recorded.

    Raises:
        ResourceDoesNotExist: If no class is of this type.

    """
    for source in reversed(get_registered_sources()):
        # Called on the class, as MLflow declares it; a source is not at hand yet.
        if source._get_source_type() == source_type:  # type: ignore[call-arg]
            return source.from_json(source_json)
    raise ResourceDoesNotExist(
        f"Could not parse dataset source from JSON due to unrecognized source type: {source_type}."
    )


def get_source(dataset: entities.Dataset | entities.DatasetInput | Dataset) -> DatasetSource:
    """Return the source of a data set, of one that a store recorded, or of an input of a run."""
    if isinstance(dataset, Dataset):
        return dataset.source
    if isinstance(dataset, entities.DatasetInput):
        dataset = dataset.dataset
    if isinstance(dataset, entities.Dataset):
        return get_dataset_source_from_json(dataset.source or "{}", dataset.source_type or "")
    raise InvalidParameterValue(
        f"Unrecognized dataset type {type(dataset)}. It must be a headrace.data.Dataset, an "
        "entities.Dataset or an entities.DatasetInput."
    )
