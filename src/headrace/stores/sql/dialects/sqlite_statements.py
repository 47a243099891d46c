"""SQLite's own wording of the statements that differ between databases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from headrace.stores.sql import summaries
from headrace.stores.sql.engine import Row, Transaction, placeholders

# Appended to a SELECT of rows that the transaction is about to rely on: SQLite has one writer.
FOR_SHARE = ""
FOR_UPDATE = ""
FOR_UPDATE_IF_FREE = ""
FOR_REMOVAL = ""

# Begins a transaction that no other change of the schema runs beside.
BEGIN_SCHEMA_CHANGE = "BEGIN IMMEDIATE"

# Compares with each of the values that `bind_list` bound as one.
IN_LIST = "IN (SELECT value FROM json_each(?))"

# Values: experiment, a list of names.
SELECT_KEYS = f"SELECT name, id FROM keys WHERE experiment_id = ? AND name {IN_LIST}"
INSERT_KEYS = """
    INSERT INTO keys (experiment_id, name) SELECT ?, value FROM json_each(?) WHERE true
    ON CONFLICT DO NOTHING RETURNING name, id
"""


def bind_list(values: Iterable[str] | Iterable[int]) -> str:
    """Return texts or numbers as one bound value, so that a statement's text is always the same."""
    return msgspec.json.encode(list(values)).decode()


def json_lists(first: str, second: str, source: str) -> str:
    """Return an expression: a JSON list with a list of two values for each row of a FROM clause."""
    return f"(SELECT json_group_array(json_array({first}, {second})) FROM {source})"


# --- what runs log -------------------------------------------------------------------------------

_SELECT_RUN = "SELECT uuid, id, experiment_id, deleted_at FROM runs WHERE uuid = ?"
_SELECT_PARAM = "SELECT value FROM params WHERE run_id = ? AND key_id = ?"
_INSERT_LOG_ROW = (
    "INSERT INTO metric_log (run_id, points) "
    "SELECT id, ?2 FROM runs WHERE id = ?1 AND deleted_at IS NULL"
)
_MERGE_SUMMARY = (
    f"INSERT INTO metric_summaries ({summaries.COLUMNS}) "
    f"VALUES ({placeholders(summaries.WIDTH)}) {summaries.MERGE}"
)


def lock_runs(tx: Transaction, points_only: set[str], others: set[str]) -> list[Row]:
    """Return (uuid, id, experiment_id, deleted_at) of runs; the write lock covers them."""
    rows = [tx.execute(_SELECT_RUN, (run,)).fetchone() for run in points_only | others]
    return [row for row in rows if row is not None]


def select_params(tx: Transaction, run: int, key_ids: Iterable[int]) -> dict[int, str]:
    """Return the values of those of the keys that are params of a run."""
    found = {key: tx.execute(_SELECT_PARAM, (run, key)).fetchone() for key in key_ids}
    return {key: row[0] for key, row in found.items() if row is not None}


def append_points(
    tx: Transaction, log_rows: Sequence[Row], summary_rows: Sequence[Row]
) -> Collection[int]:
    """Store points of the runs that are there and active, and return those runs.

    Args:
        tx: A transaction that writes.
        log_rows: Rows (run, points) for the metric log, one a run.
        summary_rows: What to merge into the summaries of these runs, one row a series.

    """
    stored = [row[0] for row in log_rows if tx.execute(_INSERT_LOG_ROW, row).rowcount]
    if len(stored) < len(log_rows):
        summary_rows = [row for row in summary_rows if row[0] in stored]
    tx.executemany(_MERGE_SUMMARY, summary_rows)
    return stored


# --- compaction ----------------------------------------------------------------------------------


def lock_compaction(tx: Transaction, run: int) -> bool:
    """Return whether the run is nobody else's to compact; the write lock sees to that."""
    return True


def lock_compactions(tx: Transaction, runs: Iterable[int]) -> list[int]:
    """Return those of the runs that are somebody else's to compact; see `lock_compaction`."""
    return []


def delete_rows(tx: Transaction, table: str, ids: Iterable[int]) -> None:
    """Delete the rows of a table with exactly these ids."""
    tx.executemany(f"DELETE FROM {table} WHERE id = ?", [(row_id,) for row_id in ids])
