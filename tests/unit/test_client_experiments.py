"""Experiments, and which of them is the active one."""

from __future__ import annotations

import os
from typing import Any

import pytest

import headrace
from headrace.client.fluent import experiments
from headrace.entities import ViewType
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)

pytestmark = pytest.mark.usefixtures("store_folder")


class TestLife:
    def test_create_and_get(self) -> None:
        experiment_id = headrace.create_experiment("vision", tags={"team": "a", "size": 3})

        experiment = headrace.get_experiment(experiment_id)
        assert (experiment.name, experiment.tags) == ("vision", {"team": "a", "size": "3"})
        assert headrace.get_experiment_by_name("vision") == experiment

    def test_an_artifact_location(self) -> None:
        experiment_id = headrace.create_experiment("e", artifact_location="s3://bucket/place")
        with headrace.start_run(experiment_id=experiment_id) as run:
            assert run.info.artifact_uri.startswith("s3://bucket/place/")

    def test_delete_and_restore(self) -> None:
        experiment_id = headrace.create_experiment("e")
        headrace.delete_experiment(experiment_id)

        assert headrace.get_experiment(experiment_id).lifecycle_stage == "deleted"
        assert names() == ["Default"]
        assert names(ViewType.DELETED_ONLY) == ["e"]

        headrace.restore_experiment(experiment_id)
        assert names() == ["e", "Default"]

    def test_rename(self) -> None:
        client = headrace.MlflowClient()
        experiment_id = client.create_experiment("old")
        client.rename_experiment(experiment_id, "new")

        assert client.get_experiment(experiment_id).name == "new"

    def test_what_is_not_there(self) -> None:
        assert headrace.get_experiment_by_name("nothing") is None
        with pytest.raises(ResourceDoesNotExist, match="77"):
            headrace.get_experiment("77")

    def test_a_name_that_is_taken(self) -> None:
        experiment_id = headrace.create_experiment("e")
        with pytest.raises(ResourceAlreadyExists, match="e"):
            headrace.create_experiment("e")

        headrace.delete_experiment(experiment_id)
        with pytest.raises(ResourceAlreadyExists, match="e"):
            headrace.create_experiment("e")

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ({"name": ""}, "name"),
            ({"name": None}, "name"),
            ({"name": 5}, "name"),
            ({"name": "x" * 501}, "500"),
            ({"name": "e", "artifact_location": "runs:/abc"}, "runs:/"),
            ({"name": "e", "artifact_location": "file:///a#b"}, "fragment"),
            ({"name": "e", "tags": {"a*b": 1}}, r"a\*b"),
            ({"name": "e", "tags": {"a": "x" * 20_001}}, "20000"),
            ({"name": "e", "trace_location": object()}, "trace_location"),
        ],
    )
    def test_bad_arguments_are_named(self, arguments: dict[str, Any], named: str) -> None:
        with pytest.raises(InvalidParameterValue, match=named):
            headrace.create_experiment(**arguments)
        assert names() == ["Default"]


class TestSearch:
    def test_filter_order_and_limit(self) -> None:
        for name in ("a1", "a2", "b1", "a3"):
            headrace.create_experiment(name, tags={"k": name[0]})

        assert names(filter_string="name LIKE 'a%'", order_by=["name ASC"]) == ["a1", "a2", "a3"]
        assert names(filter_string="tags.k = 'b'") == ["b1"]
        assert names(order_by=["name DESC"], max_results=2) == ["b1", "a3"]
        assert names(max_results=0) == []

    def test_all_pages_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(experiments, "DEFAULT_EXPERIMENTS_PER_SEARCH", 2)
        for number in range(5):
            headrace.create_experiment(f"e{number}")

        expected = ["Default", *(f"e{number}" for number in range(5))]
        assert names(order_by=["name ASC"]) == expected
        assert names(order_by=["name ASC"], max_results=3) == expected[:3]

    def test_pages_of_the_client(self) -> None:
        client = headrace.MlflowClient()
        for number in range(3):
            client.create_experiment(f"e{number}")

        first = client.search_experiments(max_results=2, order_by=["name"])
        second = client.search_experiments(max_results=2, order_by=["name"], page_token=first.token)
        assert [e.name for e in first + second] == ["Default", "e0", "e1", "e2"]
        assert second.token is None

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ({"filter_string": "name ="}, "name"),
            ({"order_by": ["speed"]}, "speed"),
            ({"view_type": 9}, "9"),
        ],
    )
    def test_bad_arguments_are_named(self, arguments: dict[str, Any], named: str) -> None:
        with pytest.raises(InvalidParameterValue, match=named):
            headrace.search_experiments(**arguments)


