"""From the text of a filter to its syntax tree, by recursive descent.

The grammar, in any case of its words::

    filter      any                            stray ANDs at either end are skipped, as in MLflow
    any         all (OR all)*
    all         one (AND+ one)*
    one         NOT one | ( any ) | comparison
    comparison  field = != < <= > >= value
              | field [NOT] LIKE | ILIKE | RLIKE value
              | field [NOT] IN ( value, ... )
              | field [NOT] BETWEEN value AND value
              | field IS [NOT] NULL
    field       name | function ( name )

MLflow itself knows AND alone, IN for ids and IS NULL for params and tags; the rest is Headrace's.
"""

from __future__ import annotations

import math
import re

from headrace.errors import InvalidParameterValue
from headrace.search.fields import Noun
from headrace.search.functions import parse_field
from headrace.search.lexer import Source, Token, TokenKind, Tokens, unquote
from headrace.search.patterns import BadPattern, parse_pattern
from headrace.search.tree import (
    And,
    Comparison,
    Entity,
    Field,
    Function,
    Kind,
    Node,
    Not,
    Operator,
    Or,
    Value,
)

# PostgreSQL takes 2 s to plan 100 comparisons and 20 s for 400; SQLite gives up at 100 nested
# parentheses, of which a level is two.
MAX_COMPARISONS = 100
MAX_DEPTH = 40
# SQLite refuses patterns over 50,000 bytes, and ours grow up to fourfold on the way.
MAX_PATTERN = 10_000
# Of all comparisons together: a list may well be of ids that another search gave.
MAX_VALUES = 100_000

_INT64 = range(-(2**63), 2**63)
_INT64_LENGTH = len(str(-(2**63)))  # Python refuses to read an integer of 5000 digits
_ID = re.compile(r"\s*[+-]?[0-9]{1,19}\s*")

_SYMBOLS = {
    "=": (Operator.EQUAL, False),
    "!=": (Operator.EQUAL, True),
    "<": (Operator.LESS, False),
    "<=": (Operator.AT_MOST, False),
    ">": (Operator.GREATER, False),
    ">=": (Operator.AT_LEAST, False),
}
_WORDS = ("LIKE", "ILIKE", "RLIKE", "IN", "BETWEEN")
_PATTERNS = frozenset({Operator.LIKE, Operator.ILIKE, Operator.RLIKE})
_ORDERED = frozenset({Operator.LESS, Operator.AT_MOST, Operator.GREATER, Operator.AT_LEAST})
_ANYWHERE = frozenset({Operator.EQUAL, Operator.IN, Operator.PRESENT})
_ALLOWED = {
    Kind.NUMBER: _ANYWHERE | _ORDERED | {Operator.BETWEEN},
    Kind.TEXT: _ANYWHERE | _PATTERNS | {Operator.BETWEEN},
    Kind.ID: _ANYWHERE,
    Kind.STATUS: _ANYWHERE | _PATTERNS,
}


def parse_filter(text: str | None, noun: Noun) -> Node | None:
    """Return the syntax tree of a filter, or None for one that is empty.

    Args:
        text: The filter as somebody wrote it.
        noun: What is searched for.

    Raises:
        InvalidParameterValue: Saying at which column the filter is wrong and what is due there.

    """
    if not text:
        return None
    if text.isspace():
        raise InvalidParameterValue(f"Invalid filter '{text}'. Could not be parsed.")
    return _Parser(Tokens(Source(text)), noun).parse()


