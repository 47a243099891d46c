"""Schema changes by Alembic: of new PostgreSQL stores, and of stores that an older Headrace made."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from msgspec import Struct
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from headrace.errors import HeadraceError, InvalidState
from headrace.stores.sql import migrations
from headrace.stores.sql.engine import Database
from headrace.stores.sql.opening import check_not_newer, connect, read_version

_DRIVERS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


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
        with _exclusive_connection(database) as connection:
            if dry_run:
                report.sql = _describe(connection, before)
            else:
                report.backup = database.back_up(f"before-{migrations.HEAD}")
                run_migrations(connection)
        return report
    finally:
        database.close()


def create_store(database: Database, seed: Callable[[Any], None]) -> None:
    """Make the tables in a database by Alembic, unless another process does so first.

    Args:
        database: The database.
        seed: Writes the first rows; called with the driver's connection, in the same transaction.
    """
    with _exclusive_connection(database) as connection:
        if database.is_new():
            run_migrations(connection)
            seed(connection.connection.driver_connection)


def run_migrations(connection: Connection) -> None:
    """Bring a database to version `HEAD`, in the transaction of `connection`."""
    command.upgrade(_config(connection), migrations.HEAD)


def _describe(connection: Connection, current: str) -> str:
    output = io.StringIO()
    command.upgrade(_config(connection, output), f"{current}:{migrations.HEAD}", sql=True)
    return output.getvalue()


def _config(connection: Connection, output: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=output or io.StringIO(), stdout=io.StringIO())
    config.set_main_option("script_location", str(migrations.FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _exclusive_connection(database: Database) -> Iterator[Connection]:
    """Give a connection in a transaction that no other change of the schema runs beside."""
    engine = create_engine(
        _DRIVERS[database.dialect], creator=database.connect, poolclass=NullPool
    )
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(database.statements.BEGIN_SCHEMA_CHANGE)
            yield connection
            connection.commit()
    except DBAPIError as error:
        raise HeadraceError(
            f"The schema of {database.where} could not be changed, and is as it was: {error.orig}"
        ) from error
    finally:
        engine.dispose()


def _existing(uri: str) -> Database:
    database = connect(uri)
    if database.is_new():
        database.close()
        raise InvalidState(
            f"There is no store of Headrace at {database.where}. It is made when it is first used."
        )
    return database
