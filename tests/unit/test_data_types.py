"""Schemas: which ones there are, and what values of several types have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headrace.errors import InvalidParameterValue
from headrace.types import (
    AnyType,
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    Property,
    Schema,
    TensorSpec,
)
from headrace.types.schema import merge

LONG, TEXT = DataType.long, DataType.string


def fields(**types: Any) -> Object:
    """Return an object; a type in a list is that of a field that need not be there."""
    return Object(
        [
            Property(name, given[0], required=False)
            if isinstance(given, list)
            else Property(name, given)
            for name, given in types.items()
        ]
    )


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (LONG, LONG, LONG),
        (LONG, AnyType(), LONG),
        (AnyType(), AnyType(), AnyType()),
        (Array(LONG), AnyType(), Array(LONG)),
        (Array(AnyType()), Array(LONG), Array(LONG)),
        (Array(Array(LONG)), Array(Array(AnyType())), Array(Array(LONG))),
        (Map(LONG), Map(AnyType()), Map(LONG)),
        (fields(a=LONG), AnyType(), fields(a=[LONG])),
        (fields(a=LONG, b=TEXT), fields(b=TEXT, c=LONG), fields(a=[LONG], b=TEXT, c=[LONG])),
        (fields(a=[LONG]), fields(a=LONG), fields(a=[LONG])),
        (fields(a=fields(x=LONG)), fields(a=fields(y=TEXT)), fields(a=fields(x=[LONG], y=[TEXT]))),
        (Array(fields(a=LONG)), Array(AnyType()), Array(fields(a=[LONG]))),
    ],
)
def test_types_have_a_common_type_in_either_order(left: Any, right: Any, expected: Any) -> None:
    assert merge(left, right) == expected
    assert merge(right, left) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (LONG, TEXT),
        (LONG, DataType.integer),
        (Array(LONG), LONG),
        (Array(LONG), Array(TEXT)),
        (Array(LONG), Map(LONG)),
        (fields(a=LONG), fields(a=TEXT)),
        (fields(a=LONG), Map(LONG)),
    ],
)
def test_types_without_a_common_type_are_refused(left: Any, right: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="both types"):
        merge(left, right)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ([], "no columns"),
        ([ColSpec("long", "a"), ColSpec("long")], "some columns have names"),
        ([ColSpec("long", "a"), TensorSpec(np.dtype("f8"), (-1,), "b")], "mixes"),
        ([TensorSpec(np.dtype("f8"), (-1,)), TensorSpec(np.dtype("f8"), (-1,))], "need names"),
        ([ColSpec("long", required=False)], "must be required"),
    ],
)
def test_what_is_no_schema_says_why(inputs: list[Any], told: str) -> None:
    with pytest.raises(InvalidParameterValue, match=told):
        Schema(inputs)


def test_a_schema_tells_its_columns() -> None:
    schema = Schema([ColSpec("long", "a"), ColSpec(Array("string"), "b", required=False)])
    assert len(schema) == 2
    assert schema.input_names() == ["a", "b"]
    assert schema.input_types() == [LONG, Array(TEXT)]
    assert schema.has_input_names()
    assert not schema.is_tensor_spec()
    assert schema == Schema.from_json(schema.to_json())
    assert schema != Schema([ColSpec("long", "a")])
    assert Schema([ColSpec("long"), ColSpec("double")]).input_names() == [0, 1]


def test_every_type_comes_back_from_its_json() -> None:
    deep = fields(m=Map(Array(LONG)), o=[fields(x=AnyType())], d=DataType.datetime)
    schema = Schema([ColSpec(deep, "deep"), ColSpec(DataType.binary, "b")])
    assert Schema.from_json(schema.to_json()) == schema
    tensors = Schema([TensorSpec(np.dtype("float32"), (-1, 3), "t")])
    assert Schema.from_json(tensors.to_json()) == tensors


@pytest.mark.parametrize("make", [ColSpec, Array, Map, lambda given: Property("a", given)])
@pytest.mark.parametrize("given", ["int64", "", None, int])
def test_an_unknown_type_is_named(make: Any, given: Any) -> None:
    with pytest.raises(InvalidParameterValue, match=r"Unsupported type.*boolean"):
        make(given)


def test_an_object_has_each_field_once() -> None:
    for properties in ([], [Property("a", "long"), Property("a", "string")]):
        with pytest.raises(InvalidParameterValue, match="one Property or more"):
            Object(properties)
