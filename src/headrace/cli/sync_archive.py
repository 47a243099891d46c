"""Journals carried to another machine without a network: packed into a file, and laid out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from headrace.amounts import count, size
from headrace.cli.journal_places import JournalPlace, current_place, place_of_store
from headrace.cli.pending import find_pending
from headrace.cli.pending_files import find_pending_files
from headrace.client.journal.archive import export_journals, import_journals, store_of
from headrace.client.journal.places import FILES_NAME
from headrace.errors import InvalidParameterValue
from headrace.file_uri import scheme_of


def pack(places: Sequence[JournalPlace], file: Path) -> None:
    """Write the journals of places, which must be of one store, into a file; they stay.

    Raises:
        InvalidParameterValue: If they are of several stores, or the file cannot be written.

    """
    journals = [one for place in places for one in find_pending(place) if one.records]
    files = [one for place in places for one in find_pending_files(place)]
    stores = {one.store for one in journals} | {one.store for one in files}
    if len(stores) > 1:
        raise InvalidParameterValue(
            f"Journals of {len(stores)} stores wait, and a file carries those of one. Name it with "
            f"--tracking-uri or its folder: {', '.join(sorted(stores))}"
        )
    if not stores:
        click.echo("Nothing waits, and no file is written.")
        return
    try:
        export_journals(
            [Path(one.journal) for one in journals], file, [Path(one.folder) for one in files]
        )
    except OSError as error:
        raise InvalidParameterValue(f"{file} cannot be written: {error}.") from None
    records = count(sum(one.records for one in journals), "record")
    artifacts = count(sum(one.files for one in files), "artifact")
    artifacts = f" and {artifacts} ({size(sum(one.bytes for one in files))})" if files else ""
    click.echo(
        f"{file} has {records} in {count(len(journals), 'journal')}{artifacts} for "
        f"{stores.pop()}. They also stay here: a Headrace store takes each record once, whoever "
        "sends it."
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
    has_files = any(one.startswith(FILES_NAME) for one in laid)
    journals = count(sum(not one.startswith(FILES_NAME) for one in laid), "journal")
    artifacts = " and artifacts" if has_files else ""
    click.echo(f"New here from {file}: {journals}{artifacts}.", err=True)
    return place
