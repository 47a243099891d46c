"""Whether artifacts of a session are stored at once, or go as snapshots in the background.

What lies on this machine is written straight into its place. What lies behind a server, or where
nobody can say yet, is taken as a snapshot: the call returns, and `Uploader` sends it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from headrace import settings
from headrace.api.bundles import SMALL
from headrace.api.uploads import PART_SIZE
from headrace.artifacts.base import ArtifactStore, file_path
from headrace.artifacts.bundles import in_bundles
from headrace.artifacts.local_files import check_regular, os_errors, walk
from headrace.artifacts.paths import clean_path, join
from headrace.client.owner import Owner
from headrace.client.uris import Places
from headrace.client.writer import Writer
from headrace.errors import NotSupported, ResourceDoesNotExist, TemporarilyUnavailable

if TYPE_CHECKING:
    from headrace.client.uploads.uploader import Uploader
    from headrace.stores.seals import Seals

_logger = logging.getLogger("headrace.client")


class Outlet:
    """Where the artifacts that are logged go.

    Args:
        writer: Knows the runs that this process has begun.
        get_uploader: Returns who sends snapshots.
        places: Finds the artifacts of runs and models, and tries as long as any call.
        hasty_places: The same, but tries once.
        is_distant: Whether the store is behind a server.
        get_seals: Returns who refuses changes of what registered versions hold, where no server
            does.

    """

    def __init__(
        self,
        writer: Writer,
        get_uploader: Callable[[], Uploader],
        places: Places,
        hasty_places: Places,
        *,
        is_distant: bool,
        get_seals: Callable[[], Seals | None],
    ) -> None:
        self._writer = writer
        self._get_uploader = get_uploader
        self._places = places
        self._hasty_places = hasty_places
        self._is_distant = is_distant
        self._get_seals = get_seals
        self._is_told = False

    def put_file(self, owner: Owner, local: Path, path: str) -> None:
        """Store a local file.

        Raises:
            LocalFileNotFound: If there is no such local file.
            InvalidParameterValue: If it is no regular file, or the path is refused.
            ResourceDoesNotExist: If there is no such run or model.
            ResourceConflict: If a registered version holds what is there.

        """
        check_regular(local)
        cleaned = file_path(path)
        with os_errors(f"The file {str(local)!r}"), local.open("rb"):
            pass  # that it cannot be read is told at once
        store = self._store_at_hand(owner)
        if store is not None:
            self._check_seals(store, cleaned)
            store.put_file(local, cleaned)
        elif local.stat().st_size > PART_SIZE and self._put_at_once(owner, cleaned, local):
            pass
        elif self._try_to_take(owner, cleaned, local) is not None:
            self._without_snapshots(owner).put_file(local, cleaned)

    def put_folder(self, owner: Owner, local: Path, path: str) -> None:
        """Store all files below a local folder; every name is checked before the first is."""
        store = self._store_at_hand(owner)
        if store is not None:
            if seals := self._get_seals():
                seals.check_folder(store, local, path)
            store.put_folder(local, path)
            return
        entries = [(clean_path(join(path, entry.relative)), entry) for entry in walk(local)]
        files = [(cleaned, entry.path) for cleaned, entry in entries if not entry.is_folder]
        small, large = _parted(files)
        for group in small:
            self._put_small(owner, group)
        for cleaned, file in large:
            self.put_file(owner, file, cleaned)

    def write(self, owner: Owner, path: str, stream: BinaryIO) -> None:
        """Store what is left in a stream."""
        cleaned = file_path(path)
        store = self._store_at_hand(owner)
        if store is not None:
            self._check_seals(store, cleaned)
            store.write(cleaned, stream)
            return
        start = stream.tell() if stream.seekable() else None
        failure = self._try_to_take(owner, cleaned, stream)
        if failure is None:
            return
        if start is None:  # what was read of it is gone
            with os_errors(f"The copy of {cleaned!r} on this machine"):
                raise failure
        stream.seek(start)
        self._without_snapshots(owner).write(cleaned, stream)

    def open(self, owner: Owner, path: str) -> BinaryIO | None:
        """Return a stream of the file that this process or its store has at a path, if any.

        Raises:
            TemporarilyUnavailable: If only the store can say, and cannot be reached.

        """
        cleaned = file_path(path)
        pending = self._get_uploader().open_pending(owner, cleaned)
        if pending is not None:
            return pending
        store = self._hasty_places.of(owner)
        found = store.stat(cleaned)
        return None if found is None or found.is_dir else store.open(cleaned)

    # --- parts -----------------------------------------------------------------------------------

    def _store_at_hand(self, owner: Owner) -> ArtifactStore | None:
        """Return the store if it is on this machine; None if files must wait for it.

        Raises:
            ResourceDoesNotExist: If there is no such run or model, as far as can be told now.

        """
        if settings.MODE.get() == "offline":
            return None
        if self._is_distant and self._writer.knows(owner.run_id):
            return None
        try:
            store = self._hasty_places.of(owner)
        except TemporarilyUnavailable:
            return None
        except ResourceDoesNotExist:
            if self._writer.knows(owner.run_id):
                return None  # it stands in the journal still
            raise
        return None if self._is_distant else store

    def _check_seals(self, store: ArtifactStore, path: str) -> None:
        if seals := self._get_seals():
            seals.check_write(store, path)

    def _put_at_once(self, owner: Owner, path: str, local: Path) -> bool:
        return self._is_distant and self._get_uploader().put_at_once(owner, path, local)

    def _put_small(self, owner: Owner, files: list[tuple[str, Path]]) -> None:
        """Take snapshots of small files together, or else store each at once."""
        for _, local in files:
            check_regular(local)
        if self._attempt(lambda uploader: uploader.take_small(owner, files)) is not None:
            for cleaned, local in files:
                self.put_file(owner, local, cleaned)

    def _try_to_take(self, owner: Owner, path: str, source: Path | BinaryIO) -> Exception | None:
        """Take a snapshot; return what kept it from being taken, if anything did."""
        return self._attempt(lambda uploader: uploader.take(owner, path, source))

    def _attempt(self, take: Callable[[Uploader], None]) -> Exception | None:
        try:
            take(self._get_uploader())
        except (OSError, NotSupported) as error:
            if not self._is_told:
                self._is_told = True
                _logger.warning(
                    "No copy of an artifact can be kept on this machine (%s), so artifacts are "
                    "sent before their calls return.",
                    error,
                )
            return error
        return None

    def _without_snapshots(self, owner: Owner) -> ArtifactStore:
        """Return the store itself, after it has the files that were logged before."""
        self._get_uploader().wait(settings.HTTP_REQUEST_TIMEOUT.get(), of_dead_too=False)
        return self._places.of(owner)


def _parted(
    files: list[tuple[str, Path]],
) -> tuple[list[list[tuple[str, Path]]], list[tuple[str, Path]]]:
    """Return files in groups of small ones that go together, and the large ones."""
    sizes = {cleaned: local.stat().st_size for cleaned, local in files}
    small = [one for one in files if sizes[one[0]] <= SMALL]
    large = [one for one in files if sizes[one[0]] > SMALL]
    return list(in_bundles(small, lambda one: sizes[one[0]])), large
