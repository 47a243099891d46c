"""A page of files that the server has read and compared with what was recorded of them."""

from __future__ import annotations

import time

from headrace.api.verification import MOST_BYTES, VerifiedPage
from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.verification import check_files

SECONDS_A_PAGE = 1.0
FILES_A_PAGE = 1000


def verify_page(store: ArtifactStore, path: str, after: str | None) -> VerifiedPage:
    """Check files for about a second.

    Args:
        store: Their root.
        path: File or folder; empty for everything.
        after: The file that the page before ended with.

    Raises:
        ResourceDoesNotExist: If there is nothing at `path`, and never was.

    """
    until = time.monotonic() + SECONDS_A_PAGE
    page = VerifiedPage()
    for check in check_files(store, path, after=after, most_bytes=MOST_BYTES):
        page.files.append(check)
        if time.monotonic() >= until or len(page.files) == FILES_A_PAGE:
            page.next_page_token = check.path
            break
    return page
