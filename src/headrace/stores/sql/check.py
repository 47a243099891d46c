"""Looks through a store for what is orphaned, missing or damaged, and repairs what can be repaired.

Nothing is written unless a repair is asked for. Each check is bounded in memory; points are read a
few runs at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from headrace.stores.sql.engine import Database, Transaction
from headrace.stores.sql.locations import Locations

ERROR, WARNING = "error", "warning"

Show = Callable[[int, int], None]
"""Told how many runs have been looked at, and how many there are."""


class Finding(Struct):
    """Something that is wrong.

    Attributes:
        what: Kind of the finding, such as ``orphaned rows``.
        where: The table, run or folder.
        problem: What is wrong with it, as a sentence.
        severity: ``error`` where data is lost or wrong, else ``warning``.
        advice: What to do, as a sentence.
        is_repaired: Whether this check repaired it.

    """

    what: str
    where: str
    problem: str
    severity: str
    advice: str
    is_repaired: bool = False


def check_store(
    database: Database, locations: Locations, *, repair: bool = False, show: Show | None = None
) -> Iterator[Finding]:
    """Yield what is wrong with a store.

    Args:
        database: The database.
        locations: Where its artifacts go.
        repair: Whether to repair what can be repaired; without it nothing is written.
        show: Where to show how far the check is.

    Raises:
        HeadraceError: If the database fails.

    """
    from headrace.stores.sql.check_contents import check_contents
    from headrace.stores.sql.check_folders import check_folders
    from headrace.stores.sql.check_points import check_points

    broken = list(_check_file(database))
    yield from broken
    if broken:
        return  # to read on, or to write, could make it worse
    yield from _check_references(database, repair)
    yield from _check_marks(database, repair)
    yield from check_points(database, repair, show or (lambda done, total: None))
    yield from check_contents(database, repair)
    yield from check_folders(database, locations, repair)


def _check_file(database: Database) -> Iterator[Finding]:
    if database.dialect != "sqlite":
        return  # PostgreSQL looks after its own files
    with database.read(snapshot=False) as tx:
        rows = tx.execute("PRAGMA integrity_check").fetchall()
    for (text,) in rows:
        if text != "ok":
            advice = "Restore the file from a backup; `sqlite3 FILE .recover` saves what it can."
            yield Finding("damaged file", database.where, text, ERROR, advice)


def _check_references(database: Database, repair: bool) -> Iterator[Finding]:
    """Find rows whose parent is not there."""
    for table, column, parent, parent_column in _references():
        orphaned = (
            f"{column} IS NOT NULL AND NOT EXISTS "
            f"(SELECT 1 FROM {parent} WHERE {parent}.{parent_column} = {table}.{column})"
        )
        if (table, column) == ("metric_blocks", "key_id"):
            orphaned += " AND key_id <> 0"  # the packed block of a run
        with database.read(snapshot=False) as tx:
            sql = f"SELECT COUNT(*) FROM {table} WHERE {orphaned}"
            count = int(tx.execute(sql).fetchone()[0])
        if not count:
            continue
        if repair:
            _write(database, f"DELETE FROM {table} WHERE {orphaned}")
        yield Finding(
            "orphaned rows",
            table,
            f"{count} rows name a row of {parent} by their {column} that is not there.",
            ERROR,
            "Nothing can reach them: --repair drops them.",
            repair,
        )


def _references() -> Iterator[tuple[str, str, str, str]]:
    """Yield (table, column, parent, its column): foreign keys, and what could be one."""
    from headrace.stores.sql.schema import metadata

    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            yield table.name, key.parent.name, key.column.table.name, key.column.name
    for name in ("metric_blocks", "metric_summaries"):
        yield name, "key_id", "keys", "id"


def _check_marks(database: Database, repair: bool) -> Iterator[Finding]:
    """Find marks of journals that cannot be, and runs that are there and said to be gone."""
    with database.read() as tx:
        sql = "SELECT id, applied FROM journals WHERE applied < 0 OR updated_at < created_at"
        marks = tx.execute(sql).fetchall()
        sql = "SELECT uuid FROM runs JOIN tombstones ON run_uuid = uuid"
        returned = tx.execute(sql).fetchall()
    for journal, applied in marks:
        yield Finding(
            "impossible mark",
            f"journal {journal}",
            f"It is applied up to record {applied}, and its times are out of order.",
            ERROR,
            "Records of this journal may be taken twice or never. Keep its files, and restore the "
            "database from a backup.",
        )
    if returned and repair:
        _write(database, "DELETE FROM tombstones WHERE run_uuid IN (SELECT uuid FROM runs)")
    for (run_id,) in returned:
        yield Finding(
            "false tombstone",
            f"run {run_id}",
            "It is said to be deleted for good, and is there.",
            WARNING,
            "Its late records would be refused: --repair takes the tombstone away.",
            repair,
        )


def _write(database: Database, sql: str) -> None:
    def work(tx: Transaction) -> None:
        tx.execute(sql)

    database.transact(work, durable=True)
