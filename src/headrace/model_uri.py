"""``models:/`` URIs taken apart: which model they name, in each of the ways to name one."""

from __future__ import annotations

import re

from msgspec import Struct

from headrace.errors import InvalidParameterValue
from headrace.file_uri import scheme_of

_LATEST = "latest"
_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")

WAYS = (
    "models:/NAME/VERSION, models:/NAME/STAGE, models:/NAME/latest, models:/NAME@ALIAS or "
    "models:/m-LOGGED_MODEL_ID"
)


class ModelUri(Struct, frozen=True):
    """What a ``models:/`` URI names; of a registered model the newest version, if nothing more.

    Attributes:
        model_id: A logged model; everything else is then None.
        name: A registered model.
        version: The version of it, as decimal digits.
        stage: The stage of it whose newest version is meant.
        alias: The alias of it.

    """

    model_id: str | None = None
    name: str | None = None
    version: str | None = None
    stage: str | None = None
    alias: str | None = None


def parse_model_uri(uri: str) -> ModelUri:
    """Return what a ``models:/`` URI without a path of artifacts names.

    Raises:
        InvalidParameterValue: If it is none.

    """
    path = uri.partition(":")[2]
    if scheme_of(uri) != "models" or not path.startswith("/") or path.startswith("//"):
        raise _improper(uri)
    head, slash, tail = path[1:].partition("/")
    if not head.strip() or (slash and not tail.strip()) or "/" in tail:
        raise _improper(uri)
    if slash:
        if tail.isascii() and tail.isdigit():
            return ModelUri(name=head, version=tail)
        if tail.lower() == _LATEST:
            return ModelUri(name=head)
        return ModelUri(name=head, stage=tail)
    name, at, alias = head.rpartition("@")
    if at:
        if not name or not alias.strip():
            raise _improper(uri)
        return ModelUri(name=name, alias=alias)
    if _MODEL_ID.fullmatch(head) is None:
        raise _improper(uri)
    return ModelUri(model_id=head)


def _improper(uri: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Not a proper models:/ URI: {uri}. It is {WAYS}.")
