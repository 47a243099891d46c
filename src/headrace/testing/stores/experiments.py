"""Experiments: names, lifecycle, tags."""

from __future__ import annotations

import time

import pytest

from headrace.api import tracking as api
from headrace.entities import ExperimentTag
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import get_experiment, get_run, make_experiment, make_run, refused

NAMES = ["a", "Δ café 𝔘𝔫𝔦", "with 'quotes\" and %_", " padded ", "x" * 500, "a/b\\c"]


class ExperimentSuite:
    """What an experiment store must do."""

    def test_default_experiment_is_there(self, store: TrackingStore) -> None:
        experiment = get_experiment(store, "0")

        assert (experiment.name, experiment.lifecycle_stage) == ("Default", "active")

    @pytest.mark.parametrize("name", NAMES)
    def test_name_comes_back_as_given(self, store: TrackingStore, name: str) -> None:
        experiment_id = make_experiment(store, name)

        by_name = store.get_experiment_by_name(api.GetExperimentByName(experiment_name=name))

        assert by_name.experiment == get_experiment(store, experiment_id)
        assert by_name.experiment.name == name

    def test_create_sets_times_tags_and_location(self, store: TrackingStore) -> None:
        before = int(time.time() * 1000) - 1
        experiment_id = make_experiment(
            store, tags=[ExperimentTag("k", "v"), ExperimentTag("empty", "")]
        )

        experiment = get_experiment(store, experiment_id)

        assert experiment.tags == {"k": "v", "empty": ""}
        assert experiment.creation_time is not None
        assert before <= experiment.creation_time <= time.time() * 1000 + 1
        assert experiment.last_update_time == experiment.creation_time
        assert experiment.artifact_location is not None
        assert experiment.artifact_location.endswith(f"/{experiment_id}")

    def test_given_artifact_location_is_kept(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store, artifact_location="s3://bucket/some/prefix")

        run = get_run(store, make_run(store, experiment_id))

        assert get_experiment(store, experiment_id).artifact_location == "s3://bucket/some/prefix"
        assert run.info.artifact_uri == f"s3://bucket/some/prefix/{run.info.run_id}/artifacts"

    @pytest.mark.parametrize("name", ["", "x" * 501, "nul\0", "surrogate\ud800"])
    def test_bad_names_of_experiments_are_refused(self, store: TrackingStore, name: str) -> None:
        with refused("INVALID_PARAMETER_VALUE"):
            make_experiment(store, name)

    def test_taken_name_is_refused_also_by_a_deleted_one(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store, "taken")
        with refused("RESOURCE_ALREADY_EXISTS", "taken"):
            make_experiment(store, "taken")

        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id))

        with refused("RESOURCE_ALREADY_EXISTS", "taken"):
            make_experiment(store, "taken")

    @pytest.mark.parametrize(
        ("experiment_id", "code"),
        [("77", "RESOURCE_DOES_NOT_EXIST"), ("abc", "INVALID_PARAMETER_VALUE")],
    )
    def test_unknown_ids(self, store: TrackingStore, experiment_id: str, code: str) -> None:
        with refused(code, experiment_id):
            get_experiment(store, experiment_id)

    def test_unknown_name(self, store: TrackingStore) -> None:
        with refused("RESOURCE_DOES_NOT_EXIST", "nobody"):
            store.get_experiment_by_name(api.GetExperimentByName(experiment_name="nobody"))

    def test_rename(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store, "before")
        make_experiment(store, "other")

        store.update_experiment(api.UpdateExperiment(experiment_id=experiment_id, new_name="after"))
        with refused("RESOURCE_ALREADY_EXISTS", "other"):
            store.update_experiment(
                api.UpdateExperiment(experiment_id=experiment_id, new_name="other")
            )

        assert get_experiment(store, experiment_id).name == "after"

    def test_delete_and_restore_take_the_runs_along(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        run_id = make_run(store, experiment_id)

        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id))

        assert get_experiment(store, experiment_id).lifecycle_stage == "deleted"
        assert get_run(store, run_id).info.lifecycle_stage == "deleted"
        with refused("INVALID_PARAMETER_VALUE", "active"):
            make_run(store, experiment_id)

        store.restore_experiment(api.RestoreExperiment(experiment_id=experiment_id))

        assert get_experiment(store, experiment_id).lifecycle_stage == "active"
        assert get_run(store, run_id).info.lifecycle_stage == "active"

    def test_deleted_experiment_refuses_writes(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id))

        with refused("INVALID_PARAMETER_VALUE"):
            store.update_experiment(
                api.UpdateExperiment(experiment_id=experiment_id, new_name="new")
            )
        with refused("INVALID_PARAMETER_VALUE"):
            store.set_experiment_tag(
                api.SetExperimentTag(experiment_id=experiment_id, key="k", value="v")
            )

    def test_tags_are_set_changed_and_deleted(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        for value in ("one", "zwei ö", ""):
            store.set_experiment_tag(
                api.SetExperimentTag(experiment_id=experiment_id, key="k/1", value=value)
            )
            assert get_experiment(store, experiment_id).tags == {"k/1": value}

        request = api.DeleteExperimentTag(experiment_id=experiment_id, key="k/1")
        store.delete_experiment_tag(request)

        assert get_experiment(store, experiment_id).tags == {}
        with refused("RESOURCE_DOES_NOT_EXIST", "k/1"):
            store.delete_experiment_tag(request)

    @pytest.mark.parametrize("key", ["", "x" * 251, "nul\0"])
    def test_bad_tag_keys_are_refused(self, store: TrackingStore, key: str) -> None:
        with refused("INVALID_PARAMETER_VALUE"):
            store.set_experiment_tag(api.SetExperimentTag(experiment_id="0", key=key, value="v"))

    def test_search_pages_in_the_default_order(self, store: TrackingStore) -> None:
        made = [make_experiment(store, f"e{number}") for number in range(5)]
        store.delete_experiment(api.DeleteExperiment(experiment_id=made[2]))

        found: list[str] = []
        token = None
        while True:
            page = store.search_experiments(api.SearchExperiments(max_results=2, page_token=token))
            assert 1 <= len(page.experiments) <= 2
            found += [experiment.experiment_id for experiment in page.experiments]
            token = page.next_page_token
            if token is None:
                break

        assert sorted(found) == sorted(["0", *made[:2], *made[3:]])
        times = [get_experiment(store, experiment_id).creation_time for experiment_id in found]
        assert times == sorted(times, reverse=True)  # type: ignore[type-var]

    def test_search_by_name_tag_and_view(self, store: TrackingStore) -> None:
        first = make_experiment(store, "Alpha", tags=[ExperimentTag("team", "red")])
        second = make_experiment(store, "alphabet")
        store.delete_experiment(api.DeleteExperiment(experiment_id=second))

        def search(text: str, view: str = "ACTIVE_ONLY") -> list[str]:
            page = store.search_experiments(
                api.SearchExperiments(max_results=100, filter=text, view_type=view)
            )
            return sorted(experiment.experiment_id for experiment in page.experiments)

        assert search("name = 'Alpha'") == [first]
        assert search("name LIKE 'Alph%'") == [first]
        assert search("name ILIKE 'alph%'", "ALL") == sorted([first, second])
        assert search("name ILIKE 'alph%'", "DELETED_ONLY") == [second]
        assert search("tags.team = 'red'") == [first]
        assert search("tags.team != 'blue'") == [first]
        assert search("tags.team = 'blue'") == []

    @pytest.mark.parametrize("max_results", [0, -1, 50001])
    def test_bad_page_sizes_of_experiments_are_refused(
        self, store: TrackingStore, max_results: int
    ) -> None:
        with refused("INVALID_PARAMETER_VALUE", str(max_results)):
            store.search_experiments(api.SearchExperiments(max_results=max_results))
