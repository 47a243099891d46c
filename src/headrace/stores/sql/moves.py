"""Runs on their way into another experiment, with all that they logged.

A run gets a new row, whose id is a new one: what a process remembers of the old row (its id, its
experiment's keys) then finds no run any more, and is read anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from headrace.errors import TemporarilyUnavailable
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.keys import Keys
from headrace.stores.sql.runs import check_active, hold_runs

_WAIT_SECONDS = 30.0

_MOVING = "moving "  # no run's id holds a blank

_RUN_COLUMNS = (
    "name, user_id, user_verified, status, start_time, end_time, deleted_at, artifact_uri"
)
_SUMMARY_COLUMNS = (
    "last_kind, last_value, last_step, last_time, first_kind, first_value, first_step, "
    "first_time, min_value, max_value, count"
)
_DATASET_COLUMNS = "name, digest, source_type, source, schema, profile"

# Rows whose place is a run and a key: (columns, table).
_KEYED = (("value", "params"), ("value", "run_tags"), (_SUMMARY_COLUMNS, "metric_summaries"))

# Rows that only name their run.
_HANGING = ("logged_model_metrics", "run_models", "run_sessions", "run_context", "run_output")


def prepare_moves() -> None:
    """Load numpy, which takes a moment, before a transaction for which others wait."""
    import headrace.stores.sql.rekeying  # noqa: F401


def hold_to_move(tx: Transaction, statements: Any, names: Sequence[str]) -> list[Row]:
    """Return the rows of `hold_runs` of active runs that nobody writes to or compacts meanwhile.

    Raises:
        ResourceDoesNotExist: If one of them is not there.
        InvalidParameterValue: If one of them is deleted.
        TemporarilyUnavailable: If somebody else compacts one for too long.

    """
    runs = [row[0] for row in hold_runs(tx, statements, names, "")]
    until = time.monotonic() + _WAIT_SECONDS
    while runs := statements.lock_compactions(tx, runs):
        if time.monotonic() > until:
            raise TemporarilyUnavailable("The runs are being compacted. Try again.")
        time.sleep(0.01)
    rows = hold_runs(tx, statements, names, statements.FOR_REMOVAL)
    check_active(rows)
    return rows


def move_held(
    tx: Transaction, statements: Any, keys: Keys, rows: Sequence[Row], target: int
) -> None:
    """Move the runs of `hold_to_move` into an experiment that the transaction holds."""

    def source(row: Row) -> int:
        return int(row[2])

    for experiment, found in groupby(sorted(rows, key=source), key=source):
        runs = {row[0]: row[1] for row in found}
        _move(tx, statements, keys, runs, experiment, target)


def _move(
    tx: Transaction,
    statements: Any,
    keys: Keys,
    runs: Mapping[int, str],
    source: int,
    target: int,
) -> None:
    """Move runs of one experiment, row id to id, into another."""
    bound, is_listed = statements.bind_list(list(runs)), statements.IN_LIST
    tx.execute(f"UPDATE runs SET uuid = '{_MOVING}' || uuid WHERE id {is_listed}", (bound,))
    sql = (
        f"INSERT INTO runs (uuid, experiment_id, {_RUN_COLUMNS}) "
        f"SELECT substr(uuid, {len(_MOVING) + 1}), CAST(? AS BIGINT), {_RUN_COLUMNS} "
        f"FROM runs WHERE id {is_listed} ORDER BY id RETURNING uuid, id"
    )
    made = dict(tx.execute(sql, (target, bound)).fetchall())
    new_ids = {old: made[uuid] for old, uuid in runs.items()}
    key_ids = _intern_keys(tx, statements, keys, bound, target)
    for columns, table in _KEYED:
        _copy_keyed(tx, statements, table, columns, bound, target)
    _move_points(tx, statements, bound, new_ids, key_ids)
    datasets = _move_inputs(tx, statements, bound, new_ids, target)
    for table in _HANGING:
        tx.execute(
            f"UPDATE {table} SET run_id = (SELECT new_run.id FROM runs AS old_run "
            f"JOIN runs AS new_run ON new_run.uuid = substr(old_run.uuid, {len(_MOVING) + 1}) "
            f"WHERE old_run.id = run_id) WHERE run_id {is_listed}",
            (bound,),
        )
    sql = (
        "UPDATE logged_models SET experiment_id = ? "
        f"WHERE experiment_id = ? AND source_run_id {is_listed}"
    )
    tx.execute(sql, (target, source, statements.bind_list(list(runs.values()))))
    # Not by their foreign keys, which would find them run by run.
    for _, table in _KEYED:
        tx.execute(f"DELETE FROM {table} WHERE run_id {is_listed}", (bound,))
    tx.execute(f"DELETE FROM runs WHERE id {is_listed}", (bound,))
    if datasets:
        sql = (
            f"DELETE FROM datasets WHERE id {is_listed} AND NOT EXISTS "
            "(SELECT 1 FROM dataset_inputs WHERE dataset_id = datasets.id)"
        )
        tx.execute(sql, (statements.bind_list(datasets),))


def _intern_keys(
    tx: Transaction, statements: Any, keys: Keys, bound: Any, target: int
) -> dict[int, int]:
    """Return the target's key for each key that the runs use."""
    used = " UNION ".join(
        f"SELECT key_id FROM {table} WHERE run_id {statements.IN_LIST}" for _, table in _KEYED
    )
    sql = f"SELECT id, name FROM keys WHERE id IN ({used})"
    names = dict(tx.execute(sql, (bound,) * len(_KEYED)).fetchall())
    ids = keys.ids(tx, target, set(names.values()), create=True)
    return {old: ids[name] for old, name in names.items()}


