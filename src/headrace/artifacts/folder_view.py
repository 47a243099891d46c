"""One folder of a store as a root of its own, to be read: the files of a registered model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, NoReturn

from msgspec.structs import replace

from headrace.artifacts.base import ArtifactStore, FileDetails, OpenFile
from headrace.artifacts.paths import clean_path, join
from headrace.entities import FileInfo
from headrace.errors import InvalidParameterValue


class FolderView(ArtifactStore):
    """A folder of another store; what others rely on is not written or deleted through it.

    Args:
        store: The store.
        folder: The folder; empty for all of it.
        title: How the view is called where a change of it is refused.

    """

    def __init__(self, store: ArtifactStore, folder: str, title: str) -> None:
        super().__init__(f"{store.uri.rstrip('/')}/{folder}" if folder else store.uri)
        self.parallelism = store.parallelism
        self.takes_digests = store.takes_digests
        self._store = store
        self._folder = clean_path(folder)
        self._title = title

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what lies directly in a folder, sorted by path."""
        return [self._shown(info) for info in self._store.list_artifacts(self._inner(path))]

    def stat(self, path: str) -> FileInfo | None:
        """Return what is at a path; the root is there if the folder is."""
        found = self._store.stat(self._inner(path))
        return None if found is None else self._shown(found)

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return a stream of a file's bytes."""
        return self._store.open(self._inner(path), offset, length)

    def open_described(self, path: str) -> OpenFile:
        """Open a file with what is known of it."""
        return self._store.open_described(self._inner(path))

    def write(self, path: str, stream: BinaryIO) -> NoReturn:
        """Refuse it."""
        self._refuse()

    def delete(self, path: str = "") -> NoReturn:
        """Refuse it."""
        self._refuse()

    def digest(self, path: str) -> str | None:
        """Return the digest that a file had when it was stored, if it is known."""
        return self._store.digest(self._inner(path))

    def known_digests(self, path: str) -> frozenset[str]:
        """Return the digests that a file may have, by what was recorded when it was stored."""
        return self._store.known_digests(self._inner(path))

    def details(self, path: str) -> FileDetails:
        """Return what is known of a file."""
        return self._store.details(self._inner(path))

    def local_path(self, path: str = "") -> Path | None:
        """Return where a file or folder lies on this machine, or None if it is elsewhere."""
        return self._store.local_path(self._inner(path))

    def _fetch_all(
        self,
        targets: Sequence[tuple[FileInfo, str]],
        folder: Path,
        on_bytes: Callable[[int], None],
    ) -> None:
        inner = [(replace(info, path=self._inner(info.path)), way) for info, way in targets]
        self._store._fetch_all(inner, folder, on_bytes)

    def _inner(self, path: str) -> str:
        cleaned = clean_path(path)  # before anything stands in front of it
        return join(self._folder, cleaned) if cleaned else self._folder

    def _shown(self, info: FileInfo) -> FileInfo:
        return replace(info, path=info.path[len(self._folder) :].lstrip("/"))

    def _refuse(self) -> NoReturn:
        raise InvalidParameterValue(
            f"The files of {self._title} are not changed through its name: others rely on what it "
            "holds. Log the new files to a run and register them as a new version."
        )
