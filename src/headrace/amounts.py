"""Amounts as people read them."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """Return a number with its noun, for example ``1 run`` or ``2,000 runs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(number: int) -> str:
    """Return a number of bytes by its greatest unit, for example ``3.2 MB``."""
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return f"{number} B"
