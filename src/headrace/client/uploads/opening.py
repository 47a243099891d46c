"""An uploader for the store of one tracking URI."""

from __future__ import annotations

# Not used here: what the uploading threads would import at their first file. A child that is forked
# while a thread imports something can never import that.
import concurrent.futures.thread  # noqa: F401
from pathlib import Path

import headrace.artifacts.local
import headrace.artifacts.mlflow_artifacts
import headrace.artifacts.registry
import headrace.artifacts.served
import headrace.client.delivery.plain_server
import headrace.client.delivery.server_kind  # noqa: F401
from headrace.client.journal.header import Origin
from headrace.client.uploads.snapshots import SnapshotFolder
from headrace.client.uploads.uploader import Uploader
from headrace.client.uris import Places
from headrace.settings import without_password


def open_uploader(uri: str, journals: Path, places: Places) -> Uploader:
    """Return an uploader; nothing is made or called yet.

    Args:
        uri: The tracking URI.
        journals: The folder with the journals for it.
        places: Finds the artifacts of runs and models, and tries once.

    """

    def make_folder(files: Path) -> SnapshotFolder:
        return SnapshotFolder.create(files, Origin.here(uri))

    return Uploader(without_password(uri), journals, make_folder, places.of)
