"""Names of images that belong to a series: what each is of stands in its name, as MLflow has it.

All series of a run lie in one folder. Most images have a small one beside them, which pages show
where there are many.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import NamedTuple

FOLDER = "images"

_KEY = re.compile(r"[a-zA-Z0-9_\-./ ]+")

# Older clients of MLflow put % and # where newer ones put + and ~.
_NAME = re.compile(
    r"images/(?P<key>.+)[+%]step[+%](?P<step>-?\d{1,18})[+%]timestamp[+%](?P<timestamp>\d{1,18})"
    r"[+%](?P<id>[^+%]+?)(?P<small>[+%]compressed)?\.\w+",
    re.ASCII,
)
_AS_SLASHES = str.maketrans("~#", "//")


class NamedImage(NamedTuple):
    """An image of a series.

    Attributes:
        step: Its step.
        timestamp: Milliseconds since the epoch.
        path: Artifact path of the whole image.
        thumbnail: Artifact path of a small one; empty where there is none.

    """

    step: int
    timestamp: int
    path: str
    thumbnail: str


def series_name(key: str, step: int, timestamp: int) -> str:
    """Return the artifact path, without extension, of one image of a series.

    A ``/`` in the key is kept as ``~``, so that all images of a run stay in one folder.

    Raises:
        ValueError: If the key holds other characters than MLflow allows.

    """
    if not _KEY.fullmatch(key):
        raise ValueError(
            "The `key` parameter may only contain alphanumerics, underscores (_), dashes (-), "
            f"periods (.), spaces ( ), and slashes (/). The provided key `{key}` contains invalid "
            "characters."
        )
    flat = key.replace("/", "~")
    return f"{FOLDER}/{flat}+step+{step}+timestamp+{timestamp}+{uuid.uuid4()}"


def read_series(paths: Iterable[str]) -> dict[str, list[NamedImage]]:
    """Return the series that files make, by their keys in order; other files are left out.

    The images of each are in the order of their steps, and then of their times.
    """
    found: dict[str, dict[tuple[str, str, str], list[str]]] = {}
    for path in paths:
        match = _NAME.fullmatch(path)
        if match is None:
            continue
        name = match["step"], match["timestamp"], match["id"]
        files = found.setdefault(match["key"].translate(_AS_SLASHES), {})
        files.setdefault(name, ["", ""])[1 if match["small"] else 0] = path
    return {
        key: sorted(
            NamedImage(int(step), int(timestamp), whole or small, small)
            for (step, timestamp, _), (whole, small) in found[key].items()
        )
        for key in sorted(found)
    }
