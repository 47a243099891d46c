"""The files of a version whose content is recorded: what is read of it is what was registered.

Listings come from the record. What is copied is compared with it before it takes its place, what
is opened at its end, and what lies on this machine before its path is told. A file that was added
behind the version's back is never a part of it.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from headrace.artifacts.base import ArtifactStore, FileDetails, no_such_artifact
from headrace.artifacts.digests import digest_of_range, new_hasher
from headrace.artifacts.folder_view import FolderView
from headrace.artifacts.local_files import move, os_errors
from headrace.artifacts.manifests import compare_manifest, digest_of_manifest, list_files
from headrace.artifacts.paths import STAGING_PREFIX, clean_path, path_inside
from headrace.entities import ContentFile, FileCheck, FileInfo
from headrace.errors import HeadraceError
from headrace.stores.seals import takes_more

_logger = logging.getLogger("headrace.client")

_SHOWN = 5


class SealedView(FolderView):
    """A folder of another store that is a version with a recorded content.

    Args:
        store: The store.
        folder: The folder; empty for all of it.
        title: How the version is called where something is wrong with it.
        digest: The digest of its manifest.
        get_files: Returns the files of the manifest.

    """

    def __init__(
        self,
        store: ArtifactStore,
        folder: str,
        title: str,
        digest: str,
        get_files: Callable[[], Sequence[ContentFile]],
    ) -> None:
        super().__init__(store, folder, title)
        self._digest = digest
        self._get_files = get_files

    @cached_property
    def _recorded(self) -> dict[str, ContentFile]:
        files = self._get_files()
        if digest_of_manifest(files) != self._digest:
            raise _damaged(self._title, "The record of its files is not the one of this version.")
        return {clean_path(one.path): one for one in files}

    # --- looking ---------------------------------------------------------------------------------

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what the record has in a folder, sorted by path."""
        cleaned = clean_path(path)
        start = f"{cleaned}/" if cleaned else ""
        found: dict[str, FileInfo] = {}
        for one in self._below(cleaned):
            if one.path != cleaned:
                name, is_deeper, _ = one.path[len(start) :].partition("/")
                size = None if is_deeper else one.size
                found[start + name] = FileInfo(start + name, bool(is_deeper), size)
        return [found[key] for key in sorted(found)]

    def stat(self, path: str) -> FileInfo | None:
        """Return what the record has at a path."""
        cleaned = clean_path(path)
        one = self._recorded.get(cleaned)
        if one is not None:
            return FileInfo(cleaned, False, one.size)
        return FileInfo(cleaned, True) if not cleaned or any(self._below(cleaned)) else None

    def digest(self, path: str) -> str | None:
        """Return the digest that was recorded."""
        one = self._recorded.get(clean_path(path))
        return one.digest if one else None

    def known_digests(self, path: str) -> frozenset[str]:
        """Return the digest that was recorded."""
        digest = self.digest(path)
        return frozenset({digest}) if digest else frozenset()

    def details(self, path: str) -> FileDetails:
        """Return what is known of a file."""
        return FileDetails(super().details(path).changed, self.digest(path))

    def check_files(
        self, path: str = "", on_bytes: Callable[[int], None] = lambda _: None
    ) -> Iterator[FileCheck]:
        """Read files to their end, and yield what became of each since it was registered."""
        cleaned = clean_path(path)
        if self.stat(cleaned) is None:
            raise no_such_artifact(path)
        files = list(self._below(cleaned))
        yield from compare_manifest(self._unchecked, files, on_bytes, cleaned)

    # --- reading ---------------------------------------------------------------------------------

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return a stream of a file's bytes; of all of them one that raises at a wrong end."""
        recorded = self._recorded.get(clean_path(path))
        if recorded is None:
            # A folder has the error of the store, as everywhere; what was added is not there.
            if self.stat(path) is None:
                raise no_such_artifact(path)
            return super().open(path, offset, length)
        stream = super().open(path, offset, length)
        if offset or length is not None:
            return stream  # a part of a file has no digest
        return cast(BinaryIO, io.BufferedReader(_CheckedStream(stream, recorded, self._title)))

    def local_path(self, path: str = "") -> Path | None:
        """Return where a file or folder lies on this machine, once its content was compared.

        Returns:
            None if it is elsewhere, or if there are files that are no part of the version, so that
            only a copy is what was registered.

        """
        cleaned = clean_path(path)
        if self.stat(cleaned) is None:
            raise no_such_artifact(path)
        if self._store.local_path("") is None:
            return None
        added = self._look(cleaned)
        for one in self._below(cleaned):
            place = super().local_path(one.path)
            assert place is not None
            self._check_copy(one, place)
        return None if added else super().local_path(cleaned)

    def download(self, path: str, folder: Path) -> Path:
        """Copy a file or folder; nothing takes its place unless all of it is what was registered.

        Raises:
            HeadraceError: With DATA_LOSS if it is not, naming the files.

        """
        cleaned = clean_path(path)
        if self.stat(cleaned) is None:
            raise no_such_artifact(path)
        self._look(cleaned)
        with TemporaryDirectory(prefix=STAGING_PREFIX, dir=folder) as name:
            staged = Path(name)
            super().download(cleaned, staged)
            parent = cleaned.rpartition("/")[0]
            copies = [(one, one.path[len(parent) :].lstrip("/")) for one in self._below(cleaned)]
            for one, way in copies:
                self._check_copy(one, staged / way)
            for _, way in copies:
                place = path_inside(folder, way)
                with os_errors(f"The local copy {str(place)!r}"):
                    move(staged / way, place)
        return folder / cleaned.rpartition("/")[2] if cleaned else folder

    # --- parts -----------------------------------------------------------------------------------

    @cached_property
    def _unchecked(self) -> FolderView:
        """The folder as it is."""
        return FolderView(self._store, self._folder, self._title)

    def _below(self, path: str) -> Iterator[ContentFile]:
        """Yield the recorded files at or below a path."""
        for one in self._recorded.values():
            if not path or one.path == path or one.path.startswith(f"{path}/"):
                yield one

    def _look(self, path: str) -> bool:
        """Look at what is there now; return whether some of it is no part of the version.

        Raises:
            HeadraceError: With DATA_LOSS if a file is missing, or has another size.

        """
        there = {info.path: info.file_size for info in list_files(self._unchecked, path)}
        wrong = []
        for one in self._below(path):
            size = there.pop(one.path, None)
            if size is None:
                wrong.append(f"{one.path!r} is missing")
            elif size != one.size:
                wrong.append(f"{one.path!r} has {size} bytes instead of {one.size}")
        if wrong:
            raise _damaged(self._title, f"{_some(wrong)}.")
        if there and not takes_more(self.uri):
            _logger.warning(
                "Left out, since they are no part of the %s: %s.",
                self._title,
                _some(list(map(repr, there))),
            )
        return bool(there)

    def _check_copy(self, recorded: ContentFile, place: Path) -> None:
        with os_errors(f"The local copy {str(place)!r}"), place.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            digest = digest_of_range(file.fileno(), 0, size)
        if digest != recorded.digest:
            raise _changed(self._title, recorded, digest)


