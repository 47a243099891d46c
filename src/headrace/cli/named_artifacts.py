"""Artifacts as people name them: of a run or logged model, or by any URI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click

from headrace.artifacts.paths import clean_path
from headrace.cli.pages import find_run
from headrace.client.owner import Owner
from headrace.client.uris import append_path, parse_run_uri
from headrace.file_uri import scheme_of
from headrace.stores.model_uri import parse_model_uri

if TYPE_CHECKING:
    from headrace.client.artifact_tree import ArtifactTree
    from headrace.client.session import Session

_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
_PLACE = re.compile(r"[/\\~]|\.{1,2}$")


class Named(NamedTuple):
    """What a command works on.

    Attributes:
        title: How it is called in what people read.
        tree: The artifacts that it is one of.
        path: Its path among them; empty for all.
        owner: Whose they are, if a run's or a model's.

    """

    title: str
    tree: ArtifactTree
    path: str
    owner: Owner | None


def find_artifacts(
    session: Session, target: str | None, path: str | None, *, verify: bool = True
) -> Named:
    """Return what a command was told to work on.

    Args:
        session: The tracking store.
        target: A run's id or its beginning, a logged model's id, or an artifact URI or local path.
        path: Path below that.
        verify: Whether files of a registered version are compared with what was registered.

    Raises:
        UsageError: If nothing is named.
        InvalidParameterValue: If a name is malformed, or is the beginning of several ids.
        ResourceDoesNotExist: If there is no such run or model.

    """
    if not target:
        raise click.UsageError("Name a run, a logged model or an artifact URI.")
    below = clean_path(path or "")
    if scheme_of(target) or _PLACE.search(target):
        uri = append_path(target, below)
    elif _MODEL_ID.fullmatch(target):
        uri = append_path(f"models:/{target}", below)
    else:
        uri = append_path(f"runs:/{find_run(session.store, target).info.run_id}", below)
    tree, found = session.files.at(uri, verify=verify)
    return Named(uri, tree, found, _owner_of(uri))


def _owner_of(uri: str) -> Owner | None:
    if scheme_of(uri) == "runs":
        return Owner(run_id=parse_run_uri(uri)[0])
    if scheme_of(uri) == "models":
        model_id = parse_model_uri(uri).model_id
        return Owner(model_id=model_id) if model_id else None
    return None