def _copy_keyed(
    tx: Transaction, statements: Any, table: str, columns: str, bound: Any, target: int
) -> None:
    """Copy rows of a run and a key to the new run and the target's key; the old ones go later."""
    chosen = ", ".join(f"old.{column.strip()}" for column in columns.split(","))
    tx.execute(
        f"INSERT INTO {table} (run_id, key_id, {columns}) "
        f"SELECT new_run.id, new_key.id, {chosen} FROM {table} AS old "
        "JOIN runs AS old_run ON old_run.id = old.run_id "
        f"JOIN runs AS new_run ON new_run.uuid = substr(old_run.uuid, {len(_MOVING) + 1}) "
        "JOIN keys AS old_key ON old_key.id = old.key_id "
        "JOIN keys AS new_key ON new_key.experiment_id = ? AND new_key.name = old_key.name "
        f"WHERE old.run_id {statements.IN_LIST}",
        (target, bound),
    )


def _move_points(
    tx: Transaction,
    statements: Any,
    bound: Any,
    new_ids: Mapping[int, int],
    key_ids: Mapping[int, int],
) -> None:
    """Bring blocks and log rows to the new runs; where keys stand inside of them, anew."""
    sql = f"SELECT id, run_id, points FROM metric_log WHERE run_id {statements.IN_LIST}"
    logged: list[Row] = tx.execute(sql, (bound,)).fetchall()
    sql = (
        "SELECT id, run_id, key_id, count, CASE WHEN key_id = 0 THEN points END "
        f"FROM metric_blocks WHERE run_id {statements.IN_LIST}"
    )
    blocks: list[Row] = tx.execute(sql, (bound,)).fetchall()
    if not logged and not blocks:
        return
    from headrace.stores.sql.rekeying import Rekeying

    rekeying = Rekeying(key_ids)
    tx.executemany(
        "UPDATE metric_log SET run_id = ?, points = ? WHERE id = ?",
        [(new_ids[run], rekeying.log(blob), row) for row, run, blob in logged],
    )
    tx.executemany(
        "UPDATE metric_blocks SET run_id = ?, key_id = ? WHERE id = ?",
        [(new_ids[run], key_ids[key], row) for row, run, key, _, _ in blocks if key],
    )
    tx.executemany(
        "UPDATE metric_blocks SET run_id = ?, points = ? WHERE id = ?",
        [
            (new_ids[run], rekeying.packed(blob, count), row)
            for row, run, key, count, blob in blocks
            if not key
        ],
    )


def _move_inputs(
    tx: Transaction, statements: Any, bound: Any, new_ids: Mapping[int, int], target: int
) -> list[int]:
    """Link inputs to the target's own rows of the same data sets; return the rows of before."""
    sql = f"SELECT id, run_id, dataset_id FROM dataset_inputs WHERE run_id {statements.IN_LIST}"
    inputs: list[Row] = tx.execute(sql, (bound,)).fetchall()
    old = sorted({dataset for _, _, dataset in inputs})
    if not old:
        return old
    used = statements.bind_list(old)
    tx.execute(
        f"INSERT INTO datasets (experiment_id, {_DATASET_COLUMNS}) "
        f"SELECT CAST(? AS BIGINT), {_DATASET_COLUMNS} FROM datasets "
        f"WHERE id {statements.IN_LIST} ON CONFLICT (experiment_id, name, digest) DO NOTHING",
        (target, used),
    )
    sql = (
        "SELECT old.id, new.id FROM datasets AS old JOIN datasets AS new "
        "ON new.experiment_id = ? AND new.name = old.name AND new.digest = old.digest "
        f"WHERE old.id {statements.IN_LIST}"
    )
    datasets = dict(tx.execute(sql, (target, used)).fetchall())
    tx.executemany(
        "UPDATE dataset_inputs SET run_id = ?, dataset_id = ? WHERE id = ?",
        [(new_ids[run], datasets[dataset], row) for row, run, dataset in inputs],
    )
    return old
