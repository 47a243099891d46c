"""Schemas of frames of Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.errors import InvalidParameterValue
from headrace.optional import need
from headrace.types.schema import (
    Array,
    ColSpec,
    DataType,
    Object,
    Property,
    Schema,
    SparkMLVector,
    Type,
)

if TYPE_CHECKING:
    import pyspark.sql

_TYPES = {
    "ByteType": DataType.integer,
    "ShortType": DataType.integer,
    "IntegerType": DataType.integer,
    "LongType": DataType.long,
    "FloatType": DataType.float,
    "DoubleType": DataType.double,
    "BooleanType": DataType.boolean,
    "StringType": DataType.string,
    "BinaryType": DataType.binary,
    "DateType": DataType.datetime,
    "TimestampType": DataType.datetime,
}


def spark_schema(frame: pyspark.sql.DataFrame) -> Schema:
    """Return the columns of a frame. Its rows are read only for the keys of maps.

    Raises:
        InvalidParameterValue: If a column's type has no name in a schema.

    """
    return Schema([ColSpec(_column(frame, field), field.name) for field in frame.schema.fields])


def _column(frame: pyspark.sql.DataFrame, field: Any) -> Type:
    if type(field.dataType).__name__ != "MapType":
        return _type(field.dataType, field.name)
    value = _type(field.dataType.valueType, f"{field.name}.*")
    functions = need("pyspark.sql.functions", "A schema")
    column = functions.col("`" + field.name.replace("`", "``") + "`")
    keys = frame.select(functions.explode(functions.map_keys(column)).alias("key")).distinct()
    return Object([Property(row["key"], value) for row in keys.collect()])


def _type(found: Any, name: str) -> Type:
    kind = type(found).__name__
    if kind in _TYPES:
        return _TYPES[kind]
    if kind == "ArrayType":
        return Array(_type(found.elementType, f"{name}.[]"))
    if kind == "StructType":
        return Object(
            [
                Property(
                    field.name,
                    _type(field.dataType, f"{name}.{field.name}"),
                    required=not field.nullable,
                )
                for field in found.fields
            ]
        )
    if kind == "VectorUDT":
        return SparkMLVector()
    raise InvalidParameterValue(
        f"The Spark type {found} of column {name!r} has no name in a schema."
    )
