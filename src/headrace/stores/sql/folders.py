"""The folders of artifacts of what is deleted for good: whose they are, and how they go.

A run has its artifacts in ``LOCATION/RUN_ID/artifacts``, a logged model in
``LOCATION/models/MODEL_ID/artifacts``. Only a folder of such a name is ever deleted, only in its
own place below ``LOCATION``, and only if no experiment has its location in it.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from headrace.errors import HeadraceError, InvalidState, NotSupported, PermissionDenied
from headrace.file_uri import path_of, scheme_of
from headrace.stores.sql.locations import Locations, append_path

if TYPE_CHECKING:
    from headrace.artifacts.base import ArtifactStore
    from headrace.artifacts.pool import SharedFile

ARTIFACTS = "artifacts"

_PROXIED = "mlflow-artifacts"
_ELSEWHERE = frozenset({_PROXIED, "http", "https"})


class Folder(Struct, frozen=True):
    """A folder of artifacts.

    Attributes:
        root: The location that it lies below, as it is stored.
        path: The way from there; empty for the root itself.

    """

    root: str
    path: str


class Size(Struct):
    """How much is in a folder: number of files, and their bytes."""

    files: int = 0
    bytes: int = 0


def own_folder(location: str, *names: str) -> Folder:
    """Return the folder that belongs to a run or model alone.

    Args:
        location: Where its artifacts are, as it is stored.
        names: The names that lead to the folder, such as the run's id.

    Raises:
        InvalidState: If the location is not the folder that the names say.

    """
    path = "/".join([*names, ARTIFACTS])
    head, found, tail = location.rpartition(f"/{path}")
    root = (head or "/") + tail
    if not found or append_path(root, path) != location:
        raise InvalidState(
            f"Its artifacts are at {location!r}, which is no folder of its own named {path!r}: "
            "somebody else may have files there."
        )
    return Folder(root, path)


class Folders:
    """Deletes folders, and tells what is in them.

    Args:
        locations: The locations of the store.
        experiments: The locations of all its experiments, as they are stored.
        destination: Where the artifacts behind ``mlflow-artifacts:`` locations really are; None if
            they cannot be reached from here.
        check_place: Raises a `HeadraceError` for a place where nothing is to be deleted.

    """

    def __init__(
        self,
        locations: Locations,
        experiments: Iterable[str],
        destination: str | None,
        check_place: Callable[[str], None] | None = None,
    ) -> None:
        self._locations = locations
        self._destination = destination
        self._check_place = check_place
        self._experiments = sorted(map(self._spell, experiments))
        self._stores: dict[str, ArtifactStore] = {}
        self._local_roots: dict[str, Path | None] = {}

    def place(self, folder: Folder) -> str:
        """Return a folder's path or URI."""
        root = self._locations.resolve(folder.root)
        return append_path(root, folder.path) if folder.path else root

    def exists(self, folder: Folder) -> bool:
        """Return whether there is such a folder.

        Raises:
            HeadraceError: If its place cannot be reached, if a symbolic link on the way to it
                leaves its root, or if an experiment has its location in it.

        """
        place = self._spell(self.place(folder))
        for least in (place, f"{place}/"):
            at = bisect_left(self._experiments, least)
            location = next(iter(self._experiments[at : at + 1]), "")
            if location == place or location.startswith(f"{place}/"):
                raise InvalidState(
                    f"Its artifacts are at {place!r}, and an experiment has its location in there: "
                    f"{location!r}."
                )
        local = self._local(folder)
        if local is None:
            return bool(self._store(folder).list_artifacts(folder.path))
        try:
            os.lstat(local)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise PermissionDenied(f"{local} cannot be looked at: {error.strerror}.") from None
        from headrace.artifacts.paths import path_inside

        path_inside(path_of(self._root(folder)), folder.path.rpartition("/")[0])
        return True

    def measure(self, folder: Folder) -> Size:
        """Return what is in a folder; nothing in a link, of which only the link is deleted."""
        size = Size()
        local = self._local(folder)
        if local is not None and local.is_symlink():
            return size
        store = self._store(folder)
        waiting = [folder.path]
        while waiting:
            for info in store.list_artifacts(waiting.pop()):
                if info.is_dir:
                    waiting.append(info.path)
                else:
                    size.files += 1
                    size.bytes += info.file_size or 0
        return size

    def delete(self, folder: Folder) -> int:
        """Delete a folder with what is in it, and the folders above it that are then empty.

        Of a root, which is an experiment's, only the empty folder is deleted.

        Returns:
            How many bytes of it stay on the disk, since other artifacts have the same content.

        Raises:
            HeadraceError: If it cannot be deleted now, or not whole.

        """
        local = self._local(folder)
        left = 0
        if folder.path:
            shared = self._shared(local) if local else []
            self._store(folder).delete(folder.path)
            if self.exists(folder):
                raise InvalidState(f"{self.place(folder)} is being written to.")
            left = sum(file.size for file in shared)
            if local and left:
                left -= self._release(local, shared)
        if local is None:  # a store of objects has no empty folders
            return left
        root = path_of(self._root(folder))
        place, end = (local.parent, root) if folder.path else (local, root.parent)
        with suppress(OSError):  # it is not empty, or not ours
            while place != end:
                place.rmdir()
                place = place.parent
        return left

    def _shared(self, local: Path) -> list[SharedFile]:
        from headrace.artifacts.digests import RecordedDigests
        from headrace.artifacts.pool import shared_files

        try:
            return list(shared_files(local, "", RecordedDigests(local)))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise PermissionDenied(f"{local} cannot be looked at: {error.strerror}.") from None

    def _release(self, local: Path, shared: Iterable[SharedFile]) -> int:
        from headrace.artifacts.pool import pool_above

        pool = pool_above(local)
        return pool.release(shared) if pool else 0

    def _local(self, folder: Folder) -> Path | None:
        if folder.root not in self._local_roots:
            root = self._root(folder)
            is_local = scheme_of(root) in ("", "file")
            self._local_roots[folder.root] = path_of(root) if is_local else None
        found = self._local_roots[folder.root]
        return found and found / folder.path

    def _store(self, folder: Folder) -> ArtifactStore:
        from headrace.artifacts.registry import open_artifact_store

        root = self._root(folder)
        if root not in self._stores:
            self._stores[root] = open_artifact_store(root)
        return self._stores[root]

    def _root(self, folder: Folder) -> str:
        """Return where a folder's root really is.

        Raises:
            NotSupported: If that is at another server: anybody may give an experiment a location,
                and must not send this process to delete at an address of their choice.
            HeadraceError: If it leaves the destination, or nothing is to be deleted there.

        """
        root = self._locations.resolve(folder.root)
        root = self._behind_server(root) or root
        if scheme_of(root) in _ELSEWHERE:
            raise NotSupported(
                f"Its artifacts are behind a server, at {root!r}. Give --artifacts-destination, or "
                "have that server delete it: headrace gc --tracking-uri http://SERVER"
            )
        if self._check_place is not None:
            self._check_place(root)
        return root

    def _behind_server(self, location: str) -> str | None:
        """Return where a location behind our own server really is; None for any other."""
        if scheme_of(location) != _PROXIED or not self._destination:
            return None
        from headrace.artifacts.paths import proxied_place

        return proxied_place(location, self._destination)

    def _spell(self, location: str) -> str:
        """Return a location, as stored or not, in the one spelling in which two are compared."""
        place = self._locations.resolve(location)
        try:
            place = self._behind_server(place) or place
            return str(path_of(place)) if scheme_of(place) in ("", "file") else place.rstrip("/")
        except HeadraceError:  # nothing can lie at such a location
            return place
