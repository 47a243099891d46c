"""Migrations run by Alembic, in one transaction that no other change of the schema runs beside."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from headrace.errors import HeadraceError
from headrace.stores.sql import migrations
from headrace.stores.sql.engine import Database

_DRIVERS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def create_store(database: Database, seed: Callable[[Any], None]) -> None:
    """Make the tables in a database by Alembic, unless another process does so first.

    Args:
        database: The database.
        seed: Writes the first rows; called with the driver's connection, in the same transaction.
    """
    with exclusive_connection(database) as connection:
        if database.is_new():
            run_migrations(connection)
            seed(connection.connection.driver_connection)


def run_migrations(connection: Connection) -> None:
    """Bring a database to version `HEAD`, in the transaction of `connection`."""
    command.upgrade(_config(connection), migrations.HEAD)


def describe_migrations(connection: Connection, current: str) -> str:
    """Return the SQL that `run_migrations` would run on a database of version `current`."""
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
def exclusive_connection(database: Database) -> Iterator[Connection]:
    """Give a connection in a transaction that no other change of the schema runs beside."""
    engine = create_engine(_DRIVERS[database.dialect], creator=database.connect, poolclass=NullPool)
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
