"""Commands of ``headrace models`` that change the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from headrace.cli.model_tables import version_as_dict
from headrace.cli.named_models import name_argument, parse_version, with_client
from headrace.cli.options import as_json, pairs_of
from headrace.cli.output import print_json
from headrace.entities import ModelStage
from headrace.errors import HeadraceError, InvalidParameterValue

if TYPE_CHECKING:
    from headrace.client.mlflow_client import MlflowClient

_reason = click.option("--reason", "-m", help="Why; the history keeps it.")
_force = click.option(
    "--force", is_flag=True, help="Do it also if a protection or a gate refuses it; with --reason."
)
_expected = click.option(
    "--expect",
    "expected",
    metavar="BEFORE",
    help="What is there now; if it is something else, nothing is done.",
)


@click.command()
@click.argument("uri", metavar="URI")
@name_argument
@click.option("--tag", "-t", "tags", multiple=True, help="A tag, as key=value; may be repeated.")
@click.option("--description", help="Words about the version.")
@click.option("--alias", "aliases", multiple=True, help="An alias for it; may be repeated.")
@_reason
@as_json
@with_client
def register(
    client: MlflowClient,
    uri: str,
    name: str,
    tags: tuple[str, ...],
    description: str | None,
    aliases: tuple[str, ...],
    reason: str | None,
    as_json: bool,
) -> None:
    """Make files the next version of NAME, which is created if it is not there.

    URI is a folder of a run, runs:/RUN_ID/PATH, a logged model, models:/MODEL_ID, a version of
    another model, models:/NAME/3, or a place such as s3://BUCKET/PATH.
    """
    from headrace.client.registration import register as make_version

    version = make_version(
        client, uri, name, tags=pairs_of(tags), description=description, reason=reason
    )
    for alias in aliases:
        try:
            client.set_registered_model_alias(name, alias, version.version, reason=reason)
        except HeadraceError:
            told = f"Registered {name}/{version.version}, but it does not become {name}@{alias}."
            click.echo(told, err=True)
            raise
    if as_json:
        print_json(version_as_dict(client.get_model_version(name, version.version)))
        return
    names = "".join(f", {name}@{alias}" for alias in aliases)
    click.echo(f"Registered {name}/{version.version}{names}")


@click.command()
@name_argument
@click.argument("alias")
@click.argument("version", required=False)
@click.option("--delete", is_flag=True, help="Delete the alias instead.")
@_expected
@_force
@_reason
@as_json
@with_client
def alias(
    client: MlflowClient,
    name: str,
    alias: str,
    version: str | None,
    delete: bool,
    expected: str | None,
    force: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Let an alias name a VERSION, whatever it named before."""
    if delete == (version is not None):
        raise click.UsageError("Give the VERSION that the alias shall name, or --delete.")
    if version is None:
        client.delete_registered_model_alias(
            name, alias, reason=reason, expected=expected, force=force
        )
        text = f"Deleted {name}@{alias}"
    else:
        client.set_registered_model_alias(
            name, alias, version, reason=reason, expected=expected, force=force
        )
        text = f"{name}@{alias} is version {version}"
    if as_json:
        print_json({"name": name, "alias": alias, "version": version})
    else:
        click.echo(text)


@click.command()
@name_argument
@click.argument("version")
@click.argument(
    "stage", type=click.Choice([stage.value for stage in ModelStage], case_sensitive=False)
)
@click.option(
    "--archive-existing", is_flag=True, help="Archive the other versions that are in the stage."
)
@_expected
@_force
@_reason
@as_json
@with_client
def stage(
    client: MlflowClient,
    name: str,
    version: str,
    stage: str,
    archive_existing: bool,
    expected: str | None,
    force: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Move a version into a stage."""
    moved = client.transition_model_version_stage(
        name, version, stage, archive_existing, reason=reason, expected=expected, force=force
    )
    if as_json:
        print_json(version_as_dict(moved))
    else:
        click.echo(f"{name}/{moved.version} is in stage {moved.current_stage}")


@click.command()
@click.argument("model", metavar="NAME|NAME/VERSION")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@_force
@_reason
@as_json
@with_client
def delete(
    client: MlflowClient, model: str, yes: bool, force: bool, reason: str | None, as_json: bool
) -> None:
    """Delete a version, or a registered model with all versions; the files and history stay."""
    named = parse_version(model)
    if named is None:
        found = client.get_registered_model(model)
        aliases = ", ".join(f"@{alias}" for alias in sorted(found.aliases))
        what = f"the model {model!r} with all its versions" + (aliases and f" and {aliases}")
        name, version = model, None
    else:
        if not named.version:
            raise InvalidParameterValue(
                f"{model!r} may name another version tomorrow: delete a version by its number."
            )
        one = client.get_model_version(named.name, named.version)
        names = ", ".join(f"@{alias}" for alias in one.aliases)
        what = f"{one.name}/{one.version}" + (names and f", which is {names}")
        name, version = one.name, one.version
    if not yes:
        click.confirm(f"Delete {what}?", abort=True, err=True)
    if version is None:
        client.delete_registered_model(name, reason=reason, force=force)
    else:
        client.delete_model_version(name, version, reason=reason, force=force)
    if as_json:
        print_json({"name": name, "version": version})
    else:
        click.echo(f"Deleted {what}.")


COMMANDS = (register, alias, stage, delete)
