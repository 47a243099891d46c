"""How many things a search finds in all, without reading any of them."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from headrace.stores.sql.filters import Conditions, Shape, Statement


@lru_cache(maxsize=256)
def total_statement(dialect: str, shape: Shape) -> Statement:
    """Return the statement that counts what a shape without data sets finds."""
    conditions = Conditions(dialect, shape)
    tests = conditions.scope()
    layout = conditions.layout
    if shape.driver is not None:
        rows, owner, matching = conditions.matches_of_driver()
        tests.append(layout.id.in_(sa.select(owner).select_from(rows).where(*matching)))
    if shape.tree is not None:
        tests.append(conditions.condition(shape.tree))
    return conditions.compile(sa.select(sa.func.count()).select_from(layout.table).where(*tests))
