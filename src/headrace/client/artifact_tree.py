"""What is found below one artifact root, as people see it: a run's models appear below the run."""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from headrace.artifacts.base import ArtifactStore, LocalCopy, no_such_artifact
from headrace.artifacts.copies import Copied
from headrace.artifacts.digests import digest_of_range
from headrace.artifacts.local_files import check_regular, os_errors
from headrace.artifacts.paths import clean_path, join
from headrace.artifacts.progress import TransferBar
from headrace.client.uris import Place
from headrace.entities import FileCheck, FileInfo

if TYPE_CHECKING:
    from headrace.stores.seals import Seals


class ArtifactTree:
    """The artifacts of a run, of a logged model, or below any other root.

    Args:
        store: The root's own files.
        find_model: Of a run: returns the artifact of a logged model that a path speaks of.
        seals: Refuses changes of what registered versions hold, where no server does.

    """

    def __init__(
        self,
        store: ArtifactStore,
        find_model: Callable[[str], Place | None] | None = None,
        seals: Seals | None = None,
    ) -> None:
        self._store = store
        self._find_model = find_model
        self._seals = seals

    def list(self, path: str) -> list[FileInfo]:
        """Return what lies directly in a folder, sorted by path.

        A model that a run logged is found under its name, though not in the listing of the root.
        """
        cleaned = clean_path(path)
        found = {info.path: info for info in self._store.list_artifacts(cleaned)}
        model = self._model_at(cleaned)
        if model:
            name = cleaned.partition("/")[0]
            for info in model.store.list_artifacts(model.path):
                shown = FileInfo(
                    path=join(name, info.path), is_dir=info.is_dir, file_size=info.file_size
                )
                found.setdefault(shown.path, shown)
        return [found[key] for key in sorted(found)]

    def walk(self, path: str) -> Iterator[FileInfo]:
        """Yield all that lies in a folder and in the folders below, each folder before its files.

        What is not there, and a file, have nothing in them.
        """
        for info in self.list(path):
            yield info
            if info.is_dir:
                yield from self.walk(info.path)

    def find(self, path: str) -> Place:
        """Return where a file or folder is; what the root itself has comes before a model's.

        The place of what is nowhere is that in the root.
        """
        own = Place(self._store, clean_path(path))
        if _has(own):
            return own
        model = self._model_at(own.path)
        return model if model and _has(model) else own

    def stat(self, path: str) -> FileInfo:
        """Return what is at a path.

        Raises:
            ResourceDoesNotExist: If there is nothing.

        """
        place = self.find(path)
        found = place.store.stat(place.path)
        if found is None:
            raise no_such_artifact(path)
        return FileInfo(path=clean_path(path), is_dir=found.is_dir, file_size=found.file_size)

    def download(self, path: str, dst_path: str | os.PathLike[str] | None = None) -> str:
        """Make a file or folder available as a local one.

        Args:
            path: Its path; empty for everything.
            dst_path: Local folder to copy it into; it is made if it is not there. If not given,
                an artifact that lies on this machine is not copied at all, and any other goes into
                a new temporary folder.

        Returns:
            The local path.

        Raises:
            ResourceDoesNotExist: If there is nothing at the path.

        """
        cleaned = clean_path(path)
        own = Place(self._store, cleaned)
        model = self._model_at(cleaned)
        if model is None or not _has(model):
            return _download(own, dst_path)
        if not _has(own):
            return _download(model, dst_path, name=posixpath.basename(cleaned))
        # The run itself has files under the model's name: both are shown as one folder.
        folder = _folder_for(dst_path)
        _download(own, folder)
        return _download(model, folder, name=posixpath.basename(cleaned))

    def put(self, local: Path, path: str) -> None:
        """Store a local file, or all files below a local folder, among the root's own.

        Raises:
            LocalFileNotFound: If there is no such local file.
            ResourceConflict: If a registered version holds what is there.

        """
        if local.is_dir():
            if self._seals:
                self._seals.check_folder(self._store, local, path)
            self._store.put_folder(local, path)
            return
        check_regular(local)
        if self._seals:
            self._seals.check_write(self._store, path)
        with os_errors(f"The file {str(local)!r}"), local.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = digest_of_range(file.fileno(), 0, size)
        copy = LocalCopy(local, 0, path, Copied(size, digest))
        with TransferBar("Uploading artifacts", size) as bar:
            for error in filter(None, self._store.put_copies([copy], bar.add)):
                raise error

    def check_files(
        self, path: str, on_bytes: Callable[[int], None] = lambda _: None
    ) -> Iterator[FileCheck]:
        """Read files to their end, and yield what became of each since it was stored.

        Raises:
            ResourceDoesNotExist: If there is nothing at the path, and never was.

        """
        own = Place(self._store, clean_path(path))
        model = None if _has(own) else self._model_at(own.path)
        place = model or own
        for check in place.store.check_files(place.path, on_bytes):
            if model:
                check.path = join(own.path.partition("/")[0], check.path)
            yield check

    def delete(self, path: str) -> None:
        """Delete a file, or a folder with all that is in it; everything if the path is empty.

        Raises:
            ResourceDoesNotExist: If there is nothing at the path.
            ResourceConflict: If a registered version holds it.

        """
        self.stat(path)
        place = self.find(path)
        if self._seals:
            self._seals.check_delete(place.store, place.path)
        place.store.delete(place.path)

    def _model_at(self, path: str) -> Place | None:
        return self._find_model(path) if self._find_model else None


def _has(place: Place) -> bool:
    return place.store.stat(place.path) is not None


def _folder_for(dst_path: str | os.PathLike[str] | None) -> Path:
    if dst_path is None:
        return Path(tempfile.mkdtemp())
    folder = Path(os.path.abspath(dst_path))
    with os_errors(f"The folder {str(folder)!r}"):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _download(
    place: Place, dst_path: str | os.PathLike[str] | None, name: str | None = None
) -> str:
    """Return the local path of an artifact; a copy gets its own name, or `name` for a root."""
    store, path = place
    if dst_path is None:
        local = store.local_path(path)
        if local is not None:
            return str(local)
    folder = _folder_for(dst_path)
    try:
        target = _folder_for(folder / name) if name and not path else folder
        return str(store.download(path, target))
    except BaseException:
        if dst_path is None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
