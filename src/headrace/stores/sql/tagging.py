"""Tags of many runs of one experiment, by a few statements whatever the number of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.api.limits import MAX_TAGS_PER_BATCH
from headrace.entities import RunTag
from headrace.entities.tag_names import RUN_NAME
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.keys import Keys
from headrace.stores.sql.operations import NewOperation
from headrace.stores.texts import check_key, check_text


def checked_tags(given: Sequence[RunTag], deleted: Sequence[str]) -> dict[str, str]:
    """Return the tags to set, key to value.

    Raises:
        InvalidParameterValue: If there is nothing to do, or too much for one transaction, a key is
            malformed or comes twice, or the name of the runs would go.

    """
    if len(given) + len(deleted) > MAX_TAGS_PER_BATCH:
        raise InvalidParameterValue(
            f"A call sets and deletes at most {MAX_TAGS_PER_BATCH} tags of each run. Got "
            f"{len(given) + len(deleted)}: make several calls."
        )
    tags: dict[str, str] = {}
    for index, tag in enumerate(given):
        check_key(tag.key, f"set[{index}].key")
        check_text(f"set[{index}].value", tag.value)
        if tag.key in tags:
            raise InvalidParameterValue(f"The tag {tag.key!r} is given twice: give each key once.")
        tags[tag.key] = tag.value
    if tags.get(RUN_NAME) == "" or RUN_NAME in deleted:
        raise InvalidParameterValue(f"The tag {RUN_NAME!r} is the name of runs: it is not empty.")
    for index, key in enumerate(deleted):
        check_text(f"delete[{index}]", key)
    if both := sorted(set(tags) & set(deleted)):
        raise InvalidParameterValue(f"The tag {both[0]!r} is to be set and deleted: do one.")
    if not tags and not deleted:
        raise InvalidParameterValue("Name tags to set or to delete.")
    return tags


def set_tags(
    tx: Transaction,
    statements: Any,
    keys: Keys,
    experiment: int,
    runs: Sequence[int],
    tags: Mapping[str, str],
    operation: NewOperation,
) -> None:
    """Set tags of runs, by their row ids.

    Args:
        tx: A transaction that writes and holds the runs.
        statements: The dialect's statements.
        keys: The store's keys.
        experiment: The experiment of the runs.
        runs: The runs.
        tags: Key to value.
        operation: What notes the change.

    """
    listed = statements.bind_list(runs)
    sql = (
        "INSERT INTO run_tags (run_id, key_id, value) SELECT id, CAST(? AS BIGINT), "
        f"CAST(? AS TEXT) FROM runs WHERE id {statements.IN_LIST} "
        "ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value"
    )
    ids = keys.ids(tx, experiment, tags, create=True)
    for key, value in sorted(tags.items()):
        operation.note_tags(runs, ids[key], key, value)
        tx.execute(sql, (ids[key], value, listed))
        if key == RUN_NAME:
            rename = f"UPDATE runs SET name = ? WHERE id {statements.IN_LIST}"
            tx.execute(rename, (value, listed))


def put_tags(
    tx: Transaction, keys: Keys, experiment: int, key: str, values: Mapping[int, str]
) -> None:
    """Give runs of one experiment, by their row ids, each its own value of a tag, unnoted."""
    number = keys.ids(tx, experiment, [key], create=True)[key]
    tx.executemany(
        "INSERT INTO run_tags (run_id, key_id, value) VALUES (?, ?, ?) "
        "ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value",
        [(run, number, value) for run, value in values.items()],
    )
    if key == RUN_NAME:
        rows = [(value, run) for run, value in values.items()]
        tx.executemany("UPDATE runs SET name = ? WHERE id = ?", rows)


def delete_tags(
    tx: Transaction,
    statements: Any,
    keys: Keys,
    experiment: int,
    runs: Sequence[int],
    names: Sequence[str],
    operation: NewOperation | None,
) -> None:
    """Delete tags of runs.

    The arguments are those of `set_tags`; without an operation it is not noted.
    """
    ids = keys.ids(tx, experiment, names, create=False)
    sql = f"DELETE FROM run_tags WHERE key_id = ? AND run_id {statements.IN_LIST}"
    for key, number in sorted(ids.items()):
        if operation is not None:
            operation.note_tags(runs, number, key, None)
        tx.execute(sql, (number, statements.bind_list(runs)))
