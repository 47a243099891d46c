"""Many runs brought into an order in memory: what a whole table of them is sorted by at a click.

The database has them in one order only, that of their start; to walk the index of a metric and look
each run up there takes five times as long as this. The result is that of a search, tie by tie.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from headrace.search.fields import RUN
from headrace.search.numbers import read_number
from headrace.search.ordering import OrderItem, parse_order_by
from headrace.search.tree import Entity, Field, Function
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.summaries import NAN, NUMBER

# So many runs are looked up one by one; of more, all that have the field are read.
MANY = 5_000

_START_ORDER = parse_order_by([], RUN)

_EXTREMES = {Function.MIN: "min_value", Function.MAX: "max_value"}
_TEXTS = {Entity.PARAM: "params", Entity.TAG: "run_tags"}
_COLUMNS = {"run_id": "uuid", "run_name": "name"}


class Values(NamedTuple):
    """What runs, by row id, have of a field; runs that are in neither have nothing."""

    known: dict[int, Any]
    nans: frozenset[int] = frozenset()


def sort_runs(
    ids: array[int], order: Sequence[OrderItem], read: Callable[[Field], Values]
) -> array[int]:
    """Return runs in an order.

    Args:
        ids: Row ids, in the order of their start, as a search without an order finds them.
        order: The complete order.
        read: Gives what the runs have of a field.

    """
    items = list(order)
    if tuple(items[-len(_START_ORDER) :]) == _START_ORDER:
        items = items[: -len(_START_ORDER)]
    for item in reversed(items):
        known, nans = read(item.field)
        # Each sort keeps the order of ties, also one from the greatest to the least.
        values = sorted(
            (number for number in ids if number in known),
            key=known.__getitem__,
            reverse=not item.ascending,
        )
        rest = [number for number in ids if number not in known]
        missing = [number for number in rest if number not in nans]
        ids = array("q", [*values, *(number for number in rest if number in nans), *missing])
    return ids


class FieldReader:
    """Reads fields of runs.

    Args:
        tx: A transaction.
        statements: The dialect's statements.
        resolve: Makes the answered location of artifacts out of the stored one.
        experiments: Row ids of the experiments that the runs are in.
        ids: Row ids of the runs.

    """

    def __init__(
        self,
        tx: Transaction,
        statements: Any,
        resolve: Callable[[str], str],
        experiments: Sequence[int],
        ids: array[int],
    ) -> None:
        self._tx = tx
        self._statements = statements
        self._resolve = resolve
        self._experiments = experiments
        self._few = ids if len(ids) <= MANY else None

    def read(self, field: Field) -> Values:
        """Return what the runs have of a field; others may come along."""
        if field.entity is Entity.ATTRIBUTE:
            return self._read_attribute(field.key)
        if field.entity is Entity.METRIC:
            return self._read_metric(field)
        rows = self._select("run_id, value", _TEXTS[field.entity], field.key, by_run=True)
        if field.function is Function.NUMBER:
            numbers = ((run, read_number(text)) for run, text in rows)
            return Values({run: number for run, number in numbers if number is not None})
        return Values(dict(rows))

    def _read_attribute(self, key: str) -> Values:
        column = _COLUMNS.get(key, key)
        sql = f"SELECT id, {column} FROM runs WHERE "
        if self._few is None:
            sql += f"experiment_id {self._statements.IN_LIST}"
            rows = self._tx.execute(sql, (self._statements.bind_list(self._experiments),))
        else:
            sql += f"id {self._statements.IN_LIST}"
            rows = self._tx.execute(sql, (self._statements.bind_list(self._few),))
        known = {run: value for run, value in rows.fetchall() if value is not None}
        if key == "artifact_uri":
            known = {run: self._resolve(value) for run, value in known.items()}
        return Values(known)

    def _read_metric(self, field: Field) -> Values:
        if field.function in _EXTREMES:
            columns = f"run_id, {_EXTREMES[field.function]}"
            rows = self._select(columns, "metric_summaries", field.key, by_run=True)
            return Values({run: value for run, value in rows if value is not None})
        by_run = field.function is Function.FIRST
        end = "first" if by_run else "last"
        select = f"run_id, {end}_value", "metric_summaries", field.key
        numbers = self._select(*select, f" AND {end}_kind = {NUMBER}", by_run=by_run)
        nans = self._select(*select, f" AND {end}_kind = {NAN}", by_run=by_run)
        return Values(dict(numbers), frozenset(run for run, _ in nans))

    def _select(
        self, columns: str, table: str, key: str, condition: str = "", *, by_run: bool = False
    ) -> list[Row]:
        """Return the rows of a key; `by_run` says that no index of values holds the columns."""
        statements = self._statements
        sql = f"SELECT id FROM keys WHERE experiment_id {statements.IN_LIST} AND name = ?"
        bound = (statements.bind_list(self._experiments), key)
        keys = [number for (number,) in self._tx.execute(sql, bound).fetchall()]
        where = f"WHERE key_id {statements.IN_LIST}{condition}"
        values = [statements.bind_list(keys)]
        if self._few is not None:
            sql = f"SELECT {columns} FROM {table} {where} AND run_id {statements.IN_LIST}"
            values.append(statements.bind_list(self._few))
        elif by_run:
            # As they lie there, one after the other: in the order of an index it takes longer.
            sql = (
                f"SELECT {columns} FROM runs CROSS JOIN {table} {where} AND run_id = runs.id "
                f"AND experiment_id {statements.IN_LIST}"
            )
            values.append(statements.bind_list(self._experiments))
        else:
            sql = f"SELECT {columns} FROM {table} {where}"
        rows: list[Row] = self._tx.execute(sql, values).fetchall()
        return rows
