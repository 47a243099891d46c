"""``headrace runs diff``: why do two runs differ?"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headrace.api.context import GetRunContext
from headrace.cli.difference_tables import print_differences, summarise
from headrace.cli.options import as_json, with_session
from headrace.cli.output import print_json, print_raw
from headrace.cli.pages import find_run
from headrace.cli.run_tables import SHORT_ID
from headrace.client.run_comparison import read_differences
from headrace.entities.context import DIFF, GIT
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist

if TYPE_CHECKING:
    from headrace.client.session import Session
    from headrace.stores.base import TrackingStore

# Together; what is longer takes minutes.
_MOST_LINES = 50_000


@click.command(
    epilog="\b\nExamples:\n  headrace runs diff 3f2a9c01 77b1e0aa\n"
    "  headrace runs diff 3f2a9c01 77b1e0aa --part diff      what was not committed\n"
    "  headrace runs diff 3f2a9c01 77b1e0aa --all --json\n"
)
@click.argument("run_id")
@click.argument("other_run_id")
@click.option("--part", type=click.Choice([DIFF]), help="How their uncommitted changes differ.")
@click.option("--all", "show_all", is_flag=True, help="Every difference, and what is equal.")
@as_json
@with_session
def diff(
    session: Session,
    run_id: str,
    other_run_id: str,
    part: str | None,
    show_all: bool,
    as_json: bool,
) -> None:
    """Say why two runs differ: code, packages, data, params, hardware, metrics.

    What is shortest comes first. Only what differs is shown; what is equal, and what was not
    recorded, is a line each.
    """
    runs = [find_run(session.store, one) for one in (run_id, other_run_id)]
    if part is not None:
        _print_diff(session.store, runs[0].info.run_id, runs[1].info.run_id)
        return
    found = read_differences(session, runs[0], runs[1])
    if not as_json:
        print_differences(runs, found, show_all=show_all, folder=Path.cwd())
        return
    if not show_all:
        for group in found.groups:
            group.equal = []
    print_json({"summary": summarise(found), "differences": found})


def _print_diff(store: TrackingStore, first: str, second: str) -> None:
    """Print how the uncommitted changes of two runs differ, as a diff of the diffs."""
    one, other = (_read_diff(store, run).splitlines(keepends=True) for run in (first, second))
    if one == other:
        click.echo("Their uncommitted changes are equal.", err=True)
        return
    if len(one) + len(other) > _MOST_LINES:
        raise InvalidParameterValue(
            f"The uncommitted changes have more than {_MOST_LINES:,} lines. Save each by `headrace "
            "runs context RUN_ID --part diff > FILE`, and compare the files."
        )
    for line in difflib.unified_diff(one, other, f"A {first[:SHORT_ID]}", f"B {second[:SHORT_ID]}"):
        print_raw(line if line.endswith("\n") else f"{line}\n")


def _read_diff(store: TrackingStore, run_id: str) -> str:
    """Return the uncommitted changes of a run; empty if there were none.

    Raises:
        ResourceDoesNotExist: If nobody recorded whether there were any.

    """
    sessions = store.get_run_context(GetRunContext(run_id=run_id, parts=[GIT, DIFF])).sessions
    found = next((one.diff for one in sessions if one.diff is not None), None)
    if found is not None:
        return found
    git = next((one.git for one in sessions if one.git is not None), None)
    if git is not None and git.is_dirty is False:
        return ""
    note = f": {git.diff_note}" if git is not None and git.diff_note else ""
    raise ResourceDoesNotExist(
        f"The uncommitted changes of run {run_id} were not recorded{note or '.'}"
    )
