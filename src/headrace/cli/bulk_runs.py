"""``headrace runs``: delete, restore, tag and move many runs, and take that back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from headrace.amounts import count
from headrace.api import bulk
from headrace.cli.options import as_json, experiment_id_of, in_experiment, pairs_of, with_store
from headrace.cli.output import moment, print_json, print_table
from headrace.entities import RunTag

if TYPE_CHECKING:
    from headrace.stores.base import TrackingStore

RequestT = TypeVar("RequestT", bound=bulk.RunsRequest)


def _chosen_runs(command: Any) -> Any:
    """Add what names runs: their ids, or a filter and an experiment."""
    for add in (
        in_experiment,
        click.option("--filter", "filter_text", help='A condition such as "metrics.loss > 9".'),
        click.option("--run-id", help="A run's id; the same as to name it without an option."),
        click.argument("run_ids", metavar="[RUN_ID]...", nargs=-1),
    ):
        command = add(command)
    return command


@click.command(epilog="\b\nExample:\n  headrace runs delete --filter 'metrics.loss > 9' -n wine\n")
@_chosen_runs
@as_json
@with_store
def delete(store: TrackingStore, as_json: bool, **chosen: Any) -> None:
    """Mark runs as deleted; `restore` or `undo` takes it back."""
    changed = store.delete_runs(_request(store, bulk.DeleteRuns, chosen))
    _say(changed, "deleted", chosen, as_json)


@click.command()
@_chosen_runs
@as_json
@with_store
def restore(store: TrackingStore, as_json: bool, **chosen: Any) -> None:
    """Take back the deletion of runs."""
    changed = store.restore_runs(_request(store, bulk.RestoreRuns, chosen))
    _say(changed, "restored", chosen, as_json)


@click.command(
    epilog="\b\nExamples:\n  headrace runs tag RUN_ID RUN_ID --set team=red --delete old\n"
    "  headrace runs tag --filter \"params.model = 'svm'\" -n wine --set reviewed=yes\n"
)
@_chosen_runs
@click.option("--set", "-t", "pairs", multiple=True, help="A tag, as key=value; may be repeated.")
@click.option("--delete", "-d", "keys", multiple=True, help="Key of a tag; may be repeated.")
@as_json
@with_store
def tag(
    store: TrackingStore,
    pairs: tuple[str, ...],
    keys: tuple[str, ...],
    as_json: bool,
    **chosen: Any,
) -> None:
    """Set and delete tags of runs."""
    request = _request(store, bulk.TagRuns, chosen)
    request.set = [RunTag(key, value) for key, value in pairs_of(pairs).items()]
    request.delete = list(keys)
    _say(store.tag_runs(request), "tagged", chosen, as_json)


@click.command(epilog="\b\nExample:\n  headrace runs move RUN_ID RUN_ID --to churn\n")
@_chosen_runs
@click.option("--to", "target", required=True, help="Id or name of the experiment to move to.")
@as_json
@with_store
def move(store: TrackingStore, target: str, as_json: bool, **chosen: Any) -> None:
    """Move runs into another experiment, with all that they logged.

    Artifacts stay where they are. Logged models that the runs made move along.
    """
    by_id = target.isascii() and target.isdigit()
    to = target if by_id else experiment_id_of(store, None, target)
    make: Callable[..., bulk.MoveRuns] = lambda **fields: bulk.MoveRuns(  # noqa: E731
        to_experiment_id=to or "", **fields
    )
    _say(store.move_runs(_request(store, make, chosen)), "moved", chosen, as_json)


@click.command()
@click.argument("operation_id")
@as_json
@with_store
def undo(store: TrackingStore, operation_id: str, as_json: bool) -> None:
    """Take back the operation OPERATION_ID, which the command that made it printed."""
    changed = store.undo_operation(bulk.UndoOperation(operation_id=operation_id))
    if as_json:
        print_json({"operation_id": operation_id, "runs": changed.runs})
    else:
        click.echo(f"Changed {count(changed.runs, 'run')} back.")


@click.command()
@click.option("--max-results", type=click.IntRange(1, 1000), default=20, help="How many to show.")
@as_json
@with_store
def operations(store: TrackingStore, max_results: int, as_json: bool) -> None:
    """List what `undo` can take back, the newest first."""
    found = store.list_operations(bulk.ListOperations(max_results=max_results)).operations
    if as_json:
        print_json(found)
        return
    rows = [
        (
            *(item.operation_id, item.kind, str(item.runs)),
            *(moment(item.made_at), item.user, _taken_back(item)),
        )
        for item in found
    ]
    print_table(("Id", "What", "Runs", "When", "Who", "Taken back"), rows, numbers=("Runs",))


COMMANDS = (delete, restore, tag, move, undo, operations)


def _taken_back(item: bulk.Operation) -> str:
    """Return when an operation was taken back, or how much of it has been so far."""
    if item.undone_at is None and item.undone_runs:
        return f"{item.undone_runs} of {item.runs}"
    return moment(item.undone_at)


def _request(
    store: TrackingStore, kind: Callable[..., RequestT], chosen: dict[str, Any]
) -> RequestT:
    """Return the request for the runs that are named or searched for."""
    ids = list(chosen["run_ids"]) + ([chosen["run_id"]] if chosen["run_id"] else [])
    experiment = experiment_id_of(store, chosen["experiment_id"], chosen["experiment_name"])
    if chosen["filter_text"] is None:
        if not ids:
            raise click.UsageError("Name runs, or give --filter with an experiment.")
        return kind(run_ids=ids)
    if ids or experiment is None:
        raise click.UsageError(
            "With --filter give --experiment-id or --experiment-name, and no run."
        )
    return kind(experiment_ids=[experiment], filter=chosen["filter_text"])


def _say(changed: bulk.RunsChanged, verb: str, chosen: dict[str, Any], as_json: bool) -> None:
    if as_json:
        ids = {"run_id": chosen["run_id"]} if chosen["run_id"] else {}
        print_json({**ids, "operation_id": changed.operation_id, "runs": changed.runs})
    elif chosen["run_id"] and verb in ("deleted", "restored"):
        name = "ID" if verb == "deleted" else "id"
        click.echo(f"Run with {name} {chosen['run_id']} has been {verb}.")
    elif changed.operation_id is None:
        click.echo(f"No run was {verb}.")
    else:
        undoing = f"headrace runs undo {changed.operation_id}"
        click.echo(f"{count(changed.runs, 'run')} {verb}. Take it back with: {undoing}")
