"""Files read to their end and compared with what was recorded when they were stored.

Nothing that was known before is trusted: neither that a file was right a moment ago, nor that its
size or its time of change are those it was stored with.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from headrace.artifacts.digests import new_hasher
from headrace.artifacts.local_files import os_errors
from headrace.artifacts.paths import clean_path
from headrace.entities import FileCheck, FileInfo, FileState
from headrace.errors import HeadraceError, ResourceDoesNotExist

if TYPE_CHECKING:
    from headrace.artifacts.base import ArtifactStore

_CHUNK = 1024 * 1024
# Files that are read at the same time have no more bytes than this, unless it is a single one.
_BYTES_AT_A_TIME = 64 * 1024 * 1024

Told = Callable[[int], None]


class _Target(NamedTuple):
    """A path to check; its size is None if it is not in the listing, only in the record."""

    path: str
    size: int | None

    @property
    def order(self) -> list[str]:
        return self.path.split("/")


def check_files(
    store: ArtifactStore,
    path: str = "",
    *,
    after: str | None = None,
    most_bytes: int | None = None,
    on_bytes: Told = lambda _: None,
) -> Iterator[FileCheck]:
    """Read files, and yield what became of each, in the order of folders and names.

    Args:
        store: Their root.
        path: File or folder; empty for everything.
        after: The path after which to go on; None to begin with the first.
        most_bytes: A file with more bytes is not read.
        on_bytes: Called with how many bytes were read since the last call, from several threads.

    Raises:
        ResourceDoesNotExist: If there is nothing at `path`, and never was.
        HeadraceError: If a folder cannot be listed.

    """

    def check(target: _Target) -> FileCheck | None:
        if target.size is None:
            return _check_absent(store, target.path)
        if most_bytes is not None and target.size > most_bytes:
            return FileCheck(target.path, FileState.NOT_READ, target.size)
        return check_file(store, target.path, on_bytes)

    targets = _targets(store, clean_path(path), after)
    if store.parallelism == 1:
        yield from filter(None, map(check, targets))
        return
    # Imported only here: a local folder never needs it.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(store.parallelism) as pool:
        for group in _groups(targets, store.parallelism):
            yield from filter(None, pool.map(check, group))


def check_file(store: ArtifactStore, path: str, on_bytes: Told = lambda _: None) -> FileCheck:
    """Read a file to its end, and return what became of it.

    One that seems to have changed is read once more: it may have been replaced meanwhile.
    """
    found = _read(store, path, on_bytes)
    # These bytes were counted; whoever hears of them may still end it.
    return _read(store, path, lambda _: on_bytes(0)) if found.is_wrong else found


def _read(store: ArtifactStore, path: str, on_bytes: Told) -> FileCheck:
    hasher, count = new_hasher(), 0
    try:
        file = store.open_described(path)
        with file.stream, os_errors(f"Artifact {path!r}"):
            while piece := file.stream.read(_CHUNK):
                hasher.update(piece)
                count += len(piece)
                on_bytes(len(piece))
        known = frozenset({file.digest}) if file.digest else store.known_digests(path)
    except ResourceDoesNotExist:
        return _missing(path)
    except HeadraceError as error:
        return FileCheck(path, FileState.UNREADABLE, problem=error.message)
    digest = hasher.hexdigest()
    recorded = digest if digest in known else min(known, default=None)
    check = FileCheck(path, FileState.OK, count, digest, recorded)
    if count != file.size:
        check.state, check.problem = FileState.UNREADABLE, f"It ends after {count} bytes."
    elif recorded is None:
        check.state = FileState.NOT_RECORDED
    elif recorded != digest:
        check.state = FileState.CHANGED
        check.problem = "Its content is not the one that was stored."
    return check


def _check_absent(store: ArtifactStore, path: str) -> FileCheck | None:
    """Return what is told of a file that no listing shows; None if it has come or gone since."""
    is_gone = store.stat(path) is None and path in store.recorded_paths()
    return _missing(path) if is_gone else None


def _missing(path: str) -> FileCheck:
    problem = "It was stored, is not there, and was not deleted by a call."
    return FileCheck(path, FileState.MISSING, problem=problem)


def _targets(store: ArtifactStore, path: str, after: str | None) -> Iterator[_Target]:
    """Yield what is listed, and what is recorded and not listed, in one order."""
    recorded = [
        _Target(name, None)
        for name in list(store.recorded_paths())
        if not path or name == path or name.startswith(f"{path}/")
    ]
    found = store.stat(path)
    if found is None and not recorded:
        raise ResourceDoesNotExist(f"No such artifact: {path!r}")
    start = after.split("/") if after else []
    listed: Iterable[_Target] = ()
    if found is not None:
        files = _walk(store, path, start) if found.is_dir else [found]
        listed = (_Target(info.path, info.file_size or 0) for info in files)
    merged = heapq.merge(
        listed, sorted(recorded, key=lambda one: one.order), key=lambda one: one.order
    )
    for order, same in groupby(merged, key=lambda one: one.order):
        if order > start:
            # Of a file that is listed and recorded the listing comes first, and has a size.
            yield next(same)


def _walk(store: ArtifactStore, folder: str, start: list[str]) -> Iterator[FileInfo]:
    """Yield the files below a folder; folders that lie before a path are not even listed."""
    for info in store.list_artifacts(folder):
        names = info.path.split("/")
        if names < start[: len(names)]:
            continue
        if info.is_dir:
            yield from _walk(store, info.path, start)
        else:
            yield info


def _groups(targets: Iterator[_Target], most: int) -> Iterator[list[_Target]]:
    """Yield targets in groups that are small enough to be read at the same time."""
    group: list[_Target] = []
    size = 0
    for target in targets:
        if group and (len(group) == most or size + (target.size or 0) > _BYTES_AT_A_TIME):
            yield group
            group, size = [], 0
        group.append(target)
        size += target.size or 0
    if group:
        yield group
