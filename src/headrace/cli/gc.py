"""``headrace gc``: delete for good what is in the stage `deleted`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from headrace import settings
from headrace.amounts import count, size
from headrace.api.cleanup import CollectGarbage, GarbageCollected
from headrace.cli.options import as_json
from headrace.cli.output import Progress, print_json, print_table, shorten
from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    from headrace.stores.base import TrackingStore

_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}
_AGE = re.compile(
    "".join(rf"(?:(?P<{unit}>\d+(?:\.\d+)?|\.\d+){unit})?" for unit in _UNITS), re.ASCII
)

_SHOWN_KEPT = 20

_EXAMPLES = """\b
Examples:
  headrace gc --dry-run                  what would go
  headrace gc --older-than 30d           what was deleted 30 days ago or earlier
  headrace gc --experiment-ids 3,4 --yes
  headrace gc --tracking-uri https://tracking.example.org
"""


@click.command(epilog=_EXAMPLES)
@click.option(
    "--older-than",
    metavar="AGE",
    help="Only what was deleted so long ago or earlier, such as 30d or 1d2h3m4s.",
)
@click.option("--run-ids", metavar="ID,ID", help="Only these runs.")
@click.option("--experiment-ids", metavar="ID,ID", help="Only these experiments and their runs.")
@click.option("--logged-model-ids", metavar="ID,ID", help="Only these logged models.")
@click.option(
    "--registered",
    is_flag=True,
    help="Also runs and models whose files a registered version names.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before.")
@click.option(
    "--backend-store-uri",
    metavar="URI",
    help="Database or folder of the store; as --tracking-uri.",
)
@click.option(
    "--tracking-uri",
    metavar="URI",
    help="Store to use instead of the one that MLFLOW_TRACKING_URI names; a server deletes by "
    "itself, if you have the role admin there.",
)
@click.option(
    "--artifacts-destination",
    envvar="MLFLOW_ARTIFACTS_DESTINATION",
    metavar="URI",
    help="Where artifacts of mlflow-artifacts: locations are, for a store that is no server.",
)
@click.option(
    "--artifact-roots",
    metavar="PLACES",
    help="Further folders and URIs, separated by commas, in which artifacts may be deleted, for a "
    "store that is no server. Clients choose locations, so those in other places are left alone.",
)
@as_json
def gc(
    older_than: str | None,
    run_ids: str | None,
    experiment_ids: str | None,
    logged_model_ids: str | None,
    registered: bool,
    dry_run: bool,
    yes: bool,
    backend_store_uri: str | None,
    tracking_uri: str | None,
    artifacts_destination: str | None,
    artifact_roots: str | None,
    as_json: bool,
) -> None:
    """Delete for good what is deleted: runs, experiments and logged models, rows and files.

    Without options everything in the stage `deleted` goes; where ids are given, nothing else does.
    It may be interrupted at any moment, and goes on when it is started again.
    """
    request = CollectGarbage(
        older_than=milliseconds_of(older_than) if older_than else 0,
        run_ids=_ids(run_ids),
        experiment_ids=_ids(experiment_ids),
        model_ids=_ids(logged_model_ids),
        registered=registered,
        dry_run=True,
    )
    chosen = artifact_roots
    roots = settings.ARTIFACT_ROOTS.get() if chosen is None else settings.parse_names(chosen)
    uri = backend_store_uri or tracking_uri
    with _store(uri, artifacts_destination, roots) as store:
        if dry_run or not yes:
            found = _collect(store, request, as_json)
            if dry_run:
                _report(found, "Would delete", as_json)
                return
            if not _is_anything(found):
                _report(found, "Deleted", as_json)
                return
            click.confirm(f"Delete {_words(found)} for good?", abort=True, err=True)
        request.dry_run = False
        _report(_collect(store, request, as_json), "Deleted", as_json)


def milliseconds_of(text: str) -> int:
    """Return a length of time such as ``30d`` or ``1d2h3m4s`` in milliseconds.

    Raises:
        InvalidParameterValue: If it is none.

    """
    match = _AGE.fullmatch(text)
    if not text or match is None:
        raise InvalidParameterValue(
            f"Could not parse any time information from '{text}'. An age is written with days, "
            "hours, minutes and seconds in this order, such as '8h', '2d8h5m20s' or '1.5d'."
        )
    return round(sum(float(match[unit] or 0) * size for unit, size in _UNITS.items()))


@contextmanager
def _store(
    uri: str | None, artifacts_destination: str | None, artifact_roots: Sequence[str]
) -> Iterator[TrackingStore]:
    """Give the store; one in a database deletes only where a server of it would."""
    from headrace.client.tracking import close_sessions, get_store
    from headrace.server.roots import Roots
    from headrace.stores.sql.tracking import SqlTrackingStore

    try:
        store = get_store(uri)
        if isinstance(store, SqlTrackingStore):
            roots = Roots([store.artifact_root, *artifact_roots], artifacts_destination)
            store.artifacts_destination = artifacts_destination
            store.check_place = roots.check
        yield store
    finally:
        close_sessions()


def _collect(store: TrackingStore, request: CollectGarbage, quiet: bool) -> GarbageCollected:
    """Call until there is nothing left, and return the sum of the answers."""
    total = GarbageCollected()
    request = structs.replace(request, after=None)
    what = "Looking" if request.dry_run else "Deleting"
    with Progress(what, "runs", quiet=quiet) as progress:
        while True:
            done = store.collect_garbage(request)
            total = add(total, done)
            progress.show(total.runs, total.runs + done.left)
            if done.next is None:
                return total
            request.after = done.next


def add(one: GarbageCollected, other: GarbageCollected) -> GarbageCollected:
    """Return the sum of two answers."""
    names = ("runs", "experiments", "models", "points", "files", "bytes", "shared", "kept")
    sums = {name: getattr(one, name) + getattr(other, name) for name in names}
    return GarbageCollected(**sums)


def _ids(text: str | None) -> list[str] | None:
    if not text:
        return None
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_anything(found: GarbageCollected) -> bool:
    return bool(found.runs or found.experiments or found.models)


def _words(found: GarbageCollected) -> str:
    """Return what was found, such as ``2 runs (10 points), 1 experiment, 3 files (1.0 MB)``."""
    parts = [f"{count(found.runs, 'run')} ({count(found.points, 'point')})"]
    if found.experiments:
        parts.append(count(found.experiments, "experiment"))
    if found.models:
        parts.append(count(found.models, "logged model"))
    stays = f", of which {size(found.shared)} stay for others" if found.shared else ""
    parts.append(f"{count(found.files, 'file')} ({size(found.bytes)}{stays})")
    return ", ".join(parts)


def _report(found: GarbageCollected, verb: str, as_json: bool) -> None:
    if as_json:
        fields: dict[str, Any] = structs.asdict(found)
        print_json({name: fields[name] for name in fields if name not in ("left", "next")})
        return
    click.echo(f"{verb} {_words(found)}." if _is_anything(found) or found.files else "Nothing.")
    if found.kept:
        click.echo(f"{count(len(found.kept), 'thing')} had to stay:", err=True)
        rows = [(item.kind, item.id, shorten(item.reason, 300)) for item in found.kept]
        print_table(("What", "Id", "Why"), rows[:_SHOWN_KEPT])
