"""The schema of a data set, and its JSON, which is MLflow's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    import numpy


class DataType(Enum):
    """The type of a single value."""

    boolean = 1
    integer = 2  # 32 bits
    long = 3  # 64 bits
    float = 4  # 32 bits
    double = 5  # 64 bits
    string = 6
    binary = 7
    datetime = 8

    def __repr__(self) -> str:
        return self.name

    def to_dict(self) -> dict[str, Any]:
        """Return the type as JSON knows it."""
        return {"type": self.name}


@dataclass(frozen=True)
class AnyType:
    """A value of which nothing is known, for example because all there are are missing."""

    def to_dict(self) -> dict[str, Any]:
        """Return the type as JSON knows it."""
        return {"type": "any"}


@dataclass(frozen=True)
class Array:
    """A list of values of one type.

    Attributes:
        dtype: The type of the values; a name of `DataType` is taken for the type.

    """

    dtype: Type

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", as_type(self.dtype))

    def to_dict(self) -> dict[str, Any]:
        """Return the type as JSON knows it."""
        return {"type": "array", "items": self.dtype.to_dict()}


@dataclass(frozen=True)
class SparkMLVector:
    """A vector of Spark's library of machine learning."""

    def to_dict(self) -> dict[str, Any]:
        """Return the type as JSON knows it."""
        return {"type": "sparkml_vector"}


@dataclass(frozen=True)
class Map:
    """Values of one type by texts.

    Attributes:
        value_type: The type of the values; a name of `DataType` is taken for the type.

    """

    value_type: Type

    def __post_init__(self) -> None:
        object.__setattr__(self, "value_type", as_type(self.value_type))

    def to_dict(self) -> dict[str, Any]:
        """Return the type as JSON knows it."""
        return {"type": "map", "values": self.value_type.to_dict()}


@dataclass(frozen=True)
class Property:
    """A field of an `Object`.

    Attributes:
        name: Its name.
        dtype: The type of its value; a name of `DataType` is taken for the type.
        required: Whether every object has it.

    """

    name: str
    dtype: Type
    required: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", as_type(self.dtype))

    def to_dict(self) -> dict[str, Any]:
        """Return name and type as JSON knows them."""
        return {self.name: {**self.dtype.to_dict(), "required": self.required}}


@dataclass(frozen=True)
class Object:
    """A dictionary whose fields are known.

    Attributes:
        properties: The fields, sorted by name.

    """

    properties: list[Property]

    def __post_init__(self) -> None:
        names = [field.name for field in self.properties]
        if not names or len(names) != len(set(names)):
            raise InvalidParameterValue(
                f"An Object has one Property or more, each of another name, not {names}."
            )
        object.__setattr__(self, "properties", sorted(self.properties, key=lambda p: p.name))

    def to_dict(self) -> dict[str, Any]:
        """Return the type as JSON knows it."""
        fields: dict[str, Any] = {}
        for field in self.properties:
            fields.update(field.to_dict())
        return {"type": "object", "properties": fields}


Type: TypeAlias = DataType | AnyType | Array | Map | Object | SparkMLVector


