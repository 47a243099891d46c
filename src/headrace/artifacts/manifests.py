"""What a folder holds, recorded once: the path, size and BLAKE3 digest of each of its files.

The digest of a manifest is the BLAKE3 of a line for each file, in the order of the paths as UTF-8:
digest, size in decimal, path, with a blank between them and a newline at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from headrace.artifacts.digests import digest_of
from headrace.artifacts.verification import check_file
from headrace.entities import ContentFile, FileCheck, FileInfo, FileState
from headrace.errors import HeadraceError, InvalidState, ResourceConflict

if TYPE_CHECKING:
    from headrace.artifacts.base import ArtifactStore

# Of more files nobody wants to hold a list in memory.
MOST_FILES = 100_000

Told = Callable[[int], None]


def digest_of_manifest(files: Iterable[ContentFile]) -> str:
    """Return the digest over the files of a manifest, which are in the order of their paths."""
    lines = (f"{one.digest} {one.size} {one.path}\n" for one in files)
    return digest_of("".join(lines).encode())


def take_manifest(store: ArtifactStore, on_bytes: Told = lambda _: None) -> list[ContentFile]:
    """Return the files of a root, in the order of their paths.

    A digest that the store took itself is taken over; any other file is read to its end.

    Args:
        store: The root.
        on_bytes: Called with how many bytes were read since the last call.

    Raises:
        InvalidState: If there is no file, too many of them, or the root is itself a file.
        ResourceConflict: If it is being written to.
        HeadraceError: If a file cannot be read, or is not what its store says that it is.

    """
    listed = list_files(store)
    if not listed:
        raise InvalidState("There are no files yet.")
    if not listed[0].path:
        raise InvalidState("It is one file: only a folder can be recorded.")
    files = [_describe(store, info, on_bytes) for info in listed]
    if list_files(store) != listed or any(
        one.size != info.file_size for one, info in zip(files, listed, strict=True)
    ):
        raise ResourceConflict("Files are being written.")
    return files


def compare_manifest(
    store: ArtifactStore,
    files: Sequence[ContentFile],
    on_bytes: Told = lambda _: None,
    path: str = "",
) -> Iterator[FileCheck]:
    """Read the files of a manifest to their end, and yield what became of each.

    Files at `path` that are no part of it come last, as NOT_RECORDED.
    """
    listed = {info.path: info for info in list_files(store, path)}
    for one in files:
        yield _compare(store, one, listed.pop(one.path, None), on_bytes)
    for info in listed.values():
        yield added_file(info)


def list_files(store: ArtifactStore, path: str = "") -> list[FileInfo]:
    """Return all files of a root, or those at a path, in the order of their paths.

    Raises:
        InvalidState: If there are too many.

    """
    found = store.stat(path)
    if found is None:
        return []
    files: list[FileInfo] = []
    for info in store._walk(found) if found.is_dir else [found]:
        if not info.is_dir:
            files.append(info)
        if len(files) > MOST_FILES:
            raise InvalidState(f"There are more than {MOST_FILES:,} files.")
    return sorted(files, key=lambda info: info.path.encode())


def added_file(info: FileInfo) -> FileCheck:
    """Return what is told of a file that is no part of a manifest."""
    problem = "It is no part of what was registered."
    return FileCheck(info.path, FileState.NOT_RECORDED, info.file_size, problem=problem)


def changed_file(recorded: ContentFile, size: int, digest: str | None = None) -> FileCheck:
    """Return what is told of a file that has another content than the one of a manifest."""
    problem = "Its content is not the one that was registered."
    return FileCheck(
        recorded.path, FileState.CHANGED, size, digest, recorded.digest, problem=problem
    )


def missing_file(recorded: ContentFile) -> FileCheck:
    """Return what is told of a file of a manifest that is not there."""
    problem = "It was registered, and is not there."
    return FileCheck(recorded.path, FileState.MISSING, recorded=recorded.digest, problem=problem)


def _describe(store: ArtifactStore, info: FileInfo, on_bytes: Told) -> ContentFile:
    size = info.file_size or 0
    digest = store.digest(info.path) if store.takes_digests else None
    if digest is not None:
        return ContentFile(info.path, size, digest)
    check = check_file(store, info.path, on_bytes)
    if check.digest is None or check.is_wrong:
        told = check.problem or "It cannot be read."
        raise HeadraceError(f"{info.path!r} is not what was stored: {told}", "DATA_LOSS")
    return ContentFile(info.path, check.size or 0, check.digest)


def _compare(
    store: ArtifactStore, recorded: ContentFile, info: FileInfo | None, on_bytes: Told
) -> FileCheck:
    if info is None:
        return missing_file(recorded)
    if info.file_size != recorded.size:
        return changed_file(recorded, info.file_size or 0)
    check = check_file(store, recorded.path, on_bytes)
    if check.state == FileState.MISSING:
        return missing_file(recorded)
    if check.digest is None:
        return check
    if check.digest != recorded.digest:
        return changed_file(recorded, check.size or 0, check.digest)
    return FileCheck(recorded.path, FileState.OK, check.size, check.digest, recorded.digest)
