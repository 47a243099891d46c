"""Searches for runs that need no plan: all of an experiment, or those that a filter names by id.

In the order of their start, which an index has. Such are most first looks, and what draws cards in
notebooks; written by hand, they do without SQLAlchemy, which takes 0.25 s to load.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from headrace.entities import ViewType
from headrace.search.fields import RUN, Noun
from headrace.search.ordering import OrderItem, parse_order_by
from headrace.search.paging import SortValue
from headrace.search.tree import Comparison, Entity, Node, Operator
from headrace.stores.sql.engine import Row, Transaction

_START_ORDER = parse_order_by([], RUN)

_IN_ORDER = " ORDER BY start_time DESC, uuid"
_OF_VIEW = {
    ViewType.ACTIVE_ONLY: "deleted_at IS NULL",
    ViewType.DELETED_ONLY: "deleted_at IS NOT NULL",
    ViewType.ALL: "1 = 1",
}


class PlainSearch(Struct, frozen=True):
    """One search, ready to run in a transaction, as `headrace.stores.sql.plans.Search` is.

    Attributes:
        statements: The dialect's statements.
        view: Which lifecycle stages are wanted.
        experiments: The experiments to search in; one, if `run_ids` is None.
        run_ids: The runs among which it searches; None for all.
        last: Sort values after which the page begins; None for the first page.

    """

    statements: Any
    view: ViewType
    experiments: Sequence[int]
    run_ids: Sequence[str] | None = None
    last: Sequence[SortValue] | None = None

    def find(self, tx: Transaction, limit: int) -> tuple[list[int], list[SortValue] | None]:
        """Return the row ids of a page and, unless it is the last page, its last sort values."""
        rows = self._run(tx, "id, start_time, uuid", f"{_IN_ORDER} LIMIT {limit + 1}")
        ids = [row[0] for row in rows[:limit]]
        return ids, list(rows[limit - 1][1:]) if len(rows) > limit else None

    def find_all(self, tx: Transaction) -> array[int]:
        """Return the row ids of everything that the search finds, in its order."""
        return array("q", (row[0] for row in self._run(tx, "id", _IN_ORDER)))

    def count(self, tx: Transaction) -> int:
        """Return how many runs the search finds on all its pages."""
        [[count]] = self._run(tx, "count(*)")
        return int(count)

    def _run(self, tx: Transaction, columns: str, end: str = "") -> list[Row]:
        tests, bound = self._tests()
        sql = f"SELECT {columns} FROM runs WHERE {tests}{end}"
        rows: list[Row] = tx.execute(sql, bound).fetchall()
        return rows

    def _tests(self) -> tuple[str, list[Any]]:
        if self.run_ids is None:
            tests, bound = "experiment_id = ?", list[Any](self.experiments)
        else:
            in_list, bind = self.statements.IN_LIST, self.statements.bind_list
            tests = f"uuid {in_list} AND experiment_id {in_list}"
            bound = [bind(self.run_ids), bind(self.experiments)]
        if self.last:
            tests += " AND start_time <= ? AND (start_time < ? OR uuid > ?)"
            bound += [self.last[0], self.last[0], self.last[1]]
        return f"{tests} AND {_OF_VIEW[self.view]}", bound


def plain_search(
    statements: Any,
    noun: Noun,
    tree: Node | None,
    order: tuple[OrderItem, ...],
    view: ViewType,
    experiments: Sequence[int],
    last: Sequence[SortValue] | None,
) -> PlainSearch | None:
    """Return the search, if it is a plain one; see `headrace.stores.sql.plans.Search`."""
    if noun is not RUN or tuple(order) != _START_ORDER:
        return None
    if tree is None:
        is_plain = len(experiments) == 1
        return PlainSearch(statements, view, experiments, None, last) if is_plain else None
    if not isinstance(tree, Comparison) or tree.negated:
        return None
    is_of_ids = (tree.field.entity, tree.field.key) == (Entity.ATTRIBUTE, "run_id")
    if not is_of_ids or tree.operator not in (Operator.EQUAL, Operator.IN):
        return None
    run_ids = [str(value) for value in tree.values]
    return PlainSearch(statements, view, experiments, run_ids, last)
