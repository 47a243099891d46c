"""What stands in a window of a table of runs, read in a number of statements that is fixed."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from headrace.api.run_table import RunWindow
from headrace.entities import RunInfo, ViewType, tag_names
from headrace.search.columns import Column
from headrace.search.numbers import read_number
from headrace.search.tree import Entity, Function
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.summaries import NAN


class _Source(NamedTuple):
    """Where the values of an entity are, and how a function reads those that were selected."""

    table: str
    columns: str
    read: Callable[[Function | None, Sequence[Any]], Any]


def _read_metric(function: Function | None, values: Sequence[Any]) -> float | None:
    last_kind, last, first_kind, first, least, greatest = values
    if function is Function.MIN:
        return least  # type: ignore[no-any-return]
    if function is Function.MAX:
        return greatest  # type: ignore[no-any-return]
    kind, value = (first_kind, first) if function is Function.FIRST else (last_kind, last)
    return math.nan if kind == NAN else value


def _read_text(function: Function | None, values: Sequence[Any]) -> str | float | None:
    return read_number(values[0]) if function is Function.NUMBER else values[0]


_SOURCES = {
    Entity.METRIC: _Source(
        "metric_summaries",
        "last_kind, last_value, first_kind, first_value, min_value, max_value",
        _read_metric,
    ),
    Entity.PARAM: _Source("params", "value", _read_text),
    Entity.TAG: _Source("run_tags", "value", _read_text),
}

_OF_VIEW = {
    ViewType.ACTIVE_ONLY: " AND runs.deleted_at IS NULL",
    ViewType.DELETED_ONLY: " AND runs.deleted_at IS NOT NULL",
    ViewType.ALL: "",
}


def fill_window(
    tx: Transaction,
    statements: Any,
    window: RunWindow,
    infos: Mapping[int, RunInfo],
    columns: Sequence[Column],
    experiments: Sequence[int],
    view: ViewType,
) -> None:
    """Add the columns of a window.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        window: What to add them to.
        infos: The runs, by row id, in the order of the rows.
        columns: What is wanted of what they logged.
        experiments: Where children are looked for.
        view: Which of them count.

    """
    rows = infos.values()
    window.run_id = [info.run_id for info in rows]
    window.experiment_id = [info.experiment_id for info in rows]
    window.run_name = [info.run_name or "" for info in rows]
    window.status = [info.status for info in rows]
    window.is_lost = [info.lost for info in rows]
    window.user_id = [info.user_id for info in rows]
    window.user_verified = [info.user_verified for info in rows]
    window.lifecycle_stage = [info.lifecycle_stage or "" for info in rows]
    window.start_time = [info.start_time for info in rows]
    window.end_time = [info.end_time for info in rows]
    parent = Column("", Entity.TAG, tag_names.PARENT_RUN_ID)
    window.parent_run_id = _values(tx, statements, infos, [parent])[parent.name]
    children = _count_children(tx, statements, window.run_id, experiments, view)
    window.children = [children.get(run_id, 0) for run_id in window.run_id]
    numbers = [column for column in columns if column.is_number]
    texts = [column for column in columns if not column.is_number]
    window.numbers = _values(tx, statements, infos, numbers)
    window.texts = _values(tx, statements, infos, texts)


def _values(
    tx: Transaction, statements: Any, infos: Mapping[int, RunInfo], columns: Sequence[Column]
) -> dict[str, list[Any]]:
    """Return the values of columns, by their names."""
    places = {number: place for place, number in enumerate(infos)}
    found: dict[str, list[Any]] = {column.name: [None] * len(places) for column in columns}
    for entity, source in _SOURCES.items():
        wanted: dict[str, list[Column]] = {}
        for column in columns:
            if column.entity is entity:
                wanted.setdefault(column.key, []).append(column)
        if not wanted or not infos:
            continue
        for key, run, values in _select(tx, statements, source, infos, list(wanted)):
            for column in wanted[key]:
                found[column.name][places[run]] = source.read(column.function, values)
    return found


def _select(
    tx: Transaction,
    statements: Any,
    source: _Source,
    infos: Mapping[int, RunInfo],
    keys: Sequence[str],
) -> Iterator[tuple[str, int, Row]]:
    """Yield the key, the run's row id and the values of each cell that is there."""
    names = _key_names(tx, statements, {int(info.experiment_id) for info in infos.values()}, keys)
    sql = (
        f"SELECT key_id, run_id, {source.columns} FROM {source.table} "
        f"WHERE run_id {statements.IN_LIST} AND key_id {statements.IN_LIST}"
    )
    bound = (statements.bind_list(infos), statements.bind_list(names))
    for key, run, *values in tx.execute(sql, bound):
        yield names[key], run, tuple(values)


def _key_names(
    tx: Transaction, statements: Any, experiments: set[int] | Sequence[int], names: Sequence[str]
) -> dict[int, str]:
    """Return the names of keys by their ids; a name has one in each experiment that has it."""
    sql = (
        f"SELECT id, name FROM keys WHERE experiment_id {statements.IN_LIST} "
        f"AND name {statements.IN_LIST}"
    )
    bound = (statements.bind_list(experiments), statements.bind_list(names))
    return dict(tx.execute(sql, bound).fetchall())


def _count_children(
    tx: Transaction,
    statements: Any,
    run_ids: Sequence[str],
    experiments: Sequence[int],
    view: ViewType,
) -> dict[str, int]:
    keys = _key_names(tx, statements, experiments, [tag_names.PARENT_RUN_ID])
    # By the expression that tags are indexed by; no id of a run is as long.
    parent = "substr(value, 1, 200)"
    sql = (
        f"SELECT {parent}, COUNT(*) FROM run_tags JOIN runs ON runs.id = run_tags.run_id "
        f"WHERE key_id {statements.IN_LIST} AND {parent} {statements.IN_LIST}{_OF_VIEW[view]} "
        f"GROUP BY {parent}"
    )
    bound = (statements.bind_list(keys), statements.bind_list(run_ids))
    return dict(tx.execute(sql, bound).fetchall())


def leave_out_children(
    tx: Transaction, statements: Any, experiments: Sequence[int], ids: array[int]
) -> array[int]:
    """Return runs without those whose parent is among them, by row ids."""
    keys = _key_names(tx, statements, experiments, [tag_names.PARENT_RUN_ID])
    sql = (
        "SELECT run_tags.run_id, runs.id FROM run_tags JOIN runs ON runs.uuid = run_tags.value "
        f"WHERE key_id {statements.IN_LIST}"
    )
    parents = dict(tx.execute(sql, (statements.bind_list(keys),)).fetchall())
    if not parents:
        return ids
    found = frozenset(ids)
    return array("q", (run for run in ids if parents.get(run) not in found))
