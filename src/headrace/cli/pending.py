"""What waits in journals, and why: found by reading them, without their store."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from headrace.api.journals import JournalEntry
from headrace.cli.journal_places import JournalPlace
from headrace.client.journal.ownership import FoundJournal, find_journals
from headrace.client.journal.reader import JournalReader
from headrace.errors import InvalidState, PermissionDenied

# Of one read: what a listing keeps in memory besides the runs.
_MAX_POINTS = 10_000
_MAX_BYTES = 1 << 20

Owner = Literal["dead", "alive", "other host", "other user", "unknown"]


class PendingRun(Struct):
    """What one journal still has for one run.

    Attributes:
        run_id: The run; empty for what could not be read.
        name: Its name, if the journal tells it.
        records: How many records wait.

    """

    run_id: str
    name: str | None
    records: int


class PendingJournal(Struct):
    """A journal whose store does not have everything, as far as this machine knows.

    Attributes:
        journal: The journal's folder.
        store: URI of its store, without a password.
        records: How many records wait; 0 if it cannot be read.
        bytes: Bytes of its files.
        changed: When it was last written to, in milliseconds since the epoch.
        owner: Whose it is: of a process that is dead, that is alive or of which this is unknown,
            since it ran on another machine; of another user; or not told by the journal.
        host: The machine of its process.
        pid: The id of its process.
        reason: Why it is not sent; None if nobody has tried yet.
        runs: What waits of each run; empty if that was not asked for.

    """

    journal: str
    store: str
    records: int
    bytes: int
    changed: int
    owner: Owner
    host: str = ""
    pid: int = 0
    reason: str | None = None
    runs: list[PendingRun] = []


def find_pending(place: JournalPlace, *, with_runs: bool = False) -> list[PendingJournal]:
    """Return the journals of a place that are not in their store, the oldest first.

    Args:
        place: Which ones.
        with_runs: Whether to read them, to tell what waits of each run.

    """
    listed = find_journals(place.folder)
    meant = [one for one in listed if place.only is None or one.folder.name in place.only]
    return [_describe(one, place, with_runs) for one in meant if one.refusal or one.pending]


def _describe(found: FoundJournal, place: JournalPlace, with_runs: bool) -> PendingJournal:
    pending = PendingJournal(
        journal=str(found.folder),
        store=place.store,
        records=found.pending,
        bytes=found.size,
        changed=found.changed,
        owner="unknown",
        reason=found.refusal.message if found.refusal else found.state.error,
    )
    if found.header is None:
        if isinstance(found.refusal, PermissionDenied):
            pending.owner = "other user"
        return pending
    if found.alive is None:
        pending.owner = "other host"
    else:
        pending.owner = "alive" if found.alive else "dead"
    pending.host, pending.pid = found.header.origin.host, found.header.origin.pid
    if with_runs:
        pending.runs = _runs_in(found)
    return pending


def _runs_in(found: FoundJournal) -> list[PendingRun]:
    """Return what waits of each run, in the order in which they come up."""
    runs: dict[str, PendingRun] = {}
    names: dict[str, str | None] = {}
    reader = JournalReader(found.folder, only_looks=True)
    try:
        at = reader.first - 1  # from before the mark: the run's name may stand there
        while batch := reader.read(at, max_points=_MAX_POINTS, max_bytes=_MAX_BYTES):
            for entry in batch.entries:
                at += entry.records
                _count(entry, min(entry.records, at - found.state.applied), runs, names)
    except (OSError, InvalidState):
        pass  # its owner sends it meanwhile, and deletes what has arrived
    finally:
        reader.close()
    for run in runs.values():
        run.name = names.get(run.run_id)
    return list(runs.values())


def _count(
    entry: JournalEntry, records: int, runs: dict[str, PendingRun], names: dict[str, str | None]
) -> None:
    if entry.ensure_run:
        names[entry.run_id] = entry.ensure_run.run_name
    if records > 0:
        run = runs.setdefault(entry.run_id, PendingRun(entry.run_id, None, 0))
        run.records += records
