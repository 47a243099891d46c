"""Where a data set came from."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any


class DatasetSource(ABC):
    """The origin of a data set, as facts that fit into JSON.

    A source of your own implements the abstract methods and is made known by
    `register_dataset_source`; their names are those of MLflow.
    """

    @abstractmethod
    def _get_source_type(self) -> str:
        """Return the kind of source, for example ``local``; the same for all of a class."""

    @abstractmethod
    def load(self) -> Any:
        """Return the data, or a local path of it."""

    @staticmethod
    @abstractmethod
    def _can_resolve(raw_source: Any) -> bool:
        """Return whether what a user gave as a source is of this kind."""

    @classmethod
    @abstractmethod
    def _resolve(cls, raw_source: Any) -> DatasetSource:
        """Return what a user gave as a source of this kind."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the facts that JSON can hold."""

    @classmethod
    @abstractmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> DatasetSource:
        """Return the source that `to_dict` described."""

    def to_json(self) -> str:
        """Return the facts as JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, source_json: str) -> DatasetSource:
        """Return the source that `to_json` described."""
        return cls.from_dict(json.loads(source_json))
