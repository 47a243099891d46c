"""Regular expressions that are compiled when they are first needed.

To compile all that may give a secret away takes milliseconds, and most texts need none of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

Pattern = Callable[[], re.Pattern[str]]


def pattern(expression: str, flags: int = 0) -> Pattern:
    """Return what compiles an expression at its first call, and then returns the same."""
    return cache(partial(re.compile, expression, flags))
