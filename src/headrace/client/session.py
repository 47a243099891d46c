"""One tracking store as a client uses it: to read from, to write to, and for its artifacts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from headrace import settings
from headrace.client.delivery.connections import connect
from headrace.client.delivery.delivery import Delivery
from headrace.client.journal.header import Origin
from headrace.client.journal.journal import Journal
from headrace.client.journal.places import journals_folder
from headrace.client.writer import Writer
from headrace.settings import without_password
from headrace.stores.base import TrackingStore

if TYPE_CHECKING:
    from headrace.client.artifact_files import ArtifactFiles


# How long the first who reads waits for what dead processes left; the rest comes later.
SECONDS_FOR_LEFTOVERS = 5.0


class Session:
    """What every client of one tracking URI shares.

    Attributes:
        uri: The URI, the same from any working directory.
        delivery: Ships what is logged.
        writer: Takes the log calls.

    """

    def __init__(self, uri: str) -> None:
        """Open the store of a URI, if it is a database that can be reached.

        Raises:
            InvalidParameterValue: If no store can have such a URI.
            InvalidState: If the place holds something that is no Headrace store of this version.

        """
        self.uri = uri
        folder = journals_folder(uri)
        self._connection = connect(uri, folder)
        self.delivery = Delivery(
            without_password(uri),
            folder,
            self._make_journal,
            self._connection.destination,
            self._connection.tend,
        )
        self.writer = Writer(self.delivery, self._connection)
        self._has_looked = False

    @property
    def store(self) -> TrackingStore:
        """Answers everything but log calls, after it has all that was logged before.

        Raises:
            HeadraceError: If something was logged that the store cannot be brought to take now.

        """
        self.writer.deliver()
        if not self._has_looked:
            self._has_looked = True
            self.writer.pick_up(SECONDS_FOR_LEFTOVERS)
        return self._connection.store

    @property
    def hasty_store(self) -> TrackingStore:
        """As `store`, but who calls it learns at once if the store cannot be reached."""
        self.writer.deliver(patient=False)
        return self._connection.hasty_store

    @cached_property
    def files(self) -> ArtifactFiles:
        """The artifacts of the store's runs and models."""
        # Imported only here: a script that logs numbers needs none of it.
        from headrace.client.artifact_files import ArtifactFiles

        return ArtifactFiles(self.store, self.uri)

    def close(self) -> None:
        """Deliver what was written, say what could not be, and release the store."""
        self.writer.finish()
        self.delivery.close()
        self._connection.close()

    def restart(self) -> None:
        """Go on in a forked child: with a journal of its own."""
        self.writer.restart()

    def _make_journal(self) -> Journal:
        return Journal.create(
            self.delivery.folder,
            Origin.here(self.uri),
            fsync_always=settings.FSYNC.get() == "always",
        )
