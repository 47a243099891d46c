"""``headrace runs``: what runs printed, and where and how they ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from headrace.api.context import STREAMS, GetRunContext, GetRunOutput
from headrace.cli.context_tables import print_context
from headrace.cli.options import as_json, with_store
from headrace.cli.output import print_json, print_raw
from headrace.cli.pages import find_run
from headrace.client.context_calls import read_output
from headrace.entities import CONTEXT_PARTS, SessionContext
from headrace.entities.context import DIFF
from headrace.errors import ResourceDoesNotExist

if TYPE_CHECKING:
    from headrace.stores.base import TrackingStore

_session = click.option("--session", help="Only this session: one start of the run.")


@click.command(
    epilog="\b\nExamples:\n  headrace runs logs -f RUN_ID\n"
    "  headrace runs logs RUN_ID --tail 20 --stream stderr\n"
)
@click.argument("run_id")
@click.option("--follow", "-f", is_flag=True, help="Go on until the run has ended.")
@click.option("--tail", type=click.IntRange(0), help="Only the last so many lines.")
@click.option("--stream", type=click.Choice(STREAMS), help="Only what was printed there.")
@_session
@with_store
def logs(store: TrackingStore, run_id: str, follow: bool, **fields: Any) -> None:
    """Print what a run printed: its standard output and its standard error, each to ours."""
    found = find_run(store, run_id).info.run_id
    request = GetRunOutput(run_id=found, **fields)
    is_empty = True
    for chunk in read_output(store, request, follow=follow):
        is_empty = False
        print_raw(chunk.text, chunk.stream)
    if is_empty and fields["tail"] != 0:
        click.echo("Nothing that the run printed was recorded.", err=True)


@click.command(
    epilog="\b\nExamples:\n  headrace runs context RUN_ID\n"
    "  headrace runs context RUN_ID --part diff | git apply\n"
    "  headrace runs context RUN_ID --json\n"
)
@click.argument("run_id")
@click.option("--part", type=click.Choice(CONTEXT_PARTS), help="Print this part alone.")
@_session
@as_json
@with_store
def context(
    store: TrackingStore, run_id: str, part: str | None, session: str | None, as_json: bool
) -> None:
    """Show where and how a run ran: code, command, packages, hardware, seeds."""
    parts = list(CONTEXT_PARTS) if as_json else []
    run = find_run(store, run_id).info.run_id
    request = GetRunContext(run_id=run, parts=parts if part is None else [part])
    sessions = [
        one for one in store.get_run_context(request).sessions if session in (None, one.session)
    ]
    if part is not None:
        _print_part(run, sessions, part)
    elif as_json:
        print_json([_as_dict(one) for one in sessions])
    elif sessions:
        print_context(sessions)
    else:
        click.echo("No context of the run was recorded.", err=True)


COMMANDS = (logs, context)


def _print_part(run_id: str, sessions: list[SessionContext], name: str) -> None:
    """Print one part of the first session that has it: a diff as it is, a document as JSON.

    Raises:
        ResourceDoesNotExist: If none has it.

    """
    contents = [
        part.content
        for session in sessions
        for part in session.parts
        if part.name == name and part.content is not None
    ]
    if not contents:
        raise ResourceDoesNotExist(f"The part {name!r} was not recorded of run {run_id}.")
    if len(set(contents)) > 1:
        click.echo(
            f"This is that of the first session; {len(contents)} have one: see --session.", err=True
        )
    if name == DIFF:
        print_raw(contents[0])
    else:
        print_json(msgspec.json.decode(contents[0]))


def _as_dict(session: SessionContext) -> dict[str, Any]:
    """Return what ``--json`` shows of a session: its parts with all that they hold."""
    shown: dict[str, Any] = {
        "session": session.session,
        "started_at": session.started_at,
        "host": session.host,
    }
    for part in session.parts:
        content = part.content or ""
        shown[part.name] = content if part.name == DIFF else msgspec.json.decode(content)
    return shown
