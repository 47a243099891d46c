"""Where the pages of a store are."""

from __future__ import annotations

from headrace.file_uri import scheme_of


def find_pages(uri: str) -> str | None:
    """Return where the pages of a tracking URI begin, without a password; None without a server."""
    if scheme_of(uri) not in ("http", "https"):
        return None
    scheme, mark, rest = uri.rstrip("/").partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{mark}{place.rpartition('@')[2]}{slash}{path}"