def names(view_type: int = ViewType.ACTIVE_ONLY, **arguments: Any) -> list[str]:
    return [e.name for e in headrace.search_experiments(view_type, **arguments)]


class TestTags:
    def test_of_the_active_experiment(self) -> None:
        experiment_id = headrace.set_experiment("e").experiment_id
        headrace.set_experiment_tag("a", 1)
        headrace.set_experiment_tags({"b": 2, "c": None})
        headrace.delete_experiment_tag("c")

        assert headrace.get_experiment(experiment_id).tags == {"a": "1", "b": "2"}

    def test_a_tag_that_is_not_there(self) -> None:
        with pytest.raises(ResourceDoesNotExist, match="nothing"):
            headrace.delete_experiment_tag("nothing")


class TestActive:
    def test_runs_go_into_the_default_experiment(self) -> None:
        assert headrace.start_run().info.experiment_id == "0"

    def test_set_experiment_creates_it_once(self) -> None:
        first = headrace.set_experiment("e")
        second = headrace.set_experiment("e")

        assert first == second
        assert headrace.start_run().info.experiment_id == first.experiment_id
        assert os.environ["MLFLOW_EXPERIMENT_ID"] == first.experiment_id

    def test_set_experiment_by_id(self) -> None:
        experiment_id = headrace.create_experiment("e")
        headrace.set_experiment(experiment_id=experiment_id)

        assert headrace.start_run().info.experiment_id == experiment_id

    @pytest.mark.parametrize(
        "arguments", [{}, {"experiment_name": "a", "experiment_id": "0"}], ids=["none", "both"]
    )
    def test_exactly_one_of_name_and_id(self, arguments: dict[str, str]) -> None:
        with pytest.raises(InvalidParameterValue, match="exactly one"):
            headrace.set_experiment(**arguments)

    def test_an_unknown_id(self) -> None:
        with pytest.raises(ResourceDoesNotExist, match="77"):
            headrace.set_experiment(experiment_id="77")

    def test_a_deleted_experiment_is_refused(self) -> None:
        headrace.delete_experiment(headrace.create_experiment("e"))

        with pytest.raises(InvalidParameterValue, match="deleted experiment 'e'.*restore"):
            headrace.set_experiment("e")
        assert headrace.start_run().info.experiment_id == "0"

    def test_the_argument_of_start_run_comes_first(self) -> None:
        headrace.set_experiment("e")
        other = headrace.create_experiment("other")

        assert headrace.start_run(experiment_id=other).info.experiment_id == other

    @pytest.mark.parametrize("prefix", ["MLFLOW", "HEADRACE"])
    def test_the_environment_names_it(self, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(f"{prefix}_EXPERIMENT_NAME", "e")

        run = headrace.start_run()
        assert headrace.get_experiment(run.info.experiment_id).name == "e"

    def test_the_environment_gives_its_id(self, monkeypatch: pytest.MonkeyPatch) -> None:
        experiment_id = headrace.create_experiment("e")
        monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", experiment_id)

        assert headrace.start_run().info.experiment_id == experiment_id

    def test_an_id_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "77")

        with pytest.raises(InvalidParameterValue, match="MLFLOW_EXPERIMENT_ID is '77'"):
            headrace.start_run()

    def test_a_name_and_an_id_that_do_not_fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "e")
        monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")

        with pytest.raises(InvalidParameterValue, match="set one of them only"):
            headrace.start_run()


@pytest.mark.parametrize("experiment_id", [None, 5.5, True, ["0"]])
def test_what_is_no_experiment_id(experiment_id: Any) -> None:
    with pytest.raises(HeadraceError, match="Invalid experiment id"):
        headrace.get_experiment(experiment_id)
