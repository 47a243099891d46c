"""Libraries that Headrace can do without: imported when needed, named by the error if missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from headrace.errors import NotSupported

# Module -> what to install: an extra of Headrace's own, or the library's own name.
_INSTALL = {
    "PIL": "headrace[images]",
    "cryptography": "headrace[webhooks]",
    "datasets": "headrace[huggingface]",
    "pandas": "headrace[pandas]",
    "plotly": "plotly",
    "polars": "headrace[polars]",
    "psutil": "headrace[system]",
    "py4j": "headrace[spark]",
    "pyarrow": "pyarrow",
    "pyspark": "headrace[spark]",
    "tensorflow": "headrace[tensorflow]",
    "yaml": "headrace[yaml]",
}


class MissingLibrary(NotSupported, ImportError):
    """A call needs a library that is not installed."""


def need(module: str, purpose: str) -> ModuleType:
    """Return an optional module.

    Args:
        module: Its import name, for example ``pandas``.
        purpose: What needs it, as the beginning of a sentence: ``log_table``.

    Raises:
        MissingLibrary: If it is not installed; the message says what to install.

    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        name = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != name:
            raise  # the library is there and misses one of its own
        raise MissingLibrary(
            f"{purpose} needs {name}, which is not installed: "
            f"pip install '{_INSTALL.get(name, name)}'"
        ) from None
