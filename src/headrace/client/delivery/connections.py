"""What stands behind a tracking URI: the store for whoever asks, and the one that journals go to.

Who asks a server is tried again for as long as the settings say. Who ships a journal tries again by
itself, in its own time, so its calls are tried once.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from headrace.client.delivery.consignment import Destination
from headrace.errors import TemporarilyUnavailable
from headrace.file_uri import scheme_of
from headrace.stores.base import TrackingStore
from headrace.stores.uri import open_tracking_store

if TYPE_CHECKING:
    from headrace.stores.sql.tracking import SqlTrackingStore


class Connection(Protocol):
    """The stores behind one tracking URI."""

    @property
    def store(self) -> TrackingStore:
        """The store, for calls that are tried again; it may raise `TemporarilyUnavailable`."""
        ...

    @property
    def hasty_store(self) -> TrackingStore:
        """The store, for calls that are tried once."""
        ...

    def destination(self) -> Destination:
        """Return what journals are shipped to; it may have to ask first what that is."""
        ...

    def tend(self) -> None:
        """Do what can wait until those who wait have been answered.

        Raises:
            HeadraceError: If the store fails.

        """
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


def connect(uri: str, folder: Path) -> Connection:
    """Return the connection of a tracking URI.

    A database is opened at once if it can be reached; a server is not called yet.

    Args:
        uri: The tracking URI.
        folder: Where the journals for it lie.

    Raises:
        InvalidParameterValue: If no store can have such a URI.
        InvalidState: If the place holds something that is no Headrace store of this version.

    """
    if scheme_of(uri) in ("http", "https"):
        return ServerConnection(uri, folder)
    return DatabaseConnection(uri)


class DatabaseConnection:
    """A store in a database that this process opens itself."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._opened: SqlTrackingStore | None = None
        with suppress(TemporarilyUnavailable):  # what is logged meanwhile waits in the journal
            self._opened = open_tracking_store(uri)

    @property
    def store(self) -> TrackingStore:
        """The store, opened if it could not be before."""
        if self._opened is None:
            self._opened = open_tracking_store(self._uri)
        return self._opened

    hasty_store = store

    def destination(self) -> Destination:
        """Return the store."""
        return self.store

    def tend(self) -> None:
        """Do the upkeep that a server would do."""
        if self._opened is not None:
            self._opened.tend()

    def close(self) -> None:
        """Close the store."""
        if self._opened is not None:
            self._opened.close()


class ServerConnection:
    """A store behind a server, of ours or of MLflow."""

    def __init__(self, uri: str, folder: Path) -> None:
        # Imported only here: an embedded store needs neither sockets nor TLS.
        from headrace.client.http import HttpTransport
        from headrace.connection import Server
        from headrace.stores.remote import RemoteTrackingStore

        server = Server(uri)
        self.store: TrackingStore = RemoteTrackingStore(HttpTransport(server))
        self._send = HttpTransport(server, retries=False)
        self.hasty_store: TrackingStore = RemoteTrackingStore(self._send)
        self._folder = folder
        self._destination: Destination | None = None

    def destination(self) -> Destination:
        """Return the server itself if it takes journals, else what translates them for it.

        Raises:
            TemporarilyUnavailable: If the server has never answered.

        """
        if self._destination is None:
            from headrace.client.delivery.server_kind import takes_journals

            if takes_journals(self._send):
                self._destination = self.hasty_store
            else:
                from headrace.client.delivery.plain_server import PlainServer

                self._destination = PlainServer(self.hasty_store, self._folder)
        return self._destination

    def tend(self) -> None:
        """Do nothing: the server looks after its store itself."""

    def close(self) -> None:
        """Close the network connections."""
        self.store.close()
        self.hasty_store.close()
