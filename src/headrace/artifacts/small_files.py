"""Many small files written below one folder, with one look at each folder on their way.

A single file is confined by resolving every name on its way to the place, and gets a digest record
of its own. Of a thousand in the same folder that would cost more than writing them.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from headrace import settings
from headrace.artifacts.paths import STAGING_PREFIX, clean_path, path_inside


class SmallFiles:
    """Writes files whole below a root; of use for one transfer, since it remembers folders.

    Args:
        root: The root; it comes into being with the first file.

    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[str, Path] = {}
        self._is_to_be_secured = settings.FSYNC.get() == "always"

    def write(self, path: str, content: bytes) -> os.stat_result:
        """Write a file that takes its place when it is whole; return its status.

        Args:
            path: Its way from the root, separated by ``/``.
            content: Its bytes.

        Raises:
            InvalidParameterValue: If the way leads out of the root.
            OSError: As the operating system has it.

        """
        folder, _, name = clean_path(path).rpartition("/")
        place = self._folder(folder) / name
        if _leads_elsewhere(place):
            place = path_inside(self._root, path)
        staged = f"{place.parent}/{STAGING_PREFIX}{os.urandom(8).hex()}"
        # 0o666 leaves the rights to the umask, as for any other new file of the user.
        file = os.open(staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)
        try:
            try:
                _write_all(file, content)
                if self._is_to_be_secured:
                    os.fsync(file)
                status = os.fstat(file)
            finally:
                os.close(file)
            os.replace(staged, place)
        except BaseException:
            with suppress(OSError):
                os.unlink(staged)
            raise
        return status

    def _folder(self, path: str) -> Path:
        folder = self._folders.get(path)
        if folder is None:
            folder = path_inside(self._root, path)
            folder.mkdir(parents=True, exist_ok=True)
            self._folders[path] = folder
        return folder


def _leads_elsewhere(place: Path) -> bool:
    """Return whether a place is a symbolic link.

    Raises:
        IsADirectoryError: If a folder stands there.

    """
    try:
        mode = os.lstat(place).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return stat.S_ISLNK(mode)


def _write_all(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
