"""Who runs which program."""

from __future__ import annotations

import getpass
import os
import sys

from headrace import settings
from headrace.credentials import stored_credentials
from headrace.entities import tag_names


def tags() -> dict[str, str]:
    """Return user, program and the kind of place that it runs in."""
    return {
        tag_names.USER: user_name(),
        tag_names.SOURCE_NAME: main_file() or "<console>",
        tag_names.SOURCE_TYPE: "LOCAL",
    }


def main_file() -> str | None:
    """Return the script as it was named on the command line; None in an interactive session."""
    return sys.argv[0] if getattr(sys, "argv", None) and sys.argv[0] else None


def main_path(folder: str | None) -> str | None:
    """Return the script's path; None in an interactive session.

    Args:
        folder: What its name on the command line is relative to; None if that was deleted.

    """
    script = main_file()
    return script and os.path.join(folder or "", script)


def working_folder() -> str | None:
    """Return the working folder; None if it was deleted."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


def user_name() -> str:
    """Return who this process works for: as it would tell a server, else as the machine knows."""
    return settings.TRACKING_USERNAME.get() or stored_credentials()[0] or login_name()


def login_name() -> str:
    """Return the user of the operating system."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container's user may have a number and no name
        return "unknown"
