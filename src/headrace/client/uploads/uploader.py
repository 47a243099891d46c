"""The threads that bring snapshots to their store, beside the one that ships the journal.

A large file must not keep points waiting, nor other files: each of a few threads takes one file at
a time. Files of one path go in their order, and of those that still wait only the newest goes at
all. A store that cannot be reached is tried again with growing pauses.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import BinaryIO

from headrace import settings
from headrace.amounts import count, size
from headrace.api.bundles import SMALL
from headrace.artifacts.base import ArtifactStore, LocalCopy
from headrace.artifacts.progress import TransferBar
from headrace.client.journal.places import FILES_NAME
from headrace.client.owner import Owner
from headrace.client.uploads.parcels import Parcel, Place, fault_of_file, together
from headrace.client.uploads.snapshots import (
    Snapshot,
    SnapshotFolder,
    list_folders,
    read_content,
)
from headrace.errors import (
    HeadraceError,
    InvalidState,
    NotSupported,
    PermissionDenied,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)

FILES_AT_A_TIME = 4
LONGEST_PAUSE = 30.0
SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_TO_END = 1.0


_logger = logging.getLogger("headrace.client")


class Uploader:
    """Brings the snapshots of this process, and of dead ones, to one store.

    Args:
        place: The store's URI as it may be shown.
        journals: The folder with the journals for the store.
        make_folder: Makes the folder of this process in the given one.
        store_of: Returns the artifact store of a run or model; it tries once to reach it.

    """

    def __init__(
        self,
        place: str,
        journals: Path,
        make_folder: Callable[[Path], SnapshotFolder],
        store_of: Callable[[Owner], ArtifactStore],
    ) -> None:
        self._place = place
        self._files = journals / FILES_NAME
        self._make_folder = make_folder
        self._store_of = store_of
        self._state = threading.Condition()
        self._making = threading.RLock()  # a signal handler may log while its thread makes it
        self._own: SnapshotFolder | None = None
        self._adopted: list[SnapshotFolder] = []
        self._waiting: dict[Place, Parcel] = {}
        self._busy: list[Parcel] = []
        self._threads: list[threading.Thread] = []
        self._is_stopped = False
        self._moved_at = 0.0
        self._done = 0  # bytes of the files that are dealt with
        self._refusals: list[HeadraceError] = []
        self._told: set[str] = set()
        self._told_pending = 0

    # --- what is logged --------------------------------------------------------------------------

    def take(self, owner: Owner, path: str, source: Path | BinaryIO) -> None:
        """Take a snapshot, and have it sent.

        Args:
            owner: Whose artifact it becomes.
            path: Its cleaned artifact path.
            source: The local file, or a stream.

        Raises:
            OSError: If no snapshot can be taken.
            NotSupported: If this system has no locks for it.

        """
        own = self._own_folder()
        self._enqueue(own, [own.take(owner, path, source)])

    def take_small(self, owner: Owner, files: Sequence[tuple[str, Path]]) -> None:
        """Take snapshots of small files together, and have them sent; see `take`.

        Args:
            owner: Whose artifacts they become.
            files: Cleaned artifact path and local file of each.

        """
        own = self._own_folder()
        self._enqueue(own, own.take_small(owner, files))

    def put_at_once(self, owner: Owner, path: str, local: Path) -> bool:
        """Store a local file without a snapshot, if that is no slower and nothing waits.

        Args:
            owner: Whose artifact it becomes.
            path: Its cleaned artifact path.
            local: The file.

        """
        if self.pending or settings.MODE.get() == "offline":
            return False  # the server is away or slow, or an older file for the same place waits
        try:
            return self._store_of(owner).put_at_once(local, path)
        except HeadraceError:
            return False

    def open_pending(self, owner: Owner, path: str) -> BinaryIO | None:
        """Return a stream of the newest snapshot of a path that waits; None if there is none."""
        with self._state:
            busy = (one for one in self._busy if one.place == (owner, path))
            newest = self._waiting.get((owner, path)) or next(busy, None)
            if newest is None:
                return None
            content, snapshot = newest.folder.content(newest.snapshot), newest.snapshot
            try:
                if snapshot.copied.size <= SMALL:
                    return io.BytesIO(read_content(content, snapshot))
                return content.open("rb")
            except FileNotFoundError:
                return None  # its store has it since a moment ago

    def look_for_leftovers(
        self, *, of_other_hosts: bool = False, only: Container[str] | None = None
    ) -> None:
        """Take over what dead processes have left.

        Args:
            of_other_hosts: Whether to take what is of other machines too, whose owners may live.
            only: Names of the folders to take; all if not given.

        """
        for place in list_folders(self._files):
            if only is not None and place.name not in only:
                continue
            try:
                folder = SnapshotFolder.adopt(place, of_other_host=of_other_hosts)
            except (InvalidState, NotSupported, PermissionDenied, OSError) as error:
                self._tell(place.name, f"The files in {place} are not sent: {error}")
                continue
            if folder is None:
                continue
            self._adopted.append(folder)
            self._enqueue(folder, folder.list())

    # --- what waits ------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """How many files are not in the store yet."""
        return len(self._waiting) + len(self._busy)

    def refusals(self) -> list[HeadraceError]:
        """Return why files were refused since the last call."""
        found, self._refusals = self._refusals, []
        return found

    def wait(self, seconds: float, *, of_dead_too: bool = True, is_hurried: bool = False) -> None:
        """Return when the store has every file; a bar shows how far it is.

        Args:
            seconds: How long to wait at most while nothing moves.
            of_dead_too: Whether to wait for the files that dead processes left, except for those
                of a run that the store does not know.
            is_hurried: Whether to wait no longer than that even while something moves.

        Raises:
            HeadraceError: Why a file cannot be sent now.
            TemporarilyUnavailable: If nothing moved for so long, or nothing is to be sent.

        """
        since = self._moved_at = time.monotonic()
        hurry = since + seconds if is_hurried else float("inf")
        with self._state, TransferBar("Uploading artifacts") as bar:
            for parcel in self._waiting.values():
                parcel.not_before = 0.0
            if self._awaited(of_dead_too) and not self._start():
                raise TemporarilyUnavailable(
                    f"{self._place} is not called, since HEADRACE_MODE is offline."
                )
            self._state.notify_all()
            before = self._done
            while parcels := self._awaited(of_dead_too):
                for one in parcels:
                    if one.failure is not None and one.failed_at >= since:
                        raise one.failure
                now = time.monotonic()
                if now - self._moved_at >= seconds:
                    raise TemporarilyUnavailable(f"{self._place} took nothing for {seconds:.3g} s.")
                if now >= hurry:
                    raise TemporarilyUnavailable("there was no more time.")
                done = self._done - before
                sent = sum(one.sent for one in self._busy)
                bar.show(done + sent, done + self._size())
                self._state.wait(SECONDS_BETWEEN_LOOKS)

    def tell_pending(self, failure: HeadraceError) -> None:
        """Say what the store does not have, where it lies, and how it gets there."""
        if self.pending in (0, self._told_pending):
            return
        self._told_pending = self.pending
        _logger.warning(
            "Not in %s yet: %s (%s). %s They are kept in %s and sent by the next process that logs "
            "there, or by: headrace sync %s",
            self._place,
            count(self.pending, "file"),
            size(self._size()),
            failure.message,
            self._files,
            self._files.parent,
        )

    def close(self) -> None:
        """End the threads, and leave what was not sent to whoever comes next."""
        with self._state:
            self._is_stopped = True
            self._state.notify_all()
        until = time.monotonic() + SECONDS_TO_END
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for folder in [*self._adopted, *([self._own] if self._own else [])]:
            folder.close()

    # --- the threads -----------------------------------------------------------------------------

    def _own_folder(self) -> SnapshotFolder:
        with self._making:
            if self._own is None:
                made = self._make_folder(self._files)
                self._own = self._own or made
                if self._own is not made:  # a signal handler that logs was quicker
                    made.close()
                self.look_for_leftovers()
            return self._own

    def _enqueue(self, folder: SnapshotFolder, snapshots: Sequence[Snapshot]) -> None:
        with self._state:
            for snapshot in snapshots:
                self._add(Parcel(folder, snapshot))
            self._start()
            self._state.notify_all()

    def _start(self) -> bool:
        """Start as many threads as there is work for; return whether any runs."""
        if settings.MODE.get() != "offline":
            while len(self._threads) < min(FILES_AT_A_TIME, self.pending):
                name = f"headrace-uploads-{len(self._threads)}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                thread.start()
                self._threads.append(thread)
        return bool(self._threads)

    def _run(self) -> None:
        while parcels := self._next():
            failures = self._try(parcels)
            with self._state:
                for parcel, failure in zip(parcels, failures, strict=True):
                    self._busy.remove(parcel)
                    if failure is None:
                        self._moved_at = time.monotonic()
                        self._done += parcel.snapshot.copied.size
                    else:
                        self._put_back(parcel, failure)
                self._state.notify_all()

    def _next(self) -> list[Parcel]:
        """Return the next file to send, when there is one; none at the end.

        With a small file go others that wait for the same store.
        """
        with self._state:
            while not self._is_stopped:
                now = time.monotonic()
                busy = {parcel.place for parcel in self._busy}
                free = [one for place, one in self._waiting.items() if place not in busy]
                due = [one for one in free if one.not_before <= now]
                if due:
                    parcels = together(due)
                    for parcel in parcels:
                        del self._waiting[parcel.place]
                    self._busy += parcels
                    return parcels
                rests = [one.not_before - now for one in free]
                self._state.wait(min(rests, default=None))
            return []

    def _try(self, parcels: list[Parcel]) -> list[HeadraceError | None]:
        """Send files, and be done with those that the store has or refuses.

        Returns:
            Why each has to be tried again; None for those that need not.

        """
        first = parcels[0]
        copies = [
            LocalCopy(
                local=one.folder.content(one.snapshot),
                offset=one.snapshot.offset,
                path=one.snapshot.path,
                copied=one.snapshot.copied,
                source=one.snapshot.source,
            )
            for one in parcels
        ]
        for parcel in parcels:
            parcel.sent = 0

        def note(count: int) -> None:
            first.sent += count
            self._moved_at = time.monotonic()

        try:
            if not copies[0].local.exists():
                outcomes: list[HeadraceError | None] = [None] * len(parcels)  # sent by another
            else:
                outcomes = self._store_of(first.snapshot.owner).put_copies(copies, note)
            return self._settle(parcels, outcomes)
        except HeadraceError as error:
            return [error] * len(parcels)
        except Exception as error:  # border: a thread that dies would keep everything for ever
            _logger.exception("A file could not be sent, and will be tried again.")
            failure = HeadraceError(f"{type(error).__name__}: {error}")
            return [failure] * len(parcels)

    def _settle(
        self, parcels: Sequence[Parcel], outcomes: Sequence[HeadraceError | None]
    ) -> list[HeadraceError | None]:
        """Discard or reject what needs no further try; return the others' failures."""
        failures = []
        done = []
        for parcel, outcome in zip(parcels, outcomes, strict=True):
            error = fault_of_file(parcel, outcome) if outcome is not None else None
            if error is not None:
                self._reject(parcel, error)
                outcome = None
            elif outcome is None:
                done.append(parcel.snapshot)
            failures.append(outcome)
        self._discard(parcels[0].folder, *done)
        return failures

    def _put_back(self, parcel: Parcel, failure: HeadraceError) -> None:
        parcel.failure, parcel.failed_at = failure, time.monotonic()
        parcel.not_before = parcel.failed_at + parcel.pause
        parcel.pause = min(parcel.pause * 2, LONGEST_PAUSE)
        self._add(parcel)
        if not isinstance(failure, (TemporarilyUnavailable, ResourceDoesNotExist)):
            # What cannot be reached is told by who ships the journal.
            self._tell(
                failure.error_code,
                f"{self._place} takes no files now: {failure.message} They wait in {self._files} "
                "and are sent when it does.",
            )

    def _reject(self, parcel: Parcel, error: HeadraceError) -> None:
        snapshot = parcel.snapshot
        try:
            kept = str(parcel.folder.reject(snapshot, error))
        except OSError as failure:
            kept = f"no file: {failure}"
        with self._state:
            self._refusals.append(error)
        _logger.warning(
            "The artifact %r of %s was not stored: %s It is kept in %s.",
            *(snapshot.path, snapshot.owner, error.message, kept),
        )

    def _add(self, parcel: Parcel) -> None:
        """Let a file wait; of two that are to be stored in one place, only the newer one does."""
        other = self._waiting.get(parcel.place)
        if other is not None:
            if other.is_newer_than(parcel):
                parcel, other = other, parcel
            self._discard(other.folder, other.snapshot)
        self._waiting[parcel.place] = parcel

    def _discard(self, folder: SnapshotFolder, *snapshots: Snapshot) -> None:
        """Delete snapshots that their store has, or newer ones replace."""
        try:
            folder.discard(*snapshots)
        except OSError as error:
            self._tell(
                "discard",
                f"A file in {folder.folder} that need not be sent any more cannot be "
                f"deleted, and may be sent again: {error}",
            )

    def _awaited(self, of_dead_too: bool) -> list[Parcel]:
        """Return the files that somebody who waits waits for."""
        parcels = [*self._waiting.values(), *self._busy]
        if of_dead_too:
            return [
                one
                for one in parcels
                if one.folder is self._own or not isinstance(one.failure, ResourceDoesNotExist)
            ]
        return [one for one in parcels if one.folder is self._own]

    def _size(self) -> int:
        parcels = [*self._waiting.values(), *self._busy]
        return sum(one.snapshot.copied.size for one in parcels)

    def _tell(self, subject: str, text: str) -> None:
        if subject not in self._told:
            self._told.add(subject)
            _logger.warning("%s", text)
