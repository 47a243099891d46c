"""``headrace views``: what experiments' pages show, under names."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

import click
import msgspec

from headrace.cli.named_models import with_client
from headrace.cli.options import Command, as_json, in_experiment
from headrace.cli.output import moment, print_json, print_pairs, print_table
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist

if TYPE_CHECKING:
    from headrace.client.mlflow_client import MlflowClient
    from headrace.entities import View

_EXAMPLES = """\b
Examples:
  headrace views save "Best by loss" -n churn --filter "metrics.loss < 1" --order-by "metrics.loss ASC"
  headrace views list -n churn
  headrace views show VIEW_ID --json
  headrace views save "The same elsewhere" -n other --state view.json
"""  # noqa: E501 - lines of a shell

_view_id = click.argument("view_id")


def _many(option: str, name: str, text: str) -> Callable[[Command], Command]:
    return click.option(option, name, multiple=True, help=f"{text}; may be repeated.")


@click.group(epilog=_EXAMPLES)
def views() -> None:
    """Save, list and delete views: what an experiment's page shows, under a name."""


@views.command()
@click.argument("name")
@in_experiment
@click.option("--filter", help="Such as metrics.loss < 1.")
@_many("--order-by", "order_by", "Such as 'metrics.loss ASC'")
@_many("--column", "columns", "A column of the table, such as metrics.loss")
@_many("--group-by", "group_by", "A param or tag whose values make groups, such as params.lr")
@_many("--chart", "charts", "A chart on top, such as scatter:params.lr:metrics.loss")
@click.option("--x-axis", type=click.Choice(["step", "time", "relative"]), help="Of all curves.")
@click.option("--smoothing", type=float, help="Weight of the past in curves, 0 to 0.99.")
@click.option(
    "--layout", type=click.Choice(["split", "table", "charts"]), help="What stands on the page."
)
@click.option("--state", type=click.File(), help="A state to begin with, as show --json has it.")
@click.option("--private", is_flag=True, help="For you alone, where the server knows you.")
@click.option("--default", "is_default", is_flag=True, help="Shown first to who comes.")
@as_json
@with_client
def save(
    client: MlflowClient,
    name: str,
    experiment_id: str | None,
    experiment_name: str | None,
    state: TextIO | None,
    private: bool,
    is_default: bool,
    as_json: bool,
    **words: Any,
) -> None:
    """Save a view; one that you have of this NAME in the experiment is changed."""
    from headrace.client.view_state import view_state

    found = _find_experiment(client, experiment_id, experiment_name)
    if found is None:
        raise click.UsageError("Give --experiment-id or --experiment-name.")
    begun = {} if state is None else _read_state(state)
    whole = begun | view_state({word: given for word, given in words.items() if given})
    saved = client.save_view(name, [found], whole, is_shared=not private, is_default=is_default)
    if as_json:
        print_json(_as_dict(saved))
    else:
        click.echo(f"Saved {saved.name}, {saved.view_id}\n{saved.url}")


@views.command("list")
@in_experiment
@click.option(
    "--max-results", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many."
)
@as_json
@with_client
def list_views(
    client: MlflowClient,
    experiment_id: str | None,
    experiment_name: str | None,
    max_results: int,
    as_json: bool,
) -> None:
    """List views, newest first; of all experiments if none is named."""
    found_id = _find_experiment(client, experiment_id, experiment_name)
    found = client.list_views(None if found_id is None else [found_id], max_results)
    if as_json:
        print_json([_as_dict(one) for one in found])
    elif found:
        rows = [
            (
                one.view_id,
                one.name,
                ", ".join(one.experiment_ids),
                "shared" if one.is_shared else "private",
                "yes" if one.is_default else "",
                one.user_id,
                moment(one.last_updated_timestamp),
            )
            for one in found
        ]
        print_table(("Id", "Name", "Experiments", "For", "Default", "By", "Updated"), rows)
    else:
        click.echo("No views.", err=True)
    if found.token:
        click.echo(f"There are more than these {max_results}: see --max-results.", err=True)


@views.command()
@_view_id
@as_json
@with_client
def show(client: MlflowClient, view_id: str, as_json: bool) -> None:
    """Show a view, what it shows included."""
    found = client.get_view(view_id)
    if as_json:
        print_json(_as_dict(found))
        return
    print_pairs(
        [
            ("Id", found.view_id),
            ("Name", found.name),
            ("Experiments", ", ".join(found.experiment_ids)),
            ("For", "all who may read" if found.is_shared else "its owner alone"),
            ("Default", "yes" if found.is_default else "no"),
            ("By", found.user_id + ("" if found.user_verified else " (unverified)")),
            ("Created", moment(found.creation_timestamp)),
            ("Updated", moment(found.last_updated_timestamp)),
            ("Address", found.url),
            *((name, json.dumps(value, ensure_ascii=False)) for name, value in found.state.items()),
        ]
    )


@views.command()
@_view_id
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@as_json
@with_client
def delete(client: MlflowClient, view_id: str, yes: bool, as_json: bool) -> None:
    """Delete a view; the runs stay."""
    found = client.get_view(view_id)
    if not yes:
        click.confirm(f"Delete the view {found.name}?", abort=True, err=True)
    client.delete_view(view_id)
    if as_json:
        print_json({"view_id": view_id})
    else:
        click.echo(f"Deleted the view {found.name}.")


# --- parts ---------------------------------------------------------------------------------------


def _find_experiment(
    client: MlflowClient, experiment_id: str | None, experiment_name: str | None
) -> str | None:
    if experiment_id is not None and experiment_name is not None:
        raise InvalidParameterValue("Give --experiment-id or --experiment-name, not both.")
    if experiment_name is None:
        return experiment_id
    found = client.get_experiment_by_name(experiment_name)
    if found is None:
        raise ResourceDoesNotExist(f"Could not find experiment with name '{experiment_name}'")
    return found.experiment_id


def _read_state(file: TextIO) -> dict[str, Any]:
    """Return the state that a file has: alone, or as part of a view that was shown as JSON."""
    try:
        read = msgspec.json.decode(file.read(), type=dict[str, Any])
        return msgspec.convert(read.get("state", read), dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidParameterValue(f"{file.name} holds no state of a view: {error}.") from None


def _as_dict(view: View) -> dict[str, Any]:
    """Return what ``--json`` shows of a view; its state where it is known."""
    shown = msgspec.structs.asdict(view)
    known = bool(shown.pop("state_text"))
    return shown | ({"state": view.state} if known else {})
