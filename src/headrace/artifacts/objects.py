"""Artifacts as objects of a bucket: what the schemes of object stores have in common.

A scheme's own module knows where its URIs lead and how to build the client; all else is here. The
objects below a root are its files, and what their keys have before a ``/`` are its folders.

Every object carries the BLAKE3 digest of its content among its metadata, which travel ahead of the
content. So a small file is sent from memory, a large one is read twice, and a long stream is kept
on the local disk until it has ended.
"""

from __future__ import annotations

import io
import mimetypes
import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
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
from headrace.artifacts.object_kinds import Kinds, folders_of
from headrace.artifacts.object_library import (
    BeyondEnd,
    NoSuchObject,
    NotPartial,
    ObjectPlace,
    library,
    object_errors,
)
from headrace.artifacts.object_reads import (
    COPY_SIZE,
    RANGE_SIZE,
    Found,
    ObjectStream,
    Opener,
    copy_ranges,
)
from headrace.artifacts.paths import clean_path, join
from headrace.artifacts.room import shared_room
from headrace.artifacts.streams import CountedStream, FileRange
from headrace.entities import FileInfo
from headrace.errors import HeadraceError, InvalidParameterValue, ResourceConflict

# The metadata with the digest, x-amz-meta-headraceblake3 on S3; Azure takes no hyphen in a name.
DIGEST_NAME = "headraceblake3"

# Larger files travel in parts, of which no store takes more than this.
PART_SIZE = 6 * 1024 * 1024
PARTS_AT_A_TIME = 3
MAX_PARTS = 10_000

# How often content that arrived with another digest, or was replaced meanwhile, is fetched again.
_TRIES_OF_CONTENT = 3
_LISTED_AT_A_TIME = 1000


