"""Fixtures of the client's tests: a store of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from headrace.client import tracking
from headrace.stores.uri import open_tracking_store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an embedded store with nothing in it, to be copied: making one takes longer."""
    folder = tmp_path_factory.mktemp("empty") / "store"
    open_tracking_store(str(folder)).close()
    return folder


@pytest.fixture
def store_folder(fresh_client: Path, empty_store: Path) -> Path:
    """The folder of an embedded store that is tracked to."""
    folder = fresh_client / "tracked"
    shutil.copytree(empty_store, folder)
    tracking.set_tracking_uri(str(folder))
    return folder
