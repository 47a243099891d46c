"""What an artifact store is: an interface, and the semantics that every implementation keeps.

**A store is a root** and the tree of files below it. Paths are relative to the root, separated by
``/`` and cleaned by `headrace.artifacts.paths`; nothing outside the root is read or written,
whatever a path, a symbolic link or a foreign server says.

**A file is whole or absent.** A write becomes visible when its last byte is stored; a write that
fails leaves what was there before. Of two writers of one path the last to finish wins. Folders come
into being with their first file; whether an empty one can exist, and how long one is still listed
whose files were deleted, is up to the store.

**Listing** gives what lies directly in a folder, sorted by path; a folder has no size. A path that
is not there, and a path that is a file, have an empty listing.

**Streams both ways.** Content is passed on in pieces of `CHUNK` bytes, never held whole.

**Errors.** A malformed path is INVALID_PARAMETER_VALUE; a file or folder that is not there is
RESOURCE_DOES_NOT_EXIST; a file where a folder stands, or the reverse, is RESOURCE_ALREADY_EXISTS;
a place that may not be used is PERMISSION_DENIED. Only `headrace.errors` classes leave a store.

**Threads.** A store may be used from any thread and by a forked child.
"""

from __future__ import annotations

import io
import shutil
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias, TypeVar, cast

from headrace.artifacts.copies import Copied
from headrace.artifacts.local_files import LocalEntry, check_regular, os_errors, replacing, walk
from headrace.artifacts.part_uploads import PartUploads
from headrace.artifacts.paths import clean_path, join, path_inside
from headrace.artifacts.progress import TransferBar
from headrace.artifacts.streams import CountedStream, CountedTarget, FileRange
from headrace.artifacts.verification import check_files
from headrace.entities import FileCheck, FileInfo
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    ResourceDoesNotExist,
)

# How much of a file is held in memory at a time.
CHUNK = 1024 * 1024

T = TypeVar("T")

# Path, content and BLAKE3 digest of a file that is held whole.
SmallFile: TypeAlias = tuple[str, bytes, str]


class LocalCopy(NamedTuple):
    """A part of a local file that is to become an artifact.

    Attributes:
        local: The local file.
        offset: Where the part begins in it.
        path: Artifact path.
        copied: The part's size and digest.
        source: What no other content shares, such as the moment at which a file was copied; empty
            if nobody has named it.

    """

    local: Path
    offset: int
    path: str
    copied: Copied
    source: str = ""


class FileDetails(NamedTuple):
    """What is known of a file beyond its size.

    Attributes:
        changed: When it was last changed, in milliseconds since the epoch.
        digest: Its BLAKE3 digest as recorded when it was stored, in hexadecimal.

    """

    changed: int | None = None
    digest: str | None = None


class OpenFile(NamedTuple):
    """A file that is open for reading, and what was known of it when it was opened.

    Attributes:
        stream: The file's bytes.
        size: How many there are.
        mark: An HTTP ETag of this content, in quotes; None if the store has none.
        changed: When it was stored, in seconds since the epoch, if that is known.
        digest: Its BLAKE3 digest, if it was recorded.

    """

    stream: BinaryIO
    size: int
    mark: str | None = None
    changed: float | None = None
    digest: str | None = None


class FolderPage(NamedTuple):
    """A page of what lies in a folder.

    Attributes:
        files: Folders first, each kind in the order of their paths.
        total: How many there are on all pages.
        has_more: Whether another page follows.

    """

    files: list[FileInfo]
    total: int
    has_more: bool


