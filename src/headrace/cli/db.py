"""``headrace db``: the version of a database's schema, and the way to the newest one."""

from __future__ import annotations

import click

from headrace.cli.options import as_json
from headrace.cli.output import print_json
from headrace.settings import without_password

database = click.argument("url")


_EXAMPLES = """\b
Examples:
  headrace db current sqlite:///tracking.db
  headrace db upgrade sqlite:///tracking.db --dry-run
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


def _fields(report: object) -> dict[str, object]:
    names = ("where", "before", "after", "backup", "sql")
    return {name: getattr(report, name) for name in names}
