"""All pages of a search as one list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from headrace.entities import PagedList

T = TypeVar("T")


def collect_pages(
    read_page: Callable[[int, str | None], PagedList[T]], page_size: int, limit: int | None
) -> list[T]:
    """Return what all pages hold, at most `limit` of it.

    Args:
        read_page: Reads a page of a length, after a token.
        page_size: The longest page to ask for.
        limit: How much at most; None for everything.

    """
    found: list[T] = []
    token: str | None = None
    while limit is None or len(found) < limit:
        wanted = page_size if limit is None else min(page_size, limit - len(found))
        page = read_page(wanted, token)
        found += page
        token = page.token
        if not token:
            break
    return found
