"""Orders: what ``order_by`` says, completed so that no two things tie."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from headrace.errors import InvalidParameterValue
from headrace.search.excerpts import shorten
from headrace.search.fields import Noun, TieBreak
from headrace.search.functions import KNOWN, TAKES, apply, find_function, parse_field
from headrace.search.lexer import Source, Token, TokenKind, Tokens, check_characters
from headrace.search.tree import Entity, Field, Kind

MAX_ORDER_ITEMS = 20


class OrderItem(Struct, frozen=True):
    """One key of an order. In both directions values come first, then NaN, then what is missing.

    Attributes:
        field: What to order by.
        ascending: The direction.
        dataset_name: Only metrics of this data set count (logged models).
        dataset_digest: Only metrics of a data set with this digest count (logged models).

    """

    field: Field
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


def parse_order_by(clauses: Sequence[str], noun: Noun) -> tuple[OrderItem, ...]:
    """Return the complete order that clauses such as ``metrics.loss DESC`` ask for.

    Raises:
        InvalidParameterValue: For a clause that is malformed or names no field of the noun.

    """
    return complete_order([_parse_clause(clause, noun) for clause in clauses], noun)


def parse_model_order(
    field_name: str,
    ascending: bool | None,
    dataset_name: str | None,
    dataset_digest: str | None,
    noun: Noun,
) -> OrderItem:
    """Return one key of an order of logged models, whose parts travel apart.

    The key of a metric stands there as it is, without quotes; so it does in a function.

    Raises:
        InvalidParameterValue: If `field_name` is neither an attribute nor ``metrics.<key>`` nor a
            function.

    """
    for text in (field_name, dataset_name or "", dataset_digest or ""):
        check_characters(text, "order_by")
    called = _CALL.fullmatch(field_name)
    function = find_function(called["name"]) if called else None
    if called and function:
        field = _model_field(called["field"], TAKES[function], field_name, noun)
        field = apply(function, field, noun)
    else:
        field = _model_field(field_name, frozenset({Entity.METRIC}), field_name, noun)
    of_metric = field.entity is Entity.METRIC
    return OrderItem(
        field,
        ascending is not False,
        (dataset_name or None) if of_metric else None,
        (dataset_digest or None) if of_metric else None,
    )


_CALL = re.compile(r"\s*(?P<name>\w+)\s*\((?P<field>[^.]*\..*)\)\s*", re.DOTALL)


def _model_field(text: str, takes: frozenset[Entity], whole: str, noun: Noun) -> Field:
    entity_name, dot, key = text.partition(".")
    entity = noun.entities.get(entity_name.strip())
    if dot and entity in takes and key:
        return Field(entity, key, Kind.NUMBER if entity is Entity.METRIC else Kind.TEXT)
    if dot:
        raise InvalidParameterValue(
            f"Invalid order by field name: {shorten(whole)}. Only metrics are supported, and "
            f"{KNOWN}."
        )
    for attribute in noun.attributes.values():
        if text.strip() in (attribute.name, *attribute.order_aliases):
            return Field(Entity.ATTRIBUTE, attribute.name, attribute.kind)
    raise InvalidParameterValue(
        f"Invalid order by field name: {shorten(whole)}. It must be metrics.<key> or one of "
        f"{list(noun.attributes)}."
    )


def complete_order(items: Sequence[OrderItem], noun: Noun) -> tuple[OrderItem, ...]:
    """Return an order that ends in a unique attribute; a field named again changes nothing.

    Raises:
        InvalidParameterValue: For an order of more than `MAX_ORDER_ITEMS` keys.

    """
    if len(items) > MAX_ORDER_ITEMS:
        raise InvalidParameterValue(
            f"`order_by` names {len(items)} fields; at most {MAX_ORDER_ITEMS} are allowed."
        )
    ties = noun.tie_breaks if items else (*noun.default_order, *noun.tie_breaks)
    order: dict[tuple[Field, str | None, str | None], OrderItem] = {}
    attributes: set[str] = set()
    for item in (*items, *(_tie_break(tie, noun) for tie in ties)):
        order.setdefault((item.field, item.dataset_name, item.dataset_digest), item)
        if item.field.entity is Entity.ATTRIBUTE:
            attributes.add(item.field.key)
            if attributes >= noun.unique:
                break
    return tuple(order.values())


def _tie_break(tie: TieBreak, noun: Noun) -> OrderItem:
    attribute = noun.attributes[tie.name]
    return OrderItem(Field(Entity.ATTRIBUTE, tie.name, attribute.kind), tie.ascending)


def _parse_clause(clause: str, noun: Noun) -> OrderItem:
    tokens = Tokens(Source(clause, "order_by clause"))
    if not tokens.peek().is_name:
        raise _unparsed(tokens.source, "a field, for example metrics.loss DESC", tokens.peek())
    field = parse_field(tokens, noun, ordering=True)
    way = tokens.take()
    if way.kind not in (TokenKind.WORD, TokenKind.END):
        raise _unparsed(tokens.source, "ASC, DESC or nothing after the field", way)
    if way.kind is TokenKind.WORD and not way.is_word("ASC", "DESC"):
        raise tokens.source.error(
            f"Invalid ordering key in order_by clause '{tokens.source.shown}'. Expected ASC or "
            "DESC",
            way.position,
        )
    if tokens.peek().kind is not TokenKind.END:
        raise _unparsed(tokens.source, "nothing after the direction", tokens.peek())
    return OrderItem(field, not way.is_word("DESC"))


def _unparsed(source: Source, due: str, token: Token) -> InvalidParameterValue:
    return source.error(
        f"Invalid order_by clause '{source.shown}'. Could not be parsed. Expected {due}",
        token.position,
    )
