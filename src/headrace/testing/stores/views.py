"""Views of experiments: their life, which one is the default, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.api import views
from headrace.api.cleanup import CollectGarbage
from headrace.entities import View
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import make_experiment, pass_millisecond, refused

STATE = '{"filter":"metrics.loss < 1","logX":true,"zoom":[1,2.5],"name":"Größe"}'

# What no view may be, and what the refusal says.
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": ""}, ["name"]),
    ({"name": "  "}, ["name"]),
    ({"name": "n" * 201}, ["name", "200"]),
    ({"name": "a\0b"}, ["name", "NUL"]),
    ({"experiment_ids": []}, ["experiment_ids"]),
    ({"experiment_ids": ["x"]}, ["x"]),
    ({"experiment_ids": [str(number) for number in range(101)]}, ["100", "101"]),
    ({"state": "{"}, ["state", "JSON object"]),
    ({"state": "[1]"}, ["state", "JSON object"]),
    ({"state": '{"a": NaN}'}, ["state", "JSON object"]),
    ({"state": json.dumps({"a": "x" * 65_536})}, ["65545 bytes", "65536"]),
    ({"is_shared": False}, ["private", "owner"]),
]


def make_view(store: TrackingStore, name: str = "v", *ids: str, **fields: Any) -> View:
    """Create a view, of the experiment that every store has unless told otherwise."""
    request = views.CreateView(name=name, experiment_ids=list(ids) or ["0"], **fields)
    return store.create_view(request).view


def get_view(store: TrackingStore, view_id: str) -> View:
    """Return a view."""
    return store.get_view(views.GetView(view_id=view_id)).view


def update_view(store: TrackingStore, view: View, **fields: Any) -> View:
    """Change a view."""
    return store.update_view(views.UpdateView(view_id=view.view_id, **fields)).view


def names(store: TrackingStore, *ids: str) -> list[str]:
    """Return the names of the views of experiments, or of all, the oldest first."""
    page = store.list_views(views.ListViews(experiment_ids=list(ids)))
    return [one.name for one in page.views[::-1]]


def defaults(store: TrackingStore) -> list[str]:
    """Return the names of the views that are defaults, the oldest first."""
    page = store.list_views(views.ListViews())
    return [one.name for one in page.views[::-1] if one.is_default]


class ViewSuite:
    """What a store of views must do."""

    def test_a_view_comes_back_as_it_was_made(self, store: TrackingStore) -> None:
        other = make_experiment(store)
        made = make_view(store, "Größe", other, "0", other, state=STATE)

        assert get_view(store, made.view_id) == made
        assert (made.name, made.experiment_ids, made.state_text) == ("Größe", [other, "0"], STATE)
        assert made.state == json.loads(STATE)
        assert made.creation_timestamp == made.last_updated_timestamp > 0
        assert (made.is_shared, made.is_default, made.may_change) == (True, False, True)
        [listed] = store.list_views(views.ListViews(experiment_ids=["0"])).views
        assert (listed.view_id, listed.name, listed.state_text) == (made.view_id, "Größe", "")

    def test_views_are_listed_by_their_experiments(self, store: TrackingStore) -> None:
        one, other = make_experiment(store, "one"), make_experiment(store, "other")
        make_view(store, "a", one)
        make_view(store, "b", one, other)
        make_view(store, "c", other)

        assert names(store, one) == ["a", "b"]
        assert names(store, other, one) == ["b"]
        assert names(store, "0") == names(store, "987") == []
        assert names(store) == ["a", "b", "c"]

    def test_a_list_goes_on_page_by_page(self, store: TrackingStore) -> None:
        ids = [make_view(store, f"v{number}").view_id for number in range(5)][::-1]
        first = store.list_views(views.ListViews(max_results=3))
        rest = store.list_views(views.ListViews(max_results=3, page_token=first.next_page_token))

        assert [one.view_id for one in (*first.views, *rest.views)] == ids
        assert (len(first.views), rest.next_page_token) == (3, None)
        for number in (0, 1001):
            with refused("INVALID_PARAMETER_VALUE", "max_results", str(number)):
                store.list_views(views.ListViews(max_results=number))

    def test_a_view_is_updated_in_parts(self, store: TrackingStore) -> None:
        made = make_view(store, state=STATE)
        pass_millisecond()
        named = update_view(store, made, name="w")
        changed = update_view(store, made, state='{"layout":"charts","logY":null}')

        assert (named.name, named.state_text) == ("w", STATE)
        assert named.last_updated_timestamp > made.last_updated_timestamp
        assert (changed.name, changed.state) == ("w", {"layout": "charts", "logY": None})
        assert changed.creation_timestamp == made.creation_timestamp
        assert get_view(store, made.view_id) == changed
        assert update_view(store, made) == changed

    def test_a_deleted_view_is_gone(self, store: TrackingStore) -> None:
        made = make_view(store)
        store.delete_view(views.DeleteView(view_id=made.view_id))

        assert names(store) == []
        with refused("RESOURCE_DOES_NOT_EXIST", made.view_id):
            get_view(store, made.view_id)
        with refused("RESOURCE_DOES_NOT_EXIST", made.view_id):
            update_view(store, made, name="w")
        with refused("RESOURCE_DOES_NOT_EXIST", made.view_id):
            store.delete_view(views.DeleteView(view_id=made.view_id))

    def test_a_name_is_there_once(self, store: TrackingStore) -> None:
        other = make_experiment(store)
        made = make_view(store, "v", "0", other)
        make_view(store, "v")
        with refused("RESOURCE_ALREADY_EXISTS", "'v'"):
            make_view(store, "v", other, "0")
        another = make_view(store, "w", "0", other)
        with refused("RESOURCE_ALREADY_EXISTS", "'v'"):
            update_view(store, another, name="v", state=STATE)

        assert get_view(store, another.view_id) == another
        assert update_view(store, made, name="v").name == "v"
        replaced = make_view(store, "v", other, "0", state=STATE, replace=True)
        assert (replaced.view_id, replaced.state_text) == (made.view_id, STATE)
        assert replaced.experiment_ids == ["0", other]
        assert names(store, other) == ["v", "w"]
        update_view(store, another, name="free")
        assert make_view(store, "w", other, "0", replace=True).view_id != another.view_id

    def test_an_experiment_has_one_default(self, store: TrackingStore) -> None:
        other = make_experiment(store)
        first = make_view(store, "first", is_default=True)
        make_view(store, "elsewhere", other, is_default=True)
        assert first.is_default
        second = make_view(store, "second")
        assert update_view(store, second, is_default=True).is_default

        assert defaults(store) == ["elsewhere", "second"]
        make_view(store, "first", replace=True, is_default=True)
        assert defaults(store) == ["first", "elsewhere"]
        assert not update_view(store, first, is_default=False).is_default
        assert defaults(store) == ["elsewhere"]
        both = make_view(store, "both", "0", other)
        with refused("INVALID_PARAMETER_VALUE", "'new'", "2 experiments"):
            update_view(store, both, is_default=True, name="new")
        with refused("INVALID_PARAMETER_VALUE", "'two'", "2 experiments"):
            make_view(store, "two", "0", other, is_default=True)
        assert names(store, "0", other) == ["both"]

    @pytest.mark.parametrize(("fields", "parts"), REFUSED)
    def test_what_no_view_may_be_is_refused(
        self, store: TrackingStore, fields: dict[str, Any], parts: list[str]
    ) -> None:
        with refused("INVALID_PARAMETER_VALUE", *parts):
            given: dict[str, Any] = {"name": "v", "experiment_ids": ["0"]}
            store.create_view(views.CreateView(**(given | fields)))
        assert names(store) == []
        if "experiment_ids" not in fields:
            made = make_view(store)
            with refused("INVALID_PARAMETER_VALUE", *parts):
                update_view(store, made, **fields)
            assert get_view(store, made.view_id) == made

    def test_views_are_made_of_active_experiments(self, store: TrackingStore) -> None:
        deleted = make_experiment(store)
        made = make_view(store, "v", deleted)
        store.delete_experiment(api.DeleteExperiment(experiment_id=deleted))
        with refused("INVALID_PARAMETER_VALUE", deleted, "active"):
            make_view(store, "w", "0", deleted)
        with refused("INVALID_PARAMETER_VALUE", deleted, "active"):
            update_view(store, made, is_default=True)
        with refused("RESOURCE_DOES_NOT_EXIST", "987"):
            make_view(store, "w", "987")

        assert names(store) == ["v"]
        assert get_view(store, made.view_id) == made

    def test_a_view_goes_with_the_last_of_its_experiments(self, store: TrackingStore) -> None:
        one, other = make_experiment(store, "one"), make_experiment(store, "other")
        make_view(store, "v", one)
        both = make_view(store, "both", one, other)
        make_view(store, "kept")
        for experiment_id in (one, other):
            store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id))
        assert names(store) == ["v", "both", "kept"]

        store.collect_garbage(CollectGarbage(experiment_ids=[one]))
        assert names(store) == ["both", "kept"]
        assert get_view(store, both.view_id).experiment_ids == [other]
        store.collect_garbage(CollectGarbage(experiment_ids=[other]))
        assert names(store) == ["kept"]
