"""Schemas of data that is at hand: pandas and polars frames, numpy arrays."""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING, Any

from headrace.errors import InvalidParameterValue
from headrace.optional import need
from headrace.types.schema import (
    AnyType,
    Array,
    ColSpec,
    DataType,
    Object,
    Property,
    Schema,
    TensorSpec,
    Type,
    merge,
)

if TYPE_CHECKING:
    import numpy
    import pandas as pd
    import polars as pl

_logger = logging.getLogger(__name__)

_POLARS_TYPES = {
    "Binary": DataType.binary,
    "Boolean": DataType.boolean,
    "Datetime": DataType.datetime,
    "Float32": DataType.float,
    "Float64": DataType.double,
    "Int8": DataType.integer,
    "Int16": DataType.integer,
    "Int32": DataType.integer,
    "Int64": DataType.long,
    "String": DataType.string,
}
_POLARS_CLOSE_TYPES = {
    "Categorical": DataType.string,
    "Enum": DataType.string,
    "Date": DataType.datetime,
    "UInt8": DataType.integer,
    "UInt16": DataType.integer,
    "UInt32": DataType.long,
}


def pandas_schema(frame: pd.DataFrame) -> Schema:
    """Return the columns of a pandas frame.

    Raises:
        InvalidParameterValue: If a column's type has no name in a schema.

    """
    return Schema([_pandas_column(name, frame[name]) for name in frame.columns])


def polars_schema(frame: pl.DataFrame) -> Schema:
    """Return the columns of a polars frame.

    Raises:
        InvalidParameterValue: If a column's type has no name in a schema.

    """
    return Schema(
        [
            ColSpec(_polars_type(column.dtype, column.name), column.name, column.count() > 0)
            for column in frame.get_columns()
        ]
    )


def numpy_schema(data: numpy.ndarray | dict[str, numpy.ndarray]) -> Schema:
    """Return an array, or arrays by name, as tensors whose first axis varies.

    Raises:
        InvalidParameterValue: If an array has no axis.

    """
    if isinstance(data, dict):
        return Schema([_tensor(array, name) for name, array in data.items()])
    return Schema([_tensor(data, None)])


# --- numpy ---------------------------------------------------------------------------------------


def _tensor(array: numpy.ndarray, name: str | None) -> TensorSpec:
    if array.ndim == 0:
        raise InvalidParameterValue("An array without axes has no schema.")
    # The length of texts belongs to these values, not to their type.
    numpy = need("numpy", "A schema")
    plain = {"U": "str", "S": "bytes"}.get(array.dtype.char)
    dtype = numpy.dtype(plain) if plain else array.dtype
    return TensorSpec(dtype, (-1, *array.shape[1:]), name)


# --- pandas --------------------------------------------------------------------------------------


def _pandas_column(name: Any, column: pd.Series[Any]) -> ColSpec:
    if getattr(column, "ndim", 0) != 1:
        raise InvalidParameterValue(f"There are several columns named {name!r}.")
    shown = name if isinstance(name, (str, int, float)) else str(name)
    required = not any(_is_missing(value) for value in column)
    return ColSpec(_pandas_type(column), shown, required)


def _pandas_type(column: pd.Series[Any]) -> Type:
    if column.dtype.kind == "O":
        column = column.infer_objects()
    if column.dtype.kind != "O":
        return _numpy_type(column.dtype)
    values = column.to_list()
    try:
        found = _common_type(values)
    except InvalidParameterValue:
        found = None
    if found is not None:
        return found
    if need("pandas", "A schema").api.types.is_string_dtype(column):
        return DataType.string
    raise InvalidParameterValue(f"The values of column {column.name!r} have no common type.")


def _numpy_type(dtype: Any) -> DataType:
    kind, size = dtype.kind, dtype.itemsize
    simple = {"b": "boolean", "U": "string", "S": "binary", "M": "datetime"}
    if kind in simple:
        return DataType[simple[kind]]
    if kind in "iu" and (size < 4 or (kind == "i" and size == 4)):
        return DataType.integer
    if kind in "iu" and (size < 8 or kind == "i"):
        return DataType.long
    if kind == "f" and size <= 8:
        return DataType.float if size <= 4 else DataType.double
    raise InvalidParameterValue(f"Values of the type {dtype} have no name in a schema.")


# --- single values -------------------------------------------------------------------------------


def _value_type(value: Any) -> Type | None:
    """Return the type of a value; None for an empty array, of which nothing can be said."""
    if _is_missing(value) or (isinstance(value, (list, dict)) and not value):
        return AnyType()
    if isinstance(value, dict):
        return Object([_property(name, field) for name, field in value.items()])
    if isinstance(value, list) or type(value).__name__ == "ndarray":
        inner = _common_type(value)
        return None if inner is None else Array(inner)
    return _scalar_type(value)


def _property(name: Any, value: Any) -> Property:
    found = _value_type(value)
    if found is None or not isinstance(name, str):
        raise InvalidParameterValue(f"The field {name!r} of a dictionary has no type.")
    return Property(name, found, required=not isinstance(found, AnyType))


def _common_type(values: Any) -> Type | None:
    """Return the type of all values; None if there is none to learn it from."""
    common: Type | None = None
    for value in values:
        found = _value_type(value)
        if found is not None:
            common = found if common is None else merge(common, found)
    return common


def _scalar_type(value: Any) -> DataType:
    numpy = need("numpy", "A schema")
    found = {
        bool: DataType.boolean,
        numpy.bool_: DataType.boolean,
        int: DataType.long,
        numpy.int64: DataType.long,
        numpy.int32: DataType.integer,
        float: DataType.double,
        numpy.float64: DataType.double,
        numpy.float32: DataType.float,
        str: DataType.string,
        numpy.str_: DataType.string,
        object: DataType.string,
        bytes: DataType.binary,
        numpy.bytes_: DataType.binary,
        bytearray: DataType.binary,
        datetime.date: DataType.datetime,
        datetime.datetime: DataType.datetime,
        numpy.datetime64: DataType.datetime,
    }.get(type(value))
    if found is None:
        raise InvalidParameterValue(f"A {type(value).__name__} has no name in a schema.")
    return found


def _is_missing(value: Any) -> bool:
    if isinstance(value, float):
        return value != value
    return value is None or type(value).__name__ in ("NAType", "NaTType")


# --- polars --------------------------------------------------------------------------------------


def _polars_type(dtype: Any, name: str) -> Type:
    kind = dtype.base_type().__name__
    if kind in _POLARS_TYPES:
        return _POLARS_TYPES[kind]
    if kind in _POLARS_CLOSE_TYPES:
        close = _POLARS_CLOSE_TYPES[kind]
        _logger.debug("The polars type %s of column %r counts as %s.", dtype, name, close)
        return close
    if kind in ("Array", "List"):
        return Array(_polars_type(dtype.inner, f"{name}.[]"))
    if kind == "Struct":
        return Object(
            [
                Property(field.name, _polars_type(field.dtype, f"{name}.{field.name}"))
                for field in dtype.fields
            ]
        )
    raise InvalidParameterValue(
        f"The polars type {dtype} of column {name!r} has no name in a schema."
    )
