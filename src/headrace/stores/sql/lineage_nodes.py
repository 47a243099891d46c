"""What the nodes of a graph of lineage are, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from headrace.entities import (
    LineageKind,
    LineageNode,
    LoggedModelStatus,
    ModelStage,
    RunStatus,
    dataset_id,
    split_dataset_id,
)
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist
from headrace.stores.registry_texts import check_model_name, parse_version
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.experiments import stage_of
from headrace.stores.sql.lineage import GONE, UNKNOWN
from headrace.stores.sql.registry_reads import no_version
from headrace.stores.sql.sessions import find_lost
from headrace.stores.texts import check_text

_STATUSES = list(LoggedModelStatus)
_STAGES = list(ModelStage)


class Name(NamedTuple):
    """What a node is called in the store.

    Attributes:
        kind: What it is.
        first: The id of a run or a logged model; the name of a data set or a registered model.
        second: Digest or version.

    """

    kind: LineageKind
    first: str
    second: str = ""


class Found(NamedTuple):
    """A node, and the ids of its rows: none if it is not in this store, of a data set several."""

    node: LineageNode
    rows: Sequence[int]


def parse_name(kind: str, id: str) -> Name:
    """Return the name of the node that a request asks for.

    Raises:
        InvalidParameterValue: If there is no such kind, or nothing of it can have this id.

    """
    try:
        known = LineageKind(kind)
    except ValueError:
        allowed = ", ".join(LineageKind)
        raise InvalidParameterValue(
            f"Invalid value {kind!r} for parameter 'kind' supplied: it is one of {allowed}."
        ) from None
    check_text("id", id)
    if known in (LineageKind.RUN, LineageKind.LOGGED_MODEL):
        return Name(known, id)
    if "/" not in id:
        form = "NAME/VERSION" if known is LineageKind.MODEL_VERSION else "NAME/DIGEST"
        raise InvalidParameterValue(
            f"Invalid value {id!r} for parameter 'id' supplied: the id of a {known} is {form}."
        )
    if known is LineageKind.DATASET:
        return Name(known, *split_dataset_id(id))
    name, _, version = id.rpartition("/")
    check_model_name(name, "id")
    return Name(known, name, str(parse_version(version)))


def not_found(name: Name) -> ResourceDoesNotExist:
    """Return the error for a node that is not there."""
    if name.kind is LineageKind.MODEL_VERSION:
        return no_version(name.first, name.second)
    if name.kind is LineageKind.LOGGED_MODEL:
        return ResourceDoesNotExist(f"Logged model with ID '{name.first}' not found.")
    if name.kind is LineageKind.RUN:
        return ResourceDoesNotExist(f"Run with id={name.first} not found")
    return ResourceDoesNotExist(
        f"No run has used a data set with name={name.first} and digest={name.second}."
    )


def load_nodes(
    tx: Transaction, statements: Any, names: Iterable[Name], lost_before: int
) -> dict[Name, Found]:
    """Return what nodes are, each of the names with one.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        names: What they are called.
        lost_before: A run is lost if its sessions were heard last before this time.

    """
    by_kind: dict[LineageKind, list[Name]] = defaultdict(list)
    for name in names:
        by_kind[name.kind].append(name)
    found: dict[Name, Found] = {}
    for kind, wanted in by_kind.items():
        found |= _LOADERS[kind](tx, statements, wanted)
    _mark_lost(tx, statements, found, lost_before)
    return found


def _load_datasets(tx: Transaction, statements: Any, names: list[Name]) -> dict[Name, Found]:
    rows: dict[Name, list[Row]] = defaultdict(list)
    sql = (
        "SELECT name, digest, id, source_type FROM datasets "
        f"WHERE name {statements.IN_LIST} AND digest {statements.IN_LIST} ORDER BY id"
    )
    for row in tx.execute(sql, _bound(statements, names)).fetchall():
        rows[Name(LineageKind.DATASET, row[0], row[1])].append(row)
    found = {}
    for name in names:
        mine = rows[name]
        node = LineageNode(
            name.kind,
            dataset_id(name.first, name.second),
            name.first,
            state="active" if mine else UNKNOWN,
            type=mine[0][3] if mine else None,
            digest=name.second,
        )
        found[name] = Found(node, [row[2] for row in mine])
    return found


def _load_runs(tx: Transaction, statements: Any, names: list[Name]) -> dict[Name, Found]:
    ids = statements.bind_list([name.first for name in names])
    sql = (
        "SELECT r.uuid, r.id, r.name, r.status, r.start_time, r.deleted_at, e.id, e.name "
        f"FROM runs AS r JOIN experiments AS e ON e.id = r.experiment_id "
        f"WHERE r.uuid {statements.IN_LIST}"
    )
    found = {}
    for uuid, row, name, status, start, deleted_at, experiment, title in tx.execute(
        sql, (ids,)
    ).fetchall():
        node = LineageNode(
            LineageKind.RUN,
            uuid,
            name,
            state=stage_of(deleted_at),
            time=start,
            experiment_id=str(experiment),
            experiment_name=title,
            status=status,
        )
        found[Name(LineageKind.RUN, uuid)] = Found(node, [row])
    absent = [name for name in names if name not in found]
    if absent:
        sql = f"SELECT run_uuid FROM tombstones WHERE run_uuid {statements.IN_LIST}"
        bound = statements.bind_list([name.first for name in absent])
        gone = {uuid for (uuid,) in tx.execute(sql, (bound,)).fetchall()}
        for name in absent:
            state = GONE if name.first in gone else UNKNOWN
            node = LineageNode(name.kind, name.first, name.first, state=state)
            found[name] = Found(node, [])
    return found


def _load_models(tx: Transaction, statements: Any, names: list[Name]) -> dict[Name, Found]:
    sql = (
        "SELECT m.uuid, m.id, m.name, m.status, m.created_at, m.deleted_at, m.model_type, "
        "e.id, e.name FROM logged_models AS m JOIN experiments AS e ON e.id = m.experiment_id "
        f"WHERE m.uuid {statements.IN_LIST}"
    )
    ids = statements.bind_list([name.first for name in names])
    found = {}
    for uuid, row, name, status, made, deleted_at, kind, experiment, title in tx.execute(
        sql, (ids,)
    ).fetchall():
        node = LineageNode(
            LineageKind.LOGGED_MODEL,
            uuid,
            name or uuid,
            state=stage_of(deleted_at),
            time=made,
            experiment_id=str(experiment),
            experiment_name=title,
            status=_STATUSES[status].name,
            type=kind or None,
        )
        found[Name(LineageKind.LOGGED_MODEL, uuid)] = Found(node, [row])
    for absent in names:
        if absent not in found:
            node = LineageNode(absent.kind, absent.first, absent.first, state=UNKNOWN)
            found[absent] = Found(node, [])
    return found


def _load_versions(tx: Transaction, statements: Any, names: list[Name]) -> dict[Name, Found]:
    sql = (
        "SELECT name, CAST(version AS TEXT), id, stage, created_at FROM model_versions "
        f"WHERE name {statements.IN_LIST} AND version {statements.IN_LIST}"
    )
    models = statements.bind_list(list({name.first for name in names}))
    numbers = statements.bind_list(list({int(name.second) for name in names}))
    rows = {
        Name(LineageKind.MODEL_VERSION, row[0], row[1]): row[2:]
        for row in tx.execute(sql, (models, numbers)).fetchall()
    }
    ids = statements.bind_list([rows[name][0] for name in names if name in rows])
    aliases: dict[int, list[str]] = defaultdict(list)
    sql = f"SELECT version_id, alias FROM model_aliases WHERE version_id {statements.IN_LIST}"
    for row, alias in tx.execute(sql, (ids,)).fetchall():
        aliases[row].append(alias)
    found = {}
    for name in names:
        row, stage, made = rows.get(name, (None, 0, None))
        node = LineageNode(
            name.kind,
            f"{name.first}/{name.second}",
            name.first,
            state="active" if row else GONE,
            time=made,
            version=name.second,
            stage=_STAGES[stage].value,
            aliases=sorted(aliases[row]) if row else [],
        )
        found[name] = Found(node, [row] if row else [])
    return found


def _mark_lost(
    tx: Transaction, statements: Any, found: dict[Name, Found], lost_before: int
) -> None:
    running = {
        one.rows[0]: one.node for one in found.values() if one.node.status == RunStatus.RUNNING
    }
    if running and lost_before:
        for row in find_lost(tx, statements, running, lost_before):
            running[row].lost = True


def _bound(statements: Any, names: list[Name]) -> tuple[Any, Any]:
    firsts, seconds = {name.first for name in names}, {name.second for name in names}
    return statements.bind_list(list(firsts)), statements.bind_list(list(seconds))


_LOADERS = {
    LineageKind.DATASET: _load_datasets,
    LineageKind.RUN: _load_runs,
    LineageKind.LOGGED_MODEL: _load_models,
    LineageKind.MODEL_VERSION: _load_versions,
}
