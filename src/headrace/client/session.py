"""One tracking store as a client uses it: to read from, to write to, and for its artifacts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from headrace.client.writer import Writer
from headrace.stores.base import TrackingStore

if TYPE_CHECKING:
    from headrace.client.artifact_files import ArtifactFiles


class Session:
    """What every client of one tracking URI shares.

    Attributes:
        uri: The URI, the same from any working directory.
        store: Answers everything but log calls.
        writer: Takes the log calls.

    """

    def __init__(self, uri: str, store: TrackingStore) -> None:
        self.uri = uri
        self.store = store
        self.writer = Writer(store)

    @cached_property
    def files(self) -> ArtifactFiles:
        """The artifacts of the store's runs and models."""
        # Imported only here: a script that logs numbers needs none of it.
        from headrace.client.artifact_files import ArtifactFiles

        return ArtifactFiles(self.store, self.uri)

    def close(self) -> None:
        """Deliver what was written and release the store."""
        self.writer.flush()
        self.store.close()
