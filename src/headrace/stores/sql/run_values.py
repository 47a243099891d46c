"""Which values a column of runs has, and how many runs each: what is proposed while one types."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

from headrace.api.run_table import RunValues
from headrace.errors import InvalidParameterValue
from headrace.search.columns import parse_columns
from headrace.search.excerpts import shorten
from headrace.search.tree import Entity
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.key_census import spread

# Of more runs a sample is looked at, unless a value is searched for.
MANY = 20_000
# Nobody picks a longer one from a list.
MAX_LENGTH = 250

_ATTRIBUTES = {"run_name": "name", "user_id": "user_id", "status": "status"}
_TABLES = {Entity.PARAM: "params", Entity.TAG: "run_tags"}


def count_values(
    tx: Transaction,
    statements: Any,
    experiments: Sequence[int],
    ids: array[int],
    name: str,
    search: str,
    limit: int,
) -> RunValues:
    """Return the values of a column.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        experiments: Row ids of the experiments that the runs are in.
        ids: Row ids of the runs.
        name: What the column is called.
        search: What values must contain, in any case of letters.
        limit: How many at most.

    Raises:
        InvalidParameterValue: If there is no such column, or it is one of numbers.

    """
    sql, bound = _select(statements, experiments, name)
    looked_at = ids if search else spread(ids, MANY)
    rows = tx.execute(sql, [*bound, statements.bind_list(looked_at)]).fetchall()
    counts: Counter[str] = Counter()
    for value, count in rows:
        if search.casefold() in value.casefold():
            counts[value] += count
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
    share = len(ids) / max(len(looked_at), 1)
    return RunValues([value for value, _ in best], [round(count * share) for _, count in best])


def _select(statements: Any, experiments: Sequence[int], name: str) -> tuple[str, list[Any]]:
    """Return the statement of a column's values and what it binds before the runs."""
    if column := _ATTRIBUTES.get(name):
        sql = (
            f"SELECT {column}, COUNT(*) FROM runs "
            f"WHERE length({column}) BETWEEN 1 AND {MAX_LENGTH} "
            f"AND id {statements.IN_LIST} GROUP BY {column}"
        )
        return sql, []
    [wanted] = parse_columns([name])
    if wanted.is_number:
        raise InvalidParameterValue(
            f"{shorten(name)} is a column of numbers: give params.KEY, tags.KEY or one of "
            f"{', '.join(_ATTRIBUTES)}."
        )
    # The key as an expression: an index by it would lead through the rows of all runs.
    sql = (
        f"SELECT value, COUNT(*) FROM {_TABLES[wanted.entity]} WHERE key_id IN "
        f"(SELECT id FROM keys WHERE experiment_id {statements.IN_LIST} AND name = ?) "
        f"AND length(value) <= {MAX_LENGTH} AND run_id {statements.IN_LIST} GROUP BY value"
    )
    return sql, [statements.bind_list(experiments), wanted.key]
