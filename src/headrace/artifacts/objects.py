"""Artifacts as objects of a bucket: what the schemes of object stores have in common.

A scheme's own module knows where its URIs lead and how to build the client; all else is here. The
objects below a root are its files, and what their keys have before a ``/`` are its folders.

Every object carries the BLAKE3 digest of its content among its metadata, which travel ahead of the
content. So a small file is sent from memory, a large one is read twice, and a long stream is kept
on the local disk until it has ended.
"""

from __future__ import annotations

import io
import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import Any, BinaryIO, ClassVar, cast
from urllib.parse import urlsplit

from headrace.artifacts.base import (
    CHUNK,
    ArtifactStore,
    FileDetails,
    LocalCopy,
    OpenFile,
    check_range,
    file_path,
    folder_not_file,
    no_such_artifact,
)
from headrace.artifacts.copies import Copied, copy_file, copy_stream, moment
from headrace.artifacts.digests import digest_of, digest_of_range
from headrace.artifacts.local_files import check_regular, os_errors
from headrace.artifacts.object_bucket import Bucket
from headrace.artifacts.object_kinds import Kinds, folders_of
from headrace.artifacts.object_library import BeyondEnd, NoSuchObject, NotPartial, ObjectPlace
from headrace.artifacts.object_reads import (
    COPY_SIZE,
    RANGE_SIZE,
    WRITES_AT_PLACES,
    ObjectStream,
    copy_ranges,
    copy_whole,
)
from headrace.artifacts.paths import clean_path, join
from headrace.artifacts.room import shared_room
from headrace.artifacts.streams import CountedStream, FileRange
from headrace.entities import FileInfo
from headrace.errors import HeadraceError, InvalidParameterValue, ResourceConflict

# Larger files travel in parts, of which no store takes more than this.
PART_SIZE = 6 * 1024 * 1024
PARTS_AT_A_TIME = 3
MAX_PARTS = 10_000

# How often content that arrived with another digest, or was replaced meanwhile, is fetched again.
_TRIES_OF_CONTENT = 3


