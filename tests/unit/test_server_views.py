"""Whose views are on a server with users: who sees them, and who may change them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headrace.api import views
from headrace.server.auth import Identity
from headrace.server.core import make_dispatch
from headrace.server.users import Role
from headrace.stores.base import Actor, TrackingStore
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.stores.uri import open_tracking_store
from headrace.testing.stores.make import make_experiment, refused
from headrace.testing.stores.views import get_view, make_view, names, update_view

As = Callable[..., TrackingStore]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlTrackingStore]:
    store = open_tracking_store(str(tmp_path / "store"))
    yield store
    store.close()


@pytest.fixture
def as_(store: SqlTrackingStore) -> As:
    """The store as a user of its server sees it; without a name as somebody unknown does."""

    def make(name: str = "", role: Role = Role.WRITE) -> TrackingStore:
        actor = Actor(name, verified=bool(name), is_admin=role is Role.ADMIN)
        return RemoteTrackingStore(make_dispatch(store, identity=Identity(actor, role)))  # type: ignore[return-value]

    return make


def test_a_private_view_is_there_for_its_owner_alone(as_: As) -> None:
    ann = as_("ann")
    made = make_view(ann, "mine", is_shared=False)
    assert (made.user_id, made.user_verified, made.may_change) == ("ann", True, True)

    for other in (as_("bob"), as_("eve", Role.ADMIN), as_("", Role.ADMIN), as_("ann2")):
        assert names(other) == names(other, "0") == []
        with refused("RESOURCE_DOES_NOT_EXIST", made.view_id):
            get_view(other, made.view_id)
        with refused("RESOURCE_DOES_NOT_EXIST", made.view_id):
            update_view(other, made, name="x")
        with refused("RESOURCE_DOES_NOT_EXIST", made.view_id):
            other.delete_view(views.DeleteView(view_id=made.view_id))
    assert names(ann, "0") == ["mine"]
    assert get_view(ann, made.view_id) == made
    assert update_view(ann, made, is_shared=True).is_shared
    assert names(as_("bob", Role.READ), "0") == ["mine"]


def test_only_its_owner_or_an_admin_changes_a_view(as_: As) -> None:
    made = make_view(as_("ann"))
    bob, eve = as_("bob"), as_("eve", Role.ADMIN)
    assert not get_view(bob, made.view_id).may_change
    for change in ({"name": "x"}, {"state": '{"a":1}'}, {"is_shared": False}):
        with refused("PERMISSION_DENIED", "'v'", "ann"):
            update_view(bob, made, **change)
    with refused("PERMISSION_DENIED", "'v'", "ann"):
        bob.delete_view(views.DeleteView(view_id=made.view_id))
    assert get_view(as_("ann"), made.view_id) == made

    assert get_view(eve, made.view_id).may_change
    assert update_view(eve, made, name="x").user_id == "ann"
    eve.delete_view(views.DeleteView(view_id=made.view_id))
    assert names(eve) == []


def test_readers_look_and_change_nothing(as_: As) -> None:
    made = make_view(as_("ann"))
    reader = as_("ann", Role.READ)
    assert get_view(reader, made.view_id).name == "v"
    with refused("PERMISSION_DENIED", "create_view"):
        make_view(reader)
    with refused("PERMISSION_DENIED", "update_view"):
        update_view(reader, made, name="x")
    with refused("PERMISSION_DENIED", "delete_view"):
        reader.delete_view(views.DeleteView(view_id=made.view_id))


def test_names_of_views_are_their_owners_own(as_: As) -> None:
    ann, bob = as_("ann"), as_("bob")
    made = [make_view(one, "v", is_shared=False) for one in (ann, bob)]
    mine = make_view(bob, "v", state='{"a":1}', is_shared=False, replace=True)

    assert mine.view_id == made[1].view_id
    assert get_view(ann, made[0].view_id) == made[0]


def test_whoever_may_write_chooses_the_default_among_shared_views(as_: As) -> None:
    ann, bob = as_("ann"), as_("bob")
    made = make_view(ann, is_default=True)
    other = make_view(bob, "w")
    assert update_view(bob, other, is_default=True).is_default
    assert not get_view(ann, made.view_id).is_default
    assert update_view(bob, made, is_default=True).is_default
    with refused("INVALID_PARAMETER_VALUE", "'v'", "default"):
        update_view(ann, made, is_shared=False)
    with refused("INVALID_PARAMETER_VALUE", "'v'", "default"):
        make_view(ann, "v", is_shared=False, replace=True)
    assert get_view(ann, made.view_id).is_shared
    with refused("INVALID_PARAMETER_VALUE", "'p'", "private"):
        make_view(ann, "p", is_shared=False, is_default=True)
    assert names(ann) == ["v", "w"]


def test_a_view_of_somebody_unknown_belongs_to_all_who_write(
    as_: As, store: SqlTrackingStore
) -> None:
    made = make_view(as_())
    assert not made.user_verified
    assert update_view(as_("bob"), made, name="w").may_change
    with refused("INVALID_PARAMETER_VALUE", "private", "owner"):
        update_view(as_("bob"), made, is_shared=False)
    as_("ann").delete_view(views.DeleteView(view_id=made.view_id))


def test_who_opens_the_store_itself_sees_and_changes_all(tmp_path: Path, as_: As) -> None:
    experiment_id = make_experiment(as_("ann"))
    made = make_view(as_("ann"), "mine", experiment_id, is_shared=False)
    direct = open_tracking_store(str(tmp_path / "store"))

    assert names(direct) == ["mine"]
    assert update_view(direct, made, name="x").may_change
    direct.delete_view(views.DeleteView(view_id=made.view_id))
    direct.close()
    assert names(as_("ann")) == []
