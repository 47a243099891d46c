"""What names, aliases and tags the registry takes, and the words in which the rest is refused.

The wording is MLflow's where clients match on it.
"""

from __future__ import annotations

import re

from headrace.api import limits
from headrace.errors import InvalidParameterValue
from headrace.stores.texts import (
    check_is_no_path,
    check_key,
    check_length,
    check_text,
    missing,
)

_ALIAS = re.compile(r"[\w\-]+")
_VERSION_ALIAS = re.compile(r"[vV]\d+")
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")

LATEST = "latest"


def check_model_name(name: str, path: str = "name") -> None:
    """Refuse a name that no registered model can have.

    Args:
        name: The name.
        path: Where it stands in the request, for the message.

    Raises:
        InvalidParameterValue: If it is blank or long, holds ``/`` or ``:``, or would be another
            path once normalised.

    """
    if not name.strip():
        raise missing(path)
    if "/" in name or ":" in name:
        raise InvalidParameterValue(
            f"Invalid model name '{name}'. Names cannot contain '/' or ':'."
        )
    check_is_no_path(name, path)
    check_length(path, name, limits.MAX_REGISTERED_MODEL_NAME_LENGTH)
    check_text(path, name)


def check_pattern(pattern: str) -> None:
    """Refuse a text that is no pattern of names of registered models."""
    if "*" not in pattern:
        raise InvalidParameterValue(
            f"Invalid pattern {pattern!r}: it must hold '*', which stands for any characters. A "
            "single registered model is given by its name."
        )
    check_model_name(pattern, "pattern")


def fits_pattern(name: str, pattern: str) -> bool:
    """Return whether a name fits a pattern, in which ``*`` stands for any characters, also none.

    Its time grows with the product of the lengths, whatever the pattern.
    """
    first, *middle, last = pattern.split("*")
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def parse_version(version: str) -> int:
    """Return the number of a version.

    Raises:
        InvalidParameterValue: If it is no integer.

    """
    if _INTEGER.fullmatch(version) is None:
        raise InvalidParameterValue(f"Parameter 'version' must be an integer, got '{version}'.")
    return int(version)


def check_alias(alias: str) -> None:
    """Refuse a text that no alias can be, not even one to look for."""
    if _ALIAS.fullmatch(alias) is None:
        raise InvalidParameterValue(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores "
            "(_), and dashes (-)."
        )
    check_length("Registered model alias name", alias, limits.MAX_ALIAS_LENGTH)
    check_text("alias", alias)


def check_new_alias(alias: str) -> None:
    """Refuse an alias that cannot be set: besides what is no alias, the reserved names."""
    check_alias(alias)
    if alias.lower() == LATEST:
        raise InvalidParameterValue(
            "'latest' alias name (case insensitive) is reserved. It always names the newest "
            "version; choose another name."
        )
    if _VERSION_ALIAS.fullmatch(alias):
        raise InvalidParameterValue(
            f"Version alias name '{alias}' is reserved. An alias that looks like a version number "
            "could be taken for one; choose another name."
        )


def check_registry_tag(key: str, value: str) -> None:
    """Refuse a tag that no registered model or version can have."""
    check_key(key)
    check_length("value", value, limits.MAX_REGISTRY_TAG_VALUE_LENGTH)
    check_text("value", value)


def check_words(name: str, value: str | None, limit: int) -> None:
    """Refuse a description, a reason or a link that is too long or cannot be stored."""
    check_length(name, value, limit)
    check_text(name, value)
