"""The graph of lineage: walked breadth first, a statement for each kind, relation and step.

Upstream and downstream are walked apart: what the thing came from is followed upstream, what came
from it downstream. At the border neighbours are read once more, not to go on, but to tell how many
there are, and for the edges between nodes that are there already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from headrace.api import lineage as api
from headrace.entities import (
    Lineage,
    LineageCut,
    LineageEdge,
    LineageRelation,
)
from headrace.entities.tag_names import PARENT_RUN_ID
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.lineage_nodes import Found, Name, load_nodes, not_found, parse_name
from headrace.stores.sql.lineage_relations import (
    IDS,
    PARENT_KEYS,
    ROWS,
    WAYS,
    Way,
    neighbors_statement,
)

DEPTH, MAX_DEPTH = 8, 50
NODES, MAX_NODES = 200, 2_000
NEIGHBORS, MAX_NEIGHBORS = 20, 1_000
MAX_SKIP = 1_000_000_000

_DIRECTIONS = {"upstream": (False,), "downstream": (True,), None: (False, True)}

# SQLite is told the order: from the few experiments to the index of their keys.
_PARENT_KEYS = (
    "SELECT k.id FROM experiments AS e CROSS JOIN keys AS k "
    "WHERE k.experiment_id = e.id AND k.name = ?"
)


class LineageGraphCalls(SqlCalls):
    """The call that tells what came from what."""

    def get_lineage(self, request: api.GetLineage) -> api.LineageAnswer:
        """Return what a thing came from, and what came from it, nearest first."""
        bounds = _Bounds(
            _bounded("depth", request.depth, DEPTH, 0, MAX_DEPTH),
            _bounded("max_nodes", request.max_nodes, NODES, 1, MAX_NODES),
            _bounded("max_neighbors", request.max_neighbors, NEIGHBORS, 1, MAX_NEIGHBORS),
            _bounded("skip", request.skip, 0, 0, MAX_SKIP),
        )
        directions = _one_of("direction", request.direction, _DIRECTIONS)
        relations = {None: None} | {one.value: one for one in LineageRelation}
        relation = _one_of("relation", request.relation, relations)
        start = parse_name(request.kind, request.id)
        with self._database.read() as tx:
            walk = _Walk(tx, self._statements, bounds, self._lost_before())
            walk.go(start, directions, relation)
            return api.LineageAnswer(walk.graph())


class _Bounds(NamedTuple):
    depth: int
    nodes: int
    neighbors: int
    skip: int


class _Edge(NamedTuple):
    source: Name
    target: Name
    relation: LineageRelation


class _Walk:
    """One walk; the nodes stand in the order in which they were found."""

    def __init__(self, tx: Transaction, statements: Any, bounds: _Bounds, lost_before: int) -> None:
        self._tx = tx
        self._statements = statements
        self._bounds = bounds
        self._lost_before = lost_before
        self._nodes: dict[Name, Found] = {}
        self._edges: dict[_Edge, str | None] = {}
        self._totals: dict[tuple[Name, LineageRelation, bool], int] = {}
        self._parent_keys: list[int] | None = None

    def go(
        self, start: Name, directions: tuple[bool, ...], relation: LineageRelation | None
    ) -> None:
        """Walk from a node; see `headrace.api.lineage.GetLineage`."""
        self._add([start])
        if not self._nodes[start].rows:
            raise not_found(start)
        # Which nodes were reached by which way: one may be followed both ways.
        border = {direction: [start] for direction in directions}
        reached = {direction: {start} for direction in directions}
        for step in range(self._bounds.depth + 1):
            is_end = step == self._bounds.depth
            following: dict[bool, list[Name]] = {direction: [] for direction in directions}
            for direction, names in border.items():
                ways = [way for way in WAYS if way.downstream is direction]
                if step == 0 and relation is not None:
                    ways = [way for way in ways if way.relation is relation]
                for way in ways:
                    known = [name for name in names if name.kind is way.known]
                    skip = self._bounds.skip if step == 0 else 0
                    for found in self._follow(way, known, skip, is_end=is_end):
                        if found not in reached[direction]:
                            reached[direction].add(found)
                            following[direction].append(found)
            border = following

    def graph(self) -> Lineage:
        """Return what was found."""
        positions = {name: position for position, name in enumerate(self._nodes)}
        shown: dict[tuple[Name, LineageRelation, bool], int] = defaultdict(int)
        for source, target, relation in self._edges:
            shown[source, relation, True] += 1
            shown[target, relation, False] += 1
        return Lineage(
            [found.node for found in self._nodes.values()],
            [
                LineageEdge(positions[edge.source], positions[edge.target], edge.relation, detail)
                for edge, detail in self._edges.items()
            ],
            [
                LineageCut(positions[name], relation, downstream, hidden)
                for (name, relation, downstream), total in self._totals.items()
                if (hidden := total - shown[name, relation, downstream]) > 0
            ],
        )

    def _follow(self, way: Way, known: list[Name], skip: int, *, is_end: bool) -> Iterator[Name]:
        """Yield the neighbours of nodes that are there or have room, with their edges noted."""
        if not known:
            return
        most = skip + self._bounds.neighbors
        room = 0 if is_end else self._bounds.nodes - len(self._nodes)
        fresh: dict[Name, None] = {}
        for *texts, detail, total in self._read(way, known, skip, most):
            one, other = Name(way.known, *texts[:2]), Name(way.found, *texts[2:])
            if one not in self._nodes:
                continue  # an id of the same beginning
            self._totals[one, way.relation, way.downstream] = total - skip
            if other not in self._nodes and other not in fresh:
                if len(fresh) >= room:
                    continue
                fresh[other] = None
            ends = (one, other) if way.downstream else (other, one)
            self._edges.setdefault(_Edge(*ends, way.relation), detail)
            yield other
        self._add(fresh)  # at once: the next way has only the room that is left

    def _read(self, way: Way, known: list[Name], skip: int, most: int) -> Iterable[Any]:
        bind = self._statements.bind_list
        lists = {
            ROWS: [row for name in known for row in self._nodes[name].rows],
            IDS: [name.first for name in known],
            PARENT_KEYS: self._find_parent_keys() if PARENT_KEYS in way.binds else [],
        }
        bound = [bind(lists[what]) for what in way.binds]
        sql = neighbors_statement(way, self._statements)
        return self._tx.execute(sql, (*bound, skip, most)).fetchall()

    def _find_parent_keys(self) -> list[int]:
        """Return the ids of the tag that names the parent, which each experiment has its own of."""
        if self._parent_keys is None:
            rows = self._tx.execute(_PARENT_KEYS, (PARENT_RUN_ID,)).fetchall()
            self._parent_keys = [row[0] for row in rows]
        return self._parent_keys

    def _add(self, names: Iterable[Name]) -> None:
        fresh = [name for name in dict.fromkeys(names) if name not in self._nodes]
        loaded = load_nodes(self._tx, self._statements, fresh, self._lost_before)
        for name in fresh:
            self._nodes[name] = loaded[name]


def _bounded(name: str, given: int | None, default: int, least: int, most: int) -> int:
    if given is None:
        return default
    if not least <= given <= most:
        raise InvalidParameterValue(
            f"Invalid value {given} for parameter '{name}' supplied: it must be between {least} "
            f"and {most}."
        )
    return given


def _one_of(name: str, given: str | None, allowed: Any) -> Any:
    if given not in allowed:
        names = ", ".join(one for one in allowed if one)
        raise InvalidParameterValue(
            f"Invalid value {given!r} for parameter '{name}' supplied: it is one of {names}."
        )
    return allowed[given]
