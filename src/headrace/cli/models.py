"""``headrace models``: register models, name their versions, and look at what happened to them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from headrace.cli import model_changes, model_contents, model_lineage, model_rules
from headrace.cli.model_tables import (
    change_as_dict,
    model_as_dict,
    print_history,
    print_model,
    print_models,
    print_version,
    rule_as_dict,
    version_as_dict,
)
from headrace.cli.named_models import parse_version, with_client
from headrace.cli.options import as_json, no_verify
from headrace.cli.output import print_json
from headrace.entities import ChangeKind, ContentState, PagedList
from headrace.errors import InvalidParameterValue, NotSupported, ResourceAlreadyExists

if TYPE_CHECKING:
    from headrace.client.mlflow_client import MlflowClient
    from headrace.stores.model_uri import ModelUri

T = TypeVar("T")

_EXAMPLES = """\b
Examples:
  headrace models list
  headrace models register runs:/RUN_ID/model churn --alias champion
  headrace models show churn
  headrace models show churn@champion                   a version and what it came from
  headrace models lineage churn@champion                all of that as a tree, both ways
  headrace models alias churn champion 4 --reason "better recall"
  headrace models stage churn 4 Production --archive-existing
  headrace models history churn --key champion          who moved the alias, when and why
  headrace models protect churn --alias champion        moves of it must be forced
  headrace models gate churn --alias champion --metric 'accuracy >= current'
  headrace models check churn 5 --alias champion        would it pass?
  headrace models download churn@champion --to model
  headrace models verify churn/3                        are its files those that were registered?
  headrace models delete churn/3
