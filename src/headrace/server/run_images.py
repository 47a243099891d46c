"""The series of images of many runs, read from the folders that hold them, and remembered.

A call reads folders for a second at most: those that it has not seen yet first, then those that may
have changed. What is left over is told, and read by the call that follows.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from time import monotonic, time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from headrace.api.run_images import (
    GetImageKeys,
    GetRunImages,
    ImageKey,
    ImageKeys,
    ImageSeries,
    ImagesOfRun,
    RunImages,
)
from headrace.api.tracking import SearchRunColumns
from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.image_names import FOLDER, read_series
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.paths import path_inside
from headrace.entities import tag_names
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.server.roots import Roots
from headrace.stores.base import TrackingStore

if TYPE_CHECKING:
    from headrace.server.core import Call

SECONDS_A_CALL = 1.0

T = TypeVar("T")

# How old a listing may be where nothing tells whether a folder has changed.
_SECONDS_WHILE_RUNNING = 4.0
_SECONDS_AFTERWARDS = 60.0

# A folder of this machine tells when it changed, as finely as its file system keeps time.
_SECONDS_OF_A_CLOCK = 2.0

# An image takes some 300 bytes of memory.
_MOST_IMAGES = 400_000

_MOST_RUNS_OF_KEYS = 1000
_MOST_RUNS_OF_IMAGES = 100


class _Run(NamedTuple):
    """A run, as far as its images are concerned."""

    run_id: str
    uri: str
    is_running: bool


class _Folder(NamedTuple):
    """What was found in the folder of a run.

    Attributes:
        series: Its series.
        mark: What the listing is known by.
        listed: When it was listed, in seconds since the epoch.
        changed: When the folder had changed last; None where nothing tells.
        is_readable: Whether it could be listed at all.

    """

    series: dict[str, ImageSeries]
    mark: str
    listed: float
    changed: float | None
    is_readable: bool = True

    @property
    def total(self) -> int:
        return sum(len(series.steps) for series in self.series.values())


class RunImageCalls:
    """Answers the rows of `headrace.api.run_images`."""

    def __init__(self, store: TrackingStore, roots: Roots) -> None:
        """Take who knows where the files of runs lie, and what opens those places."""
        self._runs = store
        self._places_of_images = roots
        self._folders: OrderedDict[str, _Folder] = OrderedDict()
        self._lock = threading.Lock()

    def get_image_keys(self, request: GetImageKeys, call: Call) -> ImageKeys:
        """Tell which series runs have; only what the runs' tags speak of is looked into."""
        condition = f"tags.{tag_names.LOGGED_IMAGES} IS NOT NULL"
        runs = self._find(request.experiment_ids, request.run_ids, _MOST_RUNS_OF_KEYS, condition)
        found = self._read(runs)
        readable = [(run, found[run.uri]) for run in runs if run.uri in found]
        unread = sum(run.uri not in found for run in runs)
        token = _digest(f"{run.run_id} {folder.mark}" for run, folder in readable)
        unreadable = [run.run_id for run, folder in readable if not folder.is_readable]
        if token == request.known:
            return ImageKeys(token, unchanged=True, unread=unread, unreadable=unreadable)
        keys: dict[str, tuple[list[str], set[int]]] = {}
        for run, folder in readable:
            for key, series in folder.series.items():
                ids, steps = keys.setdefault(key, ([], set()))
                ids.append(run.run_id)
                steps.update(series.steps)
        listed = [ImageKey(key, keys[key][0], sorted(keys[key][1])) for key in sorted(keys)]
        return ImageKeys(token, listed, unread=unread, unreadable=unreadable)

    def get_run_images(self, request: GetRunImages, call: Call) -> RunImages:
        """Return the images of runs."""
        if request.known and len(request.known) != len(request.run_ids):
            raise InvalidParameterValue(
                f"`known` has {len(request.known)} marks for {len(request.run_ids)} runs: give "
                "one for each, or none."
            )
        runs = self._find(request.experiment_ids, request.run_ids, _MOST_RUNS_OF_IMAGES)
        known = dict(zip(request.run_ids, request.known, strict=False))
        found = self._read(runs)
        answer = RunImages([], [run.run_id for run in runs if run.uri not in found])
        for run in runs:
            folder = found.get(run.uri)
            if folder is None or folder.mark == known.get(run.run_id):
                continue
            wanted = folder.series if request.key is None else [request.key]
            series = [folder.series[key] for key in wanted if key in folder.series]
            answer.runs.append(ImagesOfRun(run.run_id, folder.mark, series))
        return answer

    def _find(
        self, experiment_ids: list[str], run_ids: list[str], most: int, condition: str = ""
    ) -> list[_Run]:
        """Return where runs have their files, in the order of their ids."""
        if len(run_ids) > most:
            raise InvalidParameterValue(
                f"`run_ids` names {len(run_ids)} runs; at most {most} are looked at in one call."
            )
        if not run_ids:
            return []
        ids = ", ".join("'" + run_id.replace("'", "''") + "'" for run_id in run_ids)
        search = SearchRunColumns(
            experiment_ids=experiment_ids,
            filter=f"run_id IN ({ids})" + (f" AND {condition}" if condition else ""),
            run_view_type="ALL",
            max_results=len(run_ids),
            fields=[],
        )
        found = self._runs.search_run_columns(search)
        columns = zip(found.run_id, found.artifact_uri, found.status, strict=True)
        runs = {
            run_id: _Run(run_id, uri or "", state == "RUNNING") for run_id, uri, state in columns
        }
        return [runs[run_id] for run_id in dict.fromkeys(run_ids) if run_id in runs]

    def _read(self, runs: Sequence[_Run]) -> dict[str, _Folder]:
        """Return what lies in the folders of runs, by their URIs, as far as there is time."""
        until = monotonic() + SECONDS_A_CALL
        with self._lock:
            known = {run.uri: self._folders[run.uri] for run in runs if run.uri in self._folders}
        stale = sorted(
            (run for run in runs if run.uri in known and self._is_stale(run, known[run.uri])),
            key=lambda run: known[run.uri].listed,
        )
        for run in (*(run for run in runs if run.uri not in known), *stale):
            if monotonic() >= until:
                break
            known[run.uri] = self._list(run.uri)
        self._remember(known)
        return known

    def _is_stale(self, run: _Run, folder: _Folder) -> bool:
        age = time() - folder.listed
        if folder.changed is not None:
            if folder.listed - folder.changed < _SECONDS_OF_A_CLOCK:
                return True
            return self._guarded(lambda store: _changed(store) != folder.changed, run.uri, True)
        return age >= (_SECONDS_WHILE_RUNNING if run.is_running else _SECONDS_AFTERWARDS)

    def _list(self, uri: str) -> _Folder:
        return self._guarded(_list_folder, uri, _Folder({}, "", time(), None, False))

    def _guarded(self, read: Callable[[ArtifactStore], T], uri: str, otherwise: T) -> T:
        """Read from a root; one that cannot be read must not hide the images of all others."""
        try:
            return read(self._places_of_images.open(uri))
        except HeadraceError:
            return otherwise

    def _remember(self, folders: dict[str, _Folder]) -> None:
        with self._lock:
            for uri, folder in folders.items():
                self._folders[uri] = folder
                self._folders.move_to_end(uri)
            total = sum(folder.total for folder in self._folders.values())
            while total > _MOST_IMAGES and len(self._folders) > 1:
                total -= self._folders.popitem(last=False)[1].total


def _list_folder(store: ArtifactStore) -> _Folder:
    listed, changed = time(), _changed(store)  # before the look: what comes meanwhile counts
    paths = store.list_files(FOLDER)
    series = {
        key: ImageSeries(
            key,
            [image.step for image in images],
            [image.timestamp for image in images],
            [image.path for image in images],
            [image.thumbnail for image in images],
        )
        for key, images in read_series(paths).items()
    }
    return _Folder(series, _digest(paths), listed, changed)


def _changed(store: ArtifactStore) -> float | None:
    """Return when the folder of images changed last: 0 if it is not there, None if unknown."""
    if not isinstance(store, LocalArtifactStore):
        return None
    try:
        return path_inside(store.root, FOLDER).stat().st_mtime
    except OSError:
        return 0.0


def _digest(texts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=8).hexdigest()
