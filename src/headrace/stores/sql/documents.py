"""Page documents: runs whole, encoded once as the JSON that travels.

A page is put together from the documents of its runs; what has none yet is read from the tables.
Readers write nothing: they note what was missing, and upkeep makes it. Triggers delete a document
in the transaction that changes what it holds (`headrace.stores.sql.triggers`), so whatever is there
is true.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from headrace.api import run_pages
from headrace.stores.sql.engine import Database, Transaction
from headrace.stores.sql.locations import Locations
from headrace.stores.sql.run_reads import load_runs
from headrace.stores.sql.sessions import find_lost

# Documents that one transaction makes; the writers wait some 5 ms.
TRANSACTION_RUNS = 64
# For how long upkeep makes them at a time: a second's commits are not to wait for their fsync.
MAKING_SECONDS = 0.2
# Runs that are noted as wanting a document, in memory, before further ones are left out.
MAX_MISSING = 100_000

_INSERT = (
    "INSERT INTO run_documents (run_id, version, document) VALUES (?, ?, ?) "
    "ON CONFLICT (run_id) DO UPDATE SET version = excluded.version, document = excluded.document"
)


class Documents:
    """The page documents of one database, and which of them this process has missed.

    What is missed is a hint, kept without a lock: one that is lost between two threads comes back
    with the next search.

    Args:
        database: The database.
        locations: Where artifacts go.

    """

    def __init__(self, database: Database, locations: Locations) -> None:
        self._database = database
        self._statements: Any = database.statements
        self._locations = locations
        self._missing: dict[int, None] = {}

    def encode_page(
        self, tx: Transaction, ids: Sequence[int], next_token: str | None, lost_before: int
    ) -> bytes:
        """Return the JSON of a page of runs, whole.

        That a run is lost stands in no document, since silence changes nothing in the database:
        runs that may be are read from the tables.

        Args:
            tx: A transaction whose statements see one state.
            ids: Row ids of the runs.
            next_token: Token of the page that follows.
            lost_before: A run is lost if its sessions were heard last before this time.

        """
        sql = (
            "SELECT run_id, document FROM run_documents "
            f"WHERE version = ? AND run_id {self._statements.IN_LIST}"
        )
        bound = (run_pages.VERSION, self._statements.bind_list(ids))
        documents: dict[int, bytes] = dict(tx.execute(sql, bound).fetchall())
        missing = [run for run in ids if run not in documents]
        if missing and len(self._missing) < MAX_MISSING:
            self._missing |= dict.fromkeys(missing)
        perhaps_lost = find_lost(tx, self._statements, ids, lost_before) if lost_before else ()
        if unread := sorted({*missing, *perhaps_lost}):
            documents |= self._encode(tx, unread, lost_before)
        runs = (documents[run] for run in ids)
        return run_pages.join_page(runs, self._locations.home, next_token)

    def make_missing(self) -> None:
        """Make documents that searches have missed, for `MAKING_SECONDS`.

        Raises:
            HeadraceError: If the database fails.

        """
        until = time.monotonic() + MAKING_SECONDS
        while self._missing and time.monotonic() < until:
            runs = list(self._missing)[:TRANSACTION_RUNS]
            self._database.transact(partial(self._make, runs))
            for run in runs:
                self._missing.pop(run, None)

    def _make(self, runs: Sequence[int], tx: Transaction) -> None:
        """Make the documents of those of the runs that nobody is just writing to.

        A run is locked against every writer from before it is read until its document is committed,
        so a write comes either before the reading or after the document, which it then deletes.
        """
        sql = (
            f"SELECT id FROM runs WHERE id {self._statements.IN_LIST} "
            f"{self._statements.FOR_UPDATE_IF_FREE}"
        )
        rows = tx.execute(sql, (self._statements.bind_list(runs),)).fetchall()
        documents = self._encode(tx, [row[0] for row in rows], lost_before=0)
        tx.executemany(
            _INSERT, [(run, run_pages.VERSION, document) for run, document in documents.items()]
        )

    def _encode(self, tx: Transaction, ids: Sequence[int], lost_before: int) -> dict[int, bytes]:
        # Locations stay as they are stored, so that a store may be moved.
        runs = load_runs(tx, self._statements, str, ids, lost_before=lost_before)
        return {
            number: run_pages.encode_document(run) for number, run in zip(ids, runs, strict=True)
        }
