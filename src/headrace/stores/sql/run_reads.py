"""Reading runs: whole, or as much of them as is wanted, in a number of statements that is fixed."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from headrace.api.tracking import RunColumns
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
    RunStatus,
    RunTag,
)
from headrace.search.selection import EVERYTHING, Selection
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.experiments import stage_of
from headrace.stores.sql.sessions import find_lost
from headrace.stores.sql.summaries import NAN

Resolve = Callable[[str], str]

# The two directions of `run_models`.
MODEL_INPUT, MODEL_OUTPUT = 0, 1

RUN_COLUMNS = (
    "uuid, experiment_id, user_id, status, start_time, end_time, deleted_at, artifact_uri, name, "
    "user_verified"
)


class Cells(NamedTuple):
    """A table with a row for each run and key, what is read of it, and which rows count."""

    table: str
    columns: str
    condition: str = ""


METRICS = Cells("metric_summaries", "last_kind, last_value, last_time, last_step")
METRIC_VALUES = Cells("metric_summaries", "last_value")
METRIC_NANS = Cells("metric_summaries", "1", f" AND last_kind = {NAN}")
PARAMS = Cells("params", "value")
TAGS = Cells("run_tags", "value")


def load_infos(
    tx: Transaction, statements: Any, resolve: Resolve, ids: Sequence[int]
) -> dict[int, RunInfo]:
    """Return what runs are, by row id and in the order of `ids`; unknown ones are left out."""
    sql = f"SELECT id, {RUN_COLUMNS} FROM runs WHERE id {statements.IN_LIST}"
    rows = tx.execute(sql, (statements.bind_list(ids),)).fetchall()
    found = {row[0]: run_info(row[1:], resolve) for row in rows}
    return {number: found[number] for number in ids if number in found}


def find_infos(
    tx: Transaction, statements: Any, resolve: Resolve, run_ids: Sequence[str]
) -> list[RunInfo]:
    """Return what runs are, by run id and in the order of `run_ids`; unknown ones are left out."""
    sql = f"SELECT {RUN_COLUMNS} FROM runs WHERE uuid {statements.IN_LIST}"
    rows = tx.execute(sql, (statements.bind_list(run_ids),)).fetchall()
    found = {row[0]: run_info(row, resolve) for row in rows}
    return [found[run_id] for run_id in run_ids if run_id in found]


def run_info(row: Sequence[Any], resolve: Resolve) -> RunInfo:
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
        artifact_uri=resolve(location),
        run_name=name,
        user_verified=bool(verified),
    )


def _select_cells(
    tx: Transaction,
    statements: Any,
    cells: Cells,
    infos: Mapping[int, RunInfo],
    keys: Collection[str] | None,
) -> Iterable[Row]:
    """Return the rows (key id, run, columns) that runs have in a table.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        cells: What to read.
        infos: The runs, by row id.
        keys: The wanted keys; None for all.

    """
    if keys is not None and not keys:
        return ()
    sql = (
        f"SELECT key_id, run_id, {cells.columns} FROM {cells.table} "
        f"WHERE run_id {statements.IN_LIST}{cells.condition}"
    )
    bound = [statements.bind_list(infos)]
    if keys is not None:
        sql += (
            f" AND key_id IN (SELECT id FROM keys WHERE experiment_id {statements.IN_LIST} "
            f"AND name {statements.IN_LIST})"
        )
        experiments = {int(info.experiment_id) for info in infos.values()}
        bound += [statements.bind_list(experiments), statements.bind_list(keys)]
    return tx.execute(sql, bound)


def _names(tx: Transaction, statements: Any, ids: Collection[int]) -> list[tuple[str, int]]:
    """Return the names of keys with their ids, in the order of the names."""
    sql = f"SELECT name, id FROM keys WHERE id {statements.IN_LIST}"
    return sorted(tx.execute(sql, (statements.bind_list(ids),)).fetchall())


def load_runs(
    tx: Transaction,
    statements: Any,
    resolve: Resolve,
    ids: Sequence[int],
    selection: Selection = EVERYTHING,
    *,
    lost_before: int,
) -> list[Run]:
    """Return runs: params, tags and metrics in the order of their keys, inputs, outputs.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        resolve: Makes the answered location of artifacts out of the stored one.
        ids: Row ids of runs; unknown ones are left out.
        selection: What is wanted of them.
        lost_before: A run is lost if its sessions were heard last before this time.

    Returns:
        The runs in the order of `ids`.
    """
    infos = load_infos(tx, statements, resolve, ids)
    runs = {
        number: Run(info, RunData(), RunInputs([], []), RunOutputs([]))
        for number, info in infos.items()
    }
    mark_lost(tx, statements, infos, lost_before)
    _add_data(tx, statements, runs, selection)
    where, bound = f"WHERE run_id {statements.IN_LIST}", (statements.bind_list(infos),)
    if selection.inputs:
        _add_datasets(tx, runs, where, bound)
    if selection.inputs or selection.outputs:
        _add_models(tx, runs, where, bound, selection)
    return list(runs.values())


def mark_lost(
    tx: Transaction, statements: Any, infos: Mapping[int, RunInfo], lost_before: int
) -> None:
    """Mark those of the runs, by row id, that are lost; see `find_lost`."""
    ongoing = [n for n, info in infos.items() if not RunStatus.is_terminated(info.status)]
    if ongoing:
        for number in find_lost(tx, statements, ongoing, lost_before):
            infos[number].lost = True


def _add_data(
    tx: Transaction, statements: Any, runs: Mapping[int, Run], selection: Selection
) -> None:
    infos = {number: run.info for number, run in runs.items()}
    datas = {number: run.data for number, run in runs.items()}

    def load(cells: Cells, keys: Collection[str] | None) -> Iterator[tuple[str, Sequence[Row]]]:
        rows: dict[int, list[Row]] = {}
        for row in list(_select_cells(tx, statements, cells, infos, keys)):
            rows.setdefault(row[0], []).append(row)
        for name, key in _names(tx, statements, rows):
            yield name, rows[key]

    for key, rows in load(PARAMS, selection.params):
        for _, run, value in rows:
            datas[run].param_list.append(Param(key, value))
    for key, rows in load(TAGS, selection.tags):
        for _, run, value in rows:
            datas[run].tag_list.append(RunTag(key, value))
    for key, rows in load(METRICS, selection.metrics):
        for _, run, kind, last, timestamp, step in rows:
            value = math.nan if kind == NAN else last
            datas[run].metric_list.append(Metric(key, value, timestamp, step))


def load_columns(
    tx: Transaction,
    statements: Any,
    resolve: Resolve,
    ids: Sequence[int],
    selection: Selection = EVERYTHING,
) -> RunColumns:
    """Return runs as columns, each run a row in the order of `ids`; see `load_runs`."""
    infos = load_infos(tx, statements, resolve, ids)
    places = {number: row for row, number in enumerate(infos)}

    def load(cells: Cells, keys: Collection[str] | None) -> dict[int, list[Any]]:
        columns: dict[int, list[Any]] = {}
        # Row by row: rows that all live at once would cost as much again.
        for key, run, value in _select_cells(tx, statements, cells, infos, keys):
            column = columns.get(key)
            if column is None:
                column = columns[key] = [None] * len(places)
            column[places[run]] = value
        return columns

    def name(columns: dict[int, list[Any]]) -> dict[str, list[Any]]:
        return _in_order_of_meeting(columns, _names(tx, statements, columns))

    metrics = load(METRIC_VALUES, selection.metrics)
    for key, run, _ in _select_cells(tx, statements, METRIC_NANS, infos, selection.metrics):
        metrics[key][places[run]] = math.nan
    found = RunColumns.of(infos.values())
    found.metrics = name(metrics)
    found.params = name(load(PARAMS, selection.params))
    found.tags = name(load(TAGS, selection.tags))
    return found


def _in_order_of_meeting(
    columns: Mapping[int, list[Any]], names: Sequence[tuple[str, int]]
) -> dict[str, list[Any]]:
    """Return columns by name, sorted by the first row that has a value, and then by name.

    A name has a column of its own in each experiment; they come together here.
    """
    found: dict[str, tuple[int, list[Any]]] = {}
    for name, key in names:
        column = columns[key]
        if name in found:
            pairs = zip(found[name][1], column, strict=True)
            column = [one if other is None else other for one, other in pairs]
        first = next(row for row, value in enumerate(column) if value is not None)
        found[name] = (first, column)
    ordered = sorted(found.items(), key=lambda item: (item[1][0], item[0]))
    return {name: column for name, (_, column) in ordered}


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
