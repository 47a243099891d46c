"""Journals that their processes left behind: shipped by whoever uses the same store next.

A worker that leaves by `os._exit`, a killed training run, one that ended while the store was away:
their journals lie in the store's folder of journals, and belong to nobody any more.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from pathlib import Path

from headrace.client.delivery.consignment import (
    Consignment,
    Destination,
    Failures,
    RunIsUnknown,
    Step,
)
from headrace.client.journal.ownership import AdoptedJournal, adopt, list_journals
from headrace.client.journal.reader import CORRUPT_NAME
from headrace.client.journal.state import note, read_note
from headrace.errors import (
    HeadraceError,
    InvalidState,
    NotSupported,
    PermissionDenied,
    TemporarilyUnavailable,
    Unauthenticated,
)

# What a store says of whoever calls it, and would say of every journal.
OF_THE_STORE = (TemporarilyUnavailable, Unauthenticated, PermissionDenied)

_logger = logging.getLogger("headrace.client")


class Leftovers:
    """The journals without an owner in one folder.

    Args:
        folder: The folder with the journals for one store.
        of_other_hosts: Whether to take those of other machines too, whose owners may live.
        only: Ids of the journals to take; all if not given.

    """

    def __init__(
        self,
        folder: Path,
        *,
        of_other_hosts: bool = False,
        only: Container[str] | None = None,
    ) -> None:
        self._folder = folder
        self._of_other_hosts = of_other_hosts
        self._only = only
        self._is_to_look = True
        self._told: set[str] = set()
        self._failures: defaultdict[str, Failures] = defaultdict(Failures)  # of each journal

    def look_again(self) -> None:
        """Have the next `ship` look for journals that were left since the last one."""
        self._is_to_look = True

    def are_there(self) -> bool:
        """Return whether any journal lies in the folder, owned or not."""
        return bool(list_journals(self._folder))

    def ship(
        self,
        connect: Callable[[], Destination],
        on_step: Callable[[AdoptedJournal, Step], None] | None = None,
    ) -> None:
        """Ship every journal that nobody owns, and delete those that the store has whole.

        Args:
            connect: Returns the store.
            on_step: Told of each batch.

        Raises:
            HeadraceError: If the store takes nothing now, or fails on one of the journals; the
                others are shipped then.

        """
        if not self._is_to_look:
            return
        failures: list[HeadraceError] = []
        places = list_journals(self._folder)
        if self._only is not None:
            places = [place for place in places if place.name in self._only]
        # One may wait for a run that another one brings: again, as long as any of them arrives.
        while held := self._ship_all(places, connect, on_step, failures):
            if len(held) == len(places):
                break
            places = list(held)
        for place, error in held.items():
            self._tell(place, error.message)
        if failures:
            raise failures[0]
        self._is_to_look = False

    def _ship_all(
        self,
        places: Sequence[Path],
        connect: Callable[[], Destination],
        on_step: Callable[[AdoptedJournal, Step], None] | None,
        failures: list[HeadraceError],
    ) -> dict[Path, RunIsUnknown]:
        """Ship the journals in some places; return those that wait for a run.

        What the store fails on is added to `failures`.
        """
        held = {}
        for place in places:
            journal = self._adopt(place)
            if journal is None:
                continue
            try:
                self._ship_one(journal, connect, on_step)
            except RunIsUnknown as error:
                held[place] = error
            except OF_THE_STORE:
                raise
            except HeadraceError as error:
                failures.append(error)
            except OSError as error:
                self._tell(place, f"it cannot be read: {error}.")
            finally:
                journal.release()
        return held

    def _adopt(self, place: Path) -> AdoptedJournal | None:
        try:
            return adopt(place, of_other_host=self._of_other_hosts)
        except (InvalidState, NotSupported, PermissionDenied) as error:
            self._tell(place, error.message)
        except OSError as error:
            self._tell(place, f"it cannot be locked: {error}.")
        return None

    def _ship_one(
        self,
        journal: AdoptedJournal,
        connect: Callable[[], Destination],
        on_step: Callable[[AdoptedJournal, Step], None] | None,
    ) -> None:
        applied, failures = read_note(journal.folder).applied, self._failures[journal.id]
        consignment = Consignment(journal.id, journal.reader, applied, failures)
        try:
            destination = connect()
            consignment.find_mark(destination)
            while (step := consignment.ship_or_secure(destination)) is not None:
                for refusal in step.refusals:
                    kept = refusal.keep(self._folder, journal.id)
                    _logger.warning(
                        "A log call of run %s, left by a process that died, was refused: %s It is "
                        "kept in %s.",
                        *(refusal.run_id, refusal.error.message, kept),
                    )
                if on_step is not None:
                    on_step(journal, step)
        except (HeadraceError, KeyboardInterrupt) as error:
            reason = error.message if isinstance(error, HeadraceError) else None
            with suppress(OSError):  # it is only to be shown
                note(journal.folder, consignment.applied, consignment.durable, reason)
            raise
        if consignment.unreadable:
            _logger.warning(
                "The journal %s, left by a process that died, is damaged: %d of its records could "
                "not be read and are skipped. What stood in their place is kept in %s.",
                *(journal.id, consignment.unreadable, self._folder / CORRUPT_NAME),
            )
        journal.remove()
        del self._failures[journal.id]
        consignment.forget(destination)

    def _tell(self, place: Path, reason: str) -> None:
        """Warn of a journal that stays where it is, once."""
        if place.name not in self._told:
            self._told.add(place.name)
            _logger.warning("The journal %s is not sent: %s", place, reason)
