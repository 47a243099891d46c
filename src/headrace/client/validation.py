"""Arguments of users into requests: types, names and numbers are checked here, at once.

What only the store can know, such as a param that has another value, it says itself.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from headrace.api import tracking as api
from headrace.api.limits import MAX_KEY_LENGTH
from headrace.api.wire import convert_request
from headrace.entities import Metric, Param, RunTag
from headrace.errors import InvalidParameterValue
from headrace.stores.texts import check_int64, check_key, check_text

RequestT = TypeVar("RequestT", bound=msgspec.Struct)


def make_request(struct: type[RequestT], **fields: Any) -> RequestT:
    """Return a request with these fields; a field that is None is not given.

    Raises:
        InvalidParameterValue: If a field is missing or of a wrong type.

    """
    try:
        plain = msgspec.to_builtins(fields)
    except TypeError as error:
        raise InvalidParameterValue(f"{struct.__name__}: {error}") from None
    return convert_request(struct, plain)


def now() -> int:
    """Return the present time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


# --- numbers -------------------------------------------------------------------------------------


def to_float(value: object, key: str = "") -> float:
    """Return the number that a metric's value stands for.

    Args:
        value: A number, a text that is one, or anything with an `item` method that gives one:
            a scalar or array of numpy, a tensor of one element.
        key: The metric, for the message.

    Raises:
        InvalidParameterValue: If it stands for no single number.

    """
    if type(value) is float:
        return value
    item = getattr(value, "item", None)
    try:
        number: Any = item() if callable(item) else value
        return float(number)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise InvalidParameterValue(
            f"Invalid value {_shown(value)} for parameter 'value' supplied: the value of metric "
            f"{key!r} must be a number (64-bit floating point): {error}."
        ) from None


def to_int(name: str, value: object, default: Callable[[], int] = int) -> int:
    """Return a step or timestamp as a 64-bit integer; a float without a fraction is one too.

    Args:
        name: What the number is, for the message.
        value: The number; None for the default.
        default: Makes the number where none is given; 0 if not given itself.

    Raises:
        InvalidParameterValue: If it is no such number.

    """
    if value is None:
        return default()
    if type(value) is int:
        number = value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    else:
        try:
            number = operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            raise InvalidParameterValue(
                f"Invalid value {_shown(value)} for parameter '{name}' supplied: it must be an "
                "integer."
            ) from None
    check_int64(name, number)
    return number


def to_timestamp(name: str, value: object) -> int:
    """Return a timestamp in milliseconds since the epoch, now if none is given.

    Args:
        name: What the number is, for the message.
        value: The number; None for now.

    Raises:
        InvalidParameterValue: If it is no 64-bit integer from 0 on.

    """
    number = to_int(name, value, now)
    if number < 0:
        raise InvalidParameterValue(
            f"Invalid value {number} for parameter '{name}' supplied: Timestamp must be a "
            "nonnegative long (64-bit integer)."
        )
    return number


# --- texts ---------------------------------------------------------------------------------------


def check_run_id_type(run_id: object) -> str:
    """Return a run id, or refuse what is none.

    Raises:
        InvalidParameterValue: If it is no text, or an empty one.

    """
    if not isinstance(run_id, str) or not run_id:
        raise InvalidParameterValue(
            f"Invalid value {_shown(run_id)} for parameter 'run_id' supplied: it must be the id of "
            "a run, a text."
        )
    return run_id


def to_experiment_id(experiment_id: object) -> str:
    """Return an experiment id as the text that travels; an integer is taken too.

    Raises:
        InvalidParameterValue: If it is neither.

    """
    if isinstance(experiment_id, str):
        return experiment_id
    if isinstance(experiment_id, int) and not isinstance(experiment_id, bool):
        return str(experiment_id)
    raise InvalidParameterValue(
        f"Invalid experiment id: {experiment_id!r} of type {type(experiment_id).__name__}. It must "
        "be a text or an integer."
    )


def to_experiment_ids(experiment_ids: object) -> list[str]:
    """Return experiment ids as the texts that travel; a single one is taken too.

    Raises:
        InvalidParameterValue: If something else is given.

    """
    if isinstance(experiment_ids, (str, int)):
        return [to_experiment_id(experiment_ids)]
    if isinstance(experiment_ids, Iterable):
        return [to_experiment_id(experiment_id) for experiment_id in experiment_ids]
    raise InvalidParameterValue(
        f"experiment_ids must be a list of experiment ids, got {_shown(experiment_ids)}."
    )


def optional_text(name: str, value: object) -> str | None:
    """Return a text that may be left out.

    Raises:
        InvalidParameterValue: If it is neither a text nor None.

    """
    if value is None or isinstance(value, str):
        return value
    raise InvalidParameterValue(
        f"Invalid value {_shown(value)} for parameter '{name}' supplied: it must be a text."
    )


def tag_list(tags: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Return tags as requests take them; values become texts."""
    return [{"key": str(key), "value": str(value)} for key, value in (tags or {}).items()]


def metric_key(key: object, path: str = "") -> str:
    """Return the name of a metric.

    Raises:
        InvalidParameterValue: If a metric cannot have it.

    """
    return _checked_key(key, f"{path}name", "Metric name")


def _checked_key(key: object, path: str, noun: str | None = None) -> str:
    if not isinstance(key, str) or not key:
        raise InvalidParameterValue(
            f"Invalid value {_shown(key)} for parameter '{path}' supplied: a key is a text of 1 to "
            f"{MAX_KEY_LENGTH} characters."
        )
    check_key(key, path, noun)
    return key


# --- log calls -----------------------------------------------------------------------------------


def metric_point(metric: Metric, path: str = "") -> api.MetricPoint:
    """Return a checked point; `path` says where it stands, such as ``metrics[3].``."""
    return api.MetricPoint(
        key=metric_key(metric.key, path),
        value=to_float(metric.value, metric.key),
        timestamp=to_timestamp(f"{path}timestamp", metric.timestamp),
        step=to_int(f"{path}step", metric.step),
        model_id=optional_text(f"{path}model_id", metric.model_id),
        dataset_name=optional_text(f"{path}dataset_name", metric.dataset_name),
        dataset_digest=optional_text(f"{path}dataset_digest", metric.dataset_digest),
    )


def param(key: str, value: object, path: str = "") -> Param:
    """Return a checked param; its value is the text of what is given."""
    return Param(_checked_key(key, f"{path}key", "Param key"), _text_of(value, path))


def tag(key: str, value: object, path: str = "") -> RunTag:
    """Return a checked tag; its value is the text of what is given."""
    return RunTag(_checked_key(key, f"{path}key"), _text_of(value, path))


def _text_of(value: object, path: str) -> str:
    text = str(value)
    check_text(f"{path}value", text)
    return text


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}..."
