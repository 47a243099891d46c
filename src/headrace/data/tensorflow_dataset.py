"""Tensors and data sets of TensorFlow as data sets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from headrace.data.dataset import Dataset
from headrace.data.dataset_source_registry import source_or_code
from headrace.data.digests import MAX_ROWS, hash_elements, numpy_digest, short_md5
from headrace.data.schema import TensorDatasetSchema
from headrace.errors import InvalidParameterValue
from headrace.optional import need
from headrace.types import Schema
from headrace.types.inference import numpy_schema

if TYPE_CHECKING:
    import os

    import tensorflow

    from headrace.data.dataset_source import DatasetSource

    Tensors: TypeAlias = tensorflow.Tensor | tensorflow.data.Dataset

_logger = logging.getLogger(__name__)

_INFINITE = -1  # tf.data.INFINITE_CARDINALITY


class TensorFlowDataset(Dataset):
    """Features and, if there are any, targets: both tensors, or both of ``tf.data``."""

    def __init__(
        self,
        features: Tensors,
        source: DatasetSource,
        targets: Tensors | None = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        """Take tensors or data sets; see `from_tensorflow`."""
        self._is_tensor = _is_tensor("features", features)
        if targets is not None and _is_tensor("targets", targets) != self._is_tensor:
            raise InvalidParameterValue(
                "features and targets must both be tensors or both be tf.data.Dataset: features "
                f"are {type(features).__name__}, targets are {type(targets).__name__}."
            )
        self._features = features
        self._targets = targets
        super().__init__(source=source, name=name, digest=digest)

    def _compute_digest(self) -> str:
        parts = [part for part in (self._features, self._targets) if part is not None]
        if self._is_tensor:
            return numpy_digest(*[part.numpy() for part in parts])
        if any(_size(part) == _INFINITE for part in parts):
            raise InvalidParameterValue(
                "An infinite tf.data.Dataset has no digest: give a part of it, such as "
                "data.take(1000), or a digest of your own."
            )
        return short_md5(hashes for part in parts for hashes in _element_hashes(part))

    @property
    def data(self) -> Tensors:
        """The features."""
        return self._features

    @property
    def targets(self) -> Tensors | None:
        """The targets, if there are any."""
        return self._targets

    @property
    def profile(self) -> dict[str, int]:
        """How many numbers tensors have, or elements a data set; -2 if it cannot tell."""
        profile = {"features_cardinality": _size(self._features)}
        if self._targets is not None:
            profile["targets_cardinality"] = _size(self._targets)
        return profile

    @cached_property
    def schema(self) -> TensorDatasetSchema | None:
        """The tensors of the first element, or None if it has others than arrays with axes."""
        try:
            targets = None if self._targets is None else _schema(self._targets)
            return TensorDatasetSchema(_schema(self._features), targets)
        except InvalidParameterValue as error:
            _logger.debug("The data set %r has no schema: %s", self.name, error)
            return None

    def to_dict(self) -> dict[str, Any]:
        """Return what a run records, each part as a text."""
        schema = self.schema
        return {
            **super().to_dict(),
            "schema": json.dumps(schema.to_dict()) if schema else None,
            "profile": json.dumps(self.profile),
        }


def from_tensorflow(
    features: Tensors,
    source: str | os.PathLike[str] | DatasetSource | None = None,
    targets: Tensors | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> TensorFlowDataset:
    """Return a tensor or a data set of TensorFlow as a data set.

    Args:
        features: A tensor or a ``tf.data.Dataset``. The latter is run through for its digest, of
            which the first 10,000 numbers of each element are part.
        source: Where they came from: a path, a URI, an address or a `DatasetSource`; this program
            if not given.
        targets: What a model is to predict, of the same kind as `features`.
        name: The data set's name; ``dataset`` if not given.
        digest: Its digest; computed if not given.

    Raises:
        InvalidParameterValue: If something else is given, or an infinite data set without digest.
        ResourceDoesNotExist: If the source is of no known kind.
        MissingLibrary: If ``tensorflow`` is not installed.

    """
    return TensorFlowDataset(features, source_or_code(source), targets, name, digest)


def _is_tensor(role: str, given: object) -> bool:
    tensorflow = need("tensorflow", "from_tensorflow")
    if tensorflow.is_tensor(given) and hasattr(given, "numpy"):
        return True
    if isinstance(given, tensorflow.data.Dataset):
        return False
    raise InvalidParameterValue(
        f"'{role}' must be an instance of tf.data.Dataset or a TensorFlow Tensor that has values, "
        f"not {type(given).__name__}."
    )


def _size(part: Tensors) -> int:
    tensorflow = need("tensorflow", "A profile")
    is_tensor = tensorflow.is_tensor(part)
    return int((tensorflow.size(part) if is_tensor else part.cardinality()).numpy())


def _element_hashes(part: tensorflow.data.Dataset) -> Iterator[Any]:
    """Yield what stands for each element: hashes of its first numbers."""
    numpy, nest = need("numpy", "A digest"), need("tensorflow", "A digest").nest
    for element in part.as_numpy_iterator():
        arrays = [numpy.ravel(array) for array in nest.flatten(element)]
        yield hash_elements(numpy.concatenate(arrays)[:MAX_ROWS])


def _schema(part: Tensors) -> Schema:
    if need("tensorflow", "A schema").is_tensor(part):
        return numpy_schema(part.numpy())
    for element in part.take(1).as_numpy_iterator():
        if isinstance(element, tuple):
            # Several tensors need names: those of a tuple have their places.
            element = {str(place): array for place, array in enumerate(element)}
        arrays = list(element.values()) if isinstance(element, dict) else [element]
        ndarray = need("numpy", "A schema").ndarray
        if not all(isinstance(array, ndarray) for array in arrays):
            raise InvalidParameterValue("An element is not made of arrays alone.")
        return numpy_schema(element)
    raise InvalidParameterValue("There is no element to look at.")
