"""Registered models: their life, tags, and newest versions."""

from __future__ import annotations

import pytest

from headrace.api import registry as api
from headrace.entities import RegisteredModelTag
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    get_registered_model,
    get_version,
    make_registered_model,
    make_version,
    move,
    refused,
    set_alias,
)

BAD_NAMES = ["a/b", "a:b", "..", ".", " ", "a\0b", "x" * 257]


class RegisteredModelSuite:
    """What a store of registered models must do."""

    def test_a_model_comes_back_as_it_was_made(self, store: TrackingStore) -> None:
        tags = [RegisteredModelTag("team", "red"), RegisteredModelTag("team", "blue")]
        made = make_registered_model(store, "größe 1.0", tags=tags, description="what it does")

        assert get_registered_model(store, "größe 1.0") == made
        assert (made.tags, made.description) == ({"team": "blue"}, "what it does")
        assert (made.aliases, made.latest_versions) == ({}, [])
        assert made.creation_timestamp == made.last_updated_timestamp

    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_bad_names_of_registered_models_are_refused(
        self, store: TrackingStore, name: str
    ) -> None:
        make_registered_model(store)
        with refused("INVALID_PARAMETER_VALUE"):
            make_registered_model(store, name)
        with refused("INVALID_PARAMETER_VALUE"):
            store.rename_registered_model(api.RenameRegisteredModel(name="m", new_name=name))

    def test_a_name_is_taken_once(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_registered_model(store, "other")
        with refused("RESOURCE_ALREADY_EXISTS", "Registered Model (name=m) already exists"):
            make_registered_model(store)
        with refused("RESOURCE_ALREADY_EXISTS", "name=m"):
            store.rename_registered_model(api.RenameRegisteredModel(name="other", new_name="m"))

    def test_registered_models_that_are_not_there(self, store: TrackingStore) -> None:
        for call in (
            lambda: get_registered_model(store, "none"),
            lambda: make_version(store, "none"),
            lambda: store.rename_registered_model(
                api.RenameRegisteredModel(name="none", new_name="some")
            ),
            lambda: store.update_registered_model(api.UpdateRegisteredModel(name="none")),
            lambda: store.delete_registered_model(api.DeleteRegisteredModel(name="none")),
            lambda: store.get_latest_versions(api.GetLatestVersions(name="none")),
            lambda: store.set_registered_model_tag(
                api.SetRegisteredModelTag(name="none", key="a", value="b")
            ),
            lambda: store.delete_registered_model_tag(
                api.DeleteRegisteredModelTag(name="none", key="a")
            ),
        ):
            with refused("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found"):
                call()

    def test_a_description_is_set_and_taken_away(self, store: TrackingStore) -> None:
        before = make_registered_model(store, description="old")
        answer = store.update_registered_model(
            api.UpdateRegisteredModel(name="m", description="new")
        )
        assert answer.registered_model.description == "new"
        assert (answer.registered_model.last_updated_timestamp or 0) >= before.creation_timestamp

        store.update_registered_model(api.UpdateRegisteredModel(name="m"))

        assert get_registered_model(store).description is None

    def test_renaming_keeps_everything(self, store: TrackingStore) -> None:
        make_registered_model(store, tags=[RegisteredModelTag("a", "1")])
        make_version(store)
        make_version(store)
        set_alias(store, "champion", "2")
        move(store, "1", "Production")

        store.rename_registered_model(api.RenameRegisteredModel(name="m", new_name="n"))

        model = get_registered_model(store, "n")
        assert (model.tags, model.aliases) == ({"a": "1"}, {"champion": "2"})
        assert {one.version: one.current_stage for one in model.latest_versions} == {
            "1": "Production",
            "2": "None",
        }
        assert {one.name for one in model.latest_versions} == {"n"}
        assert get_version(store, "2", "n").aliases == ["champion"]
        assert make_version(store, "n").version == "3"
        with refused("RESOURCE_DOES_NOT_EXIST", "name=m"):
            get_registered_model(store)
        make_registered_model(store)
        assert make_version(store).version == "1"

    def test_deleting_a_model_deletes_its_versions(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        set_alias(store, "champion", "1")

        store.delete_registered_model(api.DeleteRegisteredModel(name="m"))

        with refused("RESOURCE_DOES_NOT_EXIST"):
            get_version(store, "1")
        make_registered_model(store)
        model = get_registered_model(store)
        assert (model.latest_versions, model.aliases) == ([], {})

    def test_tags_of_registered_models(self, store: TrackingStore) -> None:
        make_registered_model(store)
        for value in ("1", "2", ""):
            store.set_registered_model_tag(
                api.SetRegisteredModelTag(name="m", key="a/b c", value=value)
            )
            assert get_registered_model(store).tags == {"a/b c": value}
        for _ in range(2):
            store.delete_registered_model_tag(api.DeleteRegisteredModelTag(name="m", key="a/b c"))
            assert get_registered_model(store).tags == {}

    @pytest.mark.parametrize(
        ("key", "value"), [("../up", "v"), ("a%", "v"), ("k" * 251, "v"), ("k", "v" * 100_001)]
    )
    def test_bad_tags_are_refused(self, store: TrackingStore, key: str, value: str) -> None:
        make_registered_model(store)
        make_version(store)
        with refused("INVALID_PARAMETER_VALUE"):
            store.set_registered_model_tag(
                api.SetRegisteredModelTag(name="m", key=key, value=value)
            )
        with refused("INVALID_PARAMETER_VALUE"):
            store.set_model_version_tag(
                api.SetModelVersionTag(name="m", version="1", key=key, value=value)
            )
        with refused("INVALID_PARAMETER_VALUE"):
            make_registered_model(store, "n", tags=[RegisteredModelTag(key, value)])

    def test_the_newest_version_of_each_stage(self, store: TrackingStore) -> None:
        make_registered_model(store)
        for _ in range(5):
            make_version(store)
        for version, stage in (("1", "Staging"), ("2", "Staging"), ("4", "Production")):
            move(store, version, stage)

        def latest(*stages: str) -> list[str]:
            request = api.GetLatestVersions(name="m", stages=list(stages))
            return sorted(one.version for one in store.get_latest_versions(request).model_versions)

        assert latest() == ["2", "4", "5"]
        assert latest("production") == ["4"]
        assert latest("None", "STAGING", "staging") == ["2", "5"]
        assert latest("Archived") == []
        with refused("INVALID_PARAMETER_VALUE", "Invalid Model Version stage: Live", "Staging"):
            latest("Live")
