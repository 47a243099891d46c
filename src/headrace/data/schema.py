"""The schema of a data set of arrays: features, and the targets that belong to them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from headrace.errors import InvalidParameterValue
from headrace.types import Schema

_KEY = "mlflow_tensorspec"


@dataclass
class TensorDatasetSchema:
    """Features and, if there are any, targets.

    Attributes:
        features: Their tensors.
        targets: Theirs, or None.

    """

    features: Schema
    targets: Schema | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the schema as JSON knows it."""
        targets = None if self.targets is None else self.targets.to_json()
        return {_KEY: {"features": self.features.to_json(), "targets": targets}}

    @classmethod
    def from_dict(cls, schema_dict: dict[str, Any]) -> TensorDatasetSchema:
        """Return the schema that `to_dict` described.

        Raises:
            InvalidParameterValue: If it described none.

        """
        parts = schema_dict.get(_KEY)
        if not isinstance(parts, dict) or "features" not in parts:
            raise InvalidParameterValue(
                f"A schema of tensors has the key {_KEY!r} with 'features', not "
                f"{json.dumps(schema_dict)[:200]}."
            )
        targets = parts.get("targets")
        return cls(
            Schema.from_json(parts["features"]),
            None if targets is None else Schema.from_json(targets),
        )
