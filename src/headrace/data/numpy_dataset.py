"""Numpy arrays as data sets."""

from __future__ import annotations

import json
import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from headrace.data.dataset import Dataset
from headrace.data.dataset_source import DatasetSource
from headrace.data.dataset_source_registry import source_or_code
from headrace.data.digests import numpy_digest
from headrace.data.schema import TensorDatasetSchema
from headrace.errors import InvalidParameterValue
from headrace.optional import need
from headrace.types.inference import numpy_schema

if TYPE_CHECKING:
    import os

    import numpy

    Arrays: TypeAlias = numpy.ndarray | dict[str, numpy.ndarray]

_logger = logging.getLogger(__name__)


class NumpyDataset(Dataset):
    """Arrays of features and, if there are any, of targets."""

    def __init__(
        self,
        features: Arrays,
        source: DatasetSource,
        targets: Arrays | None = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        """Take arrays; see `from_numpy`."""
        _check_arrays("features", features)
        if targets is not None:
            _check_arrays("targets", targets)
        self._features = features
        self._targets = targets
        super().__init__(source=source, name=name, digest=digest)

    def _compute_digest(self) -> str:
        return numpy_digest(self._features, self._targets)

    @property
    def features(self) -> Arrays:
        """The features."""
        return self._features

    @property
    def targets(self) -> Arrays | None:
        """The targets, if there are any."""
        return self._targets

    @property
    def profile(self) -> dict[str, Any]:
        """Shape, number of elements and of bytes, of features and of targets."""
        profile = {}
        for role, arrays in (("features", self._features), ("targets", self._targets)):
            for fact in ("shape", "size", "nbytes"):
                if arrays is not None:
                    profile[f"{role}_{fact}"] = _fact(arrays, fact)
        return profile

    @cached_property
    def schema(self) -> TensorDatasetSchema | None:
        """The tensors, or None if an array has no axis."""
        try:
            targets = None if self._targets is None else numpy_schema(self._targets)
            return TensorDatasetSchema(numpy_schema(self._features), targets)
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


def from_numpy(
    features: Arrays,
    source: str | os.PathLike[str] | DatasetSource | None = None,
    targets: Arrays | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """Return numpy arrays as a data set.

    Args:
        features: An array, or arrays by name.
        source: Where they came from: a path, a URI, an address or a `DatasetSource`; this program
            if not given.
        targets: What a model is to predict: an array, or arrays by name.
        name: The data set's name; ``dataset`` if not given.
        digest: Its digest; computed from the arrays if not given, which needs pandas.

    Raises:
        InvalidParameterValue: If something else than arrays is given.
        ResourceDoesNotExist: If the source is of no known kind.

    """
    return NumpyDataset(features, source_or_code(source), targets, name, digest)


def _check_arrays(role: str, given: object) -> None:
    ndarray = need("numpy", "from_numpy").ndarray
    arrays = list(given.values()) if isinstance(given, dict) else [given]
    if not arrays or not all(isinstance(array, ndarray) for array in arrays):
        raise InvalidParameterValue(
            f"{role} must be a numpy.ndarray or a dict of them, not {type(given).__name__}."
        )


def _fact(arrays: Arrays, fact: str) -> Any:
    if isinstance(arrays, dict):
        return {name: getattr(array, fact) for name, array in arrays.items()}
    return getattr(arrays, fact)
