"""Reading runs: whole, or as much of them as is wanted, in a number of statements that is fixed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
)
from headrace.search.selection import EVERYTHING, Selection
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.experiments import stage_of
from headrace.stores.sql.locations import Locations

# The two directions of `run_models`.
MODEL_INPUT, MODEL_OUTPUT = 0, 1

RUN_COLUMNS = (
    "uuid, experiment_id, user_id, status, start_time, end_time, deleted_at, artifact_uri, name, "
    "user_verified"
)

# The kind of a metric's value that is NaN; see `headrace.stores.sql.schema`.
_NAN = 1


class Cells(NamedTuple):
    """A table with a row for each run and key, and the columns that are read of it."""

    table: str
    columns: str


METRICS = Cells("metric_summaries", "last_kind, last_value, last_time, last_step")
METRIC_VALUES = Cells("metric_summaries", "last_kind, last_value")
PARAMS = Cells("params", "value")
TAGS = Cells("run_tags", "value")


def load_infos(
    tx: Transaction, statements: Any, locations: Locations, ids: Sequence[int]
) -> dict[int, RunInfo]:
    """Return what runs are, by row id and in the order of `ids`; unknown ones are left out."""
    sql = f"SELECT id, {RUN_COLUMNS} FROM runs WHERE id {statements.IN_LIST}"
    rows = tx.execute(sql, (statements.bind_list(ids),)).fetchall()
    found = {row[0]: run_info(row[1:], locations) for row in rows}
    return {number: found[number] for number in ids if number in found}


def run_info(row: Sequence[Any], locations: Locations) -> RunInfo:
    """Return the info that a row of `RUN_COLUMNS` holds."""
    uuid, experiment_id, user_id, status, start_time, end_time, deleted_at, *rest = row
    location, name, verified = rest
    return RunInfo(
        run_id=uuid,
        experiment_id=str(experiment_id),
        user_id=user_id,
        status=status,
        start_time=start_time,
        end_time=end_time,
        lifecycle_stage=stage_of(deleted_at),
        artifact_uri=locations.resolve(location),
        run_name=name,
        user_verified=bool(verified),
    )


def load_cells(
    tx: Transaction,
    statements: Any,
    cells: Cells,
    infos: Mapping[int, RunInfo],
    keys: Collection[str] | None,
) -> dict[str, list[Row]]:
    """Return what runs have in a table, key by key in the order of the keys.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        cells: What to read.
        infos: The runs, by row id.
        keys: The wanted keys; None for all.

    Returns:
        Key to rows of key id, run and the columns.
    """
    if keys is not None and not keys:
        return {}
    sql = f"SELECT key_id, run_id, {cells.columns} FROM {cells.table} WHERE run_id "
    sql += statements.IN_LIST
    bound = [statements.bind_list(infos)]
    if keys is not None:
        sql += (
            f" AND key_id IN (SELECT id FROM keys WHERE experiment_id {statements.IN_LIST} "
            f"AND name {statements.IN_LIST})"
        )
        experiments = {int(info.experiment_id) for info in infos.values()}
        bound += [statements.bind_list(experiments), statements.bind_list(keys)]
    by_id: dict[int, list[Row]] = {}
    for row in tx.execute(sql, bound).fetchall():
        rows = by_id.get(row[0])
        if rows is None:
            by_id[row[0]] = [row]
        else:
            rows.append(row)
    sql = f"SELECT name, id FROM keys WHERE id {statements.IN_LIST}"
    by_name: dict[str, list[Row]] = {}
    for name, key_id in sorted(tx.execute(sql, (statements.bind_list(by_id),)).fetchall()):
        by_name.setdefault(name, []).extend(by_id[key_id])
    return by_name


def metric_value(kind: int, number: float) -> float:
    """Return the value that a summary holds as kind and number."""
    return math.nan if kind == _NAN else number


def load_runs(
    tx: Transaction,
    statements: Any,
    locations: Locations,
    ids: Sequence[int],
    selection: Selection = EVERYTHING,
) -> list[Run]:
    """Return runs: params, tags and metrics in the order of their keys, inputs, outputs.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        locations: Where artifacts go.
        ids: Row ids of runs; unknown ones are left out.
        selection: What is wanted of them.

    Returns:
        The runs in the order of `ids`.
    """
    infos = load_infos(tx, statements, locations, ids)
    runs = {
        number: Run(info, RunData(), RunInputs([], []), RunOutputs([]))
        for number, info in infos.items()
    }
    datas = {number: run.data for number, run in runs.items()}
    for key, rows in load_cells(tx, statements, PARAMS, infos, selection.params).items():
        for _, run, value in rows:
            datas[run].param_list.append(Param(key, value))
    for key, rows in load_cells(tx, statements, TAGS, infos, selection.tags).items():
        for _, run, value in rows:
            datas[run].tag_list.append(RunTag(key, value))
    for key, rows in load_cells(tx, statements, METRICS, infos, selection.metrics).items():
        for _, run, kind, last, timestamp, step in rows:
            point = Metric(key, metric_value(kind, last), timestamp, step)
            datas[run].metric_list.append(point)
    where, bound = f"WHERE run_id {statements.IN_LIST}", (statements.bind_list(infos),)
    if selection.inputs:
        _add_datasets(tx, runs, where, bound)
    if selection.inputs or selection.outputs:
        _add_models(tx, runs, where, bound, selection)
    return list(runs.values())


def _add_models(
    tx: Transaction, runs: dict[int, Run], where: str, bound: Sequence[Any], selection: Selection
) -> None:
    sql = (
        f"SELECT run_id, direction, model_id, step FROM run_models {where} "
        "ORDER BY run_id, direction, model_id"
    )
    for number, direction, model_id, step in tx.execute(sql, bound).fetchall():
        if direction == MODEL_INPUT and selection.inputs:
            runs[number].inputs.model_inputs.append(LoggedModelInput(model_id))
        elif direction == MODEL_OUTPUT and selection.outputs:
            made = runs[number].outputs
            assert made is not None
            made.model_outputs.append(LoggedModelOutput(model_id, step))


def _add_datasets(tx: Transaction, runs: dict[int, Run], where: str, bound: Sequence[Any]) -> None:
    sql = (
        "SELECT run_id, input.id, name, digest, source_type, source, schema, profile, tag.key, "
        "tag.value FROM dataset_inputs AS input "
        "JOIN datasets ON datasets.id = dataset_id "
        "LEFT JOIN dataset_input_tags AS tag ON input_id = input.id "
        f"{where} ORDER BY input.id, tag.key"
    )
    last = None
    for number, input_id, *columns, key, value in tx.execute(sql, bound).fetchall():
        inputs = runs[number].inputs.dataset_inputs
        if input_id != last:
            inputs.append(DatasetInput(Dataset(*columns), []))
            last = input_id
        if key is not None:
            inputs[-1].tags.append(InputTag(key, value))
