"""Texts as numbers, for ``number(params.lr)``: the same ones on every database."""

from __future__ import annotations

import re
from functools import lru_cache

# In words that Python and PostgreSQL read alike, without ?, the mark of a bound value in SQL.
# Neither blanks nor NaN, which equals nothing; nothing that overflows PostgreSQL's exact numbers.
DECIMAL = r"[+-]{0,1}([0-9]+[.]{0,1}[0-9]*|[.][0-9]+)([eE][+-]{0,1}[0-9]{1,3}){0,1}"
INFINITY = r"[+-]{0,1}[iI][nN][fF]([iI][nN][iI][tT][yY]){0,1}"
MAX_LENGTH = 100

_NUMBER = re.compile(f"{DECIMAL}|{INFINITY}")


@lru_cache(maxsize=8192)
def read_number(text: str | None) -> float | None:
    """Return the number that a text is, rounded to 64 bits; None for any other text and for None.

    Args:
        text: A decimal number such as ``0.1``, ``-3`` or ``1e-4``, or ``inf``, of at most
            `MAX_LENGTH` characters and an exponent of at most three digits.

    """
    if text is None or len(text) > MAX_LENGTH or _NUMBER.fullmatch(text) is None:
        return None
    return float(text)
