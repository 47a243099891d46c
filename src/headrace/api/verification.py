"""Files that the server reads itself and compares with what was recorded when they were stored.

It is nearer to them than any client. A call works for about a second and answers where to go on;
a file that would take longer is left to the client.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission, Target
from headrace.api.uploads import ArtifactOwner
from headrace.entities import FileCheck

# A larger file is not read by the server.
MOST_BYTES = 1024 * 1024 * 1024


class VerifyArtifacts(ArtifactOwner, kw_only=True):
    """Read files of a run or logged model, and say which are not as they were stored.

    `path` names a file or folder, all of them if it is not given; `page_token` is that of the page
    before.
    """

    path: str | None = None
    page_token: str | None = None


class VerifiedPage(Struct, omit_defaults=True):
    """Files in the order of folders and names; there are more if there is a token."""

    files: list[FileCheck] = []
    next_page_token: str | None = None


VERIFY_ARTIFACTS = Endpoint(
    "verify_artifacts",
    "POST",
    HEADRACE + "/artifacts/verify",
    VerifyArtifacts,
    VerifiedPage,
    Permission.READ,
    Target.SERVER,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (VERIFY_ARTIFACTS,)
