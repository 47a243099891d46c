"""What installed packages add: named by entry points, of the groups that MLflow looks at."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points
from typing import Any

_logger = logging.getLogger(__name__)


@cache
def load_plugins(group: str) -> dict[str, Any]:
    """Return what the entry points of a group stand for, by name.

    One that cannot be imported is warned about, and left out. They are looked for once in a
    process.
    """
    found = {}
    for point in entry_points(group=group):
        try:
            found[point.name] = point.load()
        except (ImportError, AttributeError) as error:
            _logger.warning("The entry point %r of %r cannot be used: %s", point.name, group, error)
    return found