class _Parser:
    def __init__(self, tokens: Tokens, noun: Noun) -> None:
        self._tokens = tokens
        self._source = tokens.source
        self._noun = noun
        self._depth = 0
        self._comparisons = 0
        self._values_left = MAX_VALUES

    # --- conditions ---

    def parse(self) -> Node | None:
        while self._tokens.take_word("AND"):
            pass
        if self._tokens.peek().kind is TokenKind.END:
            return None
        node = self._any()
        if self._tokens.peek().kind is not TokenKind.END:
            raise self._tokens.unexpected(self._tokens.peek(), "AND, OR or the end of the filter")
        return node

    def _any(self) -> Node:
        operands = [self._all()]
        while self._tokens.take_word("OR"):
            operands.append(self._all())
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _all(self) -> Node:
        operands = [self._one()]
        while self._tokens.take_word("AND"):
            while self._tokens.take_word("AND"):
                pass
            if self._tokens.peek().kind is TokenKind.END and self._depth == 0:
                break
            operands.append(self._one())
        if len(operands) == 1:
            return operands[0]
        # (a AND b) AND c is one conjunction, whoever reads its conjuncts.
        flat = (o.operands if isinstance(o, And) else (o,) for o in operands)
        return And(tuple(operand for part in flat for operand in part))

    def _one(self) -> Node:
        start = self._tokens.peek()
        if self._tokens.take_word("NOT"):
            self._enter(start)
            node: Node = Not(self._one())
            self._depth -= 1
            return node
        if self._tokens.take_mark("("):
            self._enter(start)
            node = self._any()
            self._depth -= 1
            if not self._tokens.take_mark(")"):
                raise self._tokens.unexpected(self._tokens.peek(), "AND, OR or ')'")
            return node
        return self._comparison()

    def _enter(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._source.error(
                f"Invalid clause(s) in filter string: nested more than {MAX_DEPTH} levels deep",
                token.position,
            )

    # --- comparisons ---

    def _comparison(self) -> Node:
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            raise self._source.error(
                f"Invalid clause(s) in filter string: more than {MAX_COMPARISONS} comparisons; "
                f"IN takes a list of up to {MAX_VALUES} values",
                self._tokens.peek().position,
            )
        field = self._field()
        if self._tokens.take_word("IS"):
            negated = self._tokens.take_word("NOT") is not None
            if not self._tokens.take_word("NULL"):
                due = "NULL" if negated else "NULL or NOT NULL"
                raise self._tokens.unexpected(self._tokens.peek(), due)
            present = Comparison(field, Operator.PRESENT)
            return present if negated else Not(present)
        operator, negated = self._operator(field)
        return Comparison(field, operator, self._values(field, operator), negated)

    def _field(self) -> Field:
        token = self._tokens.peek()
        if token.is_name:
            return parse_field(self._tokens, self._noun)
        if token.kind in (TokenKind.TEXT, TokenKind.NUMBER):
            raise self._source.error(
                f"Invalid comparison clause. Expected 'Identifier' found '{token.shown}'",
                token.position,
            )
        raise self._tokens.unexpected(token, "the name of a field, NOT or '('")

    def _operator(self, field: Field) -> tuple[Operator, bool]:
        token = self._tokens.take()
        negation = token if token.is_word("NOT") else None
        if negation:
            token = self._tokens.take()
        if token.is_word(*_WORDS):
            operator, negated = Operator(token.text.upper()), negation is not None
        elif negation:
            raise self._tokens.unexpected(token, ", ".join(_WORDS))
        elif token.kind is TokenKind.OPERATOR and token.text in _SYMBOLS:
            operator, negated = _SYMBOLS[token.text]
        elif token.kind in (TokenKind.OPERATOR, TokenKind.WORD):
            raise self._bad_operator(token, field)
        else:
            raise self._tokens.unexpected(token, "a comparator such as = or IN")
        if operator not in _ALLOWED[field.kind]:
            raise self._bad_operator(token, field)
        return operator, negated

    def _bad_operator(self, token: Token, field: Field) -> InvalidParameterValue:
        allowed = _ALLOWED[field.kind]
        names = [name for name, (operator, _) in _SYMBOLS.items() if operator in allowed]
        words = [word for word in _WORDS if Operator(word) in allowed]
        names += [*words, *(f"NOT {word}" for word in words), "IS NULL", "IS NOT NULL"]
        return self._source.error(
            f"Invalid comparator '{token.shown}' not one of {names} for {field}",
            token.position,
        )

    # --- values ---

    def _values(self, field: Field, operator: Operator) -> tuple[Value, ...]:
        if operator is Operator.IN:
            return self._list(field)
        token = self._tokens.peek()
        if token.is_mark("("):
            raise self._bad_value(field, token)
        value = self._value(field, self._tokens.take())
        if operator is Operator.BETWEEN:
            if not self._tokens.take_word("AND"):
                raise self._tokens.unexpected(
                    self._tokens.peek(), "AND and the upper bound of BETWEEN"
                )
            return value, self._value(field, self._tokens.take())
        if operator in _PATTERNS:
            self._check_pattern(operator, token)
        return (value,)

    def _check_pattern(self, operator: Operator, token: Token) -> None:
        pattern = unquote(token.text)
        if operator is Operator.RLIKE:
            try:
                parse_pattern(pattern)
            except BadPattern as error:
                raise self._source.error(
                    f"Invalid clause(s) in filter string: {error.problem} in the regular "
                    "expression",
                    token.place_of(error.index),
                ) from None
        elif len(pattern) > MAX_PATTERN:
            raise self._source.error(
                f"Invalid clause(s) in filter string: a pattern of {len(pattern)} characters; "
                f"at most {MAX_PATTERN} are allowed",
                token.position,
            )

    def _list(self, field: Field) -> tuple[Value, ...]:
        if not self._tokens.take_mark("("):
            raise self._tokens.unexpected(self._tokens.peek(), "a list such as ('a', 'b')")
        if self._tokens.peek().is_mark(")"):
            raise self._source.error(
                "While parsing a list in the query, expected a non-empty list of "
                f"{'numbers' if field.kind is Kind.NUMBER else 'string values'}, "
                "but got empty list",
                self._tokens.peek().position,
            )
        values = [self._value(field, self._tokens.take())]
        while not self._tokens.take_mark(")"):
            if not self._tokens.take_mark(","):
                raise self._tokens.unexpected(self._tokens.peek(), "',' or ')'")
            if self._tokens.take_mark(")"):  # a trailing comma
                break
            values.append(self._value(field, self._tokens.take()))
        return tuple(values)

    def _value(self, field: Field, token: Token) -> Value:
        self._values_left -= 1
        if self._values_left < 0:
            raise self._source.error(
                f"Invalid clause(s) in filter string: more than {MAX_VALUES} values; ask in parts",
                token.position,
            )
        if field.kind is Kind.NUMBER:
            return self._number(field, token)
        is_text = token.kind is TokenKind.TEXT or (
            self._noun.bare_values and token.kind in (TokenKind.WORD, TokenKind.NUMBER)
        )
        if not is_text:
            raise self._bad_value(field, token)
        text = unquote(token.text)
        if field.kind is Kind.ID and not (_ID.fullmatch(text) and int(text) in _INT64):
            raise self._source.error(
                f"Invalid experiment ID '{text[:20]}'. Experiment ID must be a valid integer of 64 "
                "bit in quotes, such as '7'",
                token.position,
            )
        return text

    def _number(self, field: Field, token: Token) -> Value:
        if token.kind is not TokenKind.NUMBER:
            raise self._bad_value(field, token)
        is_whole = len(token.text) <= _INT64_LENGTH and token.text.lstrip("-").isdigit()
        if is_whole and int(token.text) in _INT64:
            return int(token.text)
        if self._noun.whole_numbers and field.entity is Entity.ATTRIBUTE:
            raise self._source.error(
                f"Invalid value for numeric attribute '{field.key}': '{token.shown}'",
                token.position,
            )
        number = float(token.text)
        if math.isinf(number):
            raise self._source.error(
                f"Invalid clause(s) in filter string: {token.shown} is beyond the range of 64-bit "
                "floats",
                token.position,
            )
        return number

    def _bad_value(self, field: Field, token: Token) -> InvalidParameterValue:
        found = token.shown or "nothing"
        is_quoted_number = field.kind is Kind.NUMBER and token.kind is TokenKind.TEXT
        advice = "; write the number without quotes" if is_quoted_number else ""
        if field.function is Function.NUMBER:
            message = f"Expected numeric value type for {field}. Found {found}"
        elif field.entity is Entity.METRIC:
            message = f"Expected numeric value type for metric. Found {found}"
        elif field.kind is Kind.NUMBER:
            message = (
                f"Expected numeric value type for numeric attribute: {field.key}. Found {found}"
            )
        elif token.kind in (TokenKind.WORD, TokenKind.NAME, TokenKind.PATH):
            message = (
                "Parameter value is either not quoted or unidentified quote types used for "
                f"string value {found}. Use either single or double quotes."
            )
        elif field.entity in (Entity.PARAM, Entity.TAG):
            message = (
                f"Expected a quoted string value for {field.entity.value} (e.g. 'my-value'). "
                f"Got value {found}"
            )
        else:
            plural = "dataset attributes" if field.entity is Entity.DATASET else "attributes"
            message = f"Expected a quoted string value for {plural}. Got value {found}"
        return self._source.error(message + advice, token.position)
