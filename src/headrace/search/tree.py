"""The syntax tree of a filter: what it means, freed from how it was written.

A comparison with something that a thing does not have is false, and NOT turns the truth of what
follows around, so every condition is either true or false. Negated comparisons (``!=``, ``NOT IN``,
``NOT LIKE``, ``NOT RLIKE``, ``NOT BETWEEN``) ask for a value that is there and does not match.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from headrace.search.excerpts import shorten

Value: TypeAlias = str | int | float


class Entity(Enum):
    """What kind of thing a field is; the values are MLflow's names in messages."""

    ATTRIBUTE = "attribute"
    METRIC = "metric"
    PARAM = "parameter"
    TAG = "tag"
    DATASET = "dataset"


class Kind(Enum):
    """What values a field has.

    ``ID`` is a number that is written as a quoted text, ``STATUS`` the status of a logged model.
    """

    NUMBER = "number"
    TEXT = "text"
    ID = "id"
    STATUS = "status"


class Operator(Enum):
    """How a field is compared. ``PRESENT`` is IS NOT NULL and has no value."""

    EQUAL = "="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    RLIKE = "RLIKE"
    IN = "IN"
    BETWEEN = "BETWEEN"
    PRESENT = "PRESENT"


class Function(Enum):
    """What is taken of a field instead of the field itself.

    The first four choose among the values of a metric; ``NUMBER`` reads a text as a number.
    """

    MIN = "min"
    MAX = "max"
    FIRST = "first"
    LAST = "last"
    NUMBER = "number"


class Field(Struct, frozen=True):
    """A field of a noun, or a function of one.

    Attributes:
        entity: What kind of thing it is.
        key: Canonical name of an attribute; key of a metric, param or tag.
        kind: What values it has, those of the function if there is one.
        function: What is taken of it.

    """

    entity: Entity
    key: str
    kind: Kind
    function: Function | None = None

    def __str__(self) -> str:
        name = f"{self.entity.value}.{shorten(self.key)}"
        return f"{self.function.value}({name})" if self.function else name


class Comparison(Struct, frozen=True):
    """One field compared with one value, a list (IN) or two bounds (BETWEEN)."""

    field: Field
    operator: Operator
    values: tuple[Value, ...] = ()
    negated: bool = False


class And(Struct, frozen=True):
    """All of the operands."""

    operands: tuple[Node, ...]


class Or(Struct, frozen=True):
    """At least one of the operands."""

    operands: tuple[Node, ...]


class Not(Struct, frozen=True):
    """The opposite of the operand."""

    operand: Node


Node: TypeAlias = Comparison | And | Or | Not


def conjuncts(node: Node | None) -> tuple[Node, ...]:
    """Return the conditions that must all hold for the filter to hold; none if there is none."""
    if node is None:
        return ()
    return node.operands if isinstance(node, And) else (node,)


def comparisons(node: Node | None) -> tuple[Comparison, ...]:
    """Return every comparison of a filter, from left to right."""
    if node is None:
        return ()
    if isinstance(node, Comparison):
        return (node,)
    operands = (node.operand,) if isinstance(node, Not) else node.operands
    return tuple(found for operand in operands for found in comparisons(operand))