class _CheckedStream(io.RawIOBase):
    """A file's bytes, compared with what was recorded when the last of them was read."""

    def __init__(self, source: BinaryIO, recorded: ContentFile, title: str) -> None:
        super().__init__()
        self._source = source
        self._recorded = recorded
        self._title = title
        self._hasher = new_hasher()
        self._is_checked = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read on.

        Raises:
            HeadraceError: With DATA_LOSS at the end of another content than the recorded one.

        """
        piece = self._source.read(len(buffer))
        buffer[: len(piece)] = piece
        self._hasher.update(piece)
        if not piece and len(buffer) and not self._is_checked:
            digest = self._hasher.hexdigest()
            if digest != self._recorded.digest:
                raise _changed(self._title, self._recorded, digest)
            self._is_checked = True
        return len(piece)

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _changed(title: str, recorded: ContentFile, found: str) -> HeadraceError:
    return _damaged(
        title,
        f"{recorded.path!r} has the BLAKE3 digest {found} and was registered with "
        f"{recorded.digest}.",
    )


def _damaged(title: str, reason: str) -> HeadraceError:
    return HeadraceError(
        f"The files of {title} are not those that were registered: {reason} To read them all the "
        "same, give download_artifacts() verify=False, or --no-verify on the command line.",
        "DATA_LOSS",
    )
