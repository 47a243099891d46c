"""Folders of artifacts against the rows that name them, in stores whose artifacts are local."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headrace.errors import HeadraceError
from headrace.file_uri import path_of, scheme_of
from headrace.stores.sql.check import ERROR, WARNING, Finding
from headrace.stores.sql.engine import Database
from headrace.stores.sql.folders import ARTIFACTS
from headrace.stores.sql.locations import Locations, append_path

# Orphaned folders are moved here, below the location that they were found in.
QUARANTINE = ".quarantine"

_HISTORY = "mlflow.log-model.history"


def check_folders(database: Database, locations: Locations, repair: bool) -> Iterator[Finding]:
    """Yield folders that nobody names, and things whose files are missing."""
    with database.read() as tx:
        roots = dict(tx.execute("SELECT id, artifact_location FROM experiments").fetchall())
        runs = tx.execute("SELECT uuid, artifact_uri FROM runs").fetchall()
        models = tx.execute("SELECT uuid, artifact_uri, status FROM logged_models").fetchall()
        waiting = tx.execute("SELECT root, path FROM removals").fetchall()
        sql = (
            "SELECT uuid, artifact_uri FROM runs JOIN run_tags ON run_id = runs.id "
            "JOIN keys ON keys.id = key_id WHERE keys.name = ?"
        )
        with_models = tx.execute(sql, (_HISTORY,)).fetchall()
    uris = [uri for _, uri in runs] + [uri for _, uri, _ in models]
    uris += [append_path(root, path) for root, path in waiting]
    named = {_real(place) for uri in uris if (place := _local(locations.resolve(uri)))}
    for root, path in waiting:
        yield Finding(
            "folder to be deleted",
            locations.resolve(append_path(root, path)),
            "Its run, model or experiment was deleted for good, and the folder is still noted.",
            WARNING,
            "Run `headrace gc` where the folder can be reached.",
        )
    yield from _check_missing(with_models, locations)
    places = [_local(locations.resolve(location)) for location in roots.values()]
    # Another root than the store was made with may be that of another store.
    if any(location == locations.of_experiment(number) for number, location in roots.items()):
        places += _default_places(locations)
    for place in sorted({_real(place) for place in places if place}):
        yield from _check_orphaned(place, named, repair)


def _default_places(locations: Locations) -> Iterator[Path | None]:
    """Yield the folders that experiments get by default, also of those that are gone."""
    root = _local(locations.resolve(locations.of_experiment(0)))
    for name in os.listdir(root.parent) if root is not None and root.parent.is_dir() else ():
        if name.isascii() and name.isdigit():
            yield _local(locations.resolve(locations.of_experiment(int(name))))


def _check_missing(runs: list[Any], locations: Locations) -> Iterator[Finding]:
    """Yield the runs that have logged a model, and whose folder is not there."""
    for run_id, uri in runs:
        place = _local(locations.resolve(uri))
        if place is not None and not place.is_dir():
            yield Finding(
                "missing files",
                f"run {run_id}",
                f"It has logged a model, and {place} is not there.",
                ERROR,
                "Restore the folder from a backup, or look whether a disk is not mounted.",
            )


def _check_orphaned(root: Path, named: set[Path], repair: bool) -> Iterator[Finding]:
    for below in ("", "models"):
        folder = root / below
        for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
            artifacts = folder / name / ARTIFACTS
            if name.startswith(".") or not artifacts.is_dir() or _real(artifacts) in named:
                continue
            target = root / QUARANTINE / below / name
            is_moved = repair and not target.exists()
            if is_moved:
                target.parent.mkdir(parents=True, exist_ok=True)
                (folder / name).rename(target)
            yield Finding(
                "orphaned folder",
                str(folder / name),
                "No run and no logged model has its artifacts here.",
                WARNING,
                f"--repair moves it to {target}; delete it there when nobody misses it.",
                is_moved,
            )


def _real(place: Path) -> Path:
    """Return a place in its one spelling: several locations may lead to one folder."""
    return Path(os.path.realpath(place))


def _local(location: str) -> Path | None:
    try:
        return path_of(location) if scheme_of(location) in ("", "file") else None
    except HeadraceError:
        return None
