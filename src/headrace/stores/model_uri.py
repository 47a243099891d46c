"""Names of models, ``models:/...``: what they say.

=================================  =============================================================
``models:/NAME/3``                 version 3 of a registered model
``models:/NAME@ALIAS``             the version that the alias points to
``models:/NAME/STAGE``             the latest version in a stage, ``Production`` or another one
``models:/NAME/latest``            the latest version of all
``models:/MODEL_ID``               a logged model, ``m-`` and 32 hexadecimal digits
=================================  =============================================================

Behind each of them may stand ``/PATH``, a file or folder of the model.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from headrace.artifacts.paths import clean_path
from headrace.entities import ModelStage
from headrace.errors import InvalidParameterValue
from headrace.file_uri import scheme_of

LATEST = "latest"

MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
_VERSION = re.compile(r"[0-9]+")
_STAGES = {stage.value.lower(): stage.value for stage in ModelStage}


class ModelUri(NamedTuple):
    """What a ``models:/`` URI says.

    Attributes:
        model_id: A logged model; or else
        name: a registered model, of which one of the following names a version, or none of them
            the latest.
        version: A number.
        stage: A stage, in the registry's spelling.
        alias: An alias.
        path: What is meant of its files; empty for all of them.

    """

    model_id: str = ""
    name: str = ""
    version: str = ""
    stage: str = ""
    alias: str = ""
    path: str = ""

    def __str__(self) -> str:
        """The URI, without the path."""
        if self.alias:
            return f"models:/{self.name}@{self.alias}"
        if self.model_id:
            return f"models:/{self.model_id}"
        return f"models:/{self.name}/{self.version or self.stage or LATEST}"


def parse_model_uri(uri: str) -> ModelUri:
    """Return what a ``models:/`` URI says; nobody is asked whether there is such a model.

    Raises:
        InvalidParameterValue: If it is malformed.

    """
    rest = uri.partition(":")[2]
    first, _, behind = rest.removeprefix("/").partition("/")
    if scheme_of(uri) != "models" or not rest.startswith("/") or not first.strip():
        raise _malformed(uri)
    if MODEL_ID.fullmatch(first) or (first.startswith("m-") and not behind and "@" not in first):
        return ModelUri(model_id=first, path=_path_in(uri, behind))
    name, at, alias = first.rpartition("@")
    if at:
        if not name or not alias:
            raise _malformed(uri)
        return ModelUri(name=name, alias=alias, path=_path_in(uri, behind))
    chosen, _, path = behind.partition("/")
    found = ModelUri(name=first, path=_path_in(uri, path))
    if _VERSION.fullmatch(chosen):
        return found._replace(version=chosen)
    if chosen.lower() == LATEST:
        return found
    if chosen.lower() in _STAGES:
        return found._replace(stage=_STAGES[chosen.lower()])
    if not chosen.strip():
        raise InvalidParameterValue(
            f"Not a proper models:/ URI: {uri}. It names no version of {first!r}: write "
            f"models:/{first}/3, models:/{first}/{LATEST} or models:/{first}@ALIAS."
        )
    raise InvalidParameterValue(
        f"Not a proper models:/ URI: {uri}. {chosen!r} is neither a version number, nor "
        f"{LATEST!r}, nor a stage ({', '.join(_STAGES.values())}). An alias of that name is "
        f"written models:/{first}@{chosen}."
    )


def _path_in(uri: str, path: str) -> str:
    if path and ("?" in path or "#" in path):
        raise InvalidParameterValue(
            f"Invalid path in {uri!r}: '?' and '#' are not allowed in artifact URIs."
        )
    return clean_path(path)


def _malformed(uri: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Not a proper models:/ URI: {uri}. It is models:/NAME/VERSION, models:/NAME/STAGE, "
        f"models:/NAME/{LATEST}, models:/NAME@ALIAS or models:/MODEL_ID, and behind that "
        "/PATH/OF/ARTIFACT if a part of it is meant."
    )
