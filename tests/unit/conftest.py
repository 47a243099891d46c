"""Fixtures of the client's tests: a store of their own, and a process that knows of no run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.client import active_model, tracking
from headrace.client.fluent import active_run, experiments, logs
from headrace.stores.uri import open_tracking_store


@pytest.fixture
def fresh_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory of its own, with nothing set, active or open before and after."""
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "HEADRACE_"))]:
        monkeypatch.delenv(name)
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train.py"])
    yield tmp_path
    active_run._thread.stack.clear()
    active_run._thread.last = None
    experiments._active_experiment_id = None
    logs._links_of_others.clear()
    active_model._chosen.__dict__.clear()
    tracking._tracking_uri = None
    tracking.close_sessions()
    for name in set(os.environ) - set(before):
        del os.environ[name]


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
