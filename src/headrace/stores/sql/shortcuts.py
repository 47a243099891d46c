"""Short ways to a page, tried before anything is counted; each gives up where it may not pay."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from headrace.search.fields import Noun
from headrace.search.ordering import OrderItem
from headrace.search.tree import And, Comparison, Entity, Operator, conjuncts
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.layouts import LAYOUTS
from headrace.stores.sql.pages import page_statement
from headrace.stores.sql.shapes import VALUE, Inputs, Shape

# How far a filtered page is looked for before its comparisons are counted, which takes about as
# long: so many steps for each thing on the page, and so many in all.
STEPS_A_THING = 20
MAX_STEPS = 2_000


def walk_a_little(
    tx: Transaction, dialect: str, noun: Noun, shape: Shape, inputs: Inputs, limit: int
) -> list[Row] | None:
    """Look for a filtered page among the next few things of the noun's own order.

    Args:
        tx: A transaction whose statements see one state.
        dialect: The database's.
        noun: What is searched for.
        shape: The search, without a plan.
        inputs: What it binds.
        limit: Size of a page.

    Returns:
        The rows of the page and one more, or fewer if the search ends there; None if the page does
        not lie so near, or the search is of another kind.

    """
    steps = STEPS_A_THING * limit
    experiment = LAYOUTS[noun.name].experiment
    is_walk = shape.tree is not None and is_own_order(shape.order, noun)
    if not is_walk or shape.many_experiments or experiment is None or steps > MAX_STEPS:
        return None
    field = shape.order[0].field
    column = LAYOUTS[noun.name].attributes[field.key].name
    sql = f"SELECT {column} FROM {experiment.table.name} WHERE {experiment.name} = ?"
    bound = [inputs.experiments[0]]
    if inputs.last:
        sql += f" AND {column} <= ?"
        bound.append(inputs.last[0])
    sql += f" ORDER BY {column} DESC LIMIT 1 OFFSET {steps}"
    row = tx.execute(sql, bound).fetchone()
    if row is not None:
        shape, inputs = _with(shape, inputs, Comparison(field, Operator.AT_LEAST, (row[0],)))
    inputs = msgspec.structs.replace(inputs, limit=limit + 1)
    rows = page_statement(dialect, shape).run(tx, inputs)
    return rows if row is None or len(rows) > limit else None


def walk_ties(
    tx: Transaction, dialect: str, noun: Noun, shape: Shape, inputs: Inputs, limit: int
) -> list[Row] | None:
    """Find a page all of whose things have the same value of a metric that orders them.

    To sort all that are tied would take longer than to walk the noun's own order, which breaks the
    ties, where so many are tied that the page is soon full. Arguments and answer are those of
    `walk_a_little`; the order must begin with a metric of one key.
    """
    first, *ties = shape.order
    is_metric = first.field.entity is Entity.METRIC and shape.ranks[:1] in ((), (VALUE,))
    if not is_metric or not is_own_order(ties, noun):
        return None
    keyed = LAYOUTS[noun.name].keyed[Entity.METRIC]
    assert keyed.kind is not None
    key, value = inputs.keys[first.field.key][0], keyed.value.name
    rows = f"FROM {keyed.table.name} WHERE {keyed.key.name} = ? AND {keyed.kind.name} = {VALUE}"
    if shape.ranks:
        number = inputs.last[0]
    else:
        direction = "ASC" if first.ascending else "DESC"
        sql = f"SELECT {value} {rows} ORDER BY {value} {direction} LIMIT 1"
        found = tx.execute(sql, (key,)).fetchone()
        if found is None:
            return None
        number = found[0]
    (total,) = tx.execute(f"SELECT max(id) FROM {LAYOUTS[noun.name].table.name}").fetchone()
    # Of so many, every (total / many)th step of the walk is one that is wanted.
    many = math.ceil(math.sqrt(2 * limit * total))
    sql = f"SELECT count(*) FROM (SELECT 1 {rows} AND {value} = ? LIMIT {many}) AS tied"
    if tx.execute(sql, (key, number)).fetchone()[0] < many:
        return None
    shape, inputs = _with(shape, inputs, Comparison(first.field, Operator.EQUAL, (number,)))
    shape = msgspec.structs.replace(shape, order=tuple(ties), ranks=shape.ranks[1:])
    inputs = msgspec.structs.replace(inputs, last=inputs.last[1:], limit=limit + 1)
    tied = page_statement(dialect, shape).run(tx, inputs)
    return [(row[0], VALUE, number, *row[1:]) for row in tied] if len(tied) > limit else None


def is_own_order(order: Sequence[OrderItem], noun: Noun) -> bool:
    """Return whether an order begins as the noun's index of its things does, the newest first."""
    tie = noun.tie_breaks[0]
    first = order[0]
    if first.field.entity is not Entity.ATTRIBUTE or tie.ascending:
        return False
    return (first.field.key, first.ascending) == (tie.name, tie.ascending)


def _with(shape: Shape, inputs: Inputs, comparison: Comparison) -> tuple[Shape, Inputs]:
    """Return a search that asks for one comparison more."""
    in_slot = msgspec.structs.replace(comparison, values=(len(inputs.values),))
    return (
        msgspec.structs.replace(shape, tree=And((*conjuncts(shape.tree), in_slot))),
        msgspec.structs.replace(inputs, values=[*inputs.values, *comparison.values]),
    )
