"""SQLite: connections and locks. The file of an embedded store and of a small server.

Write-ahead logging, one writer connection per process behind a lock, readers from a pool. A forked
child opens its own connections and never touches its parent's.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from headrace.errors import HeadraceError, InvalidState, NotSupported
from headrace.stores.sql.dialects import sqlite_statements
from headrace.stores.sql.dialects.sqlite_errors import is_busy, translate
from headrace.stores.sql.dialects.sqlite_file import is_new, on_network_file_system
from headrace.stores.sql.dialects.sqlite_fork import close_before_fork
from headrace.stores.sql.dialects.sqlite_functions import add_functions
from headrace.stores.sql.dialects.sqlite_group import Broken, Group
from headrace.stores.sql.engine import Busy, Transaction, outcome_of
from headrace.stores.sql.migrations import read_snapshot

T = TypeVar("T")

OLDEST_LIBRARY = (3, 35, 0)  # the first with RETURNING

BUSY_TIMEOUT_SECONDS = 60.0
FORK_TIMEOUT_SECONDS = 5.0

# The log is brought into the file when it has this many pages, inside the commit that fills it.
# With `sync` once a second that is rare.
CHECKPOINT_PAGES = 4_000

# Between two transactions of many the lock is free for so long. Another process that waits for it
# looks at least that often for the first eighth of a second (SQLite's busy handler), so it gets in.
PAUSE_SECONDS = 0.025
# How long those who wait in this process are waited for, if they do not get in meanwhile.
GIVE_WAY_SECONDS = 1.0

# Free pages that are not worth the moving of others, and how many are given back at a time.
MIN_FREE_PAGES, VACUUM_PAGES = 64, 2_048


class SqliteTransaction(sqlite3.Connection):
    """A connection, which is its own transaction."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.callbacks: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` after the commit; see `Transaction.after_commit`."""
        self.callbacks.append(callback)

    def run_callbacks(self) -> None:
        """Make the calls that wait for the commit that just was."""
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            callback()


