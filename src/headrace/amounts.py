"""Amounts as people read them."""

from __future__ import annotations

import time


def count(number: int, noun: str) -> str:
    """Return a number with its noun, for example ``1 run`` or ``2,000 runs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(number: int) -> str:
    """Return a number of bytes by its greatest unit, for example ``3.2 MB``."""
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return f"{number} B"


def age(milliseconds: int | None) -> str:
    """Return how long ago a moment was, for example ``3 min ago``."""
    if milliseconds is None:
        return ""
    seconds = time.time() - milliseconds / 1000
    return f"{span(seconds)} ago" if seconds >= 1 else "now"


def span(seconds: float) -> str:
    """Return a length of time by its greatest unit, for example ``3 min`` or ``1.2 s``."""
    for limit, unit, name in _UNITS:
        if seconds >= limit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.1f} s" if seconds >= 0.05 else f"{seconds * 1000:.0f} ms"


_UNITS = (
    (2 * 86400, 86400, "d"),
    (2 * 3600, 3600, "h"),
    (2 * 60, 60, "min"),
    (10, 1, "s"),
)