@dataclass(frozen=True)
class ColSpec:
    """A column of a table.

    Attributes:
        type: The type of its values; a name of `DataType` is taken for the type.
        name: Its name; None for the only column of an unnamed table.
        required: Whether no value of it is missing.

    """

    type: Type
    name: Any = None  # pandas allows any hashable; a text in nearly all cases
    required: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", as_type(self.type))

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON knows it."""
        name = {} if self.name is None else {"name": self.name}
        return {**self.type.to_dict(), **name, "required": self.required}


@dataclass(frozen=True)
class TensorSpec:
    """A tensor.

    Attributes:
        type: The type of its elements.
        shape: Its size along each axis; -1 where it varies.
        name: Its name, where there are several.

    """

    type: numpy.dtype[Any]
    shape: tuple[int, ...]
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(self.shape))

    @property
    def required(self) -> bool:
        """Whether the tensor must be there: always."""
        return True

    def to_dict(self) -> dict[str, Any]:
        """Return the tensor as JSON knows it."""
        name = {} if self.name is None else {"name": self.name}
        spec = {"dtype": self.type.name, "shape": list(self.shape)}
        return {**name, "type": "tensor", "tensor-spec": spec}


class Schema:
    """The columns of a table, or the tensors of a data set."""

    def __init__(self, inputs: list[ColSpec] | list[TensorSpec]) -> None:
        """Take columns or tensors.

        Raises:
            InvalidParameterValue: If there are none or both kinds, if only some have names, or if
                a column without a name is not required.

        """
        named = [item.name is not None for item in inputs]
        tensors = [isinstance(item, TensorSpec) for item in inputs]
        reason = None
        if not inputs:
            reason = "it has no columns and no tensors"
        elif any(named) != all(named):
            reason = "some columns have names and others have none"
        elif any(tensors) != all(tensors):
            reason = "it mixes columns and tensors"
        elif all(tensors) and len(inputs) > 1 and not any(named):
            reason = "several tensors need names"
        elif not any(named) and not all(item.required for item in inputs):
            reason = "a column without a name must be required"
        if reason:
            raise InvalidParameterValue(f"This is no schema: {reason}. Given: {inputs!r}")
        self._inputs: list[ColSpec] | list[TensorSpec] = inputs

    @property
    def inputs(self) -> list[ColSpec] | list[TensorSpec]:
        """The columns or tensors."""
        return self._inputs

    def is_tensor_spec(self) -> bool:
        """Return whether it describes tensors."""
        return isinstance(self._inputs[0], TensorSpec)

    def has_input_names(self) -> bool:
        """Return whether columns or tensors have names."""
        return self._inputs[0].name is not None

    def input_names(self) -> list[Any]:
        """Return the names, or the positions where there are none."""
        return [item.name or index for index, item in enumerate(self)]

    def input_types(self) -> list[Any]:
        """Return the types of the columns or tensors."""
        return [item.type for item in self]

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the columns or tensors as JSON knows them."""
        return [item.to_dict() for item in self]

    def to_json(self) -> str:
        """Return the schema as JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str) -> Schema:
        """Return the schema that a JSON text describes.

        Raises:
            InvalidParameterValue: If it describes none.

        """
        try:
            return cls([_spec_of(item) for item in json.loads(json_str)])  # type: ignore[arg-type]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidParameterValue(
                f"This is not the JSON of a schema: {json_str[:200]!r} ({error!r})."
            ) from None

    def __len__(self) -> int:
        return len(self._inputs)

    def __iter__(self) -> Iterator[ColSpec | TensorSpec]:
        return iter(self._inputs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self._inputs == other._inputs

    __hash__ = None  # type: ignore[assignment]  # its inputs may be changed

    def __repr__(self) -> str:
        return repr(self._inputs)


def as_type(given: Type | str) -> Type:
    """Return a type, given itself or the name of a `DataType`."""
    if isinstance(given, (DataType, AnyType, Array, Map, Object, SparkMLVector)):
        return given
    if given in DataType.__members__:
        return DataType[given]
    raise InvalidParameterValue(
        f"Unsupported type {given!r}: it must be a DataType, Array, Object, Map, AnyType or one of "
        f"{', '.join(DataType.__members__)}."
    )


def merge(left: Type, right: Type) -> Type:
    """Return the type that values of both types have.

    Fields that only some objects have become optional; an unknown type takes on the known one.

    Raises:
        InvalidParameterValue: If there is no such type.

    """
    if left == right:
        return left
    if isinstance(left, AnyType) or isinstance(right, AnyType):
        known = right if isinstance(left, AnyType) else left
        return _optional(known) if isinstance(known, Object) else known
    if isinstance(left, Array) and isinstance(right, Array):
        return Array(merge(left.dtype, right.dtype))
    if isinstance(left, Map) and isinstance(right, Map):
        return Map(merge(left.value_type, right.value_type))
    if isinstance(left, Object) and isinstance(right, Object):
        return _merge_objects(left, right)
    raise InvalidParameterValue(f"No value is of both types {left!r} and {right!r}.")


def _optional(known: Object) -> Object:
    return Object([replace(field, required=False) for field in known.properties])


def _merge_objects(left: Object, right: Object) -> Object:
    others = {field.name: field for field in right.properties}
    fields = []
    for field in left.properties:
        other = others.pop(field.name, None)
        if other is None:
            fields.append(replace(field, required=False))
        else:
            required = field.required and other.required
            fields.append(Property(field.name, merge(field.dtype, other.dtype), required))
    fields.extend(replace(field, required=False) for field in others.values())
    return Object(fields)


def _spec_of(item: Mapping[str, Any]) -> ColSpec | TensorSpec:
    name = item.get("name")
    if item["type"] == "tensor":
        # Imported only here: it is the one place that makes a numpy type of a name.
        import numpy

        spec = item["tensor-spec"]
        return TensorSpec(numpy.dtype(spec["dtype"]), tuple(spec["shape"]), name)
    return ColSpec(_type_of(item), name, item.get("required", True))


def _type_of(item: Mapping[str, Any]) -> Type:
    kind = item["type"]
    if kind == "array":
        return Array(_type_of(item["items"]))
    if kind == "map":
        return Map(_type_of(item["values"]))
    if kind == "any":
        return AnyType()
    if kind == "sparkml_vector":
        return SparkMLVector()
    if kind == "object":
        return Object(
            [
                Property(name, _type_of(field), field.get("required", True))
                for name, field in item["properties"].items()
            ]
        )
    return as_type(kind)