"""

_MODEL = "NAME|NAME/VERSION|NAME@ALIAS"

_max_results = click.option(
    "--max-results",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="How many to show.",
)


@click.group(epilog=_EXAMPLES)
def models() -> None:
    """Register models, and name, move and follow their versions.

    A version is named NAME/3 by its number, NAME@champion by an alias, NAME/Production by a stage
    and NAME/latest, with models:/ in front or without.
    """


@models.command("list")
@click.option("--filter", "filter_text", help="A condition such as \"name LIKE 'churn%'\".")
@click.option("--order-by", multiple=True, help='Such as "last_updated_timestamp DESC".')
@_max_results
@as_json
@with_client
def list_models(
    client: MlflowClient,
    filter_text: str | None,
    order_by: tuple[str, ...],
    max_results: int,
    as_json: bool,
) -> None:
    """List registered models."""
    found, more = _collect(
        lambda size, token: client.search_registered_models(
            filter_text, size, list(order_by), token
        ),
        max_results,
    )
    if as_json:
        print_json([model_as_dict(model) for model in found])
    elif found:
        print_models(found)
    _tell(found, "No registered models.", more, max_results)


@models.command()
@click.argument("model", metavar=_MODEL)
@click.option(
    "--max-results",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many versions of a model to show, the newest first.",
)
@as_json
@with_client
def show(client: MlflowClient, model: str, max_results: int, as_json: bool) -> None:
    """Show a registered model with its rules and versions, or one version and what it came from."""
    named = parse_version(model)
    if named is not None:
        _show_version(client, named, as_json=as_json)
        return
    found = client.get_registered_model(model)
    versions, more = _collect(
        lambda size, token: client.search_model_versions(
            f"name = {_quoted(model)}", size, ["version_number DESC"], token
        ),
        max_results,
    )
    try:
        rules = list(client.list_registry_rules(model))
    except NotSupported:  # a server of MLflow's
        rules = []
    if as_json:
        print_json(
            model_as_dict(found)
            | {"versions": [version_as_dict(one) for one in versions]}
            | {"rules": [rule_as_dict(one) for one in rules]}
        )
        return
    print_model(found, versions, rules)
    _tell(versions, "No versions.", more, max_results)


@models.command()
@click.argument("name", required=False)
@click.option("--pattern", help="Instead of NAME: the rules of this pattern of names.")
@click.option("--version", help="Only changes of this version.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ChangeKind]),
    help="Only changes of this kind.",
)
@click.option("--key", help="Only changes of this alias, tag or stage.")
@_max_results
@as_json
@with_client
def history(
    client: MlflowClient,
    name: str | None,
    pattern: str | None,
    version: str | None,
    kind: str | None,
    key: str | None,
    max_results: int,
    as_json: bool,
) -> None:
    """Show what happened to a registered model, newest first: who, when, why, and from what.

    It outlives the model. What was done although a rule refused it is marked as forced, whom no
    server knew by a password as unverified.
    """
    changes, more = _collect(
        lambda size, token: client.get_registry_history(
            name, version, kind, key, size, token, pattern=pattern
        ),
        max_results,
    )
    if as_json:
        print_json([change_as_dict(change) for change in changes])
    elif changes:
        print_history(changes)
    _tell(changes, "No such changes.", more, max_results)


@models.command()
@click.argument("model", metavar="NAME/VERSION|NAME@ALIAS")
@click.argument("path", required=False)
@click.option(
    "--to", "folder", help="Folder to copy it into, made if it is not there; NAME if not given."
)
@click.option("--overwrite", is_flag=True, help="Replace what has the same names already.")
@no_verify
@as_json
@with_client
def download(
    client: MlflowClient,
    model: str,
    path: str | None,
    folder: str | None,
    overwrite: bool,
    no_verify: bool,
    as_json: bool,
) -> None:
    """Copy the files of a version, or what is at PATH, to this machine, and print where.

    Nothing is copied unless all of it is what was registered.
    """
    from headrace.client.tracking import get_session
    from headrace.client.uris import append_path

    named = parse_version(model)
    if named is None:
        raise InvalidParameterValue(
            f"{model!r} names no version: write {model}/latest, {model}/3 or {model}@ALIAS."
        )
    target = Path(folder or named.name or named.model_id)
    uri = append_path(append_path(str(named), named.path), path)
    wanted = target / uri.rpartition("/")[2] if path or named.path else target
    if not overwrite and _is_taken(wanted):
        raise ResourceAlreadyExists(
            f"There is a {str(wanted)!r} already: give --overwrite to replace what has the same "
            "names, or another folder by --to."
        )
    files = get_session(client.tracking_uri).files
    local = files.download_uri(uri, target, client.registry_uri, verify=not no_verify)
    if as_json:
        print_json({"path": local})
    else:
        click.echo(local)


models.add_command(model_contents.verify)
models.add_command(model_lineage.lineage)
for command in (*model_changes.COMMANDS, *model_rules.COMMANDS):
    models.add_command(command)


# --- parts ---------------------------------------------------------------------------------------


def _show_version(client: MlflowClient, named: ModelUri, *, as_json: bool) -> None:
    from headrace.client.model_lookup import find_version
    from headrace.client.registry import get_registry_store

    if named.model_id:
        raise InvalidParameterValue(
            f"{named} is a logged model, not a version of a registered one."
        )
    version = find_version(get_registry_store(client.tracking_uri, client.registry_uri), named)
    try:
        lineage = client.get_model_version_lineage(version.name, version.version)
    except NotSupported:  # a server of MLflow's
        lineage = None
    problem = None
    if version.content_state not in (None, ContentState.VERIFIED):
        problem = client.get_model_version_content(version.name, version.version).problem
    if as_json:
        print_json(version_as_dict(version) | {"lineage": lineage})
    else:
        print_version(version, lineage, problem)


def _collect(
    read_page: Callable[[int, str | None], PagedList[T]], limit: int
) -> tuple[list[T], bool]:
    """Return at most `limit` of what pages hold, and whether there is more."""
    from headrace.client.fluent.paging import collect_pages

    found = collect_pages(read_page, 1000, limit + 1)
    return found[:limit], len(found) > limit


def _tell(found: list[T], nothing: str, more: bool, limit: int) -> None:
    if not found:
        click.echo(nothing, err=True)
    if more:
        click.echo(f"There are more than these {limit}: see --max-results.", err=True)


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _is_taken(place: Path) -> bool:
    """Return whether a copy would meet what is there already; an empty folder is free."""
    return os.path.lexists(place) and not (place.is_dir() and not any(place.iterdir()))
