"""Credentials of the user: those of MLflow's file ``~/.mlflow/credentials``, and who gets any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_only_for: str | None = None


@contextmanager
def credentials_only_for(url: str) -> Iterator[None]:
    """Keep the credentials of the environment from every server but one, for this whole process.

    Args:
        url: The server's URL without credentials and trailing slash; empty for no server at all.

    """
    global _only_for
    before, _only_for = _only_for, url
    try:
        yield
    finally:
        _only_for = before


def are_for(url: str) -> bool:
    """Return whether a server may get the credentials of the environment."""
    return _only_for in (None, url)


def stored_credentials() -> tuple[str, str]:
    """Return user name and password of the credentials file; empty where it has none.

    The file is read once in a process. A file that cannot be read counts as none.
    """
    return _read(os.path.join(os.path.expanduser("~"), ".mlflow", "credentials"))


@cache
def _read(path: str) -> tuple[str, str]:
    if not os.path.isfile(path):
        return "", ""
    # Imported only here: nearly nobody has the file, and it costs milliseconds.
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return "", ""
    return (
        parser.get("mlflow", "mlflow_tracking_username", fallback=""),
        parser.get("mlflow", "mlflow_tracking_password", fallback=""),
    )
