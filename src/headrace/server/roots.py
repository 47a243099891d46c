"""Which artifact roots a server opens on behalf of its callers.

A client may choose an experiment's location. It must not make the server read or write any folder
of its machine that way, nor connect to an address of the client's choice, nor use the server's own
credentials on a bucket that the client could not open.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from headrace.artifacts.base import ArtifactStore, file_path
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.local_files import os_errors
from headrace.artifacts.paths import STAGING_PREFIX, clean_path, proxied_place
from headrace.artifacts.pool import Pool
from headrace.artifacts.registry import open_artifact_store
from headrace.errors import InvalidState, NotSupported, PermissionDenied
from headrace.file_uri import path_of, scheme_of
from headrace.settings import without_password

_MAX_OPEN = 4096

# A look at each content takes some microseconds, and few are left over by servers that were killed.
SECONDS_BETWEEN_SWEEPS = 3600.0


# The root below which the artifacts lie that the server keeps for MLflow's clients.
PROXIED_ROOT = "mlflow-artifacts:/"

# What stands between the way to a run or model and the way to its files.
_BETWEEN = "/artifacts/"


class Roots:
    """The roots of one server.

    Args:
        places: Folders and URIs below which artifacts may lie.
        destination: Where the artifacts of ``mlflow-artifacts:`` locations lie; None if the server
            keeps none.

    Attributes:
        destination: Where the artifacts of ``mlflow-artifacts:`` locations lie, if they do.

    """

    def __init__(self, places: Iterable[str], destination: str | None = None) -> None:
        self.destination = destination
        known = [*places, *([destination] if destination else [])]
        folders = [path_of(place) for place in known if scheme_of(place) in ("", "file")]
        self._folders = [folder.resolve() for folder in folders]
        self._first = folders[0] if folders else None
        distant = (place for place in known if scheme_of(place) not in ("", "file"))
        self._distant = [_Distant.of(place) for place in distant]
        self._pools = {folder: Pool(folder) for folder in self._folders}
        self._sweeping = chain.from_iterable(pool.sweep() for pool in self._pools.values())
        self._next_sweep = 0.0
        self._open: dict[str, ArtifactStore] = {}

    @cached_property
    def staging(self) -> Path:
        """Folder for files that are on their way, in the file system of the first folder of all."""
        return (self._first or _private_folder()) / f"{STAGING_PREFIX}files"

    def open(self, uri: str) -> ArtifactStore:
        """Return the store of a root.

        Raises:
            NotSupported: If the root is at another server, which clients reach themselves.
            PermissionDenied: If it is in no place where artifacts may lie.

        """
        store = self._open.get(uri)
        if store is None:
            place = self._place_of(uri)
            self.check(place)
            store = open_artifact_store(place)
            store.known_as = uri
            if isinstance(store, LocalArtifactStore):
                store.pool = self._pool_of(store.root)
            if len(self._open) >= _MAX_OPEN:
                self._open.clear()
            self._open[uri] = store
        return store

    def sweep(self) -> None:
        """Delete some of the contents that belong to no artifact any more.

        A call does one of several hundred steps, so that upkeep is never late; when all are done
        it is some time before it begins anew.

        Raises:
            OSError: If a folder cannot be read.

        """
        if time.monotonic() >= self._next_sweep and next(self._sweeping, None) is None:
            self._sweeping = chain.from_iterable(pool.sweep() for pool in self._pools.values())
            self._next_sweep = time.monotonic() + SECONDS_BETWEEN_SWEEPS

    def _pool_of(self, root: Path) -> Pool:
        """Return the pool of the place that a root lies in; the innermost, if in several."""
        resolved = root.resolve()
        above = [folder for folder in self._folders if resolved.is_relative_to(folder)]
        return self._pools[max(above, key=lambda folder: len(folder.parts))]

    def proxied(self) -> ArtifactStore:
        """Return the store of all that the server keeps for MLflow's clients."""
        return self.open(PROXIED_ROOT)

    @cached_property
    def takes_parts(self) -> bool:
        """Whether MLflow's clients can send large files in parts."""
        if self.destination is None:
            return False
        store = self.proxied()
        return isinstance(store, LocalArtifactStore) or store.part_uploads() is not None

    @property
    def gives_urls(self) -> bool:
        """Whether MLflow's clients do well to fetch every file by a presigned URL.

        From the server's own disk they can too, but it costs a second request for each file.
        """
        return self.destination is not None and not isinstance(self.proxied(), LocalArtifactStore)

    def home(self, path: str) -> tuple[ArtifactStore, str]:
        """Return the root of the run or model that a proxied file belongs to, and its path there.

        Its digest then stands where the calls for artifacts of runs look for it too, and not with
        those of all files that the server keeps.

        Args:
            path: The file's path below the root of all proxied files.

        """
        cleaned = file_path(path)
        folder, found, rest = cleaned.partition(_BETWEEN)
        if not found:
            return self.proxied(), cleaned
        return self.open(PROXIED_ROOT + quote(folder + _BETWEEN)), rest

    def _place_of(self, uri: str) -> str:
        """Return where a root is that this server can open."""
        scheme = scheme_of(uri)
        if scheme == "mlflow-artifacts" and self.destination:
            place = proxied_place(uri, self.destination)
            if place is not None:
                return place
        if scheme in ("http", "https", "mlflow-artifacts"):
            raise NotSupported(
                f"This server does not pass on artifacts from {scheme}: locations such as "
                f"{without_password(uri)!r}. With --serve-artifacts it keeps those of "
                "mlflow-artifacts: itself."
            )
        return uri

    def check(self, uri: str) -> None:
        """Refuse a place where nothing is to be read, written or deleted on a client's behalf.

        Raises:
            PermissionDenied: If it is one.
            InvalidParameterValue: If it may not mean what it says.

        """
        if scheme_of(uri) not in ("", "file"):
            wanted = _Distant.of(uri)
            is_known = any(wanted.is_below(place) for place in self._distant)
        else:
            place = path_of(uri).resolve()
            if any(name.startswith(STAGING_PREFIX) for name in place.parts):
                raise PermissionDenied(
                    f"This server keeps no artifacts at {uri!r}: files that are on their way lie "
                    "there."
                )
            is_known = any(place.is_relative_to(folder) for folder in self._folders)
        if not is_known:
            raise PermissionDenied(
                f"No artifacts are read, written or deleted at {without_password(uri)!r}, a "
                "location that a client chose. Name it, or a folder above it, in --artifact-roots "
                "to allow that, or use an experiment without a location of its own."
            )


class _Distant(NamedTuple):
    """A place on another machine, taken apart so that two can be compared."""

    address: tuple[str, ...]
    names: list[str]

    @classmethod
    def of(cls, uri: str) -> _Distant:
        parts = urlsplit(uri)
        # Whatever a store makes of the path, it leads nowhere else.
        names = clean_path(parts.path.lstrip("/")).split("/")
        address = (parts.scheme, parts.netloc, parts.query, parts.fragment)
        return cls(address, [name for name in names if name])

    def is_below(self, place: _Distant) -> bool:
        """Return whether this is another place or in it."""
        is_same_store = self.address == place.address
        return is_same_store and self.names[: len(place.names)] == place.names


def _private_folder() -> Path:
    """Return a folder for staged files where no place is one, which nobody else may write to.

    Raises:
        InvalidState: If somebody else has it.

    """
    folder = Path(tempfile.gettempdir()) / f"headrace-{os.getuid()}"
    with os_errors(f"The folder {str(folder)!r}"):
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise InvalidState(
            f"{folder} is no folder of this user alone, so no files can be staged in it: delete "
            "it, or set TMPDIR to another folder."
        )
    return folder
