"""Python, and the operating system below it."""

from __future__ import annotations

import os
import platform
import sys

from headrace.entities import PythonState


def read_python() -> PythonState:
    """Return which Python runs, and on what."""
    return PythonState(
        version=platform.python_version(),
        implementation=platform.python_implementation(),
        executable=sys.executable or None,
        os=_operating_system(),
        platform=_platform(),
        machine=platform.machine() or None,
    )


def _operating_system() -> str:
    """Return its name for people: of the distribution where the kernel's says little."""
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _platform() -> str:
    """Return what `platform.platform` says, without the program that it starts for that."""
    if not hasattr(os, "uname"):
        return platform.platform()
    system = os.uname()
    try:
        library = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError):
        library = None  # another one
    end = f"-with-{library.replace(' ', '')}" if library else ""
    return f"{system.sysname}-{system.release}-{system.machine}{end}"
