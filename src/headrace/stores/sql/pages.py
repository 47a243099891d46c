"""The statement of a page of a search, in its order.

A page continues after the last thing of the page before by comparing sort values (keyset), never
by an offset. An order's key is a rank (a value, NaN, missing) and a value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from headrace.search.ordering import OrderItem
from headrace.search.tree import Entity
from headrace.stores.sql.filters import ONE, PREFIX_LENGTH, Conditions, has_metrics, literal
from headrace.stores.sql.layouts import Keyed
from headrace.stores.sql.shapes import (
    MISSING,
    NOT_A_NUMBER,
    VALUE,
    Bind,
    Part,
    Shape,
    Statement,
)
from headrace.stores.sql.slots import beginning


@lru_cache(maxsize=256)
def page_statement(dialect: str, shape: Shape) -> Statement:
    """Return the statement of a page: row id, then rank and value for each key of the order."""
    return Page(dialect, shape).statement()


@lru_cache(maxsize=256)
def order_statement(dialect: str, shape: Shape) -> Statement:
    """Return the same statement, but of row ids alone."""
    return Page(dialect, shape).statement(only_ids=True)


def rank_of(value: Any) -> int:
    """Return the rank of a sort value: a value, NaN or missing (None)."""
    if value is None:
        return MISSING
    return NOT_A_NUMBER if isinstance(value, float) and math.isnan(value) else VALUE


class Step(NamedTuple):
    """A column to sort by, and where its value in the last thing of a page comes from."""

    column: sa.ColumnElement[Any]
    ascending: bool
    last: Bind
    is_rank: bool = False


class SortKey(NamedTuple):
    """One key of an order in SQL: what is returned of it, and the columns to sort by."""

    rank: sa.ColumnElement[int]
    value: sa.ColumnElement[Any]
    steps: tuple[Step, ...]


class Page(Conditions):
    """The statement of one page."""

    def __init__(self, dialect: str, shape: Shape) -> None:
        super().__init__(dialect, shape)
        self._tables: sa.FromClause = self.layout.table
        self._conditions: list[sa.ColumnElement[bool]] = []

    def statement(self, *, only_ids: bool = False) -> Statement:
        """Return the statement."""
        shape, layout = self.shape, self.layout
        keys = [self._sort_key(index, item) for index, item in enumerate(shape.order)]
        self._conditions += self.tests()
        if shape.datasets and not has_metrics(shape.tree):
            self._conditions.append(self._has_points_on_datasets())
        if shape.ranks:
            self._conditions.append(self._after(keys))
        columns: list[sa.ColumnElement[Any]] = [layout.id]
        for index, key in enumerate(() if only_ids else keys):
            columns += [key.rank.label(f"rank_{index}"), key.value.label(f"value_{index}")]
        steps = [step for key in keys for step in key.steps]
        return self.compile(
            sa.select(*columns)
            .select_from(self._tables)
            .where(*self._conditions)
            .order_by(*(s.column.asc() if s.ascending else s.column.desc() for s in steps))
            .limit(self.bind(lambda inputs: inputs.limit))
        )

    # --- order ---

    def _sort_key(self, index: int, item: OrderItem) -> SortKey:
        field = item.field
        if field.entity is Entity.ATTRIBUTE:
            column = self.attribute(field.key)
            step = Step(column, item.ascending, lambda inputs: inputs.last[index])
            if not self.layout.attributes[field.key].nullable:
                return SortKey(literal(VALUE), column, (step,))
            return _ranked_key(index, column, step, [(column.is_(None), MISSING)])
        keyed = self.layout.keyed[field.entity]
        if self.is_unknown(keyed, field.key):
            # Nothing has it. SQLite would scan the whole table for each row to find that out.
            return SortKey(literal(MISSING), sa.null(), ())
        rows = keyed.table.alias(f"ordered_{index}")
        if index == 0 and self.shape.part is not Part.ALL:
            return self._part_key(keyed, rows, item)
        self._tables = self._tables.outerjoin(rows, self._is_row_of(keyed, rows, index, item))
        value, kind = self.read(keyed, field, rows)
        ranks: list[tuple[sa.ColumnElement[bool], int]] = [(value.is_(None), MISSING)]
        if kind is not None:
            ranks.append((kind == literal(NOT_A_NUMBER), NOT_A_NUMBER))
        step = Step(value, item.ascending, lambda inputs: inputs.last[index])
        return _ranked_key(index, value, step, ranks)

    def _is_row_of(
        self, keyed: Keyed, rows: sa.FromClause, index: int, item: OrderItem
    ) -> sa.ColumnElement[bool]:
        """Return the condition under which a row holds the value of an order's key."""
        if not keyed.interned and keyed.kind is not None:
            points = keyed.table.alias(f"points_{index}")
            tests = []
            if item.dataset_name:
                tests.append(points.c.dataset_name == self.bind(lambda inputs: item.dataset_name))
            if item.dataset_digest:
                digest = self.bind(lambda inputs: item.dataset_digest)
                tests.append(points.c.dataset_digest == digest)
            return rows.c.id == self.chosen_point(keyed, item.field, points, tests)
        is_key = self.key_is(keyed, rows.c[keyed.key.name], item.field.key)
        return sa.and_(rows.c[keyed.owner.name] == self.layout.id, is_key)

    def _part_key(self, keyed: Keyed, rows: sa.FromClause, item: OrderItem) -> SortKey:
        """Restrict the statement to one rank of the first key and return that key."""
        part = self.shape.part
        is_key = self.key_is(keyed, rows.c[keyed.key.name], item.field.key)
        owner = rows.c[keyed.owner.name]
        if part is Part.MISSING:
            found = sa.select(ONE).select_from(rows).where(owner == self.layout.id, is_key)
            self._conditions.append(sa.not_(sa.exists(found.correlate(self.layout.table))))
            return SortKey(literal(MISSING), sa.null(), ())
        self._tables = rows.join(self.layout.table, self.layout.id == owner)
        self._conditions.append(is_key)
        value = rows.c[keyed.value.name]
        step = Step(value, item.ascending, lambda inputs: inputs.last[0])
        if keyed.kind is None:
            indexed = sa.func.substr(value, ONE, PREFIX_LENGTH)
            first = Step(indexed, item.ascending, lambda inputs: beginning(inputs.last[0]))
            return SortKey(literal(VALUE), value, (first, step))
        self._conditions.append(rows.c[keyed.kind.name] == literal(part.value))
        return SortKey(literal(part.value), value, (step,) if part is Part.VALUES else ())

    def _after(self, keys: Sequence[SortKey]) -> sa.ColumnElement[bool]:
        """Return whether a thing comes after the last one of the page before."""
        *before, last = [
            step
            for key, rank in zip(keys, self.shape.ranks, strict=True)
            for step in key.steps
            if step.is_rank or rank == VALUE
        ]
        test = self._is_beyond(last)
        for step in reversed(before):
            bound = self.bind(step.last)
            # The plain bound comes first: an index can begin there.
            weak = step.column >= bound if step.ascending else step.column <= bound
            test = sa.and_(weak, sa.or_(self._is_beyond(step), test))
        return test

    def _is_beyond(self, step: Step) -> sa.ColumnElement[bool]:
        bound = self.bind(step.last)
        return step.column > bound if step.ascending else step.column < bound

    def _has_points_on_datasets(self) -> sa.ColumnElement[bool]:
        keyed = self.layout.keyed[Entity.METRIC]
        tests = [keyed.owner == self.layout.id, self.on_datasets(keyed.table)]
        points = sa.select(ONE).select_from(keyed.table).where(*tests)
        return sa.exists(points.correlate(self.layout.table))


def _ranked_key(
    index: int,
    value: sa.ColumnElement[Any],
    step: Step,
    ranks: Sequence[tuple[sa.ColumnElement[bool], int]],
) -> SortKey:
    """Return the key of a value that may be missing or NaN."""
    rank = sa.case(*((test, literal(number)) for test, number in ranks), else_=literal(VALUE))
    return SortKey(rank, value, (Step(rank, True, lambda i: rank_of(i.last[index]), True), step))
