"""Many small files in one call, both ways.

A file costs a call of its own more than its bytes do, so small ones travel together, as a bundle:
what they are, and then their contents, one after the other (`headrace.artifacts.bundles`).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission, Target
from headrace.api.uploads import ArtifactOwner

# The most bytes that a file may have to travel in a bundle.
SMALL = 256 * 1024
# The most bytes of content in a bundle, and the most files.
BUNDLE_BYTES = 4 * 1024 * 1024
BUNDLE_FILES = 1000


class PutBundle(ArtifactOwner):
    """Store the files of the bundle that is the body; each is stored or refused by itself."""


class RefusedFile(Struct):
    """A file of a bundle that was not stored.

    Attributes:
        number: Its place in the bundle, from 0 on.
        error_code: MLflow's name of the error.
        message: What was wrong.

    """

    number: int
    error_code: str
    message: str


class BundleStored(Struct):
    """All files of a bundle are stored, but for these."""

    refused: list[RefusedFile] = []


class GetBundle(ArtifactOwner, kw_only=True):
    """Download files as a bundle: the first of `paths`, as many as find room in it."""

    paths: list[str]


_BUNDLES = HEADRACE + "/artifacts/bundles"

PUT_BUNDLE = Endpoint(
    "put_bundle",
    "PUT",
    _BUNDLES,
    PutBundle,
    BundleStored,
    Permission.WRITE,
    Target.SERVER,
    raw_body=True,
    streamed=True,
)
GET_BUNDLE: Endpoint[GetBundle, None] = Endpoint(
    "get_bundle", "POST", _BUNDLES + "/get", GetBundle, None, Permission.READ, Target.SERVER
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
