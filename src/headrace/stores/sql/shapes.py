"""What a statement of a search is made for and run with: its shape, and the inputs that it binds.

A statement is compiled once for each *shape* of a search: its tree with the values taken out, its
order, and what the plan decided. The values, key ids and experiment ids are bound when it runs, so
the second search of a kind costs no SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from headrace.entities import ViewType
from headrace.search.ordering import OrderItem
from headrace.search.tree import Comparison, Node
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.summaries import NAN, NUMBER

# Ranks of a sort value: a value, NaN, missing. The first two are the kinds of a metric's value.
VALUE, NOT_A_NUMBER, MISSING = NUMBER, NAN, 2


class Part(Enum):
    """What a statement returns of an order whose first key is a metric, param or tag.

    ``ALL`` sorts everything; the others return one rank of the first key, the values straight from
    their index, so that a page costs the same among any number of runs.
    """

    ALL = -1
    VALUES = VALUE
    NANS = NOT_A_NUMBER
    MISSING = MISSING


class Shape(Struct, frozen=True):
    """Everything of a search that its SQL depends on.

    Attributes:
        noun: Name of the noun.
        tree: The filter, with slots in place of values.
        order: The complete order.
        view: Which lifecycle stages are wanted.
        key_counts: How many ids each interned key has: 0, 1 or 2 for more.
        many_experiments: Whether there is more than one experiment.
        datasets: For each data set whether its digest counts.
        ranks: Rank of each sort value that the page begins after; empty for the first page.
        part: Which part of the order to return.
        driver: A comparison that must hold too, whose matches are looked up first by index.
        home: Whether locations are stored relative to a folder.

    """

    noun: str
    tree: Node | None
    order: tuple[OrderItem, ...]
    view: ViewType
    key_counts: tuple[tuple[str, int], ...] = ()
    many_experiments: bool = False
    datasets: tuple[bool, ...] = ()
    ranks: tuple[int, ...] = ()
    part: Part = Part.ALL
    driver: Comparison | None = None
    home: bool = False


class Inputs(Struct):
    """What a statement binds when it runs.

    Attributes:
        values: Values of the comparisons by slot; the list of an IN is one value.
        keys: Ids of each interned key, one for each experiment that has it.
        experiments: The experiments to search in.
        datasets: Name and digest of data sets whose metrics count; "" for any digest.
        last: Sort values after which the page begins.
        home: Folder that stored locations are relative to.
        limit: Number of rows at most.

    """

    values: Sequence[Any] = ()
    keys: dict[str, list[int]] = {}
    experiments: Sequence[int] = ()
    datasets: Sequence[tuple[str, str]] = ()
    last: Sequence[Any] = ()
    home: str = ""
    limit: int = 0


Bind: TypeAlias = Callable[[Inputs], Any]


class Statement(NamedTuple):
    """SQL of one shape, and where each of its marks takes its value from."""

    sql: str
    binds: tuple[Bind, ...]

    def run(self, tx: Transaction, inputs: Inputs) -> list[Row]:
        """Return the rows."""
        return tx.execute(self.sql, [bind(inputs) for bind in self.binds]).fetchall()
