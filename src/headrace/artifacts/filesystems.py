"""Artifacts in the file system of another machine, whichever protocol leads to it.

A scheme is a `FileSystem`: a dozen plain operations. What makes an artifact store of it is here, in
`FileSystemStore`: whole-or-absent writes by a temporary name, confinement, retries that go on where
they broke off, digests.
"""

from __future__ import annotations

import io
import logging
import os
import posixpath
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Set
from contextlib import suppress
from errno import EISDIR, ENOTDIR
from typing import BinaryIO, NamedTuple, TypeVar, cast
from weakref import WeakValueDictionary

from headrace.artifacts.addresses import Address
from headrace.artifacts.base import (
    CHUNK,
    ArtifactStore,
    FileDetails,
    check_range,
    file_path,
    folder_not_file,
    no_such_artifact,
)
from headrace.artifacts.copies import Copied
from headrace.artifacts.digests import RECORD_NAME, DigestLines, new_hasher
from headrace.artifacts.local_files import os_errors
from headrace.artifacts.paths import STAGING_PREFIX, clean_path, join
from headrace.artifacts.streams import BoundedStream, HashedStream, ToldStream
from headrace.connection import pauses
from headrace.entities import FileInfo
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    TemporarilyUnavailable,
)

# How often content that arrived with another digest is fetched again.
_TRIES_OF_CONTENT = 3

_logger = logging.getLogger("headrace.client")

T = TypeVar("T")
FileSystemT = TypeVar("FileSystemT", bound="FileSystem")

# Open file systems by their kind and address: the stores of one machine share its connections.
_shared: WeakValueDictionary[tuple[object, Address], FileSystem] = WeakValueDictionary()


class Entry(NamedTuple):
    """What stands at a path of a file system.

    Attributes:
        is_dir: Whether it is a folder.
        size: In bytes.
        changed: When it was last changed, in milliseconds since the epoch, if that is known.
        is_link: Whether it is a symbolic link; the rest is of the link itself then.

    """

    is_dir: bool
    size: int = 0
    changed: int | None = None
    is_link: bool = False


class FileSystem(ABC):
    """The files that one account reaches on another machine.

    Paths are absolute. What the machine refuses is an `OSError` with an ``errno``; what keeps this
    machine from reaching it is an error of ours, `TemporarilyUnavailable` if a later try may help.

    Attributes:
        title: The machine as people read it, without a password.
        parallelism: How many files may be moved at a time.
        resumes: Whether a file can be written on from where it ends.

    """

    title: str
    parallelism = 1
    resumes = True

    @abstractmethod
    def list(self, folder: str) -> list[tuple[str, Entry]]:
        """Return names and what they stand for; FileNotFoundError, NotADirectoryError."""

    @abstractmethod
    def stat(self, path: str) -> Entry | None:
        """Return what is at a path, links followed; None if there is nothing."""

    def real(self, path: str) -> str:
        """Return a path with every symbolic link on it followed, as far as it exists."""
        return path

    @abstractmethod
    def open(self, path: str, offset: int) -> BinaryIO:
        """Return a stream to read into buffers from; a file that ends too early raises."""

    @abstractmethod
    def write(self, path: str, stream: BinaryIO, offset: int) -> None:
        """Write what is left in a stream, from `offset` on; 0 makes the file anew."""

    @abstractmethod
    def append(self, path: str, data: bytes) -> None:
        """Add a few bytes to a file, which is made if it is not there."""

    @abstractmethod
    def rename(self, source: str, target: str) -> None:
        """Give a file another path, which another file may have had."""

    @abstractmethod
    def remove(self, path: str) -> None:
        """Delete a file, or a link and not what it leads to."""

    @abstractmethod
    def make_folder(self, path: str) -> None:
        """Make a folder in one that exists; if it is there already, that is as good."""

    @abstractmethod
    def remove_folder(self, path: str) -> None:
        """Delete an empty folder."""


def shared(kind: Callable[[Address], FileSystemT], address: Address) -> FileSystemT:
    """Return the file system of an account, the same for all who use it at a time."""
    key = (kind, address._replace(path=""))
    found = _shared.get(key)
    if found is None:
        found = _shared.setdefault(key, kind(address))
    return cast(FileSystemT, found)


