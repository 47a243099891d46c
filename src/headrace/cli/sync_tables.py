"""What ``headrace sync`` prints for people: what waits, what was sent, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import click

from headrace.amounts import age, count, size
from headrace.cli.output import print_table, shorten
from headrace.cli.pending import PendingJournal
from headrace.cli.pending_files import PendingFiles, SentFiles
from headrace.cli.shipment import Shipment

_MAX_NAME = 24


def print_pending(
    journals: Sequence[PendingJournal], files: Sequence[PendingFiles], rejected: Sequence[str]
) -> None:
    """Print what waits, store by store, one run each line."""
    for store, of_store in groupby(journals, lambda journal: journal.store):
        listed = list(of_store)
        records = sum(journal.records for journal in listed)
        click.echo(f"{store}: {_waiting(records, 'record')}")
        readable = [journal for journal in listed if journal.records]
        if readable:
            columns = ("Run", "Name", "Records", "Bytes", "Age", "Owner")
            rows = [row for journal in readable for row in _rows_of(journal)]
            print_table(columns, rows, numbers=("Records", "Bytes"))
        for reason in dict.fromkeys(journal.reason for journal in readable if journal.reason):
            click.echo(f"Last error: {shorten(reason, 1000)}")
        for journal in listed:
            if not journal.records:
                click.echo(f"Refused: {shorten(journal.reason or '', 1000)}")
        click.echo()
    for one in files:
        waiting = f"{_waiting(one.files, 'file')} ({size(one.bytes)})"
        click.echo(f"{one.store}: {waiting} in {one.folder}")
    if not (journals or files):
        click.echo("Nothing waits.")
    for file in rejected:
        click.echo(f"Log calls that a store refused are kept in {file}")


def _waiting(number: int, noun: str) -> str:
    return f"{count(number, noun)} {'waits' if number == 1 else 'wait'}"


def _rows_of(journal: PendingJournal) -> list[tuple[str, ...]]:
    """Return a row for each run of a journal; what all share stands in the first."""
    shared = (size(journal.bytes), age(journal.changed), owner_of(journal))
    rows = [
        (run.run_id or "unreadable", shorten(run.name or "", _MAX_NAME), str(run.records))
        for run in journal.runs
    ] or [("", "", str(journal.records))]
    return [(*row, *(shared if index == 0 else ("",) * 3)) for index, row in enumerate(rows)]


def owner_of(journal: PendingJournal) -> str:
    """Return in words who takes care of a journal."""
    if journal.owner == "alive":
        return f"process {journal.pid}, alive"
    if journal.owner == "dead":
        return f"process {journal.pid}, dead"
    if journal.owner == "other host":
        return f"process {journal.pid} on {journal.host}"
    return "another user" if journal.owner == "other user" else "unknown"


def print_shipments(shipments: Sequence[Shipment]) -> None:
    """Print what was sent to each store, what was refused, and what is left and why."""
    busy = [
        one
        for one in shipments
        if one.records or one.refused or one.left or one.files != SentFiles()
    ]
    if not busy:
        stores = ", ".join(one.store for one in shipments)
        click.echo(f"Nothing waits for {stores}." if stores else "Nothing waits.")
        return
    rows = [
        (
            one.store,
            str(len(one.runs)),
            str(one.records),
            str(one.refused),
            str(sum(journal.records for journal in one.left)),
        )
        for one in busy
    ]
    columns = ("Store", "Runs", "Records sent", "Refused", "Left")
    print_table(columns, rows, numbers=columns[1:])
    for one in busy:
        _print_run_ids(one)
        _print_refusals(one)
        _print_corrupt(one)
        _print_left(one)
        _print_files(one)


def _print_run_ids(shipment: Shipment) -> None:
    if shipment.run_ids:
        click.echo(f"\n{shipment.store} is a plain MLflow server, which chose ids of its own:")
        print_table(("Run", "On the server"), shipment.run_ids.items())


def _print_refusals(shipment: Shipment) -> None:
    if not shipment.refused:
        return
    click.echo(f"\n{shipment.store} refused {count(shipment.refused, 'record')} for good:")
    for call in shipment.refusals:
        click.echo(f"  run {call.run_id or '?'}: {shorten(call.message, 1000)}")
    for file in shipment.rejected:
        click.echo(f"They are kept in {file}")


def _print_corrupt(shipment: Shipment) -> None:
    if shipment.corrupt:
        places = count(len(shipment.corrupt), "place")
        click.echo(f"\n{places} of the journals could not be read; what stood there is kept in")
        for file in shipment.corrupt:
            click.echo(f"  {file}")


def _print_left(shipment: Shipment) -> None:
    if not shipment.left:
        return
    click.echo(f"\nLeft in {shipment.folder}:")
    for journal in shipment.left:
        name = journal.journal.rpartition("/")[2]
        click.echo(
            f"  {name}: {count(journal.records, 'record')}. {shorten(why_left(journal), 1000)}"
        )


def _print_files(shipment: Shipment) -> None:
    files = shipment.files
    if files == SentFiles():
        return
    done = f"{files.sent} sent, {files.refused} refused, {files.left} left"
    click.echo(f"\nFiles for {shipment.store}: {done}.")
    if files.left:
        click.echo(f"They are left since: {shorten(files.failure or '', 1000)}")


def why_left(journal: PendingJournal) -> str:
    """Return why a journal was not sent."""
    if journal.owner == "alive":
        return "Another process has it, and sends it."
    if journal.owner == "other host":
        return (
            f"Its process may live on {journal.host}. If it does not, send it with --other-hosts."
        )
    return journal.reason or "It was taken over by another process in between: run sync again."
