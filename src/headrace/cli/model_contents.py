"""``headrace models verify``: are the files of a version still those that were registered?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from headrace.amounts import count, size
from headrace.cli.artifact_checks import print_checks
from headrace.cli.named_models import parse_version, with_client
from headrace.cli.options import as_json
from headrace.cli.output import print_json
from headrace.entities import ContentState, FileState, ModelVersion, VersionContent
from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    from headrace.client.mlflow_client import MlflowClient
    from headrace.stores.model_uri import ModelUri


@click.command()
@click.argument("model", metavar="NAME/VERSION|NAME@ALIAS")
@as_json
@with_client
def verify(client: MlflowClient, model: str, as_json: bool) -> None:
    """Read all files of a version, and compare them with what was registered.

    What nobody has recorded yet is recorded, and does not change any more. A server reads what it
    may open, so that nothing travels; anything else this machine reads. The exit code is 1 if the
    version is not verified.
    """
    from headrace.client.model_lookup import find_version
    from headrace.client.registry import get_registry_store

    named = name_of_version(model)
    version = find_version(get_registry_store(client.tracking_uri, client.registry_uri), named)
    content = client.verify_model_version(version.name, version.version)
    if content.digest is not None:
        recorded = client.get_model_version_content(version.name, version.version)
        if content.problem is not None:
            recorded = _read_here(client, version, recorded)
        content = recorded
    if as_json:
        print_json(content)
    else:
        _print(content)
    if content.state != ContentState.VERIFIED:
        raise SystemExit(1)


def name_of_version(model: str) -> ModelUri:
    """Return what names a version of a registered model.

    Raises:
        InvalidParameterValue: If it names none.

    """
    named = parse_version(model)
    if named is None:
        raise InvalidParameterValue(
            f"{model!r} names no version: write {model}/latest, {model}/3 or {model}@ALIAS."
        )
    if named.model_id:
        raise InvalidParameterValue(
            f"{named} is a logged model, not a version of a registered one."
        )
    return named


def _read_here(
    client: MlflowClient, version: ModelVersion, content: VersionContent
) -> VersionContent:
    """Return how the files are that the server could not read, without telling the server."""
    from headrace.client.tracking import get_session

    click.echo(f"The server did not read them: {content.problem}", err=True)
    uri = f"models:/{version.name}/{version.version}"
    tree, path = get_session(client.tracking_uri).files.at(uri, client.registry_uri)
    checks = [check for check in tree.check_files(path) if check.state != FileState.OK]
    states = {check.state for check in checks}
    if FileState.MISSING in states:
        state = ContentState.MISSING
    elif states & {FileState.CHANGED, FileState.UNREADABLE}:
        state = ContentState.CHANGED
    else:
        state = ContentState.VERIFIED
    return replace(content, state=state.value, problems=checks, problem=None)


def _print(content: VersionContent) -> None:
    print_checks(content.problems)
    name = f"{content.name}/{content.version}"
    if content.digest is None:
        click.echo(f"{name} is unverified: {content.problem or 'its files were not read yet.'}")
        return
    files = count(len(content.files), "file")
    total = size(sum(one.size for one in content.files))
    click.echo(f"{name} is {content.state}: {files}, {total}, {content.digest}")
    if content.problem:
        click.echo(content.problem, err=True)
