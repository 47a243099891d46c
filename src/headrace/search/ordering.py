"""Orders: what ``order_by`` says, completed so that no two things tie."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from headrace.errors import InvalidParameterValue
from headrace.search.fields import Noun, TieBreak
from headrace.search.lexer import Source, Token, TokenKind, check_characters
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

    Raises:
        InvalidParameterValue: If `field_name` is neither an attribute nor ``metrics.<key>``.

    """
    entity, dot, key = field_name.partition(".")
    if dot:
        if noun.entities.get(entity) is not Entity.METRIC or not key:
            raise InvalidParameterValue(
                f"Invalid order by field name: {field_name}. Only metrics are supported."
            )
        for text in (key, dataset_name or "", dataset_digest or ""):
            check_characters(text, "order_by")
        field = Field(Entity.METRIC, key, Kind.NUMBER)
        return OrderItem(
            field, ascending is not False, dataset_name or None, dataset_digest or None
        )
    for attribute in noun.attributes.values():
        if field_name.strip() in (attribute.name, *attribute.order_aliases):
            field = Field(Entity.ATTRIBUTE, attribute.name, attribute.kind)
            return OrderItem(field, ascending is not False)
    raise InvalidParameterValue(
        f"Invalid order by field name: {field_name}. It must be metrics.<key> or one of "
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
    for item in (*items, *(_tie_break(tie, noun) for tie in ties)):
        order.setdefault((item.field, item.dataset_name, item.dataset_digest), item)
        if item.field.entity is Entity.ATTRIBUTE and item.field.key == noun.unique:
            break
    return tuple(order.values())


def _tie_break(tie: TieBreak, noun: Noun) -> OrderItem:
    attribute = noun.attributes[tie.name]
    return OrderItem(Field(Entity.ATTRIBUTE, tie.name, attribute.kind), tie.ascending)


def _parse_clause(clause: str, noun: Noun) -> OrderItem:
    source = Source(clause, "order_by clause")
    tokens = source.tokens()
    if not _names_field(tokens[0]):
        raise InvalidParameterValue(
            f"Invalid order_by clause '{clause}'. Could not be parsed. Expected a field, for "
            "example metrics.loss DESC."
        )
    field = noun.field(source, tokens[0], ordering=True)
    rest = tokens[1:-1]
    if len(rest) > 1 or (rest and rest[0].kind is not TokenKind.WORD):
        raise source.error(
            f"Invalid order_by clause '{clause}'. Could not be parsed. Expected ASC, DESC or "
            "nothing after the field",
            rest[-1].position,
        )
    if rest and not rest[0].is_word("ASC", "DESC"):
        raise source.error(
            f"Invalid ordering key in order_by clause '{clause}'. Expected ASC or DESC",
            rest[0].position,
        )
    return OrderItem(field, not (rest and rest[0].is_word("DESC")))


def _names_field(token: Token) -> bool:
    named = token.kind in (TokenKind.PATH, TokenKind.NAME, TokenKind.WORD)
    return named or token.text.startswith('"')
