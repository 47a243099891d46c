"""Files of runs and logged models that versions of registered models name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.indexed import INDEXED_CHARACTERS

# In or below the location of a thing: from LOCATION/ up to LOCATION0, the next text after all that
# begin with it. Both are narrowed down by the index of beginnings first.
_FIND = """
    SELECT thing.id, version.id, version.name, version.version FROM {table} AS thing
    JOIN model_versions AS version
    ON substr(version.artifact_uri, 1, {indexed})
        BETWEEN substr(thing.artifact_uri, 1, {indexed})
        AND substr(thing.artifact_uri || '0', 1, {indexed})
    AND (
        version.artifact_uri = thing.artifact_uri
        OR (
            version.artifact_uri > thing.artifact_uri || '/'
            AND version.artifact_uri < thing.artifact_uri || '0'
        )
    )
    WHERE thing.id {in_list} ORDER BY version.id
"""


class RegisteredFiles(NamedTuple):
    """A version, and the run or logged model whose files are its files.

    Attributes:
        owner: Row id of the run or logged model.
        version: Row id of the version.
        name: What people call the version, ``NAME/VERSION``.

    """

    owner: int
    version: int
    name: str


def find_registered(
    tx: Transaction, statements: Any, table: str, ids: Iterable[int]
) -> list[RegisteredFiles]:
    """Return the versions that name files of runs or logged models.

    Args:
        tx: A transaction.
        statements: The dialect's statements.
        table: ``runs`` or ``logged_models``.
        ids: Row ids of the table.

    """
    sql = _FIND.format(table=table, indexed=INDEXED_CHARACTERS, in_list=statements.IN_LIST)
    rows = tx.execute(sql, (statements.bind_list(ids),)).fetchall()
    return [
        RegisteredFiles(owner, version, f"{name}/{number}") for owner, version, name, number in rows
    ]


def tell_versions(tx: Transaction, statements: Any, versions: Sequence[int], why: str) -> None:
    """Write down in versions, by their row ids, what became of their files."""
    sql = f"UPDATE model_versions SET status_message = ? WHERE id {statements.IN_LIST}"
    tx.execute(sql, (why, statements.bind_list(versions)))
