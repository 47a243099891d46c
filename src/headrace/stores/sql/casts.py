"""A text as a number, in SQL: what `headrace.search.numbers` says, on either database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from headrace.search.numbers import DECIMAL, INFINITY, MAX_LENGTH
from headrace.stores.sql.dialects.sqlite_functions import NUMBER

# Beyond these a number rounds to infinity or to zero, which PostgreSQL refuses to do by itself.
_LEAST_INFINITE = str(2**1024 - 2**970)
_GREATEST_ZERO = "2.4703282292062327e-324"


def number_of(dialect: str, column: sa.ColumnElement[str]) -> sa.ColumnElement[Any]:
    """Return the number that a text is, or NULL.

    Args:
        dialect: ``sqlite`` or ``postgresql``.
        column: The text, which may be NULL.

    """
    if dialect == "sqlite":
        return sa.Function(NUMBER, column, type_=sa.Double())
    exact, rounded = sa.cast(column, sa.Numeric), sa.cast(column, sa.Double)
    infinite = sa.cast(sa.func.sign(exact), sa.Double) * _constant("'Infinity'::float8")
    size = sa.func.abs(exact)
    clamped = sa.case(
        (size >= _constant(_LEAST_INFINITE), infinite),
        (size <= _constant(f"'{_GREATEST_ZERO}'::numeric"), _constant("0::float8")),
        else_=rounded,
    )
    return sa.case(
        (sa.func.length(column) > _constant(str(MAX_LENGTH)), sa.null()),
        (_matches(column, f"^({INFINITY})$"), rounded),
        (sa.not_(_matches(column, f"^({DECIMAL})$")), sa.null()),
        (_matches(column, "[eE][+-]{0,1}[0-9]{3}$"), clamped),
        else_=rounded,
    )


def _matches(column: sa.ColumnElement[str], pattern: str) -> sa.ColumnElement[bool]:
    return column.op("~", is_comparison=True)(_constant(f"'{pattern}'"))


def _constant(sql: str) -> sa.ColumnElement[Any]:
    return sa.literal_column(sql)
