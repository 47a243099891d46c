"""The credentials file of MLflow's client, ``~/.mlflow/credentials``."""

from __future__ import annotations

import os
from functools import cache


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
