"""Artifacts as plain files in a plain folder, where people look into them."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from bisect import bisect_right
from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from headrace.artifacts.base import (
    ArtifactStore,
    FileDetails,
    FolderPage,
    OpenFile,
    SmallFile,
    check_range,
    file_path,
    folder_not_file,
    no_such_artifact,
)
from headrace.artifacts.copies import Copied, copy_file, copy_stream
from headrace.artifacts.digests import RecordedDigests
from headrace.artifacts.local_files import check_regular, move, os_errors, replacing
from headrace.artifacts.paths import STAGING_PREFIX, clean_path, join, path_inside
from headrace.artifacts.pool import Pool, shared_files
from headrace.artifacts.small_files import SmallFiles
from headrace.artifacts.streams import BoundedStream
from headrace.entities import FileInfo
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.file_uri import path_of


class LocalArtifactStore(ArtifactStore):
    """A folder on this machine.

    Attributes:
        root: The folder; it comes into being with the first file.
        pool: Where files that are taken or deleted share their content with others; None where
            whoever has the store does not own its files.

    """

    takes_digests = True

    def __init__(self, uri: str, server: str | None = None) -> None:
        """Take a plain path or a ``file:`` URI; `server` is of no use here."""
        super().__init__(uri)
        self.root = path_of(uri)
        self.pool: Pool | None = None
        self._digests = RecordedDigests(self.root)

    def local_path(self, path: str = "") -> Path:
        """Return where a file or folder lies, symbolic links followed."""
        if self.stat(path) is None:
            raise no_such_artifact(path)
        return path_inside(self.root, path)

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what lies directly in a folder; links that leave the root are not shown."""
        cleaned = clean_path(path)
        with os_errors(f"The artifact folder {path!r}"):
            try:
                with os.scandir(path_inside(self.root, cleaned)) as entries:
                    infos = [self._info(entry, cleaned) for entry in entries]
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted((info for info in infos if info), key=lambda info: info.path)

    def list_page(
        self, path: str = "", limit: int | None = None, last: tuple[bool, str] | None = None
    ) -> FolderPage:
        """Return a page of a folder; only what is on it, or may be no artifact, is looked at."""
        cleaned = clean_path(path)
        before = f"{cleaned}/" if cleaned else ""
        folders: list[str] = []
        files: list[str] = []
        seen: dict[str, FileInfo] = {}
        with os_errors(f"The artifact folder {path!r}"):
            try:
                with os.scandir(path_inside(self.root, cleaned)) as entries:
                    for entry in entries:
                        name = entry.name
                        if entry.is_file(follow_symlinks=False) and _is_plain(name):
                            files.append(name)
                        elif info := self._info(entry, cleaned):
                            seen[name] = info
                            (folders if info.is_dir else files).append(name)
                files.sort()
                folders.sort()
                names = folders + files
                start = 0
                if last is not None:
                    is_file, name = last[0], last[1].removeprefix(before)
                    some = files if is_file else folders
                    start = len(folders) * is_file + bisect_right(some, name)
                end = len(names) if limit is None else start + limit
                place = self.root / cleaned
                page = [
                    seen.get(one) or _look(place / one, before + one) for one in names[start:end]
                ]
            except (FileNotFoundError, NotADirectoryError):
                return FolderPage([], 0, False)
        shown = [info for info in page if info is not None]
        return FolderPage(shown, len(names), bool(shown) and end < len(names))

    def list_files(self, path: str = "") -> list[str]:
        """Return the files of a folder; only links and odd names are looked at more closely."""
        cleaned = clean_path(path)
        before = f"{cleaned}/" if cleaned else ""
        files: list[str] = []
        with os_errors(f"The artifact folder {path!r}"):
            try:
                with os.scandir(path_inside(self.root, cleaned)) as entries:
                    for entry in entries:
                        if entry.is_file(follow_symlinks=False) and _is_plain(entry.name):
                            files.append(before + entry.name)
                        elif (info := self._info(entry, cleaned)) and not info.is_dir:
                            files.append(info.path)
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(files)

    def stat(self, path: str) -> FileInfo | None:
        """Return what is at a path; pipes, devices and sockets count as nothing."""
        cleaned = clean_path(path)
        if not cleaned:
            return FileInfo(path="", is_dir=True)
        place = path_inside(self.root, cleaned)
        with os_errors(f"Artifact {path!r}"):
            try:
                return _describe(cleaned, place.stat())
            except (FileNotFoundError, NotADirectoryError):
                return None

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return the open file, or the wanted part of it."""
        check_range(offset, length)
        found = self.stat(path)
        if found is None:
            raise no_such_artifact(path)
        if found.is_dir:
            raise folder_not_file(path)
        with os_errors(f"Artifact {path!r}"):
            file = path_inside(self.root, path).open("rb")
            file.seek(offset)
        if length is None:
            return file
        return cast(BinaryIO, BoundedStream(file, length))

    def open_described(self, path: str) -> OpenFile:
        """Open a file with what is known of it, by one look at the disk."""
        cleaned = clean_path(path)
        with os_errors(f"Artifact {path!r}"):
            place = path_inside(self.root, cleaned)
            try:
                mode = place.stat().st_mode if cleaned else stat.S_IFDIR
                # That comes first: to open a pipe would wait for its writer.
                if stat.S_ISDIR(mode):
                    raise folder_not_file(path)
                if not stat.S_ISREG(mode):
                    raise no_such_artifact(path)
                file = place.open("rb", buffering=0)
            except (FileNotFoundError, NotADirectoryError):
                raise no_such_artifact(path) from None
            status = os.fstat(file.fileno())
            return OpenFile(
                cast(BinaryIO, file),
                status.st_size,
                f'"{status.st_mtime_ns:x}-{status.st_size:x}"',
                status.st_mtime,
                self._digests.find(cleaned, status),
            )

    def write(self, path: str, stream: BinaryIO) -> None:
        """Store a stream beside its place, and move it there when it is whole."""
        self._store(path, lambda file: copy_stream(stream, file))

    def put_file(self, local: Path, path: str) -> None:
        """Store a local file; one that is already in its place is left alone."""
        check_regular(local)
        place = path_inside(self.root, file_path(path))
        with suppress(OSError):
            if os.path.samefile(local, place):
                return  # it is already where it shall be
        with os_errors(f"The file {str(local)!r}"), local.open("rb"):
            pass  # that it cannot be read is no fault of the place
        self._store(path, lambda file: copy_file(local, file))

    def take_file(self, local: Path, path: str, digest: str) -> None:
        """Move a local file into its place, within a file system without copying it."""
        cleaned = file_path(path)
        place = path_inside(self.root, cleaned)
        with os_errors(f"Artifact {path!r}"):
            if self.pool:
                self.pool.share(local, digest)
            status = local.stat()
            try:
                move(local, place)
                local.unlink(missing_ok=True)  # a link to the file that was there already
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                super().take_file(local, path, digest)
            else:
                self._digests.record(cleaned, status, digest)

    def take_known(self, path: str, size: int, digest: str) -> bool:
        """Store a content that some other artifact of the pool has already."""
        cleaned = file_path(path)
        place = path_inside(self.root, cleaned)
        if self.pool is None or not self.pool.link(digest, size, place):
            return False
        with os_errors(f"Artifact {path!r}"):
            self._digests.record(cleaned, place.stat(), digest)
        return True

    def write_small(self, files: Sequence[SmallFile]) -> list[HeadraceError | None]:
        """Store small files, and record their digests together."""
        outcomes: list[HeadraceError | None] = []
        stored = []
        writer = SmallFiles(self.root)
        for path, content, digest in files:
            try:
                with os_errors(f"Artifact {path!r}"):
                    cleaned = file_path(path)
                    stored.append((cleaned, writer.write(cleaned, content), digest))
                outcomes.append(None)
            except HeadraceError as error:
                outcomes.append(error)
        with os_errors("The record of digests"):
            self._digests.record_all(stored)
        return outcomes

    def read_small(self, path: str, limit: int) -> tuple[bytes, str | None]:
        """Return a small file's content and its digest, by one look at the disk."""
        file = self.open_described(path)
        with file.stream, os_errors(f"Artifact {path!r}"):
            content = file.stream.read(limit + 1) if file.size <= limit else b""
        if not len(content) == file.size <= limit:
            raise InvalidParameterValue(f"{path!r} has {file.size} bytes, over {limit}.")
        return content, file.digest

    def digest(self, path: str) -> str | None:
        """Return the digest that was recorded for the file's present content."""
        return self.details(path).digest

    def known_digests(self, path: str) -> frozenset[str]:
        """Return the digests that the file may have, by the record."""
        cleaned = file_path(path)
        with os_errors(f"Artifact {path!r}"):
            return self._digests.find_any(cleaned, path_inside(self.root, cleaned).stat())

    def recorded_paths(self) -> Set[str]:
        """Return the files that the record names."""
        with os_errors("The record of digests"):
            return self._digests.paths()

    def details(self, path: str) -> FileDetails:
        """Return when a file was last changed, and the digest that was recorded for it."""
        cleaned = file_path(path)
        with os_errors(f"Artifact {path!r}"):
            try:
                status = path_inside(self.root, cleaned).stat()
            except (FileNotFoundError, NotADirectoryError):
                return FileDetails()
            changed = status.st_mtime_ns // 1_000_000
            return FileDetails(changed, self._digests.find(cleaned, status))

    def _store(self, path: str, copy: Callable[[BinaryIO], Copied]) -> None:
        """Write a file by `copy`, put it into its place and remember its digest."""
        cleaned = file_path(path)
        place = path_inside(self.root, cleaned)
        with os_errors(f"Artifact {path!r}"):
            with replacing(place) as file:
                copied = copy(file)
                file.flush()
                status = os.fstat(file.fileno())
            self._digests.record(cleaned, status, copied.digest)

    def delete(self, path: str = "") -> None:
        """Delete a file or folder; of a symbolic link only the link."""
        cleaned = clean_path(path)
        parent, _, name = cleaned.rpartition("/")
        # A symbolic link is deleted itself, so only the way to it is followed.
        place = path_inside(self.root, parent) / name
        absent = suppress(FileNotFoundError, NotADirectoryError)
        with os_errors(f"Artifact {path!r}"), absent:
            shared = list(shared_files(place, cleaned, self._digests)) if self.pool else []
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink()
            self._digests.forget(cleaned)
            if self.pool:
                self.pool.release(shared)

    def _make_folder(self, path: str) -> None:
        with os_errors(f"The artifact folder {path!r}"):
            path_inside(self.root, path).mkdir(parents=True, exist_ok=True)

    def _info(self, entry: os.DirEntry[str], folder: str) -> FileInfo | None:
        """Return an entry of a listing, or None for what cannot be an artifact."""
        if entry.name.startswith(STAGING_PREFIX):
            return None
        path = join(folder, entry.name)
        try:
            path.encode()  # a name that is not UTF-8 cannot travel
            if entry.is_symlink():
                path_inside(self.root, path)  # a link that leaves the root is not shown
            return _describe(path, entry.stat())
        except (OSError, UnicodeEncodeError, InvalidParameterValue):
            return None


def _is_plain(name: str) -> bool:
    return name.isascii() and not name.startswith(STAGING_PREFIX)


def _look(place: Path, path: str) -> FileInfo | None:
    """Return what a plain file is; None if it is gone since it was seen."""
    try:
        return _describe(path, place.lstat())
    except FileNotFoundError:
        return None


def _describe(path: str, status: os.stat_result) -> FileInfo | None:
    """Return what a path is; None for pipes, devices and sockets."""
    if stat.S_ISDIR(status.st_mode):
        return FileInfo(path=path, is_dir=True)
    if stat.S_ISREG(status.st_mode):
        return FileInfo(path=path, is_dir=False, file_size=status.st_size)
    return None
