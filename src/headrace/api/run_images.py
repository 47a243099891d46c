"""The calls by which pages show the images of many runs beside each other.

A run keeps its series of images as files, whose names tell of what they are. A server lists the
folders of many runs for one call, and remembers what it found.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission, Target
from headrace.api.tracking import Request


class GetImageKeys(Request):
    """Tell which series of images runs have, and at which steps.

    At most 1000 runs are named, and looked for in these experiments. With `known`, the `token` of
    an answer to the same request, what has not changed is not sent again.
    """

    experiment_ids: list[str]
    run_ids: list[str]
    known: str | None = None


class ImageKey(Struct):
    """A series of images that some runs have.

    Attributes:
        key: Its name.
        run_ids: The runs that have it, in the order of the request.
        steps: The steps at which any of them has an image, in order.

    """

    key: str
    run_ids: list[str]
    steps: list[int]


class ImageKeys(Struct):
    """The series of runs, by their names in order.

    Attributes:
        token: What the answer is known by.
        keys: The series.
        unchanged: Whether it is the one that the caller knows; there are no keys then.
        unread: How many runs could not be looked at in the time of a call; ask again for them.
        unreadable: The runs whose files this server cannot read.

    """

    token: str
    keys: list[ImageKey] = []
    unchanged: bool = False
    unread: int = 0
    unreadable: list[str] = []


class GetRunImages(Request):
    """Get the images of runs: of one series, or of all.

    At most 100 runs are named, and looked for in these experiments. `known` may have the `mark` of
    an answer of before for each run, or an empty text: a run in which nothing has changed is left
    out of the answer then.
    """

    experiment_ids: list[str]
    run_ids: list[str]
    key: str | None = None
    known: list[str] = []


class ImageSeries(Struct):
    """The images of a series in the order of their steps and times, as columns of equal length.

    Attributes:
        key: Name of the series.
        steps: Steps.
        timestamps: Milliseconds since the epoch.
        paths: Artifact paths of the whole images.
        thumbnails: Artifact paths of small ones; empty where there is none.

    """

    key: str
    steps: list[int]
    timestamps: list[int]
    paths: list[str]
    thumbnails: list[str]


class ImagesOfRun(Struct):
    """The images of one of several runs.

    Attributes:
        run_id: The run.
        mark: What its images are known by.
        series: Its series, by their names in order.

    """

    run_id: str
    mark: str
    series: list[ImageSeries]


class RunImages(Struct):
    """Answer of `GetRunImages`, in the order of the request.

    Attributes:
        runs: The runs that are there, but for those that have not changed.
        unread: Runs that could not be looked at in the time of a call; ask again for them.

    """

    runs: list[ImagesOfRun]
    unread: list[str]


GET_IMAGE_KEYS = Endpoint(
    "get_image_keys",
    "POST",
    HEADRACE + "/runs/image-keys",
    GetImageKeys,
    ImageKeys,
    Permission.READ,
    Target.SERVER,
)
GET_RUN_IMAGES = Endpoint(
    "get_run_images",
    "POST",
    HEADRACE + "/runs/images",
    GetRunImages,
    RunImages,
    Permission.READ,
    Target.SERVER,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (GET_IMAGE_KEYS, GET_RUN_IMAGES)
