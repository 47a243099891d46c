"""Functions of fields: ``min(metrics.loss)``, ``number(params.lr)``.

A function is written around a field, never after a dot: ``metrics.loss.min`` is a metric of that
name.
"""

from __future__ import annotations

from collections.abc import Mapping

from headrace.errors import InvalidParameterValue
from headrace.search.fields import Noun
from headrace.search.lexer import Token, TokenKind, Tokens
from headrace.search.tree import Entity, Field, Function, Kind

_OF_METRICS = frozenset({Entity.METRIC})
_OF_TEXTS = frozenset({Entity.PARAM, Entity.TAG})

# What each function takes.
TAKES: Mapping[Function, frozenset[Entity]] = {
    Function.MIN: _OF_METRICS,
    Function.MAX: _OF_METRICS,
    Function.FIRST: _OF_METRICS,
    Function.LAST: _OF_METRICS,
    Function.NUMBER: _OF_TEXTS,
}
KNOWN = (
    "min(metrics.x), max(metrics.x), first(metrics.x), last(metrics.x), number(params.x) and "
    "number(tags.x)"
)


def parse_field(tokens: Tokens, noun: Noun, *, ordering: bool = False) -> Field:
    """Take a field, or a function of one.

    Args:
        tokens: Tokens of which the next names a field or a function.
        noun: What is searched for.
        ordering: Whether the field is one to order by.

    Raises:
        InvalidParameterValue: If there is no such field or function.

    """
    name = tokens.take()
    if name.kind is not TokenKind.WORD or not tokens.peek().is_mark("("):
        return noun.field(tokens.source, name, ordering=ordering)
    function = find_function(name.text)
    if function is None:
        raise tokens.source.error(
            f"Invalid function '{name.shown}'. There are {KNOWN}", name.position
        )
    tokens.take()
    inner = tokens.peek()
    if not inner.is_name:
        raise tokens.unexpected(inner, f"a field such as {_example(function)}")
    field = noun.field(tokens.source, tokens.take(), ordering=ordering)
    if field.entity not in TAKES[function]:
        raise _wrong_field(tokens, inner, function, field)
    if not tokens.take_mark(")"):
        raise tokens.unexpected(tokens.peek(), "')'")
    return apply(function, field, noun)


def find_function(name: str) -> Function | None:
    """Return the function of a name, in any case."""
    return next((f for f in Function if f.value == name.lower()), None)


def apply(function: Function, field: Field, noun: Noun) -> Field:
    """Return the function of a field that it takes."""
    if function is Function.LAST and noun.metric_is_last:
        return field
    return Field(field.entity, field.key, Kind.NUMBER, function)


def _wrong_field(
    tokens: Tokens, token: Token, function: Function, field: Field
) -> InvalidParameterValue:
    return tokens.source.error(
        f"Invalid field '{field}' in {function.value}(): it takes "
        f"{' or '.join(sorted(e.value + 's' for e in TAKES[function]))}, as in "
        f"{function.value}({_example(function)})",
        token.position,
    )


def _example(function: Function) -> str:
    return "params.x" if function is Function.NUMBER else "metrics.x"
