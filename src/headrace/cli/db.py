"""``headrace db``: a database's schema and its way to the newest one, and what is wrong with it."""

from __future__ import annotations

import click

from headrace.cli.options import as_json
from headrace.cli.output import Progress, print_json
from headrace.settings import without_password

database = click.argument("url")


_EXAMPLES = """\b
Examples:
  headrace db current sqlite:///tracking.db
  headrace db upgrade sqlite:///tracking.db --dry-run
  headrace db check .headrace
"""


@click.group(epilog=_EXAMPLES)
def db() -> None:
    """Look after the database of a store."""


@db.command()
@database
@click.option("--dry-run", is_flag=True, help="Print the statements instead of running them.")
@as_json
def upgrade(url: str, dry_run: bool, as_json: bool) -> None:
    """Bring the database at URL to the schema of this Headrace.

    A SQLite file is copied first; the copy's place is printed. Of other databases make a backup
    yourself. Stop servers and training that use the database.
    """
    from headrace.stores.sql import upgrade as schema

    report = schema.upgrade(url, dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, **_fields(report)})
    elif report.before == report.after:
        click.echo(f"{report.where} is up to date: its schema has version {report.after}.")
    elif dry_run:
        click.echo(report.sql.rstrip())
    else:
        if report.backup:
            click.echo(f"Copied to {report.backup} before.")
        click.echo(f"Upgraded {report.where} from version {report.before} to {report.after}.")


@db.command()
@database
@as_json
def current(url: str, as_json: bool) -> None:
    """Print the version of the schema of the database at URL."""
    from headrace.stores.sql import upgrade as schema
    from headrace.stores.sql.migrations import HEAD

    version = schema.current(url)
    if as_json:
        print_json({"database": without_password(url), "version": version, "newest": HEAD})
    else:
        state = "up to date" if version == HEAD else f"`headrace db upgrade` leads to {HEAD}"
        click.echo(f"{version} ({state})")


@db.command()
@database
@click.option("--repair", is_flag=True, help="Repair what can be repaired.")
@as_json
def check(url: str, repair: bool, as_json: bool) -> None:
    """Look for what is orphaned, missing or damaged in the store at URL and in its artifacts.

    URL is a database or the folder of a store. Nothing is written without --repair; make a backup
    before. The exit code is 1 if something is wrong and was not repaired.
    """
    from headrace.file_uri import path_of, scheme_of
    from headrace.stores.sql import upgrade as schema
    from headrace.stores.uri import DATABASE_NAME, open_tracking_store

    is_folder = scheme_of(url) in ("", "file")
    # Opened without that, a store that is not there would be made, and nothing be wrong with it.
    schema.current(f"sqlite:///{path_of(url) / DATABASE_NAME}" if is_folder else url)
    store = open_tracking_store(url)
    try:
        with Progress("Checking", "runs", quiet=as_json) as progress:
            found = list(store.check(repair=repair, show=progress.show))
    finally:
        store.close()
    if as_json:
        print_json(found)
    elif not found:
        click.echo("Nothing is wrong.")
    for finding in () if as_json else found:
        state = "repaired" if finding.is_repaired else finding.severity
        click.echo(f"{state}: {finding.what}: {finding.where}")
        click.echo(f"  {finding.problem}")
        if not finding.is_repaired:
            click.echo(f"  {finding.advice}")
    if not all(finding.is_repaired for finding in found):
        raise click.exceptions.Exit(1)


def _fields(report: object) -> dict[str, object]:
    names = ("where", "before", "after", "backup", "sql")
    return {name: getattr(report, name) for name in names}
