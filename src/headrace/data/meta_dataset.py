"""A data set of which only facts are at hand, not the data."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from headrace.data.dataset import Dataset
from headrace.data.dataset_source import DatasetSource
from headrace.types import Schema


class MetaDataset(Dataset):
    """A data set known by its source, for example an archive on the web."""

    def __init__(
        self,
        source: DatasetSource,
        name: str | None = None,
        digest: str | None = None,
        schema: Schema | None = None,
    ) -> None:
        """Take what is known; the digest is one of these facts."""
        self._schema = schema
        super().__init__(source=source, name=name, digest=digest)

    def _compute_digest(self) -> str:
        facts = {
            "name": self.name,
            "source": self.source.to_json(),
            "source_type": self._get_source_type(),
            "schema": self._schema.to_dict() if self._schema else "",
        }
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]

    @property
    def profile(self) -> None:
        """None: there is nothing to count."""
        return None

    @property
    def schema(self) -> Schema | None:
        """The schema, if it was given."""
        return self._schema

    def to_dict(self) -> dict[str, Any]:
        """Return what a run records, each part as a text."""
        facts = super().to_dict()
        if self._schema:
            facts["schema"] = json.dumps({"mlflow_colspec": self._schema.to_dict()})
        return facts
