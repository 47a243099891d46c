"""Stores that an older Headrace made: which version they have, and how they get the newest."""

from __future__ import annotations

from msgspec import Struct

from headrace.errors import InvalidState
from headrace.stores.sql import migrations
from headrace.stores.sql.engine import Database
from headrace.stores.sql.opening import check_not_newer, connect, read_version
from headrace.stores.sql.schema_change import (
    describe_migrations,
    exclusive_connection,
    run_migrations,
)


class UpgradeReport(Struct):
    """What `upgrade` did, or would do.

    Attributes:
        where: The database, without a password.
        before: Version of its schema before.
        after: Version of its schema afterwards.
        backup: Copy of a SQLite file that was made before, if one was.
        sql: The statements that a dry run would have run.
    """

    where: str
    before: str
    after: str
    backup: str | None = None
    sql: str = ""


def current(uri: str) -> str:
    """Return the version of a store's schema; nothing is changed.

    Raises:
        InvalidState: If there is no store of Headrace.
    """
    database = _existing(uri)
    try:
        return read_version(database)
    finally:
        database.close()


def upgrade(uri: str, *, dry_run: bool = False) -> UpgradeReport:
    """Bring a store's schema to the version of this Headrace.

    The change is one transaction: it is done whole or not at all. No process may use the store
    meanwhile: those of the older version would find other tables than they know.

    Args:
        uri: A database URI as `open_sql_store` takes it.
        dry_run: Whether to only report the statements.

    Raises:
        InvalidState: If there is no store of Headrace, or one of a newer version.
        HeadraceError: If the database refused a statement.
    """
    database = _existing(uri)
    try:
        before = read_version(database)
        check_not_newer(before, database.where)
        report = UpgradeReport(database.where, before, migrations.HEAD)
        if before == migrations.HEAD:
            return report
        with exclusive_connection(database) as connection:
            if dry_run:
                report.sql = describe_migrations(connection, before)
            else:
                report.backup = database.back_up(f"before-{migrations.HEAD}")
                run_migrations(connection)
        return report
    finally:
        database.close()


def _existing(uri: str) -> Database:
    """Return the database of a URI, which must be a store."""
    database = connect(uri)
    try:
        if database.is_new():
            raise InvalidState(
                f"There is no store of Headrace at {database.where}. It is made when it is first "
                "used."
            )
    except BaseException:
        database.close()
        raise
    return database
