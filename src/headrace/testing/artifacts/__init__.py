"""The suite of the artifact store's contract, `headrace.artifacts.base`."""

from __future__ import annotations

from headrace.testing.artifacts.failures import FailureSuite
from headrace.testing.artifacts.files import FileSuite
from headrace.testing.artifacts.folders import FolderSuite
from headrace.testing.artifacts.names import BAD_PATHS, NameSuite
from headrace.testing.artifacts.parallel import ParallelSuite
from headrace.testing.artifacts.streams import StreamSuite


class ArtifactStoreSuite(
    FileSuite, FolderSuite, NameSuite, FailureSuite, StreamSuite, ParallelSuite
):
    """All of the contract; a subclass gives the fixture ``store``, empty for each test."""


__all__ = [
    "BAD_PATHS",
    "ArtifactStoreSuite",
    "FailureSuite",
    "FileSuite",
    "FolderSuite",
    "NameSuite",
    "ParallelSuite",
    "StreamSuite",
]
