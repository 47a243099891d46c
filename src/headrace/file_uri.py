"""Local paths and ``file:`` URIs, one into the other."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from headrace.errors import InvalidParameterValue

# At least two letters: a single one is a drive of Windows.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


def scheme_of(uri: str) -> str:
    """Return a URI's scheme in lower case; empty for a plain path."""
    match = _SCHEME.match(uri)
    return match.group(1).lower() if match else ""


def path_of(uri: str) -> Path:
    """Return the absolute local path that a plain path or a ``file:`` URI names.

    A plain path is taken as it is, whatever characters it holds, and a relative one counts from
    the working directory; percent-encoding is undone in URIs only.

    Raises:
        InvalidParameterValue: If it is a URI of another scheme or of another machine, carries a
            query or a fragment, or is empty.

    """
    scheme = scheme_of(uri)
    if scheme not in ("", "file"):
        raise InvalidParameterValue(f"{uri!r} is neither a local path nor a file: URI.")
    if "\x00" in uri or not uri:
        raise InvalidParameterValue(f"{uri!r} is no local path.")
    if not scheme:
        return Path(os.path.abspath(os.path.expanduser(uri)))
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise InvalidParameterValue(
            f"{uri!r} names the machine {parts.netloc!r}; a file: URI is file:///ABSOLUTE/PATH."
        )
    if "?" in uri or "#" in uri:
        raise InvalidParameterValue(
            f"{uri!r} carries a query or a fragment; write '?' as %3F and '#' as %23."
        )
    path = unquote(parts.path)
    if os.name == "nt":
        path = path.lstrip("/")  # /C:/folder
    if "\x00" in path or not path:
        raise InvalidParameterValue(f"{uri!r} names no local path.")
    return Path(os.path.abspath(path))


def uri_of(path: Path | str) -> str:
    """Return the ``file:`` URI of a local path."""
    return Path(os.path.abspath(path)).as_uri()
