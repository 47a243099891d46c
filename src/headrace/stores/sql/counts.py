"""The statements that count: what a search finds in all, and how often a comparison holds."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from headrace.stores.sql.filters import ONE, Conditions
from headrace.stores.sql.shapes import Shape, Statement


@lru_cache(maxsize=256)
def total_statement(dialect: str, shape: Shape) -> Statement:
    """Return the statement that counts what a shape without data sets finds."""
    conditions = Conditions(dialect, shape)
    found = sa.select(sa.func.count()).select_from(conditions.layout.table)
    return conditions.compile(found.where(*conditions.tests()))


@lru_cache(maxsize=256)
def count_statement(dialect: str, shape: Shape) -> Statement:
    """Return the statement that counts the matches of `shape.driver`, roughly, up to the limit."""
    conditions = Conditions(dialect, shape)
    rows, _, tests = conditions.matches_of_driver(roughly=True)
    some = sa.select(ONE.label("one")).select_from(rows).where(*tests)
    limited = some.limit(conditions.bind(lambda inputs: inputs.limit)).subquery()
    return conditions.compile(sa.select(sa.func.count()).select_from(limited))