class ArtifactStore(ABC):
    """One root and the files below it.

    A new scheme implements the five abstract methods; the rest is built on them.

    Attributes:
        uri: The root, as it was given.
        known_as: How whoever knows whose files they are spells the root.
        parallelism: How many files a transfer of many moves at a time.
        takes_digests: Whether its digests were taken where the bytes passed, and are told only of
            files that were not touched since; in other stores whoever writes a file tells them.

    """

    parallelism = 1
    takes_digests = False

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.known_as = uri

    # --- what a scheme implements ----------------------------------------------------------------

    @abstractmethod
    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what lies directly in the folder `path`, sorted by path."""

    @abstractmethod
    def stat(self, path: str) -> FileInfo | None:
        """Return what `path` is, or None if it is not there; the root is always a folder."""

    @abstractmethod
    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return a stream of a file's bytes from `offset` on, at most `length` of them.

        An offset at or beyond the end gives an empty stream. The caller closes the stream.

        Raises:
            ResourceDoesNotExist: If there is no such file.
            InvalidParameterValue: If it is a folder, or if `offset` or `length` is negative.

        """

    @abstractmethod
    def write(self, path: str, stream: BinaryIO) -> None:
        """Store what is left in `stream` as the file `path`."""

    @abstractmethod
    def delete(self, path: str = "") -> None:
        """Delete a file, or a folder with all that is in it; what is not there is no error."""

    # --- what follows from it --------------------------------------------------------------------

    def list_page(
        self, path: str = "", limit: int | None = None, last: tuple[bool, str] | None = None
    ) -> FolderPage:
        """Return a page of what lies directly in the folder `path`.

        Args:
            path: The folder.
            limit: How many at most; None for all.
            last: Whether the last one of the page before is a file, and its path.

        """
        infos = self.list_artifacts(path)
        files = sorted(infos, key=lambda info: (not info.is_dir, info.path))
        places = [(not info.is_dir, info.path) for info in files]
        start = 0 if last is None else bisect_right(places, last)
        end = len(files) if limit is None else start + limit
        return FolderPage(files[start:end], len(files), end < len(files))

    def list_files(self, path: str = "") -> list[str]:
        """Return the paths of the files that lie directly in the folder `path`, sorted.

        Their sizes are not asked for, which is several times faster where there are thousands.
        """
        return [info.path for info in self.list_artifacts(path) if not info.is_dir]

    def open_described(self, path: str) -> OpenFile:
        """Open a file with what is known of it; the caller closes its stream.

        Raises:
            ResourceDoesNotExist: If there is no such file.
            InvalidParameterValue: If it is a folder.

        """
        info = self.stat(path)
        if info is None:
            raise no_such_artifact(path)
        if info.is_dir:
            raise folder_not_file(path)
        return OpenFile(self.open(path), info.file_size or 0)

    def put_file(self, local: Path, path: str) -> None:
        """Store the local file `local` as `path`.

        Raises:
            LocalFileNotFound: If there is no such local file.
            InvalidParameterValue: If it is not a regular file.

        """
        check_regular(local)
        with os_errors(f"The file {str(local)!r}"), local.open("rb") as stream:
            self.write(path, stream)

    def take_file(self, local: Path, path: str, digest: str) -> None:
        """Store a local file that nobody else needs as `path`; it is gone afterwards.

        Args:
            local: The file.
            path: Where to.
            digest: Its BLAKE3 digest.

        """
        self.put_file(local, path)
        local.unlink(missing_ok=True)

    def take_known(self, path: str, size: int, digest: str) -> bool:
        """Store a content as `path` without being given it, if the store can; return whether.

        Args:
            path: Where to.
            size: Its size in bytes.
            digest: Its BLAKE3 digest. Whoever knows it gets to read the content.

        """
        return False

    def put_at_once(self, local: Path, path: str) -> bool:
        """Store a large local file now, if that takes no longer than to make a copy of it.

        Returns:
            Whether it is stored. If not, it has to be copied, and then stored by `put_copies`; what
            was sent of it until then need not be sent again.

        """
        return False

    def put_copies(
        self, copies: Sequence[LocalCopy], on_bytes: Callable[[int], None]
    ) -> list[HeadraceError | None]:
        """Store parts of local files that nobody writes to; a refused one keeps none from going.

        Args:
            copies: The parts, and where to.
            on_bytes: Called with how many bytes have gone since the last call; negative for those
                that have to go again.

        Returns:
            Why each was not stored; None for those that were.

        """
        outcomes: list[HeadraceError | None] = [None] * len(copies)

        def put(number: int) -> None:
            try:
                self._put_copy(copies[number], on_bytes)
            except HeadraceError as error:
                outcomes[number] = error

        self._for_each(put, range(len(copies)))
        return outcomes

    def _put_copy(self, copy: LocalCopy, on_bytes: Callable[[int], None]) -> None:
        with os_errors(f"The file {str(copy.local)!r}"), copy.local.open("rb") as file:
            part = FileRange(file.fileno(), copy.offset, copy.copied.size)
            stream = CountedStream(cast(BinaryIO, part), on_bytes)
            self.write(copy.path, cast(BinaryIO, stream))

    def write_small(self, files: Sequence[SmallFile]) -> list[HeadraceError | None]:
        """Store small files; a refused one keeps none from being stored.

        Returns:
            Why each was not stored; None for those that were.

        """
        outcomes: list[HeadraceError | None] = []
        for path, content, _ in files:
            try:
                self.write(path, io.BytesIO(content))
                outcomes.append(None)
            except HeadraceError as error:
                outcomes.append(error)
        return outcomes

    def read_small(self, path: str, limit: int) -> tuple[bytes, str | None]:
        """Return a small file's content, and the digest that was recorded for it.

        Raises:
            ResourceDoesNotExist: If there is no such file.
            InvalidParameterValue: If it is a folder, or has more than `limit` bytes.

        """
        with self.open(path, 0, limit + 1) as stream:
            content = stream.read()
        if len(content) > limit:
            raise InvalidParameterValue(f"{path!r} has more than {limit} bytes.")
        return content, self.digest(path)

    def sign(self, method: str, path: str, seconds: float) -> str:
        """Return a URL by which anybody may read or write a file for a while.

        Args:
            method: ``GET`` or ``PUT``.
            path: The file.
            seconds: For how long.

        Raises:
            NotSupported: If the store has no such URLs.

        """
        direction = "upload" if method == "PUT" else "download"
        # The words of MLflow's own servers.
        raise NotSupported(
            f"Presigned {direction} is not supported for the current artifact repository"
        )

    def part_uploads(self) -> PartUploads | None:
        """Return how files are sent to the store itself in parts; None if they cannot be."""
        return None

    def digest(self, path: str) -> str | None:
        """Return the BLAKE3 digest that a file had when it was stored; None if it is not known."""
        file_path(path)
        return None

    def known_digests(self, path: str) -> frozenset[str]:
        """Return the digests that a file may have, by what was recorded when it was stored.

        Other than `digest` it does not ask whether the file has been changed since: what somebody
        else wrote there has the digest that is recorded for the path, which it does not match.

        Returns:
            One; several if it was stored several times at one moment; none if none is recorded.

        """
        digest = self.digest(path)
        return frozenset({digest}) if digest else frozenset()

    def recorded_paths(self) -> Set[str]:
        """Return the files that were stored and not deleted, if the store keeps a record of them.

        They are there, unless something happened to them.
        """
        return frozenset()

    def check_files(
        self, path: str = "", on_bytes: Callable[[int], None] = lambda _: None
    ) -> Iterator[FileCheck]:
        """Read files to their end, and yield what became of each; see `verification.check_files`.

        Args:
            path: File or folder; empty for everything.
            on_bytes: Called with how many bytes were read since the last call.

        Raises:
            ResourceDoesNotExist: If there is nothing at `path`, and never was.

        """
        return check_files(self, path, on_bytes=on_bytes)

    def details(self, path: str) -> FileDetails:
        """Return what is known of a file; nothing of what is not there."""
        return FileDetails(digest=self.digest(path))

    def put_folder(self, local: Path, path: str = "") -> None:
        """Store all files below the local folder `local` below `path`, symbolic links followed.

        Every name is checked before the first file is stored.

        Raises:
            LocalFileNotFound: If there is no such local folder.
            InvalidParameterValue: If it is not a folder, or if a name in it cannot be stored.

        """
        entries = [(entry, clean_path(join(path, entry.relative))) for entry in walk(local)]
        self._expect(clean_path(path), [place for entry, place in entries if not entry.is_folder])

        def put(target: tuple[LocalEntry, str]) -> None:
            entry, cleaned = target
            if entry.is_folder:
                self._make_folder(cleaned)
            else:
                self._put_expected(entry.path, cleaned)
                bar.add(entry.size)

        total = sum(entry.size for entry, _ in entries)
        with TransferBar("Uploading artifacts", total) as bar:
            self._for_each(put, entries)

    def download(self, path: str, folder: Path) -> Path:
        """Copy the file or folder `path` into the local folder `folder`.

        Args:
            path: Artifact path; empty for everything.
            folder: An existing local folder.

        Returns:
            The local copy: ``folder/NAME``, or `folder` itself for the root.

        Raises:
            ResourceDoesNotExist: If there is nothing at `path`.

        """
        cleaned = clean_path(path)
        found = self.stat(cleaned)
        if found is None:
            raise no_such_artifact(path)
        parent, _, name = cleaned.rpartition("/")
        files = self._walk(found) if found.is_dir else iter([found])
        # What a foreign server lists is checked like any other path before it becomes a place.
        targets = [(info, clean_path(info.path[len(parent) :].lstrip("/"))) for info in files]

        total = sum(info.file_size or 0 for info, _ in targets)
        with TransferBar("Downloading artifacts", total) as bar:
            self._fetch_all(targets, folder, bar.add)
        return folder / name if name else folder

    def local_path(self, path: str = "") -> Path | None:
        """Return where a file or folder lies on this machine, or None if the store is elsewhere.

        Raises:
            ResourceDoesNotExist: If the store is on this machine and has nothing at `path`.

        """
        return None

    # --- parts -----------------------------------------------------------------------------------

    def _make_folder(self, path: str) -> None:  # noqa: B027 - a store of objects has no folders
        """Make an empty folder, where the store has such a thing."""

    def _fetch_all(
        self,
        targets: Sequence[tuple[FileInfo, str]],
        folder: Path,
        on_bytes: Callable[[int], None],
    ) -> None:
        """Copy files into a local folder, each to its way there, and make the folders."""

        def fetch(target: tuple[FileInfo, str]) -> None:
            info, way = target
            place = path_inside(folder, way)
            with os_errors(f"The local copy {str(place)!r}"):
                if info.is_dir:
                    place.mkdir(parents=True, exist_ok=True)
                else:
                    with replacing(place) as file:
                        self._copy_to(info.path, cast(BinaryIO, CountedTarget(file, on_bytes)))

        self._for_each(fetch, targets)

    def _expect(self, folder: str, paths: Sequence[str]) -> None:  # noqa: B027
        """Get ready for many files below a folder, or refuse them before the first has gone."""

    def _put_expected(self, local: Path, path: str) -> None:
        """Store one of the files that were expected."""
        self.put_file(local, path)

    def _copy_to(self, path: str, target: BinaryIO) -> None:
        """Write a file's bytes to an empty, seekable local file."""
        with self.open(path) as source:
            shutil.copyfileobj(source, target, CHUNK)

    def _walk(self, folder: FileInfo) -> Iterator[FileInfo]:
        """Yield all files below a folder, and the folders that are empty."""
        entries = self.list_artifacts(folder.path)
        if not entries and folder.path:
            yield folder
        for entry in entries:
            if entry.is_dir:
                yield from self._walk(entry)
            else:
                yield entry

    def _for_each(
        self, act: Callable[[T], None], targets: Sequence[T], at_a_time: int | None = None
    ) -> None:
        """Act on every target, several at a time where that helps; the first failure is raised."""
        at_a_time = at_a_time or self.parallelism
        if at_a_time == 1 or len(targets) < 2:
            for target in targets:
                act(target)
            return
        # Imported only here: a local folder never needs it.
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(at_a_time, len(targets))) as pool:
            futures = [pool.submit(act, target) for target in targets]
            try:
                for future in futures:
                    future.result()
            finally:
                for future in futures:
                    future.cancel()


def no_such_artifact(path: str) -> ResourceDoesNotExist:
    """Return the error for a path with nothing at it, in the words that MLflow's clients know."""
    return ResourceDoesNotExist(f"No such artifact: {path!r}")


def folder_not_file(path: str) -> InvalidParameterValue:
    """Return the error for a folder where a file is due."""
    return InvalidParameterValue(f"{path!r} is a folder of artifacts; name a file in it.")


def file_path(path: str) -> str:
    """Return a cleaned artifact path that names a file, so not the root.

    Raises:
        InvalidParameterValue: As `clean_path`, and if nothing is left of the path.

    """
    cleaned = clean_path(path)
    if not cleaned:
        raise InvalidParameterValue(f"Invalid path {path!r}: it names no file.")
    return cleaned


def check_range(offset: int, length: int | None) -> None:
    """Refuse a negative offset or length with INVALID_PARAMETER_VALUE."""
    if offset < 0 or (length is not None and length < 0):
        raise InvalidParameterValue(
            f"A range of a file starts at 0 or later and is not negative: {offset=}, {length=}."
        )
