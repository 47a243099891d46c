"""``headrace sync``: bring what was logged without a store to its store."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headrace.cli.options import as_json
from headrace.cli.output import print_json, progress
from headrace.errors import InvalidParameterValue, InvalidState, PermissionDenied

if TYPE_CHECKING:
    from headrace.cli.journal_places import JournalPlace
    from headrace.cli.shipment import Shipment
    from headrace.client.journal.ownership import FoundJournal

# As a shell has it for a process that Ctrl-C ended.
_INTERRUPTED = 130

_EXAMPLES = """\b
Examples:
  headrace sync                          to the store of MLFLOW_TRACKING_URI
  headrace sync --all                    to every store that something waits for
  headrace sync --status                 what waits, and why
  headrace sync /scratch/job/.headrace   of a store's folder, or a folder of journals
"""


@click.command(epilog=_EXAMPLES)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--all", "take_all", is_flag=True, help="Send to every store that something waits for."
)
@click.option(
    "--tracking-uri",
    metavar="URI",
    help="Store to use instead of the one that MLFLOW_TRACKING_URI names.",
)
@click.option(
    "--other-hosts",
    is_flag=True,
    help="Send journals of other machines too. Only when their processes have ended.",
)
@click.option("--status", is_flag=True, help="Only list what waits; no store is called.")
@click.option(
    "--drop", metavar="JOURNAL", help="Delete a journal, by its folder or id, that is not wanted."
)
@click.option(
    "--export",
    "export_to",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what waits into a file, for a machine that reaches the store.",
)
@click.option(
    "--import",
    "import_from",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take in such a file, and send what is in it.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask before deleting.")
@as_json
def sync(
    folder: Path | None,
    take_all: bool,
    tracking_uri: str | None,
    other_hosts: bool,
    status: bool,
    drop: str | None,
    export_to: Path | None,
    import_from: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Send what was logged while its store was away, or offline, to the store.

    Without DIR it sends the journals of the present tracking URI; with DIR those of a store's
    folder, of a folder of journals, or a single one. Journals of processes that live are left to
    them. It may be stopped, run twice, and run from several machines at once: every record counts
    once.

    The exit code is 0 if nothing is left but what others send: processes that live, other users
    and other machines. It is 1 if anything else is.
    """
    if sum(map(bool, (folder, take_all, import_from))) > 1:
        raise InvalidParameterValue("Give one of DIR, --all and --import.")
    if sum(map(bool, (status, drop, export_to, import_from))) > 1:
        raise InvalidParameterValue("Give one of --status, --drop, --export and --import.")
    places = _places(folder, take_all, import_from, tracking_uri)
    if drop is not None:
        _drop(drop, places, is_sure=yes)
    elif export_to is not None:
        from headrace.cli.sync_archive import pack

        pack(places, export_to)
    elif status:
        _show_status(places, as_json)
    else:
        _ship(places, tracking_uri, other_hosts, as_json)


def _places(
    folder: Path | None, take_all: bool, import_from: Path | None, tracking_uri: str | None
) -> list[JournalPlace]:
    from headrace.cli import journal_places

    if import_from is not None:
        from headrace.cli.sync_archive import unpack

        return [unpack(import_from, tracking_uri)]
    if folder is not None:
        return journal_places.places_in(folder, tracking_uri)
    if take_all:
        return journal_places.all_places(tracking_uri)
    return [journal_places.current_place(tracking_uri)]


# --- sending -------------------------------------------------------------------------------------


def _ship(
    places: Sequence[JournalPlace], tracking_uri: str | None, other_hosts: bool, as_json: bool
) -> None:
    from headrace.cli.journal_places import credentials_for_the_named
    from headrace.cli.sync_tables import print_shipments

    shipments: list[Shipment] = []
    is_interrupted = False
    try:
        with _without_warnings(), credentials_for_the_named(tracking_uri):
            for place in places:
                _ship_place(place, other_hosts, shipments)
    except KeyboardInterrupt:
        is_interrupted = True
    if as_json:
        print_json({"interrupted": is_interrupted, "stores": shipments})
    else:
        print_shipments(shipments)
    if is_interrupted:
        click.echo("Stopped. Nothing is lost: run it again to send the rest.", err=True)
        sys.exit(_INTERRUPTED)
    if not all(shipment.complete for shipment in shipments):
        sys.exit(1)


def _ship_place(place: JournalPlace, other_hosts: bool, shipments: list[Shipment]) -> None:
    from headrace.cli.pending import find_pending
    from headrace.cli.shipment import Shipping

    owners = ("dead", "other host") if other_hosts else ("dead",)
    total = sum(one.records for one in find_pending(place) if one.owner in owners)
    with progress(place.store, total) as advance:
        shipping = Shipping(place, of_other_hosts=other_hosts, on_records=advance)
        shipments.append(shipping.shipment)
        shipping.ship()


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep the client from telling what this command tells itself."""
    logger = logging.getLogger("headrace.client")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


# --- looking -------------------------------------------------------------------------------------


def _show_status(places: Sequence[JournalPlace], as_json: bool) -> None:
    from headrace.cli.pending import find_pending
    from headrace.cli.pending_files import find_pending_files
    from headrace.cli.sync_tables import print_pending
    from headrace.client.journal.rejected import REJECTED_NAME

    journals = [one for place in places for one in find_pending(place, with_runs=True)]
    files = [one for place in places for one in find_pending_files(place)]
    rejected = [
        str(file) for place in places for file in sorted((place.folder / REJECTED_NAME).glob("*"))
    ]
    if as_json:
        print_json({"journals": journals, "files": files, "rejected": rejected})
    else:
        print_pending(journals, files, rejected)


# --- deleting ------------------------------------------------------------------------------------


def _drop(name: str, places: Sequence[JournalPlace], *, is_sure: bool) -> None:
    """Delete a journal that nobody uses."""
    from headrace.client.journal.lock import Lock

    found = _find_journal(name, places)
    if isinstance(found.refusal, PermissionDenied):
        raise found.refusal
    if not is_sure:
        store = found.header.origin.store if found.header else "a store that it does not tell"
        click.confirm(
            f"Delete {found.folder} with {found.pending} records for {store} for good?", abort=True
        )
    lock = None if found.alive else Lock.take(found.folder)
    if lock is None:
        raise InvalidState(
            f"The journal {found.folder} is used by a process that lives: end that first."
        )
    try:
        shutil.rmtree(found.folder)
    finally:
        lock.release()
    click.echo(f"Deleted {found.folder}.")


def _find_journal(name: str, places: Sequence[JournalPlace]) -> FoundJournal:
    from headrace.client.journal.ownership import find_journals

    path = Path(name).absolute()
    for folder in dict.fromkeys([path.parent, *(place.folder for place in places)]):
        for found in find_journals(folder):
            if found.folder in (path, folder / name):
                return found
    raise InvalidParameterValue(
        f"There is no journal {name}. `headrace sync --status --json` lists them; name one by its "
        "folder, or by its id together with the DIR that it lies in."
    )
