"""Files and folders in a store that knows only keys: no name is to be both.

A bucket takes ``a`` and ``a/b`` side by side. Such a tree fits into no folder of a file system and
could never be downloaded, so what is due to be stored is compared with what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from headrace.errors import ResourceAlreadyExists

_MAX_KNOWN = 10_000


class Kinds:
    """Which names of one root are files, and which are folders.

    Args:
        is_file: Asks the store.
        is_folder: Likewise.

    """

    def __init__(self, is_file: Callable[[str], bool], is_folder: Callable[[str], bool]) -> None:
        self._is_file = is_file
        self._is_folder = is_folder
        # Folders into which something was stored: the next file in one of them asks for less.
        self._known_folders: set[str] = set()

    def check(self, path: str) -> None:
        """Refuse a file where a folder stands, or below a file.

        Raises:
            ResourceAlreadyExists: If that is so.

        """
        if path in self._known_folders or self._is_folder(path):
            raise _clash(path, path, "folder")
        folders = list(folders_of(path))
        for folder in folders:
            if folder not in self._known_folders and self._is_file(folder):
                raise _clash(path, folder, "file")
        if len(self._known_folders) > _MAX_KNOWN:
            self._known_folders.clear()
        self._known_folders.update(folders)

    def check_many(self, folder: str, paths: Sequence[str], present: Iterable[str]) -> None:
        """Refuse many files below a folder for the same reasons.

        Args:
            folder: The folder.
            paths: The files that are due.
            present: All files that are below the folder.

        Raises:
            ResourceAlreadyExists: If one of them cannot be stored.

        """
        for above in [*folders_of(folder), folder]:
            if above and above not in self._known_folders and self._is_file(above):
                raise _clash(paths[0], above, "file")
        files = set(present)
        folders = {above for file in files for above in folders_of(file)}
        for path in paths:
            if path in folders:
                raise _clash(path, path, "folder")
            for above in folders_of(path):
                if above in files:
                    raise _clash(path, above, "file")

    def forget(self) -> None:
        """Forget which folders there are: something was deleted."""
        self._known_folders.clear()


def folders_of(path: str) -> Iterator[str]:
    """Yield the folders above a path, the innermost first, without the root."""
    while path := path.rpartition("/")[0]:
        yield path


def _clash(path: str, other: str, kind: str) -> ResourceAlreadyExists:
    return ResourceAlreadyExists(f"{path!r} cannot be stored: {other!r} is a {kind}.")
