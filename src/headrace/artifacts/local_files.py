"""Local files as every artifact store meets them: replaced whole, walked, their errors ours."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from headrace import settings
from headrace.artifacts.paths import STAGING_PREFIX
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OTHER_KIND = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_BAD_NAME = (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.EILSEQ)


class LocalFileNotFound(ResourceDoesNotExist, FileNotFoundError):
    """A local file or folder of the caller's that is not there."""


class LocalEntry(NamedTuple):
    """What a walk through a local folder meets.

    Attributes:
        path: Where it is.
        relative: The way to it from the walked folder, separated by ``/``.
        is_folder: Whether it is an (empty or full) folder.
        size: In bytes; 0 for a folder.

    """

    path: Path
    relative: str
    is_folder: bool
    size: int


@contextmanager
def os_errors(what: str) -> Iterator[None]:
    """Turn an `OSError` inside the block into the error of ours that says the same.

    Args:
        what: What the block works on, as the beginning of a sentence: ``Artifact 'a/b.txt'``.

    """
    try:
        yield
    except OSError as error:
        if isinstance(error, HeadraceError):
            raise
        raise _translate(error, what) from error


@contextmanager
def replacing(place: Path) -> Iterator[BinaryIO]:
    """Yield a file to write that takes its `place` when the block ends well, and else is gone.

    It is written beside its place under a hidden name, so that the last step is one rename within
    a file system: readers see the old file or the new one, never a part. Missing folders are made.

    Raises:
        OSError: As the operating system has it.

    """
    _make_room(place)
    staged = place.with_name(STAGING_PREFIX + os.urandom(8).hex())
    # 0o666 leaves the rights to the umask, as for any other new file of the user.
    descriptor = os.open(staged, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            if settings.FSYNC.get() == "always":
                os.fsync(file.fileno())
        os.replace(staged, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(staged)
        raise


def move(local: Path, place: Path) -> None:
    """Put a file into its place, which another file may have had; missing folders are made.

    Raises:
        OSError: As the operating system has it; EXDEV if the place is in another file system.

    """
    _make_room(place)
    os.replace(local, place)


def _make_room(place: Path) -> None:
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    place.parent.mkdir(parents=True, exist_ok=True)


def check_regular(path: Path) -> None:
    """Refuse what is not a regular file, following links.

    Raises:
        LocalFileNotFound: If there is nothing.
        InvalidParameterValue: If it is a folder, a pipe, a device or a socket.

    """
    mode = _status_of(path).st_mode
    if stat.S_ISDIR(mode):
        raise InvalidParameterValue(f"{str(path)!r} is a folder; a file is needed here.")
    if not stat.S_ISREG(mode):
        raise InvalidParameterValue(
            f"{str(path)!r} is neither a file nor a folder and cannot be stored."
        )


def walk(folder: Path) -> Iterator[LocalEntry]:
    """Yield all that is below a local folder, folders before what is in them, links followed.

    Raises:
        LocalFileNotFound: If there is no such folder.
        InvalidParameterValue: If it is no folder, or if a link below it leads back up, so that
            the walk would never end.

    """
    if not stat.S_ISDIR(_status_of(folder).st_mode):
        raise InvalidParameterValue(f"{str(folder)!r} is a file; a folder is needed here.")
    yield from _walk(folder, "", frozenset())


def _walk(folder: Path, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[LocalEntry]:
    with os_errors(f"The folder {str(folder)!r}"):
        status = folder.stat()
        names = sorted(os.listdir(folder))
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        raise InvalidParameterValue(f"The link {str(folder)!r} leads back to a folder above it.")
    for name in names:
        path = folder / name
        met = _status_of(path)
        is_folder = stat.S_ISDIR(met.st_mode)
        yield LocalEntry(path, prefix + name, is_folder, 0 if is_folder else met.st_size)
        if is_folder:
            yield from _walk(path, f"{prefix}{name}/", above | {identity})


def _status_of(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:
        raise LocalFileNotFound(f"There is no local file or folder {str(path)!r}.") from None
    except (OSError, ValueError) as error:
        raise InvalidParameterValue(f"{str(path)!r} cannot be used: {error}.") from None


def _translate(error: OSError, what: str) -> HeadraceError:
    reason = error.strerror or str(error)
    if error.errno == errno.ENOENT:
        return ResourceDoesNotExist(f"{what} is not there.")
    if error.errno in _OTHER_KIND:
        return ResourceAlreadyExists(
            f"{what}: a folder stands where a file is due, or a file where a folder is ({reason})."
        )
    if error.errno in _FORBIDDEN:
        return PermissionDenied(
            f"{what}: {reason}. See that this user may use the place and that it can be written."
        )
    if error.errno in _BAD_NAME:
        return InvalidParameterValue(f"{what}: {reason}.")
    if error.errno in _NO_ROOM:
        return HeadraceError(f"{what}: {reason}. Nothing of it was kept; free some room first.")
    return HeadraceError(f"{what}: {reason}.")
