"""Who made a run, and whether anybody checked that."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.server.auth import Identity
from headrace.server.core import make_dispatch
from headrace.server.users import Role
from headrace.stores.base import Actor
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.stores.uri import open_tracking_store
from headrace.testing.stores.make import get_run, make_run


@pytest.fixture
def store(tmp_path: Path) -> SqlTrackingStore:
    return open_tracking_store(str(tmp_path / "store"))


@pytest.mark.parametrize(
    ("actor", "user_id", "verified"),
    [
        (Actor("ann", verified=True), "ann", True),
        (Actor("ann", verified=True), "bob", False),  # ann says it was bob
        (Actor("ann", verified=False), "ann", False),
        (Actor(), "ann", False),
    ],
)
def test_only_the_checked_name_is_verified(
    store: SqlTrackingStore, actor: Actor, user_id: str, verified: bool
) -> None:
    remote = RemoteTrackingStore(make_dispatch(store, identity=Identity(actor, Role.WRITE)))

    run_id = make_run(remote, user_id=user_id)

    assert remote.get_run(api.GetRun(run_id=run_id)).run.info.user_verified is verified
    assert get_run(store, run_id).info.user_id == user_id
    store.close()
