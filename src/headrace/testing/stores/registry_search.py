"""The searches for registered models and versions: filters, orders, pages."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.api import registry as api
from headrace.entities import ModelVersionTag, RegisteredModelTag
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    get_registered_model,
    get_version,
    make_registered_model,
    make_run,
    make_version,
    move,
    pass_millisecond,
    refused,
    set_alias,
)


def find_models(store: TrackingStore, text: str = "", *order: str, **fields: Any) -> list[str]:
    """Return the names that a search answers, in its order."""
    request = api.SearchRegisteredModels(filter=text, order_by=list(order), **fields)
    return [one.name for one in store.search_registered_models(request).registered_models]


def find_versions(store: TrackingStore, text: str = "", *order: str, **fields: Any) -> list[str]:
    """Return what a search for versions answers as ``NAME/VERSION``, in its order."""
    request = api.SearchModelVersions(filter=text, order_by=list(order), **fields)
    found = store.search_model_versions(request).model_versions
    return [f"{one.name}/{one.version}" for one in found]


MODEL_FILTERS = [
    ("", ["B", "a", "ab", "b"]),
    ("name = 'a'", ["a"]),
    ("name != 'a'", ["B", "ab", "b"]),
    ("name LIKE 'a%'", ["a", "ab"]),
    ("name ILIKE 'b'", ["B", "b"]),
    ("name IN ('a', 'b', 'x')", ["a", "b"]),
    ("attribute.name = 'ab'", ["ab"]),
    ("tags.team = 'red'", ["a", "b"]),
    ("tags.`team` = 'red' AND name = 'b'", ["b"]),
    ("tag.team != 'red'", ["ab"]),
    ("tags.team = 'red' AND tags.size = 'l'", ["b"]),
    ("tags.team LIKE '%e%' OR name = 'B'", ["B", "a", "ab", "b"]),
    ("tags.team IS NULL", ["B"]),
    ("tags.none = 'x'", []),
    ("name LIKE 'a%' AND tags.`mlflow.prompt.is_prompt` != 'true'", ["a", "ab"]),
    ("tags.`mlflow.prompt.is_prompt` = 'false'", ["B", "a", "ab", "b"]),
    ("tags.`mlflow.prompt.is_prompt` = 'true'", []),
]

VERSION_FILTERS = [
    ("name = 'a'", ["a/1", "a/2", "a/3"]),
    ("name LIKE '%b'", ["ab/1"]),
    ("version_number > 1", ["a/2", "a/3"]),
    ("name = 'a' AND version_number BETWEEN 2 AND 2", ["a/2"]),
    ("source_path LIKE 's3://bucket/%'", ["a/1", "a/3"]),
    ("source_path = 's3://other'", ["a/2", "ab/1"]),
    ("tags.kind = 'x'", ["a/1", "ab/1"]),
    ("tags.kind = 'x' AND name = 'ab'", ["ab/1"]),
    ("tags.kind ILIKE 'Y'", ["a/2"]),
    ("run_id IN ('none')", []),
    ("run_id IS NULL", ["a/1", "a/2", "a/3", "ab/1"]),
]


class RegistrySearchSuite:
    """What the searches must answer."""

    @pytest.fixture
    def models(self, store: TrackingStore) -> TrackingStore:
        """Return a store of four models."""
        tags = {"a": {"team": "red"}, "b": {"team": "red", "size": "l"}, "ab": {"team": "blue"}}
        for name in ("b", "a", "B", "ab"):
            pairs = tags.get(name, {}).items()
            make_registered_model(
                store, name, tags=[RegisteredModelTag(key, value) for key, value in pairs]
            )
            pass_millisecond()
        return store

    @pytest.fixture
    def versions(self, models: TrackingStore) -> TrackingStore:
        """Return a store of four versions."""
        first: dict[str, Any] = {"tags": [ModelVersionTag("kind", "x")]}
        second = {"source": "s3://other", "tags": [ModelVersionTag("kind", "y")]}
        other = {"source": "s3://other", "tags": [ModelVersionTag("kind", "x")]}
        for name, fields in [("a", first), ("a", second), ("a", {}), ("ab", other)]:
            make_version(models, name, **fields)
            pass_millisecond()
        return models

    def test_filters_of_models(self, models: TrackingStore) -> None:
        for text, names in MODEL_FILTERS:
            assert find_models(models, text) == names, text

    def test_filters_of_versions(self, versions: TrackingStore) -> None:
        for text, names in VERSION_FILTERS:
            assert sorted(find_versions(versions, text)) == names, text

    def test_orders_of_models(self, models: TrackingStore) -> None:
        assert find_models(models, "", "name DESC") == ["b", "ab", "a", "B"]
        models.update_registered_model(api.UpdateRegisteredModel(name="b"))
        newest = find_models(models, "", "last_updated_timestamp DESC")
        assert newest[0] == "b"
        assert find_models(models, "", "timestamp DESC") == newest
        assert sorted(find_models(models, "", "creation_timestamp ASC", "name")) == sorted(newest)

    def test_orders_of_versions(self, versions: TrackingStore) -> None:
        by_number = ["a/3", "a/2", "a/1", "ab/1"]
        assert find_versions(versions, "", "version_number DESC") == by_number
        by_name = ["a/1", "a/2", "a/3", "ab/1"]
        assert find_versions(versions, "", "name", "version_number ASC") == by_name
        assert find_versions(versions, "", "name ASC")[-1] == "ab/1"
        versions.update_model_version(
            api.UpdateModelVersion(name="a", version="1", description="x")
        )
        assert find_versions(versions)[0] == "a/1"  # what changed last
        assert find_versions(versions, "", "creation_timestamp")[0] == "a/1"

    @pytest.mark.parametrize("order", [[], ["version_number"], ["creation_timestamp DESC"]])
    def test_pages_of_versions(self, versions: TrackingStore, order: list[str]) -> None:
        found: list[str] = []
        token = None
        while True:
            request = api.SearchModelVersions(max_results=1, order_by=order, page_token=token)
            page = versions.search_model_versions(request)
            found += [f"{one.name}/{one.version}" for one in page.model_versions]
            token = page.next_page_token
            if token is None:
                break
        assert found == find_versions(versions, "", *order)
        assert len(found) == 4

    def test_pages_of_models(self, models: TrackingStore) -> None:
        request = api.SearchRegisteredModels(max_results=2)
        first = models.search_registered_models(request)
        request = api.SearchRegisteredModels(max_results=2, page_token=first.next_page_token)
        second = models.search_registered_models(request)
        found = [*first.registered_models, *second.registered_models]
        assert [one.name for one in found] == ["B", "a", "ab", "b"]
        assert second.next_page_token is None
        with refused("INVALID_PARAMETER_VALUE", "page token"):
            find_models(models, page_token="x")

    def test_what_is_found_is_whole(self, versions: TrackingStore) -> None:
        set_alias(versions, "champion", "2", name="a")
        request = api.SearchRegisteredModels(filter="name = 'a'")
        [model] = versions.search_registered_models(request).registered_models
        assert model == get_registered_model(versions, "a")
        assert model.aliases == {"champion": "2"}
        assert [one.version for one in model.latest_versions] == ["3"]
        wanted = api.SearchModelVersions(filter="name = 'a' AND version_number = 2")
        [version] = versions.search_model_versions(wanted).model_versions
        assert version == get_version(versions, "2", "a")
        assert version.aliases == ["champion"]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("colour = 'x'", "Invalid attribute key 'colour'"),
            ("metrics.a > 1", "Invalid entity type 'metrics'"),
            ("name", "filter"),
            ("version_number > 1.5", "version_number"),
            ("version_number = 'x'", "version_number"),
        ],
    )
    def test_bad_filters(self, store: TrackingStore, text: str, words: str) -> None:
        with refused("INVALID_PARAMETER_VALUE", words):
            find_versions(store, text)

    def test_bad_orders_and_sizes(self, store: TrackingStore) -> None:
        for order in ("colour", "tags.a", "name SIDEWAYS"):
            with refused("INVALID_PARAMETER_VALUE"):
                find_models(store, "", order)
            with refused("INVALID_PARAMETER_VALUE"):
                find_versions(store, "", order)
        for size in (0, -1, 1001):
            with refused("INVALID_PARAMETER_VALUE", "max_results"):
                find_models(store, max_results=size)
        for size in (0, 200_001):
            with refused("INVALID_PARAMETER_VALUE", "max_results"):
                find_versions(store, max_results=size)

    def test_moved_versions_are_found_by_their_run(self, versions: TrackingStore) -> None:
        run_id = make_run(versions)
        make_registered_model(versions)
        make_version(versions, run_id=run_id)
        move(versions, "1", "Production")
        assert find_versions(versions, f"run_id = '{run_id}'") == ["m/1"]
