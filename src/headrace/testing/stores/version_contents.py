"""What a store says of the contents of versions; who reads the files is no part of it."""

from __future__ import annotations

from headrace.api import registry as api
from headrace.entities import VersionContent
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import get_version, make_registered_model, make_version, refused


def content_of(store: TrackingStore, version: str, *, files: bool = True) -> VersionContent:
    """Return what a version of the model ``m`` holds."""
    request = api.GetModelVersionContent(name="m", version=version, files=files)
    return store.get_model_version_content(request).content


def check(store: TrackingStore, version: str) -> VersionContent:
    """Ask to have the files of a version of the model ``m`` looked at."""
    request = api.CheckModelVersionContent(name="m", version=version)
    return store.check_model_version_content(request).content


class VersionContentSuite:
    """What a store of the contents of versions must do."""

    def test_nobody_has_looked_at_a_new_version(self, store: TrackingStore) -> None:
        make_registered_model(store)
        made = make_version(store)

        assert (made.content_state, made.content_digest) == ("unverified", None)
        assert get_version(store, "1") == made
        assert content_of(store, "1") == VersionContent("m", "1", "unverified")

    def test_who_asks_is_answered_at_once(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)

        for _ in range(2):
            content = check(store, "1")
            assert (content.state, content.digest) == ("unverified", None)
            assert content.checked_at is None

    def test_a_copy_of_what_nobody_has_looked_at(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        check(store, "1")

        copy = make_version(store, source="models:/m/1")

        assert (copy.content_state, copy.content_digest) == ("unverified", None)

    def test_contents_of_versions_that_are_not_there(self, store: TrackingStore) -> None:
        make_registered_model(store)
        for call in (content_of, check):
            with refused("RESOURCE_DOES_NOT_EXIST", "Model Version (name=m, version=7) not found"):
                call(store, "7")
            with refused("INVALID_PARAMETER_VALUE", "version"):
                call(store, "x")