class ObjectArtifactStore(ArtifactStore):
    """The objects below a prefix of a bucket.

    Attributes:
        bucket: The name of the bucket; Azure calls it a container.
        prefix: What the keys of all objects begin with, without a slash at its end.
        credentials: What to set if the store refuses a call, as a sentence.

    """

    parallelism = 32
    credentials: ClassVar[str]

    def __init__(self, uri: str, server: str | None = None) -> None:
        """Take the URI apart; nothing is asked of the store yet, and `server` is of no use here.

        Raises:
            InvalidParameterValue: If the URI names no bucket, or a prefix that no path could be.

        """
        super().__init__(uri)
        parts = urlsplit(uri)
        if parts.query or parts.fragment:
            raise InvalidParameterValue(f"An artifact URI has no query and no fragment: {uri!r}.")
        self.bucket = self._take_host(parts.netloc)
        self.prefix = clean_path(parts.path.lstrip("/"))
        self._objects = Bucket(ObjectPlace(uri, self.bucket, self.credentials), self._connect)
        self._kinds = Kinds(
            lambda path: self._objects.find(self._key(path)) is not None,
            lambda path: self._objects.is_folder(self._key(path)),
        )

    # --- what a scheme implements ----------------------------------------------------------------

    @abstractmethod
    def _take_host(self, host: str) -> str:
        """Return the bucket that the URI's host part names, and keep what else it says.

        Raises:
            InvalidParameterValue: If it names none.

        """

    @abstractmethod
    def _connect(self) -> Any:
        """Return a new client of the bucket, made by `headrace.artifacts.object_library`."""

    # --- looking ---------------------------------------------------------------------------------

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what is in a folder; names that no artifact could have are left out."""
        cleaned = clean_path(path)
        keys, metas = self._objects.folder(self._key(cleaned))
        folders = {self._path(key) for key in keys}
        infos = [FileInfo(path=folder, is_dir=True) for folder in folders if folder]
        infos += [info for info in self._files(metas) if info.path not in folders]
        own = [info for info in infos if info.path.rpartition("/")[0] == cleaned]
        return sorted(own, key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        """Return what is at a path; a folder is there if something is in it."""
        cleaned = clean_path(path)
        if not cleaned:
            return FileInfo(path="", is_dir=True)
        found = self._objects.find(self._key(cleaned))
        if found is not None:
            return FileInfo(path=cleaned, is_dir=False, file_size=found.size)
        is_folder = self._objects.is_folder(self._key(cleaned))
        return FileInfo(path=cleaned, is_dir=True) if is_folder else None

    def digest(self, path: str) -> str | None:
        """Return the digest among an object's metadata."""
        return self.details(path).digest

    def details(self, path: str) -> FileDetails:
        """Return when an object was stored, and its digest."""
        found = self._objects.find(self._key(file_path(path)))
        return FileDetails() if found is None else FileDetails(found.changed, found.digest)

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return the object's bytes as they arrive; a stream that can be moved within."""
        check_range(offset, length)
        with self._reading(path) as key:
            try:
                if length == 0:
                    raise BeyondEnd("Nothing is wanted.")
                arriving = self._objects.open(key, offset, length and offset + length)
            except (BeyondEnd, NotPartial):
                found = self._objects.look(key)
                end = found.size if length is None else min(found.size, offset + length)
                opener = self._objects.opener(key, found)
                return _buffered(ObjectStream(opener, offset, max(offset, end)))
            opener = self._objects.opener(key, arriving.found)
            return _buffered(ObjectStream(opener, arriving.start, arriving.end, arriving.pieces))

    def open_described(self, path: str) -> OpenFile:
        """Open an object with its ETag and digest, by one call."""
        with self._reading(path) as key:
            found, start, end, pieces = self._objects.open(key)
            stream = ObjectStream(self._objects.opener(key, found), start, end, pieces)
            mark = found.mark and '"' + found.mark.strip('"') + '"'
            return OpenFile(_buffered(stream), found.size, mark, found.changed / 1000, found.digest)

    def sign(self, method: str, path: str, seconds: float) -> str:
        """Return a URL by which anybody may read or write a file for a while.

        Args:
            method: ``GET`` or ``PUT``.
            path: The file.
            seconds: For how long.

        """
        return self._objects.sign(method, self._key(file_path(path)), seconds)

    # --- up --------------------------------------------------------------------------------------

    def write(self, path: str, stream: BinaryIO) -> None:
        """Store a stream."""
        cleaned = file_path(path)
        self._kinds.check(cleaned)
        with SpooledTemporaryFile(CHUNK) as copy:
            with os_errors(f"Artifact {path!r}"):
                copied = copy_stream(stream, cast(BinaryIO, copy))
            self._send(cast(BinaryIO, copy), cleaned, copied)

    def put_file(self, local: Path, path: str) -> None:
        """Store a local file."""
        check_regular(local)
        cleaned = file_path(path)
        self._kinds.check(cleaned)
        self._put_expected(local, cleaned)

    def take_file(self, local: Path, path: str, digest: str) -> None:
        """Store a local file and delete it."""
        with os_errors(f"The file {str(local)!r}"):
            size = local.stat().st_size
        self._put_copy(LocalCopy(local, 0, path, Copied(size, digest)), lambda _: None)
        local.unlink(missing_ok=True)

    def delete(self, path: str = "") -> None:
        """Delete an object, and all that is below it as a folder."""
        cleaned = clean_path(path)
        key = self._key(cleaned)
        if cleaned and self._objects.find(key):
            self._objects.delete([key])
        for metas in self._objects.below(key):
            self._objects.delete([meta["path"] for meta in metas])
        self._kinds.forget()

    # --- parts of going up -----------------------------------------------------------------------

    def _put_copy(self, copy: LocalCopy, on_bytes: Callable[[int], None]) -> None:
        cleaned = file_path(copy.path)
        self._kinds.check(cleaned)
        with os_errors(f"The file {str(copy.local)!r}"), copy.local.open("rb") as file:
            self._send(file, cleaned, copy.copied, on_bytes, copy.offset)

    def _expect(self, folder: str, paths: Sequence[str]) -> None:
        """Compare many files with all that is there, instead of asking for each."""
        if paths:
            self._kinds.check_many(folder, paths, (info.path for info in self._below(folder)))

    def _put_expected(self, local: Path, path: str) -> None:
        with os_errors(f"The file {str(local)!r}"), local.open("rb") as file:
            before = os.fstat(file.fileno())
            if before.st_size <= PART_SIZE:
                with shared_room().taking(before.st_size):
                    content = file.read(before.st_size)
                    self._objects.put(self._key(path), content, digest_of(content))
                return
            digest = digest_of_range(file.fileno(), 0, before.st_size)
            self._send(file, path, Copied(before.st_size, digest))
            if moment(os.fstat(file.fileno())) == moment(before):
                return
        # It was written to meanwhile, so its content may not be the one that has this digest.
        with TemporaryFile() as copy:
            with os_errors(f"The file {str(local)!r}"):
                copied = copy_file(local, cast(BinaryIO, copy))
            self._send(cast(BinaryIO, copy), path, copied)

    def _send(
        self,
        file: BinaryIO,
        path: str,
        copied: Copied,
        on_bytes: Callable[[int], None] | None = None,
        offset: int = 0,
    ) -> None:
        """Send what stands in an open file from an offset on: in one call, or in parts."""
        key = self._key(path)
        if copied.size <= PART_SIZE:
            with shared_room().taking(copied.size):
                file.seek(offset)
                self._objects.put(key, file.read(copied.size), copied.digest)
            if on_bytes is not None:
                on_bytes(copied.size)
            return
        file.flush()
        whole = cast(BinaryIO, FileRange(file.fileno(), offset, copied.size))
        part = max(PART_SIZE, -(-copied.size // MAX_PARTS))
        with shared_room().taking((PARTS_AT_A_TIME + 1) * part):
            self._objects.put(
                key,
                whole if on_bytes is None else CountedStream(whole, on_bytes),
                copied.digest,
                use_multipart=True,
                chunk_size=part,
                max_concurrency=PARTS_AT_A_TIME,
            )

    # --- parts of coming down --------------------------------------------------------------------

    def _copy_to(self, path: str, target: BinaryIO) -> None:
        """Fetch a file; one that arrived wrong, or was replaced meanwhile, is fetched again."""
        for tries_left in reversed(range(_TRIES_OF_CONTENT)):
            try:
                expected, found = self._fetch(path, target)
            except ResourceConflict:
                if not tries_left:
                    raise
                continue
            if expected in (None, found):
                return
        raise HeadraceError(
            f"{path!r} has the BLAKE3 digest {found} and was stored with {expected}: it was "
            f"damaged at {self.uri!r}, or on its way. Nothing was kept.",
            "DATA_LOSS",
        )

    def _fetch(self, path: str, target: BinaryIO) -> tuple[str | None, str]:
        """Write a file's bytes to a file; return its digest as recorded and as found."""
        with self._reading(path) as key:
            found, start, end, pieces = self._objects.open(key)
        _empty(target)
        if WRITES_AT_PLACES and found.size > RANGE_SIZE:
            with suppress(NotPartial), shared_room().taking(COPY_SIZE):
                ranges = self._objects.ranges(key, found)
                return found.digest, copy_ranges(ranges, found.size, target, pieces)
            _empty(target)
            pieces = self._objects.open(key).pieces
        with ObjectStream(self._objects.opener(key, found), start, end, pieces) as stream:
            return found.digest, copy_whole(stream, target)

    def _walk(self, folder: FileInfo) -> Iterator[FileInfo]:
        """Yield all files below a folder, by listing it without its folders."""
        infos = list(self._below(folder.path))
        folders = {above for info in infos for above in folders_of(info.path)}
        return (info for info in infos if info.path not in folders)  # such a one only marks it

    @contextmanager
    def _reading(self, path: str) -> Iterator[str]:
        """Give the key of a file; if it is missing, say whether a folder stands in its place."""
        cleaned = clean_path(path)
        if not cleaned:
            raise folder_not_file(path)
        key = self._key(cleaned)
        try:
            yield key
        except NoSuchObject:
            is_folder = self._objects.is_folder(key)
            raise (folder_not_file(path) if is_folder else no_such_artifact(path)) from None

    # --- keys ------------------------------------------------------------------------------------

    def _key(self, path: str) -> str:
        return join(self.prefix, path) if path else self.prefix

    def _path(self, key: str) -> str:
        """Return the artifact path of a key; empty if no artifact could have it."""
        path = key.removeprefix(f"{self.prefix}/") if self.prefix else key
        try:
            return path if clean_path(path) == path else ""
        except InvalidParameterValue:
            return ""

    def _files(self, metas: Sequence[Any]) -> Iterator[FileInfo]:
        for meta in metas:
            path = self._path(meta["path"])
            if path:
                yield FileInfo(path=path, is_dir=False, file_size=meta["size"])

    def _below(self, folder: str) -> Iterator[FileInfo]:
        for metas in self._objects.below(self._key(folder)):
            yield from self._files(metas)


def _buffered(stream: ObjectStream) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(stream, CHUNK))


def _empty(target: BinaryIO) -> None:
    target.seek(0)
    target.truncate()