class ObjectArtifactStore(ArtifactStore):
    """The objects below a prefix of a bucket.

    Attributes:
        bucket: The bucket; Azure calls it a container.
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
        self._place = ObjectPlace(uri, self.bucket, self.credentials)
        self._kinds = Kinds(lambda path: self._find(path) is not None, self._is_folder)
        # By process: a forked child needs one of its own, and must not take the parent's down.
        self._clients: dict[int, Any] = {}

    # --- what a scheme implements ----------------------------------------------------------------

    @abstractmethod
    def _take_host(self, host: str) -> str:
        """Return the bucket that the URI's host part names, and keep what else it says.

        Raises:
            InvalidParameterValue: If it names none.

        """

    @abstractmethod
    def _connect(self) -> Any:
        """Return a new client of the bucket, made by `library()`."""

    # --- looking ---------------------------------------------------------------------------------

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what is in a folder; names that no artifact could have are left out."""
        cleaned = clean_path(path)
        with object_errors(self._place):
            found = library().list_with_delimiter(self._client(), self._key(cleaned) or None)
        folders = {self._path(key) for key in found["common_prefixes"]}
        infos = [FileInfo(path=folder, is_dir=True) for folder in folders if folder]
        infos += [info for info in self._files(found["objects"]) if info.path not in folders]
        own = [info for info in infos if info.path.rpartition("/")[0] == cleaned]
        return sorted(own, key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        """Return what is at a path; a folder is there if something is in it."""
        cleaned = clean_path(path)
        if not cleaned:
            return FileInfo(path="", is_dir=True)
        found = self._find(cleaned)
        if found is not None:
            return FileInfo(path=cleaned, is_dir=False, file_size=found.size)
        return FileInfo(path=cleaned, is_dir=True) if self._is_folder(cleaned) else None

    def digest(self, path: str) -> str | None:
        """Return the digest among an object's metadata."""
        found = self._find(file_path(path))
        return None if found is None else found.digest

    def details(self, path: str) -> FileDetails:
        """Return when an object was stored, and its digest."""
        found = self._find(file_path(path))
        return FileDetails() if found is None else FileDetails(found.changed, found.digest)

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return the object's bytes as they arrive; a stream that can be moved within."""
        check_range(offset, length)
        cleaned = clean_path(path)
        with self._missing(path, cleaned):
            return _buffered(self._open(cleaned, offset, length))

    def open_described(self, path: str) -> OpenFile:
        """Open an object with its ETag and digest, by one call."""
        cleaned = clean_path(path)
        with self._missing(path, cleaned):
            with object_errors(self._place):
                result = self._get(cleaned, {})
            found = _found(result)
            opener, pieces = self._opener(cleaned, found), self._pieces(result)
            stream = _buffered(ObjectStream(opener, 0, found.size, pieces))
            mark = found.mark and '"' + found.mark.strip('"') + '"'
            return OpenFile(stream, found.size, mark, found.changed / 1000, found.digest)

    def sign(self, method: str, path: str, seconds: float) -> str:
        """Return a URL by which anybody may read or write a file for a while.

        Args:
            method: ``GET`` or ``PUT``.
            path: The file.
            seconds: For how long.

        """
        key = self._key(file_path(path))
        with object_errors(self._place):
            return str(library().sign(self._client(), method, key, timedelta(seconds=seconds)))

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
        self._put_copy(LocalCopy(local, 0, path, Copied(size, digest)), _nobody)
        local.unlink(missing_ok=True)

    def delete(self, path: str = "") -> None:
        """Delete an object, and all that is below it as a folder."""
        cleaned = clean_path(path)
        if cleaned and self._find(cleaned):
            self._delete([self._key(cleaned)])
        for metas in self._below(cleaned):
            self._delete([meta["path"] for meta in metas])
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
            present = (info.path for metas in self._below(folder) for info in self._files(metas))
            self._kinds.check_many(folder, paths, present)

    def _put_expected(self, local: Path, path: str) -> None:
        with os_errors(f"The file {str(local)!r}"), local.open("rb") as file:
            before = os.fstat(file.fileno())
            if before.st_size <= PART_SIZE:
                with shared_room().taking(before.st_size):
                    content = file.read(before.st_size)
                    self._put(path, content, digest_of(content))
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
        if copied.size <= PART_SIZE:
            with shared_room().taking(copied.size):
                file.seek(offset)
                self._put(path, file.read(copied.size), copied.digest)
            if on_bytes is not None:
                on_bytes(copied.size)
            return
        file.flush()
        whole = cast(BinaryIO, FileRange(file.fileno(), offset, copied.size))
        part = max(PART_SIZE, -(-copied.size // MAX_PARTS))
        with shared_room().taking((PARTS_AT_A_TIME + 1) * part):
            self._put(
                path,
                whole if on_bytes is None else CountedStream(whole, on_bytes),
                copied.digest,
                use_multipart=True,
                chunk_size=part,
                max_concurrency=PARTS_AT_A_TIME,
            )

    def _put(self, path: str, content: object, digest: str, **how: Any) -> None:
        """Hand content to the library, which gives up an upload in parts if one of them fails."""
        kind, encoding = mimetypes.guess_type(path)
        attributes = {DIGEST_NAME: digest}
        if kind and not encoding:
            attributes["Content-Type"] = kind
        how.setdefault("use_multipart", False)
        with object_errors(self._place):
            library().put(self._client(), self._key(path), content, attributes=attributes, **how)

    def _delete(self, keys: Sequence[str]) -> None:
        with suppress(NoSuchObject), object_errors(self._place):
            library().delete(self._client(), keys)

    # --- parts of coming down --------------------------------------------------------------------

    def _copy_to(self, path: str, target: BinaryIO) -> None:
        """Fetch a file; one that arrived wrong, or was replaced meanwhile, is fetched again."""
        for tries_left in reversed(range(_TRIES_OF_CONTENT)):
            target.seek(0)
            target.truncate()
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
        """Write a file's bytes to an empty file; return its digest as recorded and as found."""
        try:
            with object_errors(self._place):
                result = self._get(path, {})
                found = _found(result)
                if found.size <= RANGE_SIZE:
                    with shared_room().taking(found.size):
                        content = result.bytes()
                        target.write(content)
                        return found.digest, digest_of(content)
        except NoSuchObject:
            raise no_such_artifact(path) from None
        with shared_room().taking(COPY_SIZE):
            with suppress(NotPartial):
                ranges = self._ranges(path, found)
                return found.digest, copy_ranges(ranges, found.size, target, self._pieces(result))
            target.seek(0)
            target.truncate()
            with ObjectStream(self._opener(path, found), 0, found.size) as stream:
                return found.digest, copy_stream(cast(BinaryIO, stream), target).digest

    def _walk(self, folder: FileInfo) -> Iterator[FileInfo]:
        """Yield all files below a folder, by listing it without its folders."""
        infos = [info for metas in self._below(folder.path) for info in self._files(metas)]
        folders = {above for info in infos for above in folders_of(info.path)}
        return (info for info in infos if info.path not in folders)  # such a one only marks it

    def _open(self, path: str, offset: int, length: int | None) -> ObjectStream:
        """Return a range of an object as it is at this moment, even if it is replaced later.

        Raises:
            NoSuchObject: If there is none.

        """
        wanted: Any = (offset, offset + length) if length is not None else {"offset": offset}
        whole = not offset and length is None
        try:
            if length == 0:
                raise BeyondEnd("Nothing is wanted.")
            with object_errors(self._place):
                result = self._get(path, {} if whole else {"range": wanted})
                start, end = result.range
        except (BeyondEnd, NotPartial):
            found = self._head(path)
            end = found.size if length is None else min(found.size, offset + length)
            return ObjectStream(self._opener(path, found), offset, max(offset, end))
        return ObjectStream(self._opener(path, _found(result)), start, end, self._pieces(result))

    def _opener(self, path: str, found: Found) -> Opener:
        """Return what opens a range of an object, also at a store that knows no ranges."""
        ranges = self._ranges(path, found)

        def open_range(start: int, end: int) -> Iterator[memoryview]:
            try:
                yield from ranges(start, end)
            except NotPartial:
                yield from _cut(ranges(0, found.size), start, end)

        return open_range

    def _ranges(self, path: str, found: Found) -> Opener:
        """Return what opens a range of an object, as long as it is still the one found."""

        def open_range(start: int, end: int) -> Iterator[memoryview]:
            options: dict[str, Any] = {"if_match": found.mark} if found.mark else {}
            if (start, end) != (0, found.size):
                options["range"] = (start, end)
            with object_errors(self._place):
                result = self._get(path, options)
            yield from self._pieces(result)

        return open_range

    def _pieces(self, result: Any) -> Iterator[memoryview]:
        with object_errors(self._place):
            for piece in result.stream(min_chunk_size=CHUNK):
                yield memoryview(piece)

    # --- keys ------------------------------------------------------------------------------------

    def _client(self) -> Any:
        process = os.getpid()
        client = self._clients.get(process)
        if client is None:
            client = self._clients[process] = self._connect()
        return client

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

    def _below(self, folder: str) -> Iterator[Sequence[Any]]:
        """Yield what is known of all objects below a folder, many at a time."""
        with object_errors(self._place):
            yield from library().list(
                self._client(), self._key(folder) or None, chunk_size=_LISTED_AT_A_TIME
            )

    def _is_folder(self, path: str) -> bool:
        return next(iter(self._below(path)), None) is not None

    def _find(self, path: str) -> Found | None:
        """Return what an object is; None if there is none."""
        with suppress(NoSuchObject):
            return self._head(path)
        return None

    def _head(self, path: str) -> Found:
        with object_errors(self._place):
            return _found(self._get(path, {"head": True}))

    @contextmanager
    def _missing(self, path: str, cleaned: str) -> Iterator[None]:
        """Say of an object that is not there whether a folder stands in its place."""
        if not cleaned:
            raise folder_not_file(path)
        try:
            yield
        except NoSuchObject:
            is_folder = self._is_folder(cleaned)
            raise (folder_not_file(path) if is_folder else no_such_artifact(path)) from None

    def _get(self, path: str, options: dict[str, Any]) -> Any:
        return library().get(self._client(), self._key(path), options=options)


def _buffered(stream: ObjectStream) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(stream, CHUNK))


def _found(result: Any) -> Found:
    meta = result.meta
    changed = int(meta["last_modified"].timestamp() * 1000)
    return Found(meta["size"], meta["e_tag"], result.attributes.get(DIGEST_NAME), changed)


def _cut(pieces: Iterator[memoryview], start: int, end: int) -> Iterator[memoryview]:
    """Yield of a whole object what is in a range."""
    at = 0
    for piece in pieces:
        part = piece[max(0, start - at) : end - at]
        if part:
            yield part
        at += len(piece)
        if at >= end:
            return


def _nobody(count: int) -> None:
    """Hear of bytes that have gone."""
