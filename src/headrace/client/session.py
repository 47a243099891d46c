"""One tracking store as a client uses it: to read from, to write to, and for its artifacts."""

from __future__ import annotations

import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING

from headrace import settings
from headrace.api import tracking as api
from headrace.client.background import background
from headrace.client.delivery.connections import connect
from headrace.client.delivery.delivery import Delivery
from headrace.client.journal.header import Origin
from headrace.client.journal.journal import Journal
from headrace.client.journal.places import FILES_NAME, journals_folder
from headrace.client.operations import raise_all
from headrace.client.writer import Writer
from headrace.entities import RunStatus
from headrace.errors import HeadraceError, ResourceDoesNotExist, TemporarilyUnavailable
from headrace.file_uri import scheme_of
from headrace.settings import without_password
from headrace.stores.base import TrackingStore

if TYPE_CHECKING:
    from headrace.client.artifact_files import ArtifactFiles
    from headrace.client.uploads.outlet import Outlet
    from headrace.client.uploads.uploader import Uploader
    from headrace.client.uris import Places
    from headrace.stores.seals import Seals
    from headrace.stores.sql.version_contents import VersionContentCalls

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
        self._making = threading.RLock()  # a signal handler may log while its thread makes it
        self._made_uploader: Uploader | None = None

    @property
    def store(self) -> TrackingStore:
        """Answers everything but log calls, after it has all that was logged before.

        Raises:
            HeadraceError: If something was logged that the store cannot be brought to take now.
            TemporarilyUnavailable: If it is a server, which is not called offline.

        """
        self._check_online()
        self.writer.deliver()
        if not self._has_looked:
            self._has_looked = True
            self.writer.pick_up(SECONDS_FOR_LEFTOVERS)
        return self._connection.store

    @property
    def contents(self) -> VersionContentCalls | None:
        """What the store keeps of the contents of versions; None if a server looks after that."""
        return self._connection.contents

    @property
    def seals(self) -> Seals | None:
        """Refuses changes of what versions hold; None if a server does that."""
        contents = self.contents
        if contents is None:
            return None
        from headrace.stores.seals import Seals

        return Seals(contents)

    @property
    def hasty_store(self) -> TrackingStore:
        """As `store`, but who calls it learns at once if the store cannot be reached."""
        self._check_online()
        self.writer.deliver(patient=False)
        return self._connection.hasty_store

    def _check_online(self) -> None:
        if settings.MODE.get() == "offline" and self._is_distant:
            raise TemporarilyUnavailable(
                f"{self.delivery.place} is not called, since HEADRACE_MODE is offline."
            )

    @property
    def _is_distant(self) -> bool:
        return scheme_of(self.uri) in ("http", "https")

    @cached_property
    def files(self) -> ArtifactFiles:
        """The artifacts of the store's runs and models."""
        # Imported only here: a script that logs numbers needs none of it.
        from headrace.client.artifact_files import ArtifactFiles

        return ArtifactFiles(self)

    @cached_property
    def places(self) -> Places:
        """Finds the artifacts of runs and models."""
        from headrace.client.uris import Places

        return Places(self._connection, self.uri, lambda: self.store)

    @cached_property
    def outlet(self) -> Outlet:
        """Takes the artifacts that are logged."""
        from headrace.client.uploads.outlet import Outlet

        return Outlet(
            self.writer,
            lambda: self._uploader,
            self.places,
            self._hasty_places,
            is_distant=self._is_distant,
            get_seals=lambda: self.seals,
        )

    @property
    def _uploader(self) -> Uploader:
        if self._made_uploader is None:
            with self._making:
                made = self._made_uploader or self._make_uploader()
                self._made_uploader = self._made_uploader or made
        return self._made_uploader

    def _make_uploader(self) -> Uploader:
        from headrace.client.uploads.opening import open_uploader

        return open_uploader(self.uri, self.delivery.folder, self._hasty_places)

    @cached_property
    def _hasty_places(self) -> Places:
        from headrace.client.uris import Places

        return Places(self._connection, self.uri, lambda: self._connection.hasty_store, hasty=True)

    def deliver_files(self) -> None:
        """Return when the store has the files that this process logged, so that they are read.

        Raises:
            HeadraceError: If one of them cannot be sent now.

        """
        if not self._has_files:
            return
        self.writer.deliver()
        # Imported only here: an embedded store needs neither sockets nor TLS.
        from headrace.connection import pauses

        waits = pauses()
        while True:
            try:
                self._uploader.wait(settings.HTTP_REQUEST_TIMEOUT.get(), of_dead_too=False)
                return
            except ResourceDoesNotExist:
                return  # they wait for a run of another process: no matter of whoever reads
            except TemporarilyUnavailable:
                pause = next(waits, None)
                if pause is None or settings.MODE.get() == "offline":
                    raise
                time.sleep(pause)

    def end_run(self, request: api.UpdateRun) -> None:
        """End a run: whoever sees that it has ended finds its files, as far as that can be.

        Raises:
            HeadraceError: If the store refuses the end.

        """
        self.finish_files(is_hurried=request.status == RunStatus.KILLED)
        self.writer.end_run(request)

    def flush(self, seconds: float | None = None) -> None:
        """Return when the store has everything, files too; see `Writer.flush`.

        Raises:
            HeadraceError: If it cannot have it now, or has refused something since the last flush.

        """
        background.wait(seconds=seconds)
        self.writer.flush(seconds)
        if self._may_have_files:
            self._uploader.look_for_leftovers()
            self._uploader.wait(settings.SHUTDOWN_TIMEOUT.get() if seconds is None else seconds)
            raise_all(self._uploader.refusals())

    def finish_files(self, *, is_hurried: bool = False) -> None:
        """Wait for the files that were logged, and tell what cannot be sent now.

        Args:
            is_hurried: Whether this process is about to be stopped, so that even files that are on
                their way are waited for no longer than ``HEADRACE_SHUTDOWN_TIMEOUT`` says.

        """
        if not self._has_files:
            return
        seconds = settings.SHUTDOWN_TIMEOUT.get()
        try:
            self.delivery.collect(seconds)  # the run must be there first
            self._uploader.wait(seconds, is_hurried=is_hurried)
        except HeadraceError as error:
            self._uploader.tell_pending(error)

    @property
    def _has_files(self) -> bool:
        return self._made_uploader is not None and self._made_uploader.pending > 0

    @property
    def _may_have_files(self) -> bool:
        """Whether this process has logged files, or another one has left some."""
        return self._made_uploader is not None or (self.delivery.folder / FILES_NAME).exists()

    def close(self) -> None:
        """Deliver what was written, say what could not be, and release the store."""
        self.writer.finish()
        self.finish_files()
        self.delivery.close()
        if self._made_uploader is not None:
            self._made_uploader.close()
        self._connection.close()

    def restart(self) -> None:
        """Go on in a forked child: with a journal of its own."""
        self.writer.restart()
        # Threads that the child does not have may have held a lock of these.
        for name in ("files", "places", "outlet", "_hasty_places"):
            self.__dict__.pop(name, None)
        self._making = threading.RLock()
        self._made_uploader = None

    def _make_journal(self) -> Journal:
        if self._may_have_files:
            self._uploader.look_for_leftovers()
        return Journal.create(
            self.delivery.folder,
            Origin.here(self.uri),
            fsync_always=settings.FSYNC.get() == "always",
        )
