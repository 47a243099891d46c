"""Deleting for good: runs, logged models and experiments of the stage `deleted`, rows and files.

Rows go first, and in the same transaction their folders are noted in `removals`; then the folders
go, and then the notes. Whenever the process dies, what is left is either a run that is whole or a
note that the next call finds: never files that nothing names. The other way round, a run could be
restored while its files are going.

A transaction takes as many runs as it can do in a moment (`pace`), so that writers never wait for
long, and a call ends after about a second, so that no request times out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

from headrace.api.cleanup import CollectGarbage, GarbageCollected, Kept
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.stores.sql.calls import now
from headrace.stores.sql.cleanup_scope import (
    EXPERIMENTS,
    FOLDERS,
    MODELS,
    PHASES,
    RUNS,
    Scope,
    read_token,
)
from headrace.stores.sql.contents import drop_unused
from headrace.stores.sql.engine import Database, Row, Transaction
from headrace.stores.sql.folders import Folder, Folders, own_folder
from headrace.stores.sql.locations import Locations
from headrace.stores.sql.maintenance import MaintenanceCalls
from headrace.stores.sql.pace import Pace
from headrace.stores.sql.registered_files import find_registered, tell_versions
from headrace.stores.sql.views import remove_views

CALL_SECONDS = 1.0

# Models and folders that are deleted before the time is looked at.
_MOST_THINGS = 64

# How many candidates one statement finds.
CANDIDATES = 8192

# What goes with a run by its own statement; the few other rows go by their foreign keys.
_TABLES_OF_RUNS = (
    "run_documents",  # before what its triggers watch
    "params",
    "run_tags",
    "metric_log",
    "metric_blocks",
    "metric_summaries",
    "dataset_inputs",
    "logged_model_metrics",
    "run_models",
    "run_sessions",
    "run_context",
    "run_output",
)

_NOTE = "INSERT INTO removals (root, path, noted_at) VALUES (?, ?, ?) RETURNING id"


class Note(Struct, frozen=True):
    """A folder that is to go, and the row that says so."""

    id: int
    folder: Folder


# Folders of things by their row ids; None for a thing without files.
_Found = dict[int, Folder | None]


class CleanupCalls(MaintenanceCalls):
    """The call that deletes for good.

    Attributes:
        artifacts_destination: Where the artifacts behind ``mlflow-artifacts:`` locations are.
        check_place: Raises a `HeadraceError` for a place where nothing is to be deleted. A server
            sets it, since its clients choose locations.

    """

    artifacts_destination: str | None = None
    check_place: Callable[[str], None] | None = None

    def collect_garbage(self, request: CollectGarbage) -> GarbageCollected:
        """Delete for good a bounded part of what is in the stage `deleted`."""
        with self._database.read() as tx:
            rows = tx.execute("SELECT artifact_location FROM experiments").fetchall()
        folders = Folders(
            self._locations,
            (location for (location,) in rows),
            self.artifacts_destination,
            self.check_place,
        )
        collection = _Collection(self._database, self._locations, folders, request)
        done = collection.work()
        if done.next is None and not request.dry_run and not self._is_attended():
            self._database.shrink()
        return done


class _Collection:
    """One call."""

    def __init__(
        self,
        database: Database,
        locations: Locations,
        folders: Folders,
        request: CollectGarbage,
    ) -> None:
        if request.older_than < 0:
            raise InvalidParameterValue(
                f"Invalid value {request.older_than} for parameter 'older_than' supplied: it is a "
                "number of milliseconds from 0 on."
            )
        self._database = database
        self._statements: Any = database.statements
        self._locations = locations
        self._folders = folders
        self._is_dry = request.dry_run
        self._takes_registered = request.registered
        self._before = now() - request.older_than
        self._until = time.monotonic() + CALL_SECONDS
        self._scope = Scope(self._statements, request, self._before)
        self._phase, self._after = read_token(request.after)
        self._pace = Pace()
        self._candidates: list[Row] = []
        self._done = GarbageCollected()
        if request.after is None:
            with database.read() as tx:
                self._scope.check(tx)

    def work(self) -> GarbageCollected:
        """Work until the time is up or nothing is left; return what was done."""
        # Each does a bounded part, and returns whether there may be more.
        steps: dict[str, Callable[[], bool]] = {
            FOLDERS: self._delete_folders,
            RUNS: self._delete_runs,
            MODELS: self._delete_models,
            EXPERIMENTS: self._delete_experiment,
        }
        for phase in PHASES[PHASES.index(self._phase) :]:
            if phase != self._phase:
                self._phase, self._after = phase, 0
            while steps[phase]():
                if time.monotonic() > self._until:
                    self._done.next = f"{self._phase}:{self._after}"
                    self._done.left = self._count_left()
                    return self._done
        return self._done

    # --- runs ------------------------------------------------------------------------------------

    def _delete_runs(self) -> bool:
        if not self._candidates:
            self._candidates = self._find("id, uuid, artifact_uri", "runs", self._scope.runs)
        count = self._pace.rows
        rows, self._candidates = self._candidates[:count], self._candidates[count:]
        if not rows:
            return False
        self._after = rows[-1][0]
        found = self._find_folders("run", rows, lambda uuid: (uuid,))
        self._spare_registered("run", "runs", rows, found)
        if self._is_dry:
            with self._database.read() as tx:
                self._done.points += self._count_points(tx, list(found))
            self._done.runs += len(found)
            self._count_files(folder for folder in found.values() if folder)
            return True
        runs, points, notes = self._database.transact(
            lambda tx: self._remove_runs(tx, found), durable=True
        )
        self._pace.end()
        self._database.give_way()
        self._done.runs += runs
        self._done.points += points
        self._delete_noted(notes)
        return True

    def _remove_runs(self, tx: Transaction, found: _Found) -> tuple[int, int, list[Note]]:
        """Delete the rows of those of the runs that are still to go, and note their folders."""
        self._pace.begin()
        ids = self._release(tx, "runs", self._hold_runs(tx, list(found)))
        listed, is_listed = self._statements.bind_list(ids), self._statements.IN_LIST
        points = self._count_points(tx, ids)
        tx.execute(
            "INSERT INTO tombstones (run_uuid, deleted_at) "
            f"SELECT uuid, CAST(? AS BIGINT) FROM runs WHERE id {is_listed} "
            "ON CONFLICT (run_uuid) DO NOTHING",
            (now(), listed),
        )
        notes = self._note(tx, (folder for run in ids if (folder := found[run])))
        sql = f"SELECT DISTINCT dataset_id FROM dataset_inputs WHERE run_id {is_listed}"
        datasets = [number for (number,) in tx.execute(sql, (listed,)).fetchall()]
        sql = f"SELECT DISTINCT content_id FROM run_context WHERE run_id {is_listed}"
        contents = [number for (number,) in tx.execute(sql, (listed,)).fetchall()]
        for table in _TABLES_OF_RUNS:
            tx.execute(f"DELETE FROM {table} WHERE run_id {is_listed}", (listed,))
        tx.execute(f"DELETE FROM runs WHERE id {is_listed}", (listed,))
        if datasets:
            sql = (
                f"DELETE FROM datasets WHERE id {is_listed} AND NOT EXISTS "
                "(SELECT 1 FROM dataset_inputs WHERE dataset_id = datasets.id)"
            )
            tx.execute(sql, (self._statements.bind_list(datasets),))
        if contents:
            drop_unused(tx, self._statements, contents)
        return len(ids), points, notes

    def _hold_runs(self, tx: Transaction, ids: Sequence[int]) -> list[int]:
        """Return those of the runs that are still deleted, and that nobody compacts meanwhile."""
        is_listed = self._statements.IN_LIST
        sql = (
            f"SELECT id FROM runs WHERE id {is_listed} AND deleted_at <= ? "
            f"ORDER BY id{self._statements.FOR_REMOVAL}"
        )
        rows = tx.execute(sql, (self._statements.bind_list(ids), self._before)).fetchall()
        held = [run for (run,) in rows]
        sql = f"SELECT DISTINCT run_id FROM metric_log WHERE run_id {is_listed}"
        logged = tx.execute(sql, (self._statements.bind_list(held),)).fetchall()
        busy = set(self._statements.lock_compactions(tx, [run for (run,) in logged]))
        return [run for run in held if run not in busy]

    def _count_points(self, tx: Transaction, ids: Sequence[int]) -> int:
        sql = (
            "SELECT COALESCE(SUM(count), 0) FROM metric_summaries "
            f"WHERE run_id {self._statements.IN_LIST}"
        )
        return int(tx.execute(sql, (self._statements.bind_list(ids),)).fetchone()[0])

    def _count_left(self) -> int:
        if self._phase not in (FOLDERS, RUNS):
            return 0
        where, values = self._scope.runs
        after = self._after if self._phase == RUNS else 0
        sql = f"SELECT COUNT(*) FROM runs WHERE {where} AND id > ?"
        return int(self._read(sql, (*values, after))[0][0])

    # --- logged models and experiments -----------------------------------------------------------

    def _delete_models(self) -> bool:
        rows = self._find(
            "id, uuid, artifact_uri", "logged_models", self._scope.models, _MOST_THINGS
        )
        if not rows:
            return False
        self._after = rows[-1][0]
        found = self._find_folders("model", rows, _model_names)
        self._spare_registered("model", "logged_models", rows, found)
        if self._is_dry:
            self._done.models += len(found)
            self._count_files(folder for folder in found.values() if folder)
            return True

        def work(tx: Transaction) -> tuple[int, list[Note]]:
            sql = (
                f"DELETE FROM logged_models WHERE id {self._statements.IN_LIST} "
                "AND deleted_at <= ? RETURNING id"
            )
            ids = self._release(tx, "logged_models", list(found))
            bound = (self._statements.bind_list(ids), self._before)
            gone = [number for (number,) in tx.execute(sql, bound).fetchall()]
            return len(gone), self._note(tx, (folder for one in gone if (folder := found[one])))

        count, notes = self._database.transact(work, durable=True)
        self._done.models += count
        self._delete_noted(notes)
        return True

    def _delete_experiment(self) -> bool:
        # Ids are above 0, where the experiment stands that every store has.
        rows = self._find("id, artifact_location", "experiments", self._scope.experiments, 1)
        if not rows:
            return False
        [(number, location)] = rows
        self._after = number
        sql = "SELECT id, uuid, artifact_uri FROM logged_models WHERE experiment_id = ?"
        models = self._read(sql, (number,))
        found = self._find_folders("model", models, _model_names)
        self._spare_registered("model", "logged_models", models, found)
        reason = ""
        if len(found) < len(models):
            reason = f"{len(models) - len(found)} of its logged models had to stay"
        if not reason and self._is_dry:
            reason = self._count_staying(number)
            self._count_files(folder for folder in found.values() if folder)
        elif not reason:
            reason, notes = self._database.transact(
                lambda tx: self._remove_experiment(tx, number, location, found), durable=True
            )
            self._delete_noted(notes)
        if reason:
            self._done.kept.append(Kept("experiment", str(number), f"It stays: {reason}."))
        else:
            self._done.experiments += 1
            self._done.models += len(found)
        return True

    def _remove_experiment(
        self, tx: Transaction, number: int, location: str, models: _Found
    ) -> tuple[str, list[Note]]:
        """Delete an experiment and note its folders, or return why it stays."""
        sql = f"SELECT deleted_at FROM experiments WHERE id = ?{self._statements.FOR_REMOVAL}"
        row = tx.execute(sql, (number,)).fetchone()
        if row is None or row[0] is None:
            return "it was restored, or somebody else deleted it for good", []
        [count] = tx.execute(
            "SELECT COUNT(*) FROM runs WHERE experiment_id = ?", (number,)
        ).fetchone()
        if count:
            return f"{count} runs are in it", []
        if len(self._release(tx, "logged_models", list(models))) < len(models):
            return "files of its logged models have been registered", []
        folders = [folder for folder in models.values() if folder]
        if location == self._locations.of_experiment(number):
            folders.append(Folder(location, ""))
        notes = self._note(tx, folders)
        remove_views(tx, self._statements, number)
        tx.execute("DELETE FROM experiments WHERE id = ?", (number,))
        return "", notes

    def _count_staying(self, number: int) -> str:
        """Return why an experiment would stay; empty if it would not."""
        sql = (
            "SELECT COUNT(*) FROM runs WHERE experiment_id = ? "
            "AND (deleted_at IS NULL OR deleted_at > ?)"
        )
        [(count,)] = self._read(sql, (number, self._before))
        return f"{count} runs are in it" if count else ""

    # --- what is registered ----------------------------------------------------------------------

    def _spare_registered(self, kind: str, table: str, rows: Iterable[Row], found: _Found) -> None:
        """Take away from the folders those that versions name, unless asked; tell of each."""
        if self._takes_registered:
            return
        with self._database.read(snapshot=False) as tx:
            named = find_registered(tx, self._statements, table, list(found))
        versions = {one.owner: one.name for one in reversed(named)}
        for number, uuid, _ in rows:
            if number in versions:
                del found[number]
                reason = (
                    f"Its files are those of {versions[number]}, a registered version. Delete that "
                    "version first, or ask for what is registered too: it then has no files."
                )
                self._done.kept.append(Kept(kind, uuid, reason))

    def _release(self, tx: Transaction, table: str, ids: Sequence[int]) -> list[int]:
        """Return what may go, now that nobody else can register any of it.

        Of what is registered that is nothing, unless asked; its versions are then told.
        """
        listed = (self._statements.bind_list(ids),)
        lock = f"{self._statements.IN_LIST}{self._statements.FOR_REMOVAL}"
        tx.execute(f"SELECT id FROM {table} WHERE id {lock}", listed).fetchall()
        named = find_registered(tx, self._statements, table, ids)
        if named and self._takes_registered:
            why = "Its files were deleted for good, with the run or logged model that they were of."
            tell_versions(tx, self._statements, [one.version for one in named], why)
            return list(ids)
        owners = {one.owner for one in named}
        return [number for number in ids if number not in owners]

    # --- folders ---------------------------------------------------------------------------------

    def _find_folders(
        self, kind: str, rows: Iterable[Row], names: Callable[[str], tuple[str, ...]]
    ) -> _Found:
        """Return the folders of the rows (id, uuid, location) that may go; tell why others stay."""
        found: _Found = {}
        for number, uuid, location in rows:
            try:
                folder = own_folder(location, *names(uuid))
                found[number] = folder if self._folders.exists(folder) else None
            except HeadraceError as error:
                self._done.kept.append(Kept(kind, uuid, error.message))
        return found

    def _note(self, tx: Transaction, folders: Iterable[Folder]) -> list[Note]:
        at = now()
        return [
            Note(tx.execute(_NOTE, (folder.root, folder.path, at)).fetchone()[0], folder)
            for folder in folders
        ]

    def _count_files(self, folders: Iterable[Folder]) -> None:
        for folder in folders:
            size = self._folders.measure(folder)
            self._done.files += size.files
            self._done.bytes += size.bytes

    def _delete_folders(self) -> bool:
        """Delete folders of things that are gone since before this call."""
        if self._is_dry:
            return False
        rows = self._find("id, root, path", "removals", ("1 = 1", ()), _MOST_THINGS)
        if not rows:
            return False
        self._after = rows[-1][0]
        self._delete_noted(Note(number, Folder(root, path)) for number, root, path in rows)
        return True

    def _delete_noted(self, notes: Iterable[Note]) -> None:
        """Delete folders whose rows are gone, and then their notes."""
        gone = []
        for note in notes:
            try:
                if note.folder.path:
                    self._count_files([note.folder])
                self._done.shared += self._folders.delete(note.folder)
                gone.append(note.id)
            except HeadraceError as error:
                place = self._folders.place(note.folder)
                self._done.kept.append(Kept("folder", place, error.message))
        if gone:
            sql = f"DELETE FROM removals WHERE id {self._statements.IN_LIST}"
            bound = (self._statements.bind_list(gone),)
            self._database.transact(lambda tx: tx.execute(sql, bound))

    # --- reading ---------------------------------------------------------------------------------

    def _find(
        self, columns: str, table: str, scope: tuple[str, tuple[Any, ...]], limit: int = CANDIDATES
    ) -> list[Row]:
        """Return the next rows of a table in the order of their ids."""
        where, values = scope
        sql = f"SELECT {columns} FROM {table} WHERE {where} AND id > ? ORDER BY id LIMIT ?"
        return self._read(sql, (*values, self._after, limit))

    def _read(self, sql: str, values: Sequence[Any]) -> list[Row]:
        with self._database.read(snapshot=False) as tx:
            return tx.execute(sql, values).fetchall()


def _model_names(uuid: str) -> tuple[str, ...]:
    return ("models", uuid)
