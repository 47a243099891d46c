"""What texts and numbers a store takes, and the words in which the rest is refused.

The wording is MLflow's, since clients match on it. The client checks with the same functions before
it queues a call.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from headrace.api.limits import MAX_INT64, MAX_KEY_LENGTH, MIN_INT64
from headrace.errors import InvalidParameterValue

_KEY = re.compile(r"[/\w.\- :]*")
_RUN_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_\-]{0,249}")
_HEX_ID = re.compile(r"[0-9a-f]{32}")
_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")


def check_text(name: str, value: str | None) -> None:
    """Refuse what no SQL text can hold.

    Args:
        name: What the text is, for the message.
        value: The text; None is fine.

    Raises:
        InvalidParameterValue: If it holds NUL or a lone surrogate.
    """
    if value is None or (value.isascii() and "\0" not in value):
        return
    if "\0" in value:
        place = value.index("\0")
        raise InvalidParameterValue(
            f"'{name}' holds the character NUL at position {place}, which no store can keep."
        )
    encode_text(name, value)


def encode_text(name: str, value: str) -> bytes:
    """Return a text in UTF-8.

    Args:
        name: What the text is, for the message.
        value: The text.

    Raises:
        InvalidParameterValue: If it holds a lone surrogate.
    """
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InvalidParameterValue(
            f"'{name}' holds the lone surrogate U+{ord(value[error.start]):04X} at position "
            f"{error.start}: it is no valid Unicode text."
        ) from None


def missing(path: str) -> InvalidParameterValue:
    """Return the error for a value that must be given and is not, or is empty."""
    return InvalidParameterValue(
        f"Missing value for required parameter '{path}'. See the API docs for more information "
        "about request parameters."
    )


def check_length(name: str, value: str | None, limit: int) -> None:
    """Refuse a text of more than `limit` characters."""
    if value is not None and len(value) > limit:
        raise InvalidParameterValue(f"'{name}' exceeds the maximum length of {limit} characters")


@lru_cache(maxsize=4096)
def check_key(key: str, path: str = "key", noun: str | None = None) -> None:
    """Refuse a key of a param, metric or tag that MLflow refuses.

    Args:
        key: The key.
        path: Where the key stands in the request, for the message, for example ``tags[0].key``.
        noun: What the message about its length calls it; the path if not given.

    Raises:
        InvalidParameterValue: If the key has other characters than letters, digits and ``_-./: ``,
            would be another path once normalised, or is longer than 250 characters.
    """
    check_name(key, path)
    check_length(noun or path, key, MAX_KEY_LENGTH)


def check_any_key(key: str, path: str) -> None:
    """Refuse an empty or long key; any characters are taken, as MLflow takes them in some calls.

    Those are the tags that a run starts with, and the params and tags of logged models.
    """
    if not key:
        raise missing(path)
    check_length(path, key, MAX_KEY_LENGTH)
    check_text(path, key)


def check_name(name: str, path: str) -> None:
    """Refuse a name with other characters than a key may have; `check_key` without the length."""
    if _KEY.fullmatch(name) is None:
        raise _invalid(
            path,
            name,
            "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), "
            "spaces ( ), colon(:) and slashes (/).",
        )
    check_is_no_path(name, path)


def check_is_no_path(name: str, path: str) -> None:
    """Refuse a name that means another one when it is taken for a file path."""
    normal = posixpath.normpath(name)
    if normal != name or normal == "." or normal.startswith(("..", "/")):
        raise _invalid(
            path,
            name,
            "Names may be treated as files in certain cases, and must not resolve to other names "
            f"when treated as such. This name would resolve to {normal!r}",
        )


def check_run_id(run_id: str) -> None:
    """Refuse a run id that a client must not choose.

    Raises:
        InvalidParameterValue: Unless it is 1 to 250 ASCII letters, digits, ``_`` and ``-``, the
            first a letter or digit: it names a folder of artifacts too.
    """
    if _RUN_ID.fullmatch(run_id) is None:
        raise _invalid(
            "run_id",
            run_id,
            "A run id has 1 to 250 ASCII letters, digits, underscores (_) and dashes (-), the "
            "first of them a letter or a digit.",
        )


def check_hex_id(name: str, value: str) -> None:
    """Refuse an id of a journal or a session that a client made, unless it is 16 bytes in hex."""
    if _HEX_ID.fullmatch(value) is None:
        raise _invalid(name, value, "It must have 32 lower-case hexadecimal digits.")


def check_int64(name: str, value: int | None) -> None:
    """Refuse a number that is no 64-bit integer; None is fine."""
    if value is not None and not MIN_INT64 <= value <= MAX_INT64:
        raise InvalidParameterValue(
            f"Invalid value {value} for parameter '{name}' supplied: it must be a 64-bit integer, "
            f"from {MIN_INT64} to {MAX_INT64}."
        )


def parse_experiment_id(experiment_id: str) -> int:
    """Return the number of an experiment id.

    Raises:
        InvalidParameterValue: If it is no 64-bit integer.
    """
    if _INTEGER.fullmatch(experiment_id) is not None:
        number = int(experiment_id)
        if MIN_INT64 <= number <= MAX_INT64:
            return number
    raise InvalidParameterValue(
        f"Invalid experiment ID '{experiment_id}'. Experiment ID must be a valid integer."
    )


def changed_params(
    run_id: str,
    present: Mapping[str, str],
    given: Mapping[str, str],
    changed: Sequence[str],
    *,
    is_batch: bool,
) -> InvalidParameterValue:
    """Return the error for params that have another value already.

    Args:
        run_id: The run.
        present: The values that it has.
        given: The values that it is given.
        changed: Those of the keys whose values differ, at least one.
        is_batch: Whether they were given as a list, which changes the words.

    """
    if not is_batch:
        key = changed[0]
        return InvalidParameterValue(
            "Changing param values is not allowed. "
            f"Param with key='{key}' was already logged with value='{present[key]}' "
            f"for run ID='{run_id}'. Attempted logging new value '{given[key]}'."
        )
    changes = [{"key": key, "old_value": present[key], "new_value": given[key]} for key in changed]
    return InvalidParameterValue(
        "Changing param values is not allowed. "
        f"Params were already logged='{changes}' for run ID='{run_id}'."
    )


def run_is_deleted(run_id: str) -> InvalidParameterValue:
    """Return the error for a write to a deleted run."""
    return InvalidParameterValue(
        f"The run {run_id} must be in the 'active' state. Current state is deleted."
    )


def duplicate_params(keys: Sequence[str]) -> InvalidParameterValue:
    """Return the error for a batch that gives params twice, by the keys of all of them."""
    twice = [key for index, key in enumerate(keys) if key in keys[:index]]
    return InvalidParameterValue(
        f"Duplicate parameter keys have been submitted: {twice}. Please ensure "
        "the request contains only one param value per param key."
    )


def _invalid(path: str, value: str, reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Invalid value {_quoted(value)} for parameter '{path}' supplied: {reason}"
    )


def _quoted(value: str) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return ascii(value)
