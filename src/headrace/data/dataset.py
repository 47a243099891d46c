"""A data set in the hands of a program, and what a run records of it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from headrace import entities
from headrace.data.dataset_source import DatasetSource


class Dataset(ABC):
    """A data set: its name, its source, a digest of its content, and more where it is known.

    A kind of your own implements the abstract methods, whose names are those of MLflow.
    """

    def __init__(
        self, source: DatasetSource, name: str | None = None, digest: str | None = None
    ) -> None:
        """Take what is known, and compute the digest if it is not.

        A subclass sets what `_compute_digest` needs before it calls this.
        """
        self._name = name
        self._source = source
        self._digest = digest or self._compute_digest()

    @abstractmethod
    def _compute_digest(self) -> str:
        """Return a short text that differs where the content does; 8 characters are enough."""

    @property
    @abstractmethod
    def profile(self) -> Any | None:
        """Statistics that JSON can hold, if there are any."""

    @property
    @abstractmethod
    def schema(self) -> Any | None:
        """Columns or tensors, if they have types that a schema knows."""

    @property
    def name(self) -> str:
        """The name; ``dataset`` if nobody gave one."""
        return self._name if self._name is not None else "dataset"

    @property
    def digest(self) -> str:
        """The digest."""
        return self._digest

    @property
    def source(self) -> DatasetSource:
        """Where the data came from."""
        return self._source

    def to_dict(self) -> dict[str, Any]:
        """Return what a run records, each part as a text."""
        return {
            "name": self.name,
            "digest": self.digest,
            "source": self.source.to_json(),
            "source_type": self._get_source_type(),
        }

    def to_json(self) -> str:
        """Return what a run records as JSON."""
        return json.dumps(self.to_dict())

    def _get_source_type(self) -> str:
        return self.source._get_source_type()

    def _to_mlflow_entity(self) -> entities.Dataset:
        """Return what a run records."""
        return entities.Dataset(**self.to_dict())
