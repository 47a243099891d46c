"""Files that versions of registered models hold, and which therefore nobody replaces or deletes.

Who writes below the artifacts of a run or logged model asks here first. Below a folder that is a
version nothing changes. Where a version is all that a run has, only what was recorded of it does
not: the run may go on to log, and what it adds is no part of the version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.local_files import walk
from headrace.artifacts.paths import clean_path, join
from headrace.entities import ContentFile
from headrace.errors import HeadraceError, ResourceConflict
from headrace.stores.sql.locations import append_path
from headrace.stores.sql.sealed_places import Seal

# All that a run logs, while that of a logged model lies in ``models/m-...``.
_RUN_ROOT = re.compile(r"/[0-9a-f]{32}/artifacts$")


_FEW = 10


class SealStore(Protocol):
    """The part of a SQL store that knows what is sealed."""

    def find_seals(self, locations: Iterable[str]) -> list[Seal]:
        """Return of each of these places the newest version that has sealed it, if one has."""
        ...

    def find_seal_below(self, location: str) -> Seal | None:
        """Return the newest version that has sealed a place in a folder, if there is one."""
        ...

    def read_manifest(self, digest: str) -> list[ContentFile]:
        """Return the files of a manifest."""
        ...


class Seals:
    """Refuses changes of what versions hold.

    Args:
        store: Knows what they hold.

    """

    def __init__(self, store: SealStore) -> None:
        self._store = store

    def check_write(self, files: ArtifactStore, path: str, digest: str | None = None) -> None:
        """Refuse to store a file that a version holds, unless it is the same again.

        Args:
            files: The root.
            path: Where to.
            digest: The file's BLAKE3 digest, if it is known.

        Raises:
            ResourceConflict: If it is refused.

        """
        for error in self.check_writes(files, [(path, digest)]):
            if error is not None:
                raise error

    def check_folder(self, files: ArtifactStore, local: Path, path: str) -> None:
        """Refuse to store the files of a local folder below a path if a version holds one of them.

        Raises:
            ResourceConflict: If it is refused.

        """
        entries = [join(path, one.relative) for one in walk(local) if not one.is_folder]
        for error in self.check_writes(files, [(one, None) for one in entries]):
            if error is not None:
                raise error

    def check_writes(
        self, files: ArtifactStore, writes: Sequence[tuple[str, str | None]]
    ) -> list[HeadraceError | None]:
        """Return why files, each with its path and digest, are not stored; None for the others."""
        errors: list[HeadraceError | None] = [None] * len(writes)
        # To take a thousand paths apart costs more than to store their files.
        if len(writes) > _FEW and not self._has_any(files):
            return errors
        paths: dict[int, str] = {}
        for number, (path, _) in enumerate(writes):
            try:
                paths[number] = clean_path(path)
            except HeadraceError as error:
                errors[number] = error
        folders = {path.rpartition("/")[0] for path in paths.values()}
        places = {place for folder in folders for place in _places(files, folder)}
        for seal in self._store.find_seals(places) if places else ():
            recorded: dict[str, str] | None = None
            for number, path in paths.items():
                digest = writes[number][1]
                inside = _path_in(files, path, seal.place)
                if inside is None:
                    continue
                if recorded is None:
                    manifest = self._store.read_manifest(seal.digest)
                    recorded = {one.path: one.digest for one in manifest}
                if inside not in recorded and takes_more(seal.place):
                    continue
                if digest is None or recorded.get(inside) != digest:
                    errors[number] = _refusal(path, seal, "stored")
        return errors

    def check_delete(self, files: ArtifactStore, path: str) -> None:
        """Refuse to delete a file or folder that a version holds, or that holds a version.

        Raises:
            ResourceConflict: If it is refused.

        """
        cleaned = clean_path(path)
        for root in _roots(files):
            below = self._store.find_seal_below(append_path(root, cleaned) if cleaned else root)
            if below is not None:
                raise _refusal(cleaned, below, "deleted")
        for seal in self._store.find_seals(set(_places(files, cleaned))):
            inside = _path_in(files, cleaned, seal.place)
            if not takes_more(seal.place) or any(
                not inside or one.path == inside or one.path.startswith(f"{inside}/")
                for one in self._store.read_manifest(seal.digest)
            ):
                raise _refusal(cleaned, seal, "deleted")

    def _has_any(self, files: ArtifactStore) -> bool:
        """Return whether something of a root is sealed, or all of it."""
        roots = _roots(files)
        below = (self._store.find_seal_below(root) for root in roots)
        return bool(self._store.find_seals(roots)) or any(seal is not None for seal in below)


def _roots(files: ArtifactStore) -> list[str]:
    """Return the spellings under which versions may have been registered from a root."""
    return list(dict.fromkeys([files.known_as.rstrip("/"), files.uri.rstrip("/")]))


def _places(files: ArtifactStore, folder: str) -> Iterator[str]:
    """Yield the root, every folder on the way to a folder, and the folder itself."""
    names = folder.split("/") if folder else []
    for root in _roots(files):
        yield root
        for count in range(1, len(names) + 1):
            yield append_path(root, *names[:count])


def _path_in(files: ArtifactStore, path: str, place: str) -> str | None:
    """Return the way from a version's place to a path of a root; None if it is not in there."""
    for root in _roots(files):
        whole = append_path(root, path) if path else root
        if whole == place or whole.startswith(f"{place}/"):
            return whole[len(place) :].lstrip("/")
    return None


def takes_more(place: str) -> bool:
    """Return whether a version's place is all that a run has, which may get more."""
    return _RUN_ROOT.search(place.rstrip("/")) is not None


def _refusal(path: str, seal: Seal, what: str) -> ResourceConflict:
    return ResourceConflict(
        f"{path or 'This folder'!r} is not {what}: there are files of {seal.name}, a registered "
        "version, which do not change any more. Log under another path and register that as a new "
        f"version; or delete the version first: headrace models delete {seal.name}"
    )
