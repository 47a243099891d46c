"""Journals carried to another machine without a network: packed into a file, and laid out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from headrace.amounts import count
from headrace.cli.journal_places import JournalPlace, current_place, place_of_store
from headrace.cli.pending import find_pending
from headrace.cli.pending_files import find_pending_files
from headrace.client.journal.archive import export_journals, import_journals, store_of
from headrace.errors import InvalidParameterValue
from headrace.file_uri import scheme_of


def pack(places: Sequence[JournalPlace], file: Path) -> None:
    """Write the journals of places, which must be of one store, into a file; they stay.

    Raises:
        InvalidParameterValue: If they are of several stores, or the file cannot be written.

    """
    journals = [one for place in places for one in find_pending(place) if one.records]
    stores = {journal.store for journal in journals}
    if len(stores) > 1:
        raise InvalidParameterValue(
            f"Journals of {len(stores)} stores wait, and a file carries those of one. Name it with "
            f"--tracking-uri or its folder: {', '.join(sorted(stores))}"
        )
    if not journals:
        click.echo("Nothing waits, and no file is written.")
        return
    try:
        export_journals([Path(journal.journal) for journal in journals], file)
    except OSError as error:
        raise InvalidParameterValue(f"{file} cannot be written: {error}.") from None
    records = sum(journal.records for journal in journals)
    click.echo(
        f"{file} has {count(records, 'record')} in {count(len(journals), 'journal')} for "
        f"{stores.pop()}. They also stay here: a Headrace store takes each record once, whoever "
        "sends it."
    )
    files = sum(one.files for place in places for one in find_pending_files(place))
    if files:
        click.echo(
            f"Artifacts are not in it: {count(files, 'file')} must be sent from here, by headrace "
            "sync, once this machine reaches the store.",
            err=True,
        )


def unpack(file: Path, tracking_uri: str | None) -> JournalPlace:
    """Lay the journals of a file where those of their store lie.

    Args:
        file: What `pack` wrote.
        tracking_uri: The store to send them to. If not given it is their own one where that is a
            server or PostgreSQL, else, since folders are of another machine, the present one.

    Raises:
        HeadraceError: If the file is no such one, or one of its journals is refused.

    """
    current = current_place(tracking_uri)
    try:
        own = store_of(file)
        is_distant = scheme_of(own).partition("+")[0] not in ("", "file", "sqlite")
        place = place_of_store(own) if is_distant and tracking_uri is None else current
        laid = import_journals(file, place.folder)
    except OSError as error:
        raise InvalidParameterValue(f"{file} cannot be taken in: {error}.") from None
    click.echo(f"New here from {file}: {count(len(laid), 'journal')}.", err=True)
    return place
