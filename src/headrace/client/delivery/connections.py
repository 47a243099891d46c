"""What stands behind a tracking URI: the store for whoever asks, and the one that journals go to.

Who asks a server is tried again for as long as the settings say. Who ships a journal tries again by
itself, in its own time, so its calls are tried once.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from headrace import settings
from headrace.client.delivery.consignment import Destination
from headrace.errors import TemporarilyUnavailable
from headrace.file_uri import scheme_of
from headrace.stores.base import TrackingStore
from headrace.stores.uri import open_tracking_database

if TYPE_CHECKING:
    from headrace.artifacts.base import ArtifactStore
    from headrace.artifacts.http_stream import StreamingCalls
    from headrace.client.delivery.server_kind import Abilities
    from headrace.stores.sql.opening import OpenDatabase
    from headrace.stores.sql.version_contents import VersionContentCalls


class Connection(Protocol):
    """The stores behind one tracking URI."""

    @property
    def store(self) -> TrackingStore:
        """The store, for calls that are tried again; it may raise `TemporarilyUnavailable`."""
        ...

    @property
    def hasty_store(self) -> TrackingStore:
        """The store, for calls that are tried once, and not for long."""
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

    def server_run_id(self, run_id: str, *, hasty: bool = False) -> str:
        """Return the store's own id of a run; a plain MLflow server gives another than ours.

        Args:
            run_id: The run.
            hasty: Whether a server that must be asked what it is, is asked once.

        """
        ...

    def open_artifacts(
        self, uri: str, *, run_id: str = "", model_id: str = "", hasty: bool = False
    ) -> ArtifactStore:
        """Return the artifact store of a run or logged model.

        Args:
            uri: Its root, as the store gives it.
            run_id: The run; or else
            model_id: the logged model.
            hasty: Whether its calls are tried once.

        Raises:
            NotSupported: If nothing here reaches such a root.
            TemporarilyUnavailable: If a server has never said whether it keeps artifacts itself.

        """
        ...

    def serves(self, uri: str) -> bool:
        """Return whether a root is reached by calls for the run or model that it belongs to.

        Raises:
            TemporarilyUnavailable: If a server has never said whether it keeps artifacts itself.

        """
        ...

    @property
    def contents(self) -> VersionContentCalls | None:
        """What the store keeps of the contents of versions, where this process looks after it."""
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
        self._opened: OpenDatabase | None = None
        with suppress(TemporarilyUnavailable):  # what is logged meanwhile waits in the journal
            self._opened = open_tracking_database(uri)

    @property
    def store(self) -> TrackingStore:
        """The store."""
        return self._database().tracking

    hasty_store = store

    def destination(self) -> Destination:
        """Return the part of the store that takes journals."""
        return self._database().journals

    def tend(self) -> None:
        """Do the upkeep that a server would do."""
        if self._opened is not None:
            self._opened.journals.tend()

    def _database(self) -> OpenDatabase:
        """Return the database, opened if it could not be before."""
        if self._opened is None:
            self._opened = open_tracking_database(self._uri)
        return self._opened

    def server_run_id(self, run_id: str, *, hasty: bool = False) -> str:
        """Return the id itself."""
        return run_id

    def open_artifacts(
        self, uri: str, *, run_id: str = "", model_id: str = "", hasty: bool = False
    ) -> ArtifactStore:
        """Return the store of a root."""
        from headrace.artifacts.registry import open_artifact_store

        return open_artifact_store(uri)

    def serves(self, uri: str) -> bool:
        """Return that it is not: who opens the database opens the files too."""
        return False

    @property
    def contents(self) -> VersionContentCalls | None:
        """What the store keeps of the contents of versions."""
        return self._database().tracking

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

        self._uri = uri
        server = Server(uri)
        self._send_patiently = HttpTransport(server)
        self.store: TrackingStore = RemoteTrackingStore(self._send_patiently)
        self._send = HttpTransport(server, retries=False)
        self._shipping_store = RemoteTrackingStore(self._send)
        hasty = HttpTransport(server, retries=False, timeout=settings.CONTACT_TIMEOUT)
        self.hasty_store: TrackingStore = RemoteTrackingStore(hasty)
        self._folder = folder
        self._destination: Destination | None = None
        self._abilities: Abilities | None = None
        self._artifact_calls: dict[bool, StreamingCalls] = {}

    def destination(self) -> Destination:
        """Return the server itself if it takes journals, else what translates them for it.

        Raises:
            TemporarilyUnavailable: If the server has never answered.

        """
        if self._destination is None:
            if self._able().journals:
                self._destination = self._shipping_store
            else:
                from headrace.client.delivery.plain_server import PlainServer

                self._destination = PlainServer(self._shipping_store, self._folder)
        return self._destination

    def tend(self) -> None:
        """Do nothing: the server looks after its store itself."""

    def server_run_id(self, run_id: str, *, hasty: bool = False) -> str:
        """Return the server's id of a run that was begun with an id of ours.

        Raises:
            TemporarilyUnavailable: If the server has never answered.

        """
        if self._able(hasty=hasty).journals:
            return run_id
        from headrace.client.delivery.plain_server import PlainServer

        destination = self.destination()
        assert isinstance(destination, PlainServer)
        return destination.server_run_id(run_id)

    def open_artifacts(
        self, uri: str, *, run_id: str = "", model_id: str = "", hasty: bool = False
    ) -> ArtifactStore:
        """Return the store of a root; what a Headrace server has on its own disks it serves."""
        from headrace.artifacts.registry import open_artifact_store

        if not self.serves(uri):
            return open_artifact_store(uri, self._uri)
        from headrace.artifacts.served import ServedArtifactStore, served_by

        if hasty not in self._artifact_calls:
            self._artifact_calls[hasty] = served_by(self._uri, retries=not hasty)
        calls = self._artifact_calls[hasty]
        return ServedArtifactStore(uri, calls, run_id=run_id or None, model_id=model_id or None)

    def serves(self, uri: str) -> bool:
        """Return whether the server is Headrace's and has the root on disks of its own."""
        is_kept = scheme_of(uri) in ("", "file") or re.match("mlflow-artifacts:/(?!/)", uri)
        return bool(is_kept) and self._able().artifacts

    def _able(self, *, hasty: bool = True) -> Abilities:
        """Return what the server can do.

        Raises:
            TemporarilyUnavailable: If it has never answered.

        """
        if self._abilities is None:
            from headrace.client.delivery.server_kind import abilities

            self._abilities = abilities(self._send if hasty else self._send_patiently)
        return self._abilities

    @property
    def contents(self) -> VersionContentCalls | None:
        """None: the server looks after that."""
        return None

    def close(self) -> None:
        """Close the network connections."""
        self.store.close()
        self.hasty_store.close()
        self._shipping_store.close()
