"""From a syntax tree to SQL conditions, in one place for every noun and database."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.operators import custom_op

from headrace.entities import ViewType
from headrace.search.patterns import to_postgresql
from headrace.search.tree import (
    And,
    Comparison,
    Entity,
    Field,
    Function,
    Node,
    Not,
    Operator,
    comparisons,
)
from headrace.stores.sql import schema
from headrace.stores.sql.casts import number_of
from headrace.stores.sql.dialects import postgresql_statements, sqlite_statements
from headrace.stores.sql.indexed import INDEXED_CHARACTERS
from headrace.stores.sql.layouts import LAYOUTS, Keyed, Layout, dataset_rows
from headrace.stores.sql.shapes import VALUE, Bind, Shape, Statement
from headrace.stores.sql.slots import beginning, like_prefix, successor, to_glob

_DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),
    "postgresql": PGDialect(paramstyle="qmark"),  # type: ignore[no-untyped-call]
}
_STATEMENTS: dict[str, Any] = {
    "sqlite": sqlite_statements,
    "postgresql": postgresql_statements,
}

_COMPARE: dict[Operator, Callable[[Any, Any], sa.ColumnElement[bool]]] = {
    Operator.EQUAL: operators.eq,
    Operator.LESS: operators.lt,
    Operator.AT_MOST: operators.le,
    Operator.GREATER: operators.gt,
    Operator.AT_LEAST: operators.ge,
}

# What names whole texts.
_WHOLE = frozenset({Operator.EQUAL, Operator.IN})

# SQLite uses no index for what has it before it, which changes nothing else.
_PLUS: custom_op[Any] = custom_op("+")


def literal(number: int) -> sa.ColumnElement[int]:
    """Return a number that stands in the SQL itself."""
    return sa.literal_column(str(number), sa.Integer)


ONE = literal(1)
PREFIX_LENGTH = literal(INDEXED_CHARACTERS)


class Reading(NamedTuple):
    """A field in SQL: its value and, where that may be NaN, the kind that tells so."""

    value: sa.ColumnElement[Any]
    kind: sa.ColumnElement[int] | None


class Conditions:
    """Conditions of one statement."""

    def __init__(self, dialect: str, shape: Shape) -> None:
        self._dialect = dialect
        self.shape = shape
        self.layout: Layout = LAYOUTS[shape.noun]
        self._key_counts = dict(shape.key_counts)
        self._binds: dict[str, Bind] = {}

    # --- values ---

    def bind(self, get: Bind) -> sa.BindParameter[Any]:
        """Return a mark whose value `get` takes from the inputs."""
        name = f"bound_{len(self._binds)}"
        self._binds[name] = get
        return sa.bindparam(name)

    def _bind_slot(
        self, slot: Any, convert: Callable[[Any], Any] | None = None
    ) -> sa.BindParameter[Any]:
        if convert is None:
            return self.bind(lambda inputs: inputs.values[slot])
        return self.bind(lambda inputs: convert(inputs.values[slot]))

    def among(self, column: sa.ColumnElement[Any], get: Bind) -> sa.ColumnElement[bool]:
        """Return whether a column is one of the values of a list, which is bound as one."""
        bind_list = _STATEMENTS[self._dialect].bind_list
        bound = self.bind(lambda inputs: bind_list(get(inputs)))
        if self._dialect == "sqlite":
            rows = sa.func.json_each(bound).table_valued("value")
            return column.in_(sa.select(rows.c.value))
        # Not ==, whose sides SQLAlchemy would swap.
        return column.op("=", is_comparison=True)(sa.func.any(bound))

    def compile(self, select: sa.Select[Any]) -> Statement:
        """Return the statement of a select that was built with these conditions."""
        compiled = select.compile(dialect=_DIALECTS[self._dialect])
        names = compiled.positiontup or ()
        constants = compiled.params
        binds = [self._binds.get(name) or _constant(constants[name]) for name in names]
        return Statement(compiled.string, tuple(binds))

    # --- conditions ---

    def tests(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions of the whole shape on a row of the noun's table."""
        tests = self._scope()
        if self.shape.driver is not None:
            rows, owner, conditions = self.matches_of_driver()
            matches = sa.select(owner).select_from(rows).where(*conditions)
            tests.append(self.layout.id.in_(matches))
        if self.shape.tree is not None:
            tests.append(self._condition(self.shape.tree))
        return tests

    def _scope(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions of every search: experiments and lifecycle stage."""
        layout, conditions = self.layout, []
        if layout.experiment is not None:
            column: sa.ColumnElement[int] = layout.experiment
            if self.shape.driver is not None:
                # SQLite would rather walk the experiment than look the driver's matches up; it
                # uses no index for an expression.
                column = column + literal(0)
            if self.shape.many_experiments:
                conditions.append(self.among(column, lambda inputs: inputs.experiments))
            else:
                conditions.append(column == self.bind(lambda inputs: inputs.experiments[0]))
        if self.shape.view is ViewType.ACTIVE_ONLY:
            conditions.append(layout.deleted_at.is_(None))
        elif self.shape.view is ViewType.DELETED_ONLY:
            conditions.append(layout.deleted_at.is_not(None))
        return conditions

    def _condition(self, node: Node) -> sa.ColumnElement[bool]:
        """Return a filter, or a part of one, as a condition on a row of the noun's table."""
        if isinstance(node, Comparison):
            return self._comparison(node)
        if isinstance(node, Not):
            return sa.not_(self._condition(node.operand))
        operands = [self._condition(operand) for operand in node.operands]
        return sa.and_(*operands) if isinstance(node, And) else sa.or_(*operands)

    def _comparison(self, comparison: Comparison) -> sa.ColumnElement[bool]:
        field = comparison.field
        if field.entity is not Entity.ATTRIBUTE:
            rows, owner, conditions = self._rows(comparison)
            matches = sa.select(ONE).select_from(rows).where(owner == self.layout.id, *conditions)
            return sa.exists(matches.correlate(self.layout.table))
        column = self.attribute(field.key)
        if self.shape.driver is not None and self._dialect == "sqlite":
            # As in `_scope`: one index for the driver's matches, and none for this.
            column = sa.UnaryExpression(column, operator=_PLUS, type_=column.type)
        if comparison.operator is Operator.PRESENT:
            return column.is_not(None)
        test = self._test(column, comparison)
        # NULL must count as false, so that NOT of it is true.
        is_nullable = self.layout.attributes[field.key].nullable
        return sa.and_(column.is_not(None), test) if is_nullable else test

    def _rows(
        self, comparison: Comparison, *, by_index: bool = False
    ) -> tuple[sa.FromClause, sa.ColumnElement[int], list[sa.ColumnElement[bool]]]:
        """Return the rows that make a comparison true: tables, column of the owner, conditions."""
        field = comparison.field
        if field.entity is Entity.DATASET:
            table, owner, column, conditions = dataset_rows(self.layout, field.key)
            return table, owner, [*conditions, self._test(column, comparison)]
        keyed = self.layout.keyed[field.entity]
        conditions = [self.key_is(keyed, keyed.key, field.key)]
        if chooses_point(keyed, field):
            points = keyed.table.alias("chosen")
            on_datasets = [self.on_datasets(points)] if self.shape.datasets else []
            conditions = [keyed.table.c.id == self.chosen_point(keyed, field, points, on_datasets)]
        elif field.entity is Entity.METRIC and self.shape.datasets:
            conditions.append(self.on_datasets(keyed.table))
        if by_index and keyed.kind is None:
            conditions.append(self._prefix_test(keyed.value, comparison))
            if comparison.operator is Operator.EQUAL:
                # SQLite would put the value into the expression of the index and miss the index.
                both = comparison.values * 2
                comparison = Comparison(field, Operator.BETWEEN, both)
        value, kind = self.read(keyed, field, keyed.table)
        return keyed.table, keyed.owner, [*conditions, self._test(value, comparison, kind)]

    def key_is(
        self, keyed: Keyed, column: sa.ColumnElement[Any], key: str
    ) -> sa.ColumnElement[bool]:
        """Return whether a key column, also of an alias, holds this key."""
        if not keyed.interned:
            return column == self.bind(lambda inputs: key)
        if self.is_unknown(keyed, key):
            return sa.false()
        if self._key_counts[key] == 1:
            return column == self.bind(lambda inputs: inputs.keys[key][0])
        return self.among(column, lambda inputs: inputs.keys[key])

    def is_unknown(self, keyed: Keyed, key: str) -> bool:
        """Return whether no experiment of the search has an interned key of this name."""
        return keyed.interned and self._key_counts.get(key, 0) == 0

    def read(self, keyed: Keyed, field: Field, rows: sa.FromClause) -> Reading:
        """Return what a field of a thing is in the rows of its table, or of an alias."""
        columns = (keyed.value, keyed.kind)
        value, kind = keyed.functions.get(field.function, columns) if field.function else columns
        column = rows.c[value.name]
        if field.function is Function.NUMBER:
            return Reading(number_of(self._dialect, column), None)
        return Reading(column, None if kind is None else rows.c[kind.name])

    def chosen_point(
        self,
        keyed: Keyed,
        field: Field,
        points: sa.FromClause,
        tests: Sequence[sa.ColumnElement[bool]],
    ) -> sa.ScalarSelect[Any]:
        """Return the row id of the point of a logged model that a function of a metric chooses.

        Args:
            keyed: The table of points.
            field: The metric; without a function its last point is meant.
            points: An alias of the table.
            tests: What the point must fulfil too.

        """
        runs = schema.runs.alias(f"{points.name}_runs")  # type: ignore[attr-defined]
        of_field = [
            points.c[keyed.owner.name] == self.layout.id,
            points.c[keyed.key.name] == self.bind(lambda inputs: field.key),
        ]
        if field.function in (Function.MIN, Function.MAX):
            of_field.append(points.c.kind == literal(VALUE))
        match field.function:
            case Function.MIN:
                order = [points.c.value.asc()]
            case Function.MAX:
                order = [points.c.value.desc()]
            case Function.FIRST:
                order = [points.c.time.asc(), points.c.step.asc(), runs.c.uuid.desc()]
                order.append(points.c.id.asc())
            case _:  # as MLflow orders
                order = [points.c.time.desc(), points.c.step.desc(), runs.c.uuid.asc()]
                order.append(points.c.id.desc())
        return (
            sa.select(points.c.id)
            .select_from(points.join(runs, runs.c.id == points.c.run_id))
            .where(*of_field, *tests)
            .order_by(*order)
            .limit(ONE)
            .correlate(self.layout.table)
            .scalar_subquery()
        )

    def on_datasets(self, table: sa.FromClause) -> sa.ColumnElement[bool]:
        """Return whether a point of a logged model was measured on one of the data sets."""

        def is_dataset(index: int, has_digest: bool) -> sa.ColumnElement[bool]:
            name = self.bind(lambda inputs: inputs.datasets[index][0])
            test = table.c.dataset_name == name
            if not has_digest:
                return test
            digest = self.bind(lambda inputs: inputs.datasets[index][1])
            return sa.and_(test, table.c.dataset_digest == digest)

        return sa.or_(*(is_dataset(*pair) for pair in enumerate(self.shape.datasets)))

    # --- one column and one comparison ---

    def attribute(self, name: str) -> sa.ColumnElement[Any]:
        """Return an attribute as callers see it."""
        column = self.layout.attributes[name]
        if not self.shape.home or name not in self.layout.located:
            return column
        home = self.bind(lambda inputs: inputs.home)
        is_relative = sa.func.substr(column, ONE, literal(2)) == self.bind(lambda inputs: "./")
        absolute = home.concat(sa.func.substr(column, literal(2)))
        return sa.case((is_relative, absolute), else_=column)

    def _test(
        self,
        column: sa.ColumnElement[Any],
        comparison: Comparison,
        kind: sa.ColumnElement[int] | None = None,
    ) -> sa.ColumnElement[bool]:
        if comparison.operator is Operator.PRESENT:
            return column.is_not(None)
        test = self._plain_test(column, comparison.operator, comparison.values)
        if kind is not None:
            test = sa.and_(kind == literal(VALUE), test)
        return sa.not_(test) if comparison.negated else test

    def _plain_test(
        self, column: sa.ColumnElement[Any], operator: Operator, slots: Sequence[Any]
    ) -> sa.ColumnElement[bool]:
        if operator is Operator.IN:
            return self.among(column, lambda inputs: inputs.values[slots[0]])
        if operator in _COMPARE:
            return _COMPARE[operator](column, self._bind_slot(slots[0]))
        if operator is Operator.BETWEEN:
            low, high = (self._bind_slot(slot) for slot in slots)
            return sa.and_(column >= low, column <= high)
        return self._pattern_test(column, operator, slots[0])

    def _pattern_test(
        self, column: sa.ColumnElement[Any], operator: Operator, slot: Any
    ) -> sa.ColumnElement[bool]:
        is_sqlite = self._dialect == "sqlite"
        if operator is Operator.RLIKE:
            convert = None if is_sqlite else to_postgresql
            matches = column.op("REGEXP" if is_sqlite else "~", is_comparison=True)
            return matches(self._bind_slot(slot, convert))
        if operator is Operator.LIKE and is_sqlite:
            # SQLite's LIKE ignores the case of ASCII letters; GLOB does not.
            return column.op("GLOB", is_comparison=True)(self._bind_slot(slot, to_glob))
        bound = self._bind_slot(slot)
        if operator is Operator.LIKE:
            return column.like(bound, escape="")
        return column.like(bound) if is_sqlite else column.ilike(bound, escape="")

    # --- looking up the matches of one comparison ---

    def _prefix_test(
        self, column: sa.ColumnElement[str], comparison: Comparison
    ) -> sa.ColumnElement[bool]:
        """Return a condition on the indexed beginning of a text, which every match fulfils."""
        indexed = sa.func.substr(column, ONE, PREFIX_LENGTH)
        slot: Any = comparison.values[0]
        if comparison.operator is Operator.EQUAL:
            return indexed == self._bind_slot(slot, beginning)
        if comparison.operator is Operator.IN:
            return self.among(
                indexed, lambda inputs: [beginning(value) for value in inputs.values[slot]]
            )
        low = self._bind_slot(slot, like_prefix)
        high = self._bind_slot(slot, lambda pattern: successor(like_prefix(pattern)))
        return sa.and_(indexed >= low, indexed < high)

    def matches_of_driver(
        self, *, roughly: bool = False
    ) -> tuple[sa.FromClause, sa.ColumnElement[int], list[Any]]:
        """Return the driver's matches: tables, column of the owner, conditions.

        Args:
            roughly: Whether texts that only begin as a match does may be among them: then the
                index says it all.

        """
        driver = self.shape.driver
        assert driver is not None
        keyed = self.layout.keyed.get(driver.field.entity)
        if roughly and keyed is not None and keyed.kind is None and driver.operator in _WHOLE:
            is_key = self.key_is(keyed, keyed.key, driver.field.key)
            return keyed.table, keyed.owner, [is_key, self._prefix_test(keyed.value, driver)]
        return self._rows(driver, by_index=True)


def chooses_point(keyed: Keyed, field: Field) -> bool:
    """Return whether a function of a metric is a choice among rows, those of a table of points."""
    is_function = field.entity is Entity.METRIC and field.function is not None
    return is_function and field.function not in keyed.functions


def _constant(value: Any) -> Bind:
    return lambda inputs: value


def has_metrics(tree: Node | None) -> bool:
    """Return whether a filter speaks of metrics."""
    return any(c.field.entity is Entity.METRIC for c in comparisons(tree))
