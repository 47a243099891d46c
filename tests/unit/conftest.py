"""Fixtures of the client's tests: a store of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.client import tracking
from tests.databases import make_embedded_store


@pytest.fixture
def store_folder(fresh_client: Path) -> Path:
    """The folder of an embedded store that is tracked to."""
    folder = make_embedded_store(fresh_client / "tracked")
    tracking.set_tracking_uri(str(folder))
    return folder
