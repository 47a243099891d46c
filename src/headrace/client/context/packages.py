"""The packages that are installed, told by the names of the folders that say so.

``numpy-2.1.0.dist-info`` needs no further look. To read the metadata of some hundred packages takes
a hundred times as long, and a cache of that would only add ways to be wrong.
"""

from __future__ import annotations

import os
import re
import sys

from headrace.entities.context import Packages

_INSTALLED = re.compile(
    r"(.+?)-(\d[^-]*)(?:-py[\d.]+[^/]*)?\.(?:dist-info|egg-info)", re.IGNORECASE
)
_NAMELESS = re.compile(r"(.+?)\.(?:dist-info|egg-info)", re.IGNORECASE)
_VERSION = re.compile(r"^Version:[ \t]*(\S+)", re.MULTILINE)
_MAX_HEAD = 10_000  # bytes of a package's metadata, in which its version stands


def read_packages() -> Packages:
    """Return the version of each package that this process can import, by its normalised name.

    Where several folders have a package, the first on ``sys.path`` counts, as for an import.
    """
    found: Packages = {}
    for folder in dict.fromkeys(sys.path):
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue  # an archive, or not there
        for name in names:
            installed = _INSTALLED.fullmatch(name)
            if installed is not None:
                found.setdefault(_normalise(installed[1]), installed[2])
            elif (nameless := _NAMELESS.fullmatch(name)) is not None:
                version = _read_version(os.path.join(folder, name))
                if version is not None:
                    found.setdefault(_normalise(nameless[1]), version)
    return dict(sorted(found.items()))


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_version(folder: str) -> str | None:
    """Return the version of a package whose folder does not say it, such as one in development."""
    for file in ("METADATA", "PKG-INFO", ""):
        try:
            with open(os.path.join(folder, file).rstrip(os.sep), encoding="utf-8") as stream:
                version = _VERSION.search(stream.read(_MAX_HEAD))
        except (OSError, UnicodeDecodeError):
            continue
        if version is not None:
            return version[1]
    return None
