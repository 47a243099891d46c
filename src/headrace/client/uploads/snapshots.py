"""Files that were accepted and wait on the local disk until their store has them.

Each process has one folder, beside the journals of the store::

    files/3f2a...e1/
      header.json                   whose it is and for which store, as in a journal
      lock                          locked by the owner as long as it lives
      00000000000000000001.data     the content; that of small files that came together in one
      00000000000000000001.json     what it is: written last, so without it there is no snapshot

A snapshot is a copy, or shares blocks with the user's file where the file system can. It is never
a link: what the user writes afterwards does not reach it.
"""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec
from msgspec import Struct

from headrace import settings
from headrace.artifacts.copies import Copied, copy_file, copy_stream, name_source, read_file
from headrace.artifacts.digests import digest_of_range
from headrace.client.journal.header import (
    HEADER_NAME,
    Origin,
    new_header,
    replace_file,
    write_header,
)
from headrace.client.journal.lock import Lock
from headrace.client.journal.ownership import list_journals, take_over
from headrace.client.journal.rejected import REJECTED_NAME
from headrace.client.journal.segments import sync_path
from headrace.client.owner import Owner
from headrace.errors import HeadraceError, InvalidState


class Snapshot(Struct, frozen=True):
    """A file as it was when it was logged.

    Attributes:
        number: Its place in the order in which the process logged its files.
        owner: Whose artifact it is.
        path: Its artifact path.
        copied: Size and digest.
        taken: When, in milliseconds since the epoch; only to be shown.
        source: What names the content among all that go to its place.
        file: The number that names the file with its content.
        offset: Where its content begins there.

    """

    number: int
    owner: Owner
    path: str
    copied: Copied
    taken: int
    source: str
    file: int
    offset: int = 0


# The class below has a method of this name.
Snapshots: TypeAlias = list[Snapshot]


class Rejected(Struct, frozen=True):
    """A snapshot that its store refused.

    Attributes:
        snapshot: What it is.
        error_code: MLflow's name of the error.
        message: What was wrong.

    """

    snapshot: Snapshot
    error_code: str
    message: str


class SnapshotDamaged(InvalidState):
    """A snapshot that is not any more what was logged."""


