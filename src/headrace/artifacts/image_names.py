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
    r"images/(.+)[+%]step[+%](-?\d{1,18})[+%]timestamp[+%](\d{1,18})[+%][^+%]+", re.ASCII
)
_SMALL = ("+compressed", "%compressed")
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
    files: dict[str, list[str]] = {}
    for path in paths:
        stem = path.rpartition(".")[0]
        is_small = stem.endswith(_SMALL)
        pair = files.setdefault(stem[: -len(_SMALL[0])] if is_small else stem, ["", ""])
        pair[is_small] = path
    found: dict[str, list[NamedImage]] = {}
    for stem, (whole, small) in files.items():
        match = _NAME.fullmatch(stem)
        if match is not None:
            flat, step, timestamp = match.groups()
            image = NamedImage(int(step), int(timestamp), whole or small, small)
            found.setdefault(flat, []).append(image)
    series: dict[str, list[NamedImage]] = {}
    for flat, images in found.items():
        series.setdefault(flat.translate(_AS_SLASHES), []).extend(images)
    return {key: sorted(series[key]) for key in sorted(series)}
