"""PostgreSQL by psycopg 3: a pool of connections, any number of server processes.

Reads run in a REPEATABLE READ snapshot, writes in READ COMMITTED with row locks; deadlocks and
serialization failures are tried again.
"""

from __future__ import annotations

import os
import random
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    InvalidState,
    PermissionDenied,
    TemporarilyUnavailable,
)
from headrace.settings import without_password
from headrace.stores.sql.dialects import postgresql_statements
from headrace.stores.sql.engine import Cursor, Transaction, outcome_of
from headrace.stores.sql.migrations import VERSION_TABLE, is_of_mlflow, table_names

try:
    import psycopg
    from psycopg import errors as pg_errors
    from psycopg import pq
    from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper
    from psycopg_pool import ConnectionPool, PoolTimeout
except ModuleNotFoundError as error:
    raise HeadraceError(
        "A postgresql:// store needs the package psycopg. Install it with: "
        "pip install 'headrace[postgresql]'"
    ) from error

T = TypeVar("T")

TRIES = 8

# How long to wait for the server, if the URI does not say (connect_timeout), and for the pool.
CONNECT_TIMEOUT_SECONDS = 10
POOL_TIMEOUT_SECONDS = 30.0


@lru_cache(maxsize=2048)
def _translate_marks(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


# Names of the statements that each connection has prepared past psycopg.
_prepared: WeakKeyDictionary[psycopg.Connection[Any], set[bytes]] = WeakKeyDictionary()

# What a retry of the whole transaction may mend.
_PASSING = (
    pg_errors.DeadlockDetected,
    pg_errors.SerializationFailure,
    pg_errors.InvalidSqlStatementName,
)


def _check(pgconn: pq.abc.PGconn, result: pq.abc.PGresult) -> None:
    if pgconn.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(pgconn.get_error_message())
    if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
        raise pg_errors.error_from_result(result)


class PostgresTransaction:
    """A psycopg connection inside a transaction, with our way of marking values."""

    __slots__ = ("callbacks", "connection")

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.callbacks: list[Callable[[], None]] = []

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Cursor:
        """Run one statement."""
        return self.connection.execute(_translate_marks(sql), values, binary=True)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows, in one round trip."""
        with self.connection.cursor() as cursor:
            cursor.executemany(_translate_marks(sql), rows)

    def execute_binary(self, sql: str, values: Sequence[bytes | None]) -> int:
        """Run a prepared statement by libpq itself; return the number of its rows.

        For the statement of a single point: the driver's conversions would take 70 us of 290.

        Args:
            sql: The statement, with ``$1``, ``$2`` and so on for its values.
            values: The values in PostgreSQL's binary form.

        """
        pgconn = self.connection.pgconn
        name = f"headrace_{zlib.crc32(sql.encode())}".encode()
        prepared = _prepared.setdefault(self.connection, set())
        if name not in prepared:
            _check(pgconn, pgconn.prepare(name, sql.encode()))
            prepared.add(name)
        result = pgconn.exec_prepared(name, cast("list[bytes]", values), [1] * len(values), 1)
        try:
            _check(pgconn, result)
        except pg_errors.InvalidSqlStatementName:
            prepared.discard(name)  # a pooler in between gave us another connection
            raise
        return result.ntuples

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` after the commit; see `Transaction.after_commit`."""
        self.callbacks.append(callback)


class PostgresDatabase:
    """One PostgreSQL database.

    Args:
        uri: ``postgresql://user:password@host:port/database?options`` as libpq takes it; MLflow's
            ``postgresql+psycopg2://`` is the same.
        pool_size: Greatest number of connections of this process.

    """

    dialect = "postgresql"
    is_durable = True
    reads_wait = True
    statements = postgresql_statements

    def __init__(self, uri: str, pool_size: int = 10) -> None:
        self._conninfo = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", uri)
        self.where = without_password(self._conninfo)
        self.folder = None
        try:
            options = psycopg.conninfo.conninfo_to_dict(self._conninfo)
        except psycopg.Error as error:
            # What libpq quotes may be a part of the password.
            reason = "" if self.where != self._conninfo else f": {error}".rstrip()
            raise InvalidParameterValue(
                f"The database URI {self.where!r} cannot be read{reason}. It is postgresql://"
                "USER:PASSWORD@HOST:PORT/DATABASE?OPTIONS; in each part, characters such as "
                "'@', ':', '/' and '%' are written percent-encoded."
            ) from None
        if "connect_timeout" not in options:
            timeout = str(CONNECT_TIMEOUT_SECONDS)
            self._conninfo = psycopg.conninfo.make_conninfo(self._conninfo, connect_timeout=timeout)
        self._pool_size = pool_size
        self._open()

    def _open(self) -> None:
        self._pid = os.getpid()
        self.commits = 0
        self._pool = ConnectionPool(
            self._conninfo,
            min_size=0,
            max_size=self._pool_size,
            open=True,
            timeout=POOL_TIMEOUT_SECONDS,
            kwargs={"autocommit": True},
            configure=_configure,
        )

    def is_new(self) -> bool:
        """Return whether a store may be made in the schema that comes first in the search path.

        See `Database.is_new`; tables of others are fine as long as none has a name of ours.
        """
        sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
        # Not from the pool, which would only say that there was no connection in time, and not why.
        with self.connect() as connection:
            tables = {name for (name,) in connection.execute(sql).fetchall()}
        if VERSION_TABLE in tables:
            return False
        if is_of_mlflow(tables):
            raise InvalidState(
                f"The database {self.where} was made by MLflow, and Headrace never writes to "
                "those. Copy its content into a store of Headrace with: headrace import mlflow "
                f"{self.where}"
            )
        taken = sorted(tables & table_names())
        if taken:
            raise InvalidState(
                f"The database {self.where} is not a store of Headrace, but has tables of the same "
                f"names ({', '.join(taken)}), so it is left alone. Choose another database, or "
                "another schema with ?options=-csearch_path%3DNAME"
            )
        return True

    def create(self, seed: Callable[[Transaction], None]) -> None:
        """Make the tables by Alembic under a lock; see `Database.create`."""
        from headrace.stores.sql.schema_change import create_store

        create_store(self, lambda connection: seed(PostgresTransaction(connection)))

    def connect(self) -> psycopg.Connection[Any]:
        """Return a new connection outside of the pool; see `Database.connect`."""
        try:
            return psycopg.connect(self._conninfo)
        except psycopg.OperationalError as error:
            raise self._unreachable(error) from error

    def back_up(self, label: str) -> None:
        """Nothing: a PostgreSQL database is backed up by its own means."""

    def _acquire(self) -> psycopg.Connection[Any]:
        if os.getpid() != self._pid:
            self._inherited = self._pool  # the parent's sockets: kept, never used
            self._open()
        try:
            return self._pool.getconn()
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise self._unreachable(error) from error

    def _begin(self, begin: str | None) -> psycopg.Connection[Any]:
        """Return a connection, in a transaction if one is asked for.

        Connections that died idle in the pool, for example when the server was started anew, show
        at their first statement: they are dropped, and nothing is lost by taking another.
        """
        for _ in range(self._pool_size):
            connection = self._acquire()
            if begin is None:
                return connection
            try:
                connection.execute(begin)
            except psycopg.OperationalError:
                self._pool.putconn(connection)
                if not connection.closed:
                    raise
            else:
                return connection
        raise TemporarilyUnavailable(f"The database {self.where} keeps closing connections.")

    @contextmanager
    def _transaction(self, begin: str | None) -> Iterator[PostgresTransaction]:
        connection = self._begin(begin)
        try:
            transaction = PostgresTransaction(connection)
            yield transaction
            if begin:
                connection.execute("COMMIT")
                self.commits += 1
            for callback in transaction.callbacks:
                callback()
        except BaseException:
            if begin and not connection.closed:
                connection.execute("ROLLBACK")
            raise
        finally:
            self._pool.putconn(connection)

    @contextmanager
    def read(self, *, snapshot: bool = True) -> Iterator[Transaction]:
        """Open a transaction that only reads; see `Database.read`."""
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if snapshot else None
        try:
            with self._transaction(begin) as transaction:
                yield transaction
        except psycopg.Error as error:
            raise self._translate(error) from error

    @contextmanager
    def write(self, *, durable: bool = False, wait: bool = True) -> Iterator[Transaction]:
        """Open a transaction that writes; PostgreSQL's commits are durable, its locks per row."""
        try:
            with self._transaction("BEGIN") as transaction:
                yield transaction
        except psycopg.Error as error:
            raise self._translate(error) from error

    def transact(
        self,
        work: Callable[[Transaction], T],
        *,
        durable: bool = False,
        wait: bool = True,
        is_one_statement: bool = False,
    ) -> T:
        """Run `work` in a write transaction; deadlocks are tried again."""
        if is_one_statement:
            return self._run_statement(work)
        for attempt in range(TRIES):
            try:
                with self._transaction("BEGIN") as transaction:
                    return work(transaction)
            except _PASSING as error:
                self._pause_before_retry(attempt, error)
            except psycopg.Error as error:
                raise self._translate(error) from error
        raise AssertionError("unreachable")

    def together(
        self, calls: Sequence[Callable[[], T]], *, wait: bool = True
    ) -> list[T | Exception]:
        """Make calls one by one: PostgreSQL commits what comes at a time together by itself."""
        return [outcome_of(call) for call in calls]

    def _run_statement(self, work: Callable[[Transaction], T]) -> T:
        """Run a statement that is its own transaction; connections that died are replaced."""
        for attempt in range(TRIES):
            try:
                with self._transaction(None) as transaction:
                    result = work(transaction)
                    self.commits += 1
                    return result
            except _PASSING as error:
                self._pause_before_retry(attempt, error)
            except psycopg.OperationalError as error:
                if not transaction.connection.closed:
                    raise self._translate(error) from error
                self._pause_before_retry(attempt, error)
            except psycopg.Error as error:
                raise self._translate(error) from error
        raise AssertionError("unreachable")

    def _pause_before_retry(self, attempt: int, error: psycopg.Error) -> None:
        if attempt == TRIES - 1:
            raise self._translate(error) from error
        time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 (not a secret)

    def give_way(self) -> None:
        """Nothing to do: who waits for a row gets it next."""

    def version(self) -> None:
        """Tell nothing: a state of PostgreSQL has no number that others do not raise."""

    def sync(self, *, of_all: bool = False) -> None:
        """Nothing to do: commits are durable as the server is configured."""

    def shrink(self) -> None:
        """Nothing to do: PostgreSQL's autovacuum looks after that."""

    def close(self) -> None:
        """Close the pool."""
        if os.getpid() == self._pid:
            self._pool.close()

    def _unreachable(self, error: Exception) -> TemporarilyUnavailable:
        return TemporarilyUnavailable(f"The database {self.where} cannot be reached: {error}")

    def _translate(self, error: psycopg.Error) -> HeadraceError:
        text = str(error).strip()
        if isinstance(error, (pg_errors.InsufficientPrivilege, pg_errors.ReadOnlySqlTransaction)):
            return PermissionDenied(f"The database {self.where} refused the write: {text}")
        if isinstance(error, psycopg.OperationalError):
            return TemporarilyUnavailable(f"The database {self.where} failed: {text}")
        return HeadraceError(f"PostgreSQL failed on {self.where}: {text}")


def _configure(connection: psycopg.Connection[Any]) -> None:
    """Bind every integer as bigint: else a statement is prepared anew for each size of number."""
    for dumper in (Int8Dumper, Int8BinaryDumper):
        connection.adapters.register_dumper(int, dumper)