class SnapshotFolder:
    """The snapshots of one process, held by this one.

    Attributes:
        folder: Where they lie.

    """

    def __init__(self, folder: Path, lock: Lock) -> None:
        self.folder = folder
        self._lock = lock
        self._numbers = itertools.count(1)
        self._discarding = threading.Lock()
        # What is still wanted of the files that hold more than one snapshot.
        self._shared: dict[int, Snapshots] = {}

    @classmethod
    def create(cls, files: Path, origin: Origin) -> SnapshotFolder:
        """Make the folder of this process.

        Args:
            files: The folder for all processes, beside the journals; made where it is not there.
            origin: This process and its store.

        Raises:
            OSError: If it cannot be made.
            NotSupported: If this system has no locks for it.

        """
        name = os.urandom(16).hex()
        folder = files / name
        files.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        try:
            lock = Lock.take(folder)
            assert lock is not None  # the folder is new
            write_header(folder, new_header(name, origin))
            if _is_to_be_secured():
                for path in (folder / HEADER_NAME, files, files.parent):
                    sync_path(path)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return cls(folder, lock)

    @classmethod
    def adopt(cls, folder: Path, *, of_other_host: bool = False) -> SnapshotFolder | None:
        """Take over the folder of a dead process; what it had not finished is removed.

        Returns:
            The folder; None if its owner lives or may live, or another process has taken it.

        Raises:
            NotSupported: If it has a newer format.
            PermissionDenied: If it is another user's.
            InvalidState: If its header cannot be read.

        """
        taken = take_over(folder, of_other_host=of_other_host)
        if taken is None:
            return None
        adopted = cls(folder, taken[1])
        for snapshot in adopted.list():
            adopted._shared.setdefault(snapshot.file, []).append(snapshot)
        accepted = set(adopted._shared)
        for path in folder.glob("*.data"):
            if int(path.stem) not in accepted:
                path.unlink(missing_ok=True)
        return adopted

    def list(self) -> list[Snapshot]:
        """Return the snapshots, in the order in which they were taken."""
        return list_snapshots(self.folder)

    def take(self, owner: Owner, path: str, source: Path | BinaryIO) -> Snapshot:
        """Take a snapshot of a local file, or of what is left in a stream.

        It survives the death of this process when the call returns.

        Args:
            owner: Whose artifact it becomes.
            path: Its cleaned artifact path.
            source: The file or stream.

        Raises:
            OSError: If there is no room, or the file cannot be read.

        """
        number = next(self._numbers)

        def fill(target: BinaryIO) -> Sequence[Snapshot]:
            # Named before it is copied: what is written meanwhile gets another name.
            name = name_source(source) if isinstance(source, Path) else os.urandom(16).hex()
            copied = _copier(source)(target)
            return [Snapshot(number, owner, path, copied, _now(), name, number)]

        return self._write(number, fill)[0]

    def take_small(self, owner: Owner, files: Sequence[tuple[str, Path]]) -> Sequence[Snapshot]:
        """Take snapshots of small local files into one file, and note them at once.

        Args:
            owner: Whose artifacts they become.
            files: Cleaned artifact path and local file of each.

        Raises:
            OSError: If there is no room, or a file cannot be read.

        """
        first = next(self._numbers)

        def fill(target: BinaryIO) -> Sequence[Snapshot]:
            taken: Snapshots = []
            offset = 0
            for path, local in files:
                number = next(self._numbers) if taken else first
                content, copied = read_file(local)
                target.write(content)
                taken.append(Snapshot(number, owner, path, copied, _now(), "", first, offset))
                offset += copied.size
            return taken

        taken = self._write(first, fill)
        self._shared[first] = [*taken]
        return taken

    def _write(
        self, file: int, fill: Callable[[BinaryIO], Sequence[Snapshot]]
    ) -> Sequence[Snapshot]:
        """Write a file with contents, and what it holds once that is there."""
        content = self._content(file)
        descriptor = os.open(content, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as target:
                taken = fill(target)
                target.flush()
                if _is_to_be_secured():
                    os.fsync(target.fileno())
            replace_file(self._about(file), msgspec.json.encode(taken))
            if _is_to_be_secured():
                sync_path(self._about(file))
                sync_path(self.folder)
        except BaseException:
            content.unlink(missing_ok=True)
            raise
        return taken

    def content(self, snapshot: Snapshot) -> Path:
        """Return the file that holds a snapshot's content, from its offset on."""
        return self._content(snapshot.file)

    def discard(self, *snapshots: Snapshot) -> None:
        """Delete snapshots: their store has them, or newer ones took their places.

        Raises:
            OSError: If that cannot be noted.

        """
        if not self._lock.held:
            return
        with self._discarding:
            for file in {snapshot.file for snapshot in snapshots}:
                left = [one for one in self._shared.get(file, ()) if one not in snapshots]
                if left:
                    # Noted at once: sent again later, it might take the place of a newer one.
                    replace_file(self._about(file), msgspec.json.encode(left))
                    self._shared[file] = left
                else:
                    self._about(file).unlink(missing_ok=True)
                    self._content(file).unlink(missing_ok=True)
                    self._shared.pop(file, None)

    def reject(self, snapshot: Snapshot, error: HeadraceError) -> Path:
        """Put a snapshot that its store refused aside, with the reason; return where.

        Raises:
            OSError: If that cannot be.

        """
        rejected = self.folder.parent.parent / REJECTED_NAME
        rejected.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = rejected / f"{self.folder.name}-{snapshot.number}"
        reason = Rejected(snapshot, error.error_code, error.message)
        replace_file(kept.with_suffix(".json"), msgspec.json.encode(reason))
        content = kept.with_suffix(".data")
        if len(self._shared.get(snapshot.file, ())) > 1:
            replace_file(content, read_content(self.content(snapshot), snapshot))
        else:
            self.content(snapshot).replace(content)
        self.discard(snapshot)
        return content

    def close(self) -> None:
        """Leave what is left to whoever comes next, and delete the folder if that is nothing."""
        if self._lock.held and not any(self.folder.glob("*.json.*")) and not self.list():
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()

    def _content(self, number: int) -> Path:
        return self.folder / f"{number:020}.data"

    def _about(self, number: int) -> Path:
        return self.folder / f"{number:020}.json"


def list_folders(files: Path) -> list[Path]:
    """Return the folders of processes that have left snapshots, or may still take some."""
    return list_journals(files)


def list_snapshots(folder: Path) -> list[Snapshot]:
    """Return the snapshots in the folder of a process, in the order in which they were taken."""
    found = []
    for path in sorted(folder.glob("*[0-9].json")):
        try:
            found += msgspec.json.decode(path.read_bytes(), type=list[Snapshot])
        except (OSError, msgspec.MsgspecError):
            continue  # it is sent meanwhile, or was cut off by a loss of power and never whole
    return found


def read_content(path: Path, snapshot: Snapshot) -> bytes:
    """Return the content of a snapshot of a small file, which lies in the file at `path`."""
    with path.open("rb") as file:
        file.seek(snapshot.offset)
        return file.read(snapshot.copied.size)


def check_content(path: Path, snapshot: Snapshot) -> None:
    """Refuse a snapshot that is not any more what was logged.

    Raises:
        SnapshotDamaged: If that is so.
        OSError: If it cannot be read.

    """
    size = snapshot.copied.size
    with path.open("rb") as file:
        there = os.fstat(file.fileno()).st_size - snapshot.offset
        digest = digest_of_range(file.fileno(), snapshot.offset, size)
    if there < size or digest != snapshot.copied.digest:
        raise SnapshotDamaged(
            f"{path} is not any more what was logged: its size or its BLAKE3 digest differs. "
            "The disk may be damaged, or have lost power before it had all of it."
        )


def _now() -> int:
    return int(time.time() * 1000)


def _is_to_be_secured() -> bool:
    """Return whether not even a power cut may lose what was accepted."""
    return settings.FSYNC.get() == "always"


def _copier(source: Path | BinaryIO) -> Callable[[BinaryIO], Copied]:
    if isinstance(source, Path):
        return lambda target: copy_file(source, target)
    return lambda target: copy_stream(source, target)
