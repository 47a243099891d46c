"""How a search is run: what is looked up first, and in which parts its order is walked.

No single plan wins. Where few things match a comparison, its matches are looked up by index and
sorted; where many do, the order is walked and each thing checked until the page is full. A capped
count of each comparison decides.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from headrace.api.limits import MAX_INT64
from headrace.entities import ViewType
from headrace.search.fields import Noun
from headrace.search.ordering import OrderItem
from headrace.search.paging import SortValue
from headrace.search.tree import And, Comparison, Entity, Node, Operator, comparisons, conjuncts
from headrace.stores.sql.counts import count_statement, total_statement
from headrace.stores.sql.engine import Database, Row, Transaction
from headrace.stores.sql.layouts import LAYOUTS
from headrace.stores.sql.pages import order_statement, page_statement, rank_of
from headrace.stores.sql.shapes import MISSING, NOT_A_NUMBER, VALUE, Inputs, Part, Shape
from headrace.stores.sql.shortcuts import is_own_order, walk_a_little, walk_ties
from headrace.stores.sql.slots import like_prefix, take_values

# Where counting matches stops; 20,000 take 2 ms.
MANY = 20_000
# Looking a match up and sorting it, in steps of a walk.
MATCH_COST = 1.5

_BY_INDEX = frozenset(
    {
        Operator.EQUAL,
        Operator.LESS,
        Operator.AT_MOST,
        Operator.GREATER,
        Operator.AT_LEAST,
        Operator.IN,
        Operator.BETWEEN,
    }
)
_TEXT_BY_INDEX = frozenset({Operator.EQUAL, Operator.IN, Operator.LIKE})


class Search(Struct, frozen=True):
    """One search, ready to run in a transaction.

    Attributes:
        database: What is searched.
        noun: What is searched for.
        tree: The filter.
        order: The complete order.
        view: Which lifecycle stages are wanted.
        experiments: The experiments to search in; unused for a noun that belongs to none.
        datasets: Name and digest ("" for any) of the data sets whose metrics count.
        last: Sort values after which the page begins; None for the first page.
        home: Folder that stored locations are relative to.

    """

    database: Database
    noun: Noun
    tree: Node | None
    order: tuple[OrderItem, ...]
    view: ViewType = ViewType.ACTIVE_ONLY
    experiments: Sequence[int] = ()
    datasets: Sequence[tuple[str, str]] = ()
    last: Sequence[SortValue] | None = None
    home: str = ""

    def find(self, tx: Transaction, limit: int) -> tuple[list[int], list[SortValue] | None]:
        """Return the row ids of a page and, unless it is the last page, its last sort values.

        Args:
            tx: A transaction whose statements see one state.
            limit: Size of a page.

        """
        shape, inputs = self._prepare(tx)
        rows = self._find_quickly(tx, shape, inputs, limit)
        if rows is None:
            rows = self._find_by_plan(tx, shape, inputs, limit)
        ids = [row[0] for row in rows[:limit]]
        return ids, _sort_values(rows[limit - 1]) if len(rows) > limit else None

    def find_all(self, tx: Transaction) -> array[int]:
        """Return the row ids of everything that the search finds, in its order."""
        shape, inputs = self._prepare(tx)
        shape = self._plan(tx, shape, inputs, math.inf)
        inputs.limit = MAX_INT64
        ids = array("q")
        for part in self._parts(shape):
            rows = order_statement(self.database.dialect, part).run(tx, inputs)
            ids.extend(row[0] for row in rows)
        return ids

    def _find_quickly(
        self, tx: Transaction, shape: Shape, inputs: Inputs, limit: int
    ) -> list[Row] | None:
        dialect = self.database.dialect
        if self._is_indexed_key(shape):
            return walk_ties(tx, dialect, self.noun, shape, inputs, limit)
        return walk_a_little(tx, dialect, self.noun, shape, inputs, limit)

    def _find_by_plan(self, tx: Transaction, shape: Shape, inputs: Inputs, limit: int) -> list[Row]:
        shape = self._plan(tx, shape, inputs, limit)
        rows: list[Row] = []
        for part in self._parts(shape):
            inputs.limit = limit + 1 - len(rows)
            rows += page_statement(self.database.dialect, part).run(tx, inputs)
            if len(rows) > limit:
                break
        return rows

    def count(self, tx: Transaction) -> int:
        """Return how many things the search finds on all its pages.

        Args:
            tx: A transaction whose statements see one state.

        """
        shape, inputs = self._prepare(tx)
        shape = self._plan(tx, shape, inputs, math.inf)
        shape = msgspec.structs.replace(shape, order=())
        ((count,),) = total_statement(self.database.dialect, shape).run(tx, inputs)
        return int(count)

    def _prepare(self, tx: Transaction) -> tuple[Shape, Inputs]:
        """Return what the SQL depends on, before there is a plan, and what it binds."""
        tree, values = take_values(self.tree)
        inputs = Inputs(
            values=values,
            keys=self._find_keys(tx),
            experiments=self.experiments,
            datasets=self.datasets,
            last=self.last or (),
            home=self.home,
        )
        shape = Shape(
            noun=self.noun.name,
            tree=tree,
            order=self.order,
            view=self.view,
            key_counts=tuple((key, min(len(ids), 2)) for key, ids in inputs.keys.items()),
            many_experiments=len(self.experiments) > 1,
            datasets=tuple(bool(digest) for _, digest in self.datasets),
            ranks=tuple(map(rank_of, self.last or ())),
            home=bool(self.home),
        )
        return shape, inputs

    # --- keys ---

    def _find_keys(self, tx: Transaction) -> dict[str, list[int]]:
        """Return the ids of every interned key that the search names; none for an unknown one."""
        keyed = LAYOUTS[self.noun.name].keyed
        fields = [c.field for c in comparisons(self.tree)] + [item.field for item in self.order]
        names = {f.key for f in fields if f.entity in keyed and keyed[f.entity].interned}
        found: dict[str, list[int]] = {name: [] for name in sorted(names)}
        if found:
            statements = self.database.statements
            sql = (
                f"SELECT name, id FROM keys WHERE experiment_id {statements.IN_LIST} "
                f"AND name {statements.IN_LIST}"
            )
            bound = (statements.bind_list(self.experiments), statements.bind_list(found))
            for name, number in tx.execute(sql, bound).fetchall():
                found[name].append(number)
        return found

    # --- what comes first ---

    def _plan(self, tx: Transaction, shape: Shape, inputs: Inputs, limit: float) -> Shape:
        """Return the shape with the rarest comparison as its driver, if that is the cheaper way."""
        indexed = [
            node
            for node in conjuncts(shape.tree)
            if isinstance(node, Comparison) and self._has_index(node, inputs)
        ]
        if not indexed:
            return shape
        table = LAYOUTS[self.noun.name].table.name
        total = tx.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 1
        enough = self._enough(shape, total, limit)
        counts = [self._count(tx, shape, node, inputs, enough + 1) for node in indexed]
        if len(indexed) > 1 and min(counts) > enough:
            counts = [self._count(tx, shape, node, inputs, MANY) for node in indexed]
        fewest = min(counts)
        if fewest * MATCH_COST > self._steps_of_walk(shape, counts, total, limit):
            return shape
        driver = indexed[counts.index(fewest)]
        rest = tuple(node for node in conjuncts(shape.tree) if node is not driver)
        return msgspec.structs.replace(shape, tree=And(rest) if rest else None, driver=driver)

    def _enough(self, shape: Shape, total: int, limit: float) -> int:
        """Return how many matches are soon looked up, whatever else a thing must fulfil.

        With more of a single comparison it is the walk that is cheaper, however many more.
        """
        most = total / MATCH_COST
        if self._can_walk(shape):
            most = math.sqrt(min(limit, total) * most)
        return min(int(most), MANY - 1)

    def _count(
        self, tx: Transaction, shape: Shape, comparison: Comparison, inputs: Inputs, most: int
    ) -> int:
        """Return how often a comparison holds, at most `most`."""
        inputs.limit = most
        counting = Shape(
            noun=shape.noun,
            tree=None,
            order=(),
            view=ViewType.ALL,
            key_counts=shape.key_counts,
            driver=comparison,
        )
        ((count,),) = count_statement(self.database.dialect, counting).run(tx, inputs)
        return int(count)

    def _steps_of_walk(
        self, shape: Shape, counts: Sequence[int], total: int, limit: float
    ) -> float:
        """Estimate how many of `total` things a walk looks at until the page is full."""
        if not self._can_walk(shape):
            return float(total)
        matching = total * math.prod(min(count / total, 1.0) for count in counts)
        return total * min(1.0, limit / max(matching, 1.0))

    def _can_walk(self, shape: Shape) -> bool:
        """Return whether an index has the things in the order of the search."""
        if shape.many_experiments:
            return False
        first = self.order[0].field
        if first.entity is Entity.ATTRIBUTE and first.key in LAYOUTS[self.noun.name].walks:
            return True
        return is_own_order(self.order, self.noun) or self._is_indexed_key(shape)

    def _is_indexed_key(self, shape: Shape) -> bool:
        """Return whether the order begins with a metric, param or tag that has one key."""
        first = self.order[0].field
        keyed = LAYOUTS[self.noun.name].keyed.get(first.entity)
        if keyed is None or not keyed.interned or first.function is not None:
            return False
        return dict(shape.key_counts)[first.key] == 1

    def _has_index(self, comparison: Comparison, inputs: Inputs) -> bool:
        """Return whether the matches of a comparison can be looked up by its value."""
        layout = LAYOUTS[self.noun.name]
        if comparison.field.entity is Entity.DATASET:
            is_rare = layout.run is not None and comparison.operator is Operator.EQUAL
            return is_rare and not comparison.negated
        keyed = layout.keyed.get(comparison.field.entity)
        if comparison.negated or keyed is None or not (keyed.interned or keyed.indexed):
            return False
        if comparison.field.function is not None:
            return False
        if comparison.field.entity is Entity.METRIC:
            return comparison.operator in _BY_INDEX
        if comparison.operator is Operator.LIKE:
            slot: Any = comparison.values[0]
            return bool(like_prefix(inputs.values[slot]))
        return comparison.operator in _TEXT_BY_INDEX

    def _parts(self, shape: Shape) -> Iterator[Shape]:
        """Yield the statements that follow each other until the page is full.

        With a driver there is one that sorts the few matches. Otherwise an order by a metric, param
        or tag of one experiment is walked along the index of its values, then NaN, then the rest.
        """
        first = self.order[0].field
        if shape.driver is not None or not self._is_indexed_key(shape):
            yield shape
            return
        begin = shape.ranks[0] if shape.ranks else VALUE
        parts = [Part.VALUES, Part.NANS] if first.entity is Entity.METRIC else [Part.VALUES]
        for part in (*parts, Part.MISSING):
            if part.value < begin:
                continue
            ranks = shape.ranks if part.value == begin else ()
            yield msgspec.structs.replace(shape, part=part, ranks=ranks)


def _sort_values(row: Row) -> list[SortValue]:
    """Return the sort values of a row: row id, then rank and value for each key."""
    special = {MISSING: None, NOT_A_NUMBER: float("nan")}
    pairs = zip(row[1::2], row[2::2], strict=True)
    return [special.get(rank, value) if rank != VALUE else value for rank, value in pairs]
