"""PostgreSQL's own wording of the statements that differ between databases."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from headrace.stores.sql import summaries
from headrace.stores.sql.engine import Row, Transaction

# Appended to a SELECT of rows that the transaction is about to rely on.
FOR_SHARE = " FOR SHARE"
FOR_UPDATE = " FOR NO KEY UPDATE"  # the rows' keys stay, so references to them may be added
# Conflicts with every writer of the row and of what refers to it, and waits for none.
FOR_UPDATE_IF_FREE = " FOR UPDATE SKIP LOCKED"
FOR_REMOVAL = " FOR UPDATE"

# Keeps other changes of the schema out until the end of the transaction; the number is ours.
BEGIN_SCHEMA_CHANGE = "SELECT pg_advisory_xact_lock(7523094288207667811)"

# Compares with each of the values that `bind_list` bound as one.
IN_LIST = "= ANY(?)"

# Values: experiment, a list of names.
SELECT_KEYS = f"SELECT name, id FROM keys WHERE experiment_id = ? AND name {IN_LIST}"
INSERT_KEYS = """
    INSERT INTO keys (experiment_id, name) SELECT ?, unnest(?::text[])
    ON CONFLICT DO NOTHING RETURNING name, id
"""


def bind_list(values: Iterable[str] | Iterable[int]) -> list[str] | list[int]:
    """Return texts or numbers as one bound value, so that a statement's text is always the same."""
    return list(values)  # type: ignore[return-value]


def json_lists(first: str, second: str, source: str) -> str:
    """Return an expression: a JSON list with a list of two values for each row of a FROM clause."""
    lists = f"json_agg(json_build_array({first}, {second}))"
    return f"(SELECT coalesce({lists}, '[]')::text FROM {source})"


# --- what runs log -------------------------------------------------------------------------------

_SELECT_RUNS = (
    f"SELECT uuid, id, experiment_id, deleted_at FROM runs WHERE uuid {IN_LIST} ORDER BY uuid"
)
_SELECT_PARAMS = f"SELECT key_id, value FROM params WHERE run_id = ? AND key_id {IN_LIST}"
_SUMMARY_TYPES = (
    *("bigint", "bigint", *("smallint", "float8", "bigint", "bigint") * 2),
    *("float8", "float8", "bigint"),
)

# Points of one run and one series, in one statement, since each round trip costs as much. Values:
# those of the log row, then those of the summary but for its run.
_APPEND_ONE = f"""
    WITH active AS (SELECT id FROM runs WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE),
    logged AS (INSERT INTO metric_log (run_id, points) SELECT id, $2 FROM active),
    merged AS (
        INSERT INTO metric_summaries ({summaries.COLUMNS})
        SELECT id, {", ".join(f"${n}::{t}" for n, t in enumerate(_SUMMARY_TYPES[1:], 3))}
        FROM active {summaries.MERGE}
    )
    SELECT id FROM active
"""
_PACKERS = {
    "bigint": struct.Struct(">q").pack,
    "smallint": struct.Struct(">h").pack,
    "float8": struct.Struct(">d").pack,
}
_PACK_SUMMARY = [_PACKERS[kind] for kind in _SUMMARY_TYPES[1:]]

# The same for any number of runs and series. Summaries are merged in the order of their key.
_APPEND_MANY = f"""
    WITH new_log (run_id, points) AS (SELECT * FROM unnest(?::bigint[], ?::bytea[])),
    new_summaries ({summaries.COLUMNS}) AS (
        SELECT * FROM unnest({", ".join(f"?::{kind}[]" for kind in _SUMMARY_TYPES)})
    ),
    active AS (
        SELECT id FROM runs WHERE id IN (SELECT run_id FROM new_log) AND deleted_at IS NULL
        FOR KEY SHARE
    ),
    logged AS (
        INSERT INTO metric_log (run_id, points)
        SELECT run_id, points FROM new_log JOIN active ON active.id = run_id
    ),
    merged AS (
        INSERT INTO metric_summaries ({summaries.COLUMNS})
        SELECT new_summaries.* FROM new_summaries JOIN active ON active.id = run_id
        ORDER BY run_id, key_id
        {summaries.MERGE}
    )
    SELECT id FROM active
"""


class BinaryTransaction(Transaction, Protocol):
    """A transaction that also runs statements past the driver's conversions."""

    def execute_binary(self, sql: str, values: Sequence[bytes | None]) -> int:
        """Run a statement with ``$1`` for values in PostgreSQL's binary form; count its rows."""
        ...


def lock_runs(tx: Transaction, points_only: set[str], others: set[str]) -> list[Row]:
    """Return (uuid, id, experiment_id, deleted_at) of runs that cannot go away meanwhile.

    Where more than points is written, other such writers of the run wait: a param is compared
    before it is added.
    """
    rows: list[Row] = []
    if others:
        rows += tx.execute(_SELECT_RUNS + FOR_UPDATE, (list(others),)).fetchall()
    if rest := points_only - others:
        rows += tx.execute(_SELECT_RUNS + " FOR KEY SHARE", (list(rest),)).fetchall()
    return rows


def select_params(tx: Transaction, run: int, key_ids: Iterable[int]) -> dict[int, str]:
    """Return the values of those of the keys that are params of a run."""
    return dict(tx.execute(_SELECT_PARAMS, (run, list(key_ids))).fetchall())


def append_points(
    tx: BinaryTransaction, log_rows: Sequence[Row], summary_rows: Sequence[Row]
) -> Collection[int]:
    """Store points of the runs that are there and active, and return those runs.

    Args:
        tx: A transaction that writes, or a connection for one statement.
        log_rows: Rows (run, points) for the metric log, one a run.
        summary_rows: What to merge into the summaries of these runs, one row a series.

    """
    if len(log_rows) == len(summary_rows) == 1:
        [(run, points)], [summary] = log_rows, summary_rows
        values = [_PACKERS["bigint"](run), points]
        for pack, value in zip(_PACK_SUMMARY, summary[1:], strict=True):
            values.append(None if value is None else pack(value))
        return [run] if tx.execute_binary(_APPEND_ONE, values) else []
    columns = [*zip(*log_rows, strict=True), *zip(*summary_rows, strict=True)]
    found = tx.execute(_APPEND_MANY, [list(column) for column in columns])
    return {run for (run,) in found.fetchall()}


# --- compaction ----------------------------------------------------------------------------------

# Tells our advisory locks of runs from others'.
_LOCK_SPACE = 0x4852_0000_0000_0000


def lock_compaction(tx: Transaction, run: int) -> bool:
    """Return whether the run is nobody else's to compact until the end of the transaction."""
    sql = "SELECT pg_try_advisory_xact_lock(?::bigint)"
    return bool(tx.execute(sql, (_LOCK_SPACE + run,)).fetchone()[0])


def lock_compactions(tx: Transaction, runs: Iterable[int]) -> list[int]:
    """Return those of the runs that are somebody else's to compact; see `lock_compaction`."""
    sql = (
        "SELECT run FROM unnest(?::bigint[]) AS run "
        f"WHERE NOT pg_try_advisory_xact_lock({_LOCK_SPACE} + run)"
    )
    return [run for (run,) in tx.execute(sql, (list(runs),)).fetchall()]


def delete_rows(tx: Transaction, table: str, ids: Iterable[int]) -> None:
    """Delete the rows of a table with exactly these ids."""
    tx.execute(f"DELETE FROM {table} WHERE id {IN_LIST}", (list(ids),))
