"""The values of a filter, taken out of its tree and made into what a statement binds."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from headrace.entities import LoggedModelStatus
from headrace.search.automata import compile_pattern
from headrace.search.tree import And, Comparison, Entity, Kind, Node, Not, Operator, Or
from headrace.stores.sql.indexed import INDEXED_CHARACTERS
from headrace.stores.texts import parse_experiment_id


def take_values(tree: Node | None) -> tuple[Node | None, list[Any]]:
    """Return a filter with slots in place of its values, and the values as they are bound."""
    values: list[Any] = []
    return None if tree is None else _take(tree, values), values


def _take(node: Node, values: list[Any]) -> Node:
    if isinstance(node, Not):
        return Not(_take(node.operand, values))
    if isinstance(node, (And, Or)):
        return type(node)(tuple(_take(operand, values) for operand in node.operands))
    if node.operator is Operator.PRESENT:
        return node
    if node.field.kind is Kind.STATUS:
        values.append(_status_numbers(node))
        return Comparison(node.field, Operator.IN, (len(values) - 1,))
    converted = [_convert(node, value) for value in node.values]
    if node.operator is Operator.IN:
        converted = [_of_one_type(converted)]
    slots = range(len(values), len(values) + len(converted))
    values += converted
    return msgspec.structs.replace(node, values=tuple(slots))


def _convert(comparison: Comparison, value: Any) -> Any:
    if comparison.field.kind is Kind.ID:
        return parse_experiment_id(value)
    is_float = comparison.field.entity is Entity.METRIC or comparison.field.function is not None
    return float(value) if is_float else value


def _of_one_type(values: Sequence[Any]) -> list[Any]:
    """Return a list without a mixture of integers and floats, which PostgreSQL has no array of."""
    if any(isinstance(value, float) for value in values):
        return [float(value) for value in values]
    return list(values)


def _status_numbers(comparison: Comparison) -> list[int]:
    """Return the numbers of the logged model statuses for which a comparison is true."""
    values = [str(value) for value in comparison.values]

    def is_match(name: str) -> bool:
        if comparison.operator is Operator.RLIKE:
            return compile_pattern(values[0]).matches(name)
        if comparison.operator in (Operator.LIKE, Operator.ILIKE):
            flags = re.IGNORECASE if comparison.operator is Operator.ILIKE else 0
            pattern = re.escape(values[0]).replace("%", ".*").replace("_", ".")
            return re.fullmatch(pattern, name, flags) is not None
        return name in values

    return [
        number
        for number, status in enumerate(LoggedModelStatus)
        if is_match(status.value) != comparison.negated
    ]


def like_prefix(pattern: str) -> str:
    """Return the indexed part of the text that every match of a LIKE pattern begins with."""
    plain = re.match("[^%_]*", pattern)
    return beginning(plain.group()) if plain else ""


def beginning(text: str) -> str:
    """Return the part of a text that is indexed."""
    return text[:INDEXED_CHARACTERS]


def successor(prefix: str) -> str:
    """Return the least text above all that begin with `prefix`, by code point."""
    for end in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[end]) + 1
        if code <= sys.maxunicode:
            # Surrogates are no characters of a text.
            return prefix[:end] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
    return chr(sys.maxunicode) * INDEXED_CHARACTERS


def to_glob(pattern: str) -> str:
    """Return SQLite's GLOB pattern that matches what a LIKE pattern without escapes matches."""
    return pattern.translate(_GLOB)


_GLOB = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})
