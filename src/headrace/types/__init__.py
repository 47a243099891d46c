"""Types of columns and tensors: how a table or an array looks, without its values."""

from __future__ import annotations

from headrace.types.schema import (
    AnyType,
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    Property,
    Schema,
    SparkMLVector,
    TensorSpec,
)

__all__ = [
    "AnyType",
    "Array",
    "ColSpec",
    "DataType",
    "Map",
    "Object",
    "Property",
    "Schema",
    "SparkMLVector",
    "TensorSpec",
]