class SqliteDatabase:
    """One SQLite file.

    Args:
        path: The file; it is created if it is not there, its folder too.
        fsync: ``interval`` (commits of log calls reach the disk within a second, by `sync`) or
            ``always`` (before the commit returns).

    """

    dialect = "sqlite"
    statements = sqlite_statements

    def __init__(self, path: Path, fsync: str = "interval") -> None:
        if sqlite3.sqlite_version_info < OLDEST_LIBRARY:
            needed = ".".join(map(str, OLDEST_LIBRARY))
            raise NotSupported(
                f"This Python comes with SQLite {sqlite3.sqlite_version}; Headrace needs {needed} "
                "or newer. Use a newer Python, or a server or PostgreSQL as the tracking URI."
            )
        self.path = path
        self.where = f"sqlite:///{path}"
        self.folder = path.parent
        self._file = os.fspath(path)
        self._identity: tuple[int, int] | None = None  # device and inode
        self._fsync_always = fsync == "always"
        self._wal = not on_network_file_system(path)
        self.is_durable = self._fsync_always or not self._wal
        self.reads_wait = not self._wal
        self._is_usable = True
        self._watchers = 0
        self._reset()
        close_before_fork(self)

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._waiting: set[int] = set()  # threads that wait for the lock
        self._group: Group | None = None  # of the thread that holds the lock
        self._writer: SqliteTransaction | None = None
        self._writer_state = (True, True)
        self._reading = 0  # how many readers are at work
        self._reader_done = threading.Condition()
        self.commits = self._synced = self._flushed = 0
        self._flushing = threading.Lock()
        self._idle_readers: list[SqliteTransaction] = []
        self._watcher: SqliteTransaction | None = None
        self._watching = threading.Lock()

    def pause(self) -> None:
        """Wait for what is going on and close every connection; see `Forkable`."""
        self._is_locked = self._lock.acquire(timeout=FORK_TIMEOUT_SECONDS)
        self._reader_done.acquire()
        no_reader = self._reader_done.wait_for(lambda: not self._reading, FORK_TIMEOUT_SECONDS)
        if self._is_locked and no_reader:
            self._close_connections()

    def resume(self) -> None:
        """Go on in the parent after a fork; see `Forkable`."""
        self._reader_done.release()
        if self._is_locked:
            self._lock.release()

    def restart(self) -> None:
        """Go on in the child after a fork; see `Forkable`."""
        inherited = [self._writer, self._watcher, *self._idle_readers]
        self._is_usable &= not (any(inherited) or self._reading)
        # Kept as long as the database is: closing them would disturb the parent.
        self._inherited = inherited
        self._reset()

    def _check(self) -> None:
        """Refuse to go on where what is written would be lost, or would damage the file."""
        if os.getpid() != self._pid:  # forked without Python's knowledge
            self.restart()
        if not self._is_usable:
            raise InvalidState(
                f"The store {self.path} cannot be used in this process: it was forked from one "
                "that was just using the store, or without Python's knowledge. Fork while no call "
                "is in progress, or start processes by 'spawn'."
            )
        if self._identity is None:
            return
        try:
            found = os.stat(self._file)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise self._translate(error) from error
        else:
            if (found.st_dev, found.st_ino) == self._identity:
                return
        raise InvalidState(
            f"The store {self.path} was deleted, moved or replaced while this process used it, so "
            "nothing more is written. Put the file back, or start the process again."
        )

    def is_new(self) -> bool:
        """Return whether a store may be made in the file; see `Database.is_new`."""
        try:
            return is_new(self.path)
        except (sqlite3.Error, OSError) as error:
            raise self._translate(error) from error

    def create(self, seed: Callable[[Transaction], None]) -> None:
        """Make the tables, unless the file has some already; see `Database.create`.

        It is done before the file is switched to write-ahead logging, so that the file itself, and
        not its log, says from its first commit on whose it is (`sqlite_file`).
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = self.connect()
            try:
                # Compaction gives free pages back; only a file without tables can be told so.
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
                connection.execute("BEGIN IMMEDIATE")
                if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                    for statement in read_snapshot():
                        connection.execute(statement)
                    seed(connection)
                connection.execute("COMMIT")
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            raise self._translate(error) from error

    def connect(self) -> SqliteTransaction:
        """Return a new connection as SQLite gives it; see `Database.connect`."""
        return sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            factory=SqliteTransaction,
        )

    def back_up(self, label: str) -> str:
        """Copy the file, with what its log holds; see `Database.back_up`."""
        stamp = time.strftime("%Y%m%dT%H%M%S")
        target = self.path.with_name(f"{self.path.name}.{label}.{stamp}")
        try:
            with closing(self.connect()) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
        except (sqlite3.Error, OSError) as error:
            raise self._translate(error) from error
        return str(target)

    def _connect(self) -> SqliteTransaction:
        try:
            connection = self.connect()
            try:
                self._set_journal_mode(connection)
                connection.execute("PRAGMA foreign_keys=ON")
                connection.execute("PRAGMA cache_size=-16384")  # 16 MiB
                connection.execute("PRAGMA temp_store=MEMORY")
                add_functions(connection)
                # With WAL, NORMAL never fsyncs on commit; without it, FULL is what keeps it whole.
                connection.execute(f"PRAGMA synchronous={'NORMAL' if self._wal else 'FULL'}")
                if self._identity is None:
                    found = os.stat(self._file)
                    self._identity = (found.st_dev, found.st_ino)
            except BaseException:
                connection.close()
                raise
            return connection
        except (sqlite3.Error, OSError) as error:
            raise self._translate(error) from error

    def _set_journal_mode(self, connection: SqliteTransaction) -> None:
        mode = "wal" if self._wal else "delete"
        until = time.monotonic() + BUSY_TIMEOUT_SECONDS
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != mode:
            try:
                connection.execute(f"PRAGMA journal_mode={mode}")
            except sqlite3.OperationalError as error:
                # The change takes the file alone, and SQLite does not wait for that by itself.
                if not is_busy(error) or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def read(self, *, snapshot: bool = True) -> _Reading:
        """Open a transaction that only reads; see `Database.read`."""
        return _Reading(self, snapshot)

    def take_reader(self) -> SqliteTransaction:
        """Return a connection to read with, which is given back by `give_reader`."""
        self._check()
        with self._reader_done:
            self._reading += 1
            if self._idle_readers:
                return self._idle_readers.pop()
        try:
            return self._connect()
        except BaseException:
            self.give_reader(None)
            raise

    def give_reader(self, connection: SqliteTransaction | None) -> None:
        """Take a connection back; None if none could be made."""
        with self._reader_done:
            self._reading -= 1
            if connection is not None:
                self._idle_readers.append(connection)
            self._reader_done.notify()

    def version(self) -> Hashable | None:
        """Return what is another one after each commit; see `Database.version`."""
        group = self._group
        if group is not None and group.is_here():  # what it has written is not committed yet
            return None
        self._check()
        with self._reader_done:
            self._reading += 1
        try:
            with self._watching:
                if self._watcher is None:
                    self._watcher = self._connect()
                    self._watchers += 1
                # A connection counts what others commit, from a number of its own on: what two of
                # them have counted cannot be compared.
                counted = self._watcher.execute("PRAGMA data_version").fetchone()[0]
                return self._watchers, counted
        except sqlite3.Error as error:
            raise self._translate(error) from error
        finally:
            self.give_reader(None)

    @contextmanager
    def write(self, *, durable: bool = False, wait: bool = True) -> Iterator[Transaction]:
        """Open a transaction that writes; see `Database.write`."""
        connection = self._enter(wait=wait)
        try:
            yield connection
            commit = self._commit(connection)
        except sqlite3.Error as error:
            raise self._translate(error) from error
        finally:
            self._leave(connection)
        if durable:
            self._flush(commit)

    def transact(
        self,
        work: Callable[[Transaction], T],
        *,
        durable: bool = False,
        wait: bool = True,
        is_one_statement: bool = False,
    ) -> T:
        """Run `work` in a write transaction; SQLite's lock makes retries needless.

        The same as `write`, without the cost of two generators: every log call comes through here.
        """
        group = self._group
        if group is not None and group.is_here():
            try:
                return group.transact(work)
            except sqlite3.Error as error:
                raise self._translate(error) from error
        connection = self._enter(wait=wait)
        try:
            result = work(connection)
            commit = self._commit(connection)
        except sqlite3.Error as error:
            raise self._translate(error) from error
        finally:
            self._leave(connection)
        if durable:
            self._flush(commit)
        return result

    def together(
        self, calls: Sequence[Callable[[], T]], *, wait: bool = True
    ) -> list[T | Exception]:
        """Make calls in one transaction; see `Database.together`."""

        def work(connection: Transaction) -> list[T | Exception]:
            assert isinstance(connection, SqliteTransaction)
            self._group = Group(connection)
            try:
                return self._group.run(calls)
            finally:
                self._group = None

        try:
            return self.transact(work, durable=True, wait=wait)
        except Broken:
            return [outcome_of(call) for call in calls]
        except HeadraceError as error:  # nothing was committed, or it may not be on the disk
            return [error for _ in calls]

    def _enter(self, *, wait: bool) -> SqliteTransaction:
        self._check()
        if not self._lock.acquire(blocking=False):
            if not wait:
                raise Busy
            self._wait_for_lock()
        try:
            return self._begin(self._fsync_always, wait)
        except sqlite3.Error as error:
            self._lock.release()
            raise self._translate(error) from error
        except BaseException:
            self._lock.release()
            raise

    def _wait_for_lock(self) -> None:
        me = threading.get_ident()
        self._waiting.add(me)
        try:
            self._lock.acquire()
        finally:
            self._waiting.discard(me)

    def give_way(self) -> None:
        """Let other writers in, of this process and of others; see `Database.give_way`.

        The lock is nobody's by turns: without this, who gives it back takes it again before those
        who wait have woken up.
        """
        group = self._group
        if group is not None and group.is_here():  # it holds the lock until its end
            return
        waiting = self._waiting.copy()
        until = time.monotonic() + GIVE_WAY_SECONDS
        time.sleep(PAUSE_SECONDS)
        while waiting & self._waiting and time.monotonic() < until:
            time.sleep(0.001)

    def _commit(self, connection: SqliteTransaction) -> int:
        """Commit; return the number of the commit."""
        connection.execute("COMMIT")
        self.commits += 1
        commit = self.commits
        if connection.callbacks:
            connection.run_callbacks()
        return commit

    def _flush(self, commit: int) -> None:
        """Return when a commit is on the disk.

        The write lock is free meanwhile: whoever commits while one thread waits for the disk waits
        for the next turn, and all of them take one.
        """
        if self.is_durable:
            return
        try:
            with self._flushing:
                if self._flushed < commit:
                    commits = self.commits
                    self._fsync_log()
                    self._flushed = commits
        except OSError as error:
            raise self._translate(error) from error

    def _fsync_log(self) -> None:
        log = os.open(f"{self.path}-wal", os.O_RDWR)
        try:
            os.fsync(log)
        finally:
            os.close(log)

    def _leave(self, connection: SqliteTransaction) -> None:
        try:
            connection.callbacks.clear()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        finally:
            self._lock.release()

    def _writer_connection(self) -> SqliteTransaction:
        if self._writer is None:
            self._writer = self._connect()
            self._writer.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
            self._writer_state = (not self._wal, True)
        return self._writer

    def _set_writer_state(self, *, full: bool, wait: bool) -> None:
        connection = self._writer_connection()
        full = full or not self._wal
        if (full, wait) != self._writer_state:
            connection.execute(f"PRAGMA synchronous={'FULL' if full else 'NORMAL'}")
            timeout = round(BUSY_TIMEOUT_SECONDS * 1000) if wait else 0
            connection.execute(f"PRAGMA busy_timeout={timeout}")
            self._writer_state = (full, wait)

    def _begin(self, full: bool, wait: bool) -> SqliteTransaction:
        self._set_writer_state(full=full, wait=wait)
        connection = self._writer_connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not wait and is_busy(error):
                raise Busy from None
            raise
        return connection

    def sync(self, *, of_all: bool = False) -> None:
        """Bring commits to the disk, and some of the log into the file; see `Database.sync`."""
        self._check()
        if not self._wal or (self._synced == self.commits and not of_all):
            return
        commits = self.commits
        try:
            # A checkpoint would sync the log too, but not while a long reader holds it up.
            self._fsync_log()
            self._synced = commits
            with self._lock:
                self._set_writer_state(full=self._fsync_always, wait=False)
                self._writer_connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except (sqlite3.Error, OSError) as error:
            raise self._translate(error) from error

    def shrink(self) -> None:
        """Give free pages back to the disk and empty the log; see `Database.shrink`."""
        before, free = 0, self._vacuum(0)
        while MIN_FREE_PAGES < free != before:  # equal in a file made without incremental vacuum
            before, free = free, self._vacuum(VACUUM_PAGES)
        if not self._wal:
            return
        try:
            with self._lock:
                self._set_writer_state(full=self._fsync_always, wait=False)
                self._writer_connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise self._translate(error) from error

    def _vacuum(self, pages: int) -> int:
        """Give so many free pages back; return how many are left."""
        self._check()
        try:
            with self._lock:
                self._set_writer_state(full=self._fsync_always, wait=True)
                connection = self._writer_connection()
                if pages:
                    # The driver would stop after one page, a row without columns; a script goes on.
                    connection.executescript(f"PRAGMA incremental_vacuum({pages})")
                return int(connection.execute("PRAGMA freelist_count").fetchone()[0])
        except sqlite3.Error as error:
            raise self._translate(error) from error

    def close(self) -> None:
        """Close every connection of this process."""
        if os.getpid() == self._pid:
            with self._lock:
                self._close_connections()

    def _close_connections(self) -> None:
        connections = [self._writer, self._watcher, *self._idle_readers]
        self._idle_readers, self._writer, self._watcher = [], None, None
        for connection in connections:
            if connection is not None:
                connection.close()

    def _translate(self, error: sqlite3.Error | OSError) -> HeadraceError:
        return translate(error, self.path, BUSY_TIMEOUT_SECONDS)


class _Reading:
    """A transaction that only reads; a class, since half of a short read were two generators."""

    __slots__ = ("_connection", "_database", "_snapshot")

    def __init__(self, database: SqliteDatabase, snapshot: bool) -> None:
        self._database = database
        self._snapshot = snapshot
        self._connection: SqliteTransaction | None = None

    def __enter__(self) -> SqliteTransaction:
        group = self._database._group
        if group is not None and group.is_here():
            return group.connection
        self._connection = connection = self._database.take_reader()
        if self._snapshot:
            try:
                connection.execute("BEGIN")
            except BaseException as error:
                self.__exit__(type(error), error, None)  # who fails to enter does not leave
                raise
        return connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        connection = self._connection
        try:
            if connection is not None:
                self._connection = None
                self._end(connection, error)
        except sqlite3.Error as failure:
            raise self._database._translate(failure) from failure
        if isinstance(error, sqlite3.Error):
            raise self._database._translate(error) from error

    def _end(self, connection: SqliteTransaction, error: BaseException | None) -> None:
        try:
            if error is None and connection.callbacks:
                connection.run_callbacks()
        finally:
            connection.callbacks.clear()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._database.give_reader(connection)
