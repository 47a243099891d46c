"""Constructors of data sets that others add to ``headrace.data``: ``from_...`` and ``load_...``."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

from headrace.data.plugins import load_plugins
from headrace.errors import InvalidParameterValue

# Entry points of other packages that name a constructor.
_PLUGINS = "mlflow.dataset_constructor"

_logger = logging.getLogger(__name__)

_registered: dict[str, Callable[..., Any]] = {}


def register_constructor(
    constructor_fn: Callable[..., Any], constructor_name: str | None = None
) -> str:
    """Make a constructor of data sets known: it becomes a function of ``headrace.data``.

    Args:
        constructor_fn: A function that returns a `Dataset` and takes at least `name` and `digest`.
        constructor_name: Its name there, ``from_...`` or ``load_...``; its own if not given.

    Returns:
        The name.

    Raises:
        InvalidParameterValue: If name or arguments are others.

    """
    name = constructor_name or constructor_fn.__name__
    _check_constructor(constructor_fn, name)
    _registered[name] = constructor_fn
    return name


def get_registered_constructors() -> dict[str, Callable[..., Any]]:
    """Return the constructors of others by name: registered ones, and those of entry points."""
    found = {}
    for name, function in load_plugins(_PLUGINS).items():
        try:
            _check_constructor(function, name)
        except InvalidParameterValue as error:
            _logger.warning("The entry point %r of %r is no use: %s", name, _PLUGINS, error)
        else:
            found[name] = function
    return {**found, **_registered}


def _check_constructor(function: Callable[..., Any], name: str) -> None:
    if not name.startswith(("from_", "load_")):
        raise InvalidParameterValue(
            f"Invalid dataset constructor name: {name}. Constructor name must start with 'load_' "
            "or 'from_'."
        )
    parameters = inspect.signature(function).parameters
    for expected in ("name", "digest"):
        parameter = parameters.get(expected)
        if parameter is None or parameter.kind not in (
            inspect.Parameter.KEYWORD_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
        ):
            raise InvalidParameterValue(
                f"Invalid dataset constructor function: {name}. Function must define an optional "
                f"parameter named '{expected}'."
            )