class FileSystemStore(ArtifactStore):
    """A folder of a `FileSystem`."""

    def __init__(self, uri: str, files: FileSystem, root: str) -> None:
        """Take the folder.

        Args:
            uri: The root, as it was given.
            files: Where it is.
            root: Its absolute path there.

        """
        super().__init__(uri)
        self._files = files
        self._root = root
        self._real_root: str | None = None
        self._digests = DigestLines()
        self._reading_record = threading.Lock()
        self._making_folders = threading.Lock()
        self._can_record = True
        self.parallelism = files.parallelism

    # --- looking ---------------------------------------------------------------------------------

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what lies directly in a folder; links that leave the root are not shown."""
        cleaned = clean_path(path)

        def look() -> list[FileInfo]:
            try:
                entries = self._files.list(self._inside(cleaned))
            except (FileNotFoundError, NotADirectoryError):
                return []
            infos = [self._info(join(cleaned, name), entry) for name, entry in entries]
            return sorted((info for info in infos if info), key=lambda info: info.path)

        return self._tried(look, f"The artifact folder {path!r}")

    def stat(self, path: str) -> FileInfo | None:
        """Return what is at a path."""
        cleaned = clean_path(path)
        if not cleaned:
            return FileInfo(path="", is_dir=True)
        entry = self._entry(cleaned)
        return None if entry is None else _described(cleaned, entry)

    def details(self, path: str) -> FileDetails:
        """Return when a file was last changed, and the digest that was recorded for it."""
        cleaned = file_path(path)
        entry = self._entry(cleaned)
        if entry is None or entry.is_dir:
            return FileDetails()
        known = self._known_digests(cleaned, entry)
        return FileDetails(entry.changed, min(known) if len(known) == 1 else None)

    def digest(self, path: str) -> str | None:
        """Return the digest that was recorded for the file's present content."""
        return self.details(path).digest

    def known_digests(self, path: str) -> frozenset[str]:
        """Return the digests that the file may have, by the record."""
        cleaned = file_path(path)
        entry = self._file(cleaned)
        with self._reading_record:
            self._tried(self._read_record, "The record of digests")
            return self._digests.find_any(cleaned, entry.size, entry.changed or 0)

    def recorded_paths(self) -> Set[str]:
        """Return the files that the record names."""
        with self._reading_record:
            self._tried(self._read_record, "The record of digests")
            return self._digests.paths()

    # --- down ------------------------------------------------------------------------------------

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return a stream of the file, or of the wanted part of it."""
        check_range(offset, length)
        entry = self._file(path)
        if length == 0 or offset >= entry.size:
            return io.BytesIO()
        what = f"Artifact {path!r}"
        stream = self._tried(lambda: self._open(self._inside(clean_path(path)), offset), what)
        return stream if length is None else cast(BinaryIO, BoundedStream(stream, length))

    def _open(self, place: str, offset: int) -> BinaryIO:
        what = f"The file {place} at {self._files.title}"
        told = ToldStream(self._files.open(place, offset), what)
        return cast(BinaryIO, io.BufferedReader(told, CHUNK))

    def _copy_to(self, path: str, target: BinaryIO) -> None:
        """Fetch a file; what broke off goes on, and what arrived wrong is fetched again."""
        for tries_left in reversed(range(_TRIES_OF_CONTENT)):
            target.seek(0)
            target.truncate()
            entry, found = self._fetch(path, target)
            known = self._known_digests(path, entry)
            if not known or found in known:
                return
            if not tries_left:
                raise HeadraceError(
                    f"{path!r} has the BLAKE3 digest {found} and was stored with "
                    f"{' or '.join(sorted(known))}: it was changed or damaged at "
                    f"{self._files.title}, or on its way. Nothing was kept.",
                    "DATA_LOSS",
                )

    def _fetch(self, path: str, target: BinaryIO) -> tuple[Entry, str]:
        """Write a file's bytes to an empty file; return what it was and its digest."""
        hasher = new_hasher()
        before: Entry | None = None

        def fetch() -> Entry:
            nonlocal before, hasher
            entry = self._file(path)
            if entry != before:
                before, hasher = entry, new_hasher()
                target.seek(0)
                target.truncate()
            if target.tell() < entry.size:
                with self._open(self._inside(path), target.tell()) as source:
                    while piece := source.read(CHUNK):
                        hasher.update(piece)
                        target.write(piece)
            if target.tell() != entry.size:
                raise TemporarilyUnavailable(
                    f"{self._files.title} sent {target.tell()} of the {entry.size} bytes of "
                    f"{path!r}."
                )
            return entry

        return self._tried(fetch, f"Artifact {path!r}"), hasher.hexdigest()

    # --- up --------------------------------------------------------------------------------------

    def write(self, path: str, stream: BinaryIO) -> None:
        """Store a stream beside its place, and move it there when it is whole."""
        cleaned = file_path(path)
        what = f"Artifact {path!r} at {self._files.title}"
        place = self._tried(lambda: self._make_room(cleaned), what)
        staged = posixpath.join(posixpath.dirname(place), STAGING_PREFIX + os.urandom(8).hex())
        with os_errors(what):
            try:
                copied, entry = self._send(stream, staged)
                self._files.rename(staged, place)
            except BaseException:
                with suppress(OSError, HeadraceError):
                    self._files.remove(staged)
                raise
            self._record(cleaned, entry, copied.digest)

    def delete(self, path: str = "") -> None:
        """Delete a file or folder; of a symbolic link only the link."""
        cleaned = clean_path(path)
        parent, _, name = cleaned.rpartition("/")

        def delete() -> None:
            place = posixpath.join(self._inside(parent), name).rstrip("/")
            with suppress(FileNotFoundError, NotADirectoryError):
                if self._is_folder(place):
                    self._delete_folder(place)
                else:
                    self._files.remove(place)

        self._tried(delete, f"Artifact {path!r}")
        # A root is deleted with its record, which only a file makes anew.
        if cleaned and self._files.stat(self._record_file) is not None:
            self._add_line(cleaned, DigestLines.encode_deletion(cleaned))

    def _send(self, stream: BinaryIO, staged: str) -> tuple[Copied, Entry]:
        """Write a stream to a file; what broke off goes on where the file ends."""
        start = stream.tell() if stream.seekable() else None
        waits = pauses()
        offset = 0
        while True:
            source = HashedStream(stream)
            try:
                source.skip(offset)
                self._files.write(staged, cast(BinaryIO, source), offset)
                break
            except TemporarilyUnavailable:
                pause = next(waits, None)
                if pause is None or start is None:
                    raise
                time.sleep(pause)
                stream.seek(start)
                offset = self._size_of(staged) if self._files.resumes else 0
        entry = self._files.stat(staged)
        if entry is None or entry.size != source.size:
            raise HeadraceError(
                f"{self._files.title} kept {entry.size if entry else 0} of the {source.size} "
                "bytes that were sent. Nothing of them is left there; see whether it has room.",
                "DATA_LOSS",
            )
        return Copied(source.size, source.digest()), entry

    def _size_of(self, staged: str) -> int:
        try:
            entry = self._files.stat(staged)
        except TemporarilyUnavailable:
            return 0  # the next try meets the same trouble, and tells it
        return entry.size if entry else 0

    def _make_room(self, path: str) -> str:
        """Return the place of a file to be, its folder made."""
        place = self._inside(path)
        entry = self._files.stat(place)
        if entry is not None and entry.is_dir:
            raise IsADirectoryError(EISDIR, "Is a directory")
        if entry is None:
            self._make_folders(posixpath.dirname(place))
        return place

    def _make_folders(self, folder: str) -> None:
        if not self._is_made(folder):
            # By one thread: rclone, asked by two at once, loses what the first puts into it.
            with self._making_folders:
                self._make_missing(folder)

    def _make_missing(self, folder: str) -> None:
        if not self._is_made(folder):
            self._make_missing(posixpath.dirname(folder))
            self._files.make_folder(folder)

    def _is_made(self, folder: str) -> bool:
        entry = self._files.stat(folder)
        if entry is not None and not entry.is_dir:
            raise NotADirectoryError(ENOTDIR, "Not a directory")
        return entry is not None

    def _make_folder(self, path: str) -> None:
        self._tried(lambda: self._make_folders(self._inside(path)), f"The artifact folder {path!r}")

    def _is_folder(self, place: str) -> bool:
        """Return whether a path is a folder itself, and no link to one."""
        entry = self._files.stat(place)
        if entry is None or not entry.is_dir:
            return False
        return self._files.real(place) == place or place == self._root

    def _delete_folder(self, folder: str) -> None:
        for name, entry in self._files.list(folder):
            place = posixpath.join(folder, name)
            with suppress(FileNotFoundError):  # somebody else deletes it, too
                if entry.is_dir and not entry.is_link:
                    self._delete_folder(place)
                else:
                    self._files.remove(place)
        self._files.remove_folder(folder)

    # --- digests ---------------------------------------------------------------------------------

    @property
    def _record_file(self) -> str:
        return posixpath.join(self._root, RECORD_NAME)

    def _record(self, path: str, entry: Entry, digest: str) -> None:
        """Remember a digest beside the files, if a line can be added to a file there."""
        self._add_line(path, DigestLines.encode(path, entry.size, entry.changed or 0, digest))

    def _add_line(self, path: str, line: bytes) -> None:
        if not self._can_record:
            return
        try:
            self._files.append(self._record_file, line)
        except TemporarilyUnavailable as error:
            # The file itself is stored: one whose digest is not known is none that is wrong.
            _logger.info("The record of digests says nothing new of %r: %s", path, error)
        except (OSError, NotSupported) as error:
            self._can_record = False
            _logger.info(
                "%s adds nothing to files (%s), so digests are not recorded there.",
                self._files.title,
                error,
            )

    def _known_digests(self, path: str, entry: Entry) -> frozenset[str]:
        """Return the digests that were recorded for a file's present content: mostly one."""
        with self._reading_record:
            self._tried(self._read_record, "The record of digests")
            return self._digests.find(path, entry.size, entry.changed or 0)

    def _read_record(self) -> None:
        """Read the lines that were added since the last time."""
        record = self._files.stat(self._record_file)
        if record is None or record.size < self._digests.read_up_to:
            self._digests = DigestLines()
        if record is not None and record.size > self._digests.read_up_to:
            with self._open(self._record_file, self._digests.read_up_to) as stream:
                self._digests.take(stream.read())

    # --- parts -----------------------------------------------------------------------------------

    def _inside(self, path: str) -> str:
        """Return the place of a cleaned path, every link followed.

        Raises:
            InvalidParameterValue: If a link on the way leaves the root.

        """
        if self._real_root is None:
            self._real_root = self._files.real(self._root)
        place = posixpath.join(self._real_root, path) if path else self._real_root
        real = self._files.real(place)
        if real != self._real_root and not real.startswith(self._real_root.rstrip("/") + "/"):
            raise InvalidParameterValue(
                f"Invalid path {path!r}: a symbolic link on its way leaves the artifact root."
            )
        return real

    def _entry(self, path: str) -> Entry | None:
        return self._tried(lambda: self._files.stat(self._inside(path)), f"Artifact {path!r}")

    def _file(self, path: str) -> Entry:
        """Return what a path is that must be a file."""
        entry = self._entry(file_path(path)) if clean_path(path) else Entry(is_dir=True)
        if entry is None:
            raise no_such_artifact(path)
        if entry.is_dir:
            raise folder_not_file(path)
        return entry

    def _info(self, path: str, entry: Entry) -> FileInfo | None:
        """Return an entry of a listing, or None for what cannot be an artifact."""
        try:
            if clean_path(path) != path:
                return None
            if not entry.is_link:
                return _described(path, entry)
            return self.stat(path)
        except InvalidParameterValue:
            return None

    def _tried(self, act: Callable[[], T], what: str) -> T:
        """Do what may be repeated without harm, as often as the settings say."""
        waits = pauses()
        while True:
            try:
                with os_errors(f"{what} at {self._files.title}"):
                    return act()
            except TemporarilyUnavailable:
                pause = next(waits, None)
                if pause is None:
                    raise
                time.sleep(pause)


def _described(path: str, entry: Entry) -> FileInfo:
    if entry.is_dir:
        return FileInfo(path=path, is_dir=True)
    return FileInfo(path=path, is_dir=False, file_size=entry.size)
