"""Bringing the journals of one place to their store, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable

from msgspec import Struct, field

from headrace.api.journals import ApplyJournal, JournalApplied
from headrace.cli.journal_places import JournalPlace
from headrace.cli.pending import PendingJournal, find_pending
from headrace.cli.pending_files import SentFiles, find_pending_files, send_files
from headrace.client.delivery.connections import Connection, connect
from headrace.client.delivery.consignment import Destination, Step
from headrace.client.delivery.leftovers import OF_THE_STORE, Leftovers
from headrace.client.journal.ownership import AdoptedJournal
from headrace.client.journal.reader import CORRUPT_NAME
from headrace.client.journal.rejected import REJECTED_NAME
from headrace.errors import HeadraceError, InvalidState, PermissionDenied, Unauthenticated
from headrace.file_uri import scheme_of

_MAX_TOLD_REFUSALS = 10
# Another process that looks at a journal holds it for a moment, in which it cannot be taken over.
_MAX_PASSES = 3

_ID_LENGTH = 32


class RefusedCall(Struct):
    """A log call that the store refused.

    Attributes:
        run_id: The run that it was logged to.
        error_code: MLflow's name of the error.
        message: What was wrong with it.

    """

    run_id: str
    error_code: str
    message: str


class Shipment(Struct):
    """What came of the journals of one place.

    Attributes:
        store: URI of the store, without a password.
        folder: Where the journals lie.
        runs: Ids of the runs of which something was sent.
        records: How many records the store has taken.
        refused: How many it refused.
        refusals: The first of those.
        rejected: The files that keep them.
        corrupt: Files with the bytes of journals that could not be read.
        run_ids: For a plain MLflow server, its id of each of the runs.
        left: Journals that still wait.
        failure: Why the store takes nothing; None if it does.
        complete: Whether nothing is left but what others take care of.
        files: What came of the files that wait beside the journals.

    """

    store: str
    folder: str
    runs: list[str] = []
    records: int = 0
    refused: int = 0
    refusals: list[RefusedCall] = []
    rejected: list[str] = []
    corrupt: list[str] = []
    run_ids: dict[str, str] = {}
    left: list[PendingJournal] = []
    failure: str | None = None
    complete: bool = True
    files: SentFiles = field(default_factory=SentFiles)


class Shipping:
    """Journals of one place on their way to their store.

    Args:
        place: Which journals.
        of_other_hosts: Whether to send those of other machines too, whose owners may live.
        on_records: Told how many records the store has dealt with, as they go.

    Attributes:
        shipment: What came of it so far.

    """

    def __init__(
        self, place: JournalPlace, *, of_other_hosts: bool, on_records: Callable[[int], None]
    ) -> None:
        self.shipment = Shipment(place.store, str(place.folder))
        self._place = place
        self._of_other_hosts = of_other_hosts
        self._on_records = on_records
        self._connection: Connection | None = None
        self._destination: Destination | None = None
        self._journals: set[str] = set()
        self._runs: dict[str, None] = {}
        self._moved = 0

    def ship(self) -> None:
        """Send all that can be sent; a failure of the store is noted and ends it."""
        try:
            self._ship_journals()
            self._ship_files()
        except HeadraceError as error:
            self.shipment.failure = self._explain(error)
            self._note_files_left(self.shipment.failure)
        finally:
            self._finish()

    def _ship_journals(self) -> None:
        leftovers = Leftovers(
            self._place.folder, of_other_hosts=self._of_other_hosts, only=self._place.only
        )
        try:
            for _ in range(_MAX_PASSES):
                before = self._moved
                leftovers.look_again()
                leftovers.ship(self._reach, self._note)
                # What waited for a run can go if the run has come with another journal.
                if self._moved == before and not any(map(_is_untried, find_pending(self._place))):
                    break
        except OF_THE_STORE:
            raise
        except HeadraceError as error:  # of one journal: the files can go
            self.shipment.failure = error.message

    def _ship_files(self) -> None:
        """Send the files whose runs are in the store by now."""
        if not find_pending_files(self._place):
            return
        self._reach()
        assert self._connection is not None
        assert self._place.uri is not None
        files = send_files(
            self._place,
            self._connection,
            self._place.uri,
            of_other_hosts=self._of_other_hosts,
        )
        self.shipment.files = files
        if files.left:
            self.shipment.complete = False

    def _note_files_left(self, failure: str) -> None:
        """Note how many files wait that this shipment should have sent."""
        mine = (False, None) if self._of_other_hosts else (False,)
        left = sum(one.files for one in find_pending_files(self._place) if one.alive in mine)
        if left:
            self.shipment.files = SentFiles(left=left, failure=failure)
            self.shipment.complete = False

    def _explain(self, error: HeadraceError) -> str:
        """Return why the store takes nothing, and what that may come from."""
        if self._place.is_named or not isinstance(error, (Unauthenticated, PermissionDenied)):
            return error.message
        return (
            f"{error.message} Only the journals name this store, so it was given none of your "
            f"credentials: name it yourself with --tracking-uri {self._place.store}"
        )

    def _check_password(self) -> None:
        """Keep what the environment holds for one database from others: libpq would not.

        Raises:
            PermissionDenied: If it holds a password.

        """
        is_postgresql = scheme_of(self._place.uri or "").startswith("postgres")
        if is_postgresql and not self._place.is_named and "PGPASSWORD" in os.environ:
            raise PermissionDenied(f"PGPASSWORD is not sent to {self._place.store}.")

    def _reach(self) -> Destination:
        if self._destination is None:
            if self._place.uri is None:
                raise InvalidState(f"No journal in {self._place.folder} tells its store.")
            self._check_password()
            self._connection = connect(self._place.uri, self._place.folder)
            self._destination = self._connection.destination()
        return _Observed(self._destination, self._runs)

    def _note(self, journal: AdoptedJournal, step: Step) -> None:
        shipment = self.shipment
        refused = sum(refusal.entry.records for refusal in step.refusals)
        shipment.records += step.records - refused
        shipment.refused += refused
        room = _MAX_TOLD_REFUSALS - len(shipment.refusals)
        shipment.refusals += [
            RefusedCall(one.run_id, one.error.error_code, one.error.message)
            for one in step.refusals[:room]
        ]
        self._journals.add(journal.id)
        self._moved += step.records
        self._on_records(step.records)

    def _finish(self) -> None:
        """Say what is left and where things lie, and close the store."""
        shipment = self.shipment
        shipment.runs = list(self._runs)
        shipment.run_ids = {
            client_id: server_id
            for client_id, server_id in _mapping_of(self._destination).items()
            if client_id in self._runs
        }
        if shipment.refused:
            shipment.rejected = self._files_of(REJECTED_NAME)
        shipment.corrupt = self._files_of(CORRUPT_NAME)
        shipment.left = find_pending(self._place)
        mine = {"dead", "unknown"} | ({"other host"} if self._of_other_hosts else set())
        for journal in shipment.left:
            if journal.owner in mine:
                shipment.complete = False
                journal.reason = shipment.failure or journal.reason
        if self._connection is not None:
            self._connection.close()

    def _files_of(self, name: str) -> list[str]:
        """Return the files about the journals of this shipment in a folder beside them."""
        ids = self._journals
        found = sorted((self._place.folder / name).glob("*"))
        return [str(file) for file in found if file.name[:_ID_LENGTH] in ids]


class _Observed:
    """A destination of which is remembered what runs it was sent something of."""

    def __init__(self, destination: Destination, runs: dict[str, None]) -> None:
        self._destination = destination
        self._runs = runs

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        answer = self._destination.apply_journal(request)
        self._runs.update((entry.run_id, None) for entry in request.entries if entry.run_id)
        return answer


def _is_untried(journal: PendingJournal) -> bool:
    return journal.owner == "dead" and journal.reason is None


def _mapping_of(destination: Destination | None) -> dict[str, str]:
    """Return a plain MLflow server's ids of runs by the clients' ids."""
    from headrace.client.delivery.plain_server import PlainServer  # here: it is seldom needed

    return destination.mapping() if isinstance(destination, PlainServer) else {}
