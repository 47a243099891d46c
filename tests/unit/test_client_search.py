"""``search_runs``: where it looks, what it returns, and the frames that it makes."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pytest

import headrace
from headrace.client.fluent import runs
from headrace.entities import RunTag, ViewType
from headrace.errors import EndpointNotFound, InvalidParameterValue
from headrace.stores.sql.tracking import SqlTrackingStore

pytestmark = pytest.mark.usefixtures("store_folder")


@pytest.fixture
def two_runs() -> tuple[str, str]:
    """A finished run with a metric, a param and NaN, and a running one with others."""
    client = headrace.MlflowClient()
    first = client.create_run("0", start_time=1_000, tags={"mlflow.runName": "first"})
    client.log_metric(first.info.run_id, "loss", 0.5)
    client.log_metric(first.info.run_id, "bad", math.nan)
    client.log_param(first.info.run_id, "rate", 0.1)
    client.set_terminated(first.info.run_id, end_time=2_500)
    second = client.create_run("0", start_time=3_000, tags={"mlflow.runName": "second"})
    client.log_metric(second.info.run_id, "accuracy", 0.9)
    client.log_batch(second.info.run_id, tags=[RunTag("team", "a")])
    return first.info.run_id, second.info.run_id


class TestPandas:
    def test_columns_and_types_are_those_of_mlflow(self, two_runs: tuple[str, str]) -> None:
        frame = headrace.search_runs()

        assert list(frame.columns) == [
            "run_id",
            "experiment_id",
            "status",
            "artifact_uri",
            "start_time",
            "end_time",
            "metrics.accuracy",
            "metrics.bad",
            "metrics.loss",
            "params.rate",
            "tags.mlflow.runName",
            "tags.team",
        ]
        assert list(frame["run_id"]) == [two_runs[1], two_runs[0]]
        assert list(frame["status"]) == ["RUNNING", "FINISHED"]
        for name in ("start_time", "end_time"):
            assert str(frame[name].dtype).startswith("datetime64")
            assert str(frame[name].dt.tz) == "UTC"
        assert {str(frame[f"metrics.{key}"].dtype) for key in ("accuracy", "bad", "loss")} == {
            "float64"
        }

    def test_values(self, two_runs: tuple[str, str]) -> None:
        second, first = (row for _, row in headrace.search_runs().iterrows())

        assert first["start_time"] == pd.Timestamp(1, unit="s", tz="UTC")
        assert first["end_time"] == pd.Timestamp(2.5, unit="s", tz="UTC")
        assert second["end_time"] is pd.NaT
        assert (first["metrics.loss"], second["metrics.accuracy"]) == (0.5, 0.9)
        assert math.isnan(first["metrics.bad"])
        assert math.isnan(second["metrics.loss"])
        assert first["params.rate"] == "0.1"
        assert pd.isna(second["params.rate"])
        assert pd.isna(first["tags.team"])

    def test_running_runs_alone_still_have_times(self) -> None:
        headrace.MlflowClient().create_run("0")

        frame = headrace.search_runs()
        assert str(frame["end_time"].dt.tz) == "UTC"
        assert frame["end_time"].isna().all()

    def test_no_run(self) -> None:
        frame = headrace.search_runs()

        assert len(frame) == 0
        assert list(frame.columns) == [
            "run_id",
            "experiment_id",
            "status",
            "artifact_uri",
            "start_time",
            "end_time",
        ]


class TestPolars:
    def test_the_same_columns(self, two_runs: tuple[str, str]) -> None:
        frame = headrace.search_runs(output_format="polars")

        assert frame.columns == list(headrace.search_runs().columns)
        assert frame.schema["start_time"] == pl.Datetime("ms", "UTC")
        assert frame.schema["metrics.loss"] == pl.Float64
        assert frame.schema["params.rate"] == pl.String

    def test_values(self, two_runs: tuple[str, str]) -> None:
        second, first = headrace.search_runs(output_format="polars").to_dicts()

        assert first["start_time"] == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
        assert second["end_time"] is None
        assert (first["metrics.loss"], second["metrics.loss"]) == (0.5, None)
        assert math.isnan(first["metrics.bad"])
        assert (first["params.rate"], second["params.rate"]) == ("0.1", None)

    def test_no_run(self) -> None:
        frame = headrace.search_runs(output_format="polars")

        assert frame.shape == (0, 6)
        assert frame.schema["end_time"] == pl.Datetime("ms", "UTC")


class TestList:
    def test_runs_whole(self, two_runs: tuple[str, str]) -> None:
        found = headrace.search_runs(output_format="list", order_by=["start_time ASC"])

        assert [run.info.run_id for run in found] == list(two_runs)
        assert found[1] == headrace.get_run(two_runs[1])
        assert found[0].data.params == {"rate": "0.1"}

    def test_filter_view_type_and_limit(self, two_runs: tuple[str, str]) -> None:
        def ids(**arguments: object) -> list[str]:
            found = headrace.search_runs(output_format="list", **arguments)  # type: ignore[call-overload]
            return [run.info.run_id for run in found]

        assert ids(filter_string="metrics.loss < 1") == [two_runs[0]]
        assert ids(max_results=1) == [two_runs[1]]
        headrace.delete_run(two_runs[1])
        assert ids() == [two_runs[0]]
        assert ids(run_view_type=ViewType.DELETED_ONLY) == [two_runs[1]]

    def test_all_pages_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runs, "_RUNS_PER_PAGE", 2)
        client = headrace.MlflowClient()
        made = [client.create_run("0", start_time=i + 1).info.run_id for i in range(5)]

        found = headrace.search_runs(output_format="list", order_by=["start_time ASC"])
        assert [run.info.run_id for run in found] == made
        assert len(headrace.search_runs(max_results=3)) == 3


class TestFields:
    def test_a_frame_has_the_columns_that_are_named(self, two_runs: tuple[str, str]) -> None:
        frame = headrace.search_runs(fields=["metrics.loss", "tags.*"])

        assert list(frame.columns)[6:] == ["metrics.loss", "tags.mlflow.runName", "tags.team"]
        assert list(headrace.search_runs(fields=[]).columns)[-1] == "end_time"

    def test_a_list_has_what_is_named(self, two_runs: tuple[str, str]) -> None:
        first = headrace.search_runs(output_format="list", fields=["metrics.bad", "params.*"])[1]

        assert list(first.data.metrics) == ["bad"]
        assert (first.data.params, first.data.tags) == ({"rate": "0.1"}, {})

    def test_what_no_run_has_is_refused(self) -> None:
        for output_format in ("pandas", "list"):
            with pytest.raises(InvalidParameterValue, match=r"'loss' is no field.*metrics\.KEY"):
                headrace.search_runs(output_format=output_format, fields=["loss"])  # type: ignore[call-overload]


def test_counts(two_runs: tuple[str, str]) -> None:
    client = headrace.MlflowClient()

    assert client.count_runs(["0"]) == 2
    assert client.count_runs(["0"], "metrics.loss < 1") == 1
    headrace.delete_run(two_runs[0])
    assert client.count_runs(["0"]) == 1
    assert client.count_runs(["0"], run_view_type=ViewType.ALL) == 2
    with pytest.raises(InvalidParameterValue, match="nothing"):
        client.count_runs(["0"], "nothing = 1")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_are_the_same_in_one_page_in_many_and_without_columns(
    two_runs: tuple[str, str], library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = headrace.MlflowClient()
    for number in range(3):
        run = client.create_run("0", start_time=number)
        client.log_metric(run.info.run_id, f"own {number}", number)

    def read() -> str:
        frame = headrace.search_runs(output_format=library)  # type: ignore[call-overload]
        return str(frame.to_dict() if library == "pandas" else frame.to_dicts())

    whole = read()
    monkeypatch.setattr(runs, "_RUNS_PER_PAGE", 2)
    assert read() == whole

    def not_offered(*_: object) -> object:
        raise EndpointNotFound("no such call")

    # As a server of MLflow answers.
    monkeypatch.setattr(SqlTrackingStore, "search_run_columns", not_offered)
    assert read() == whole


class TestWhereItLooks:
    @pytest.fixture
    def places(self) -> dict[str, str]:
        client = headrace.MlflowClient()
        ids = {name: client.create_experiment(name) for name in ("a", "b")} | {"Default": "0"}
        for name, experiment_id in ids.items():
            client.create_run(experiment_id, run_name=f"in {name}")
        return ids

    def names(self, **arguments: object) -> set[str]:
        found = headrace.search_runs(output_format="list", **arguments)  # type: ignore[call-overload]
        return {run.info.run_name for run in found}

    def test_the_active_experiment_by_default(self, places: dict[str, str]) -> None:
        assert self.names() == {"in Default"}
        headrace.set_experiment("a")
        assert self.names() == {"in a"}

    def test_by_id(self, places: dict[str, str]) -> None:
        assert self.names(experiment_ids=[places["a"], places["b"]]) == {"in a", "in b"}
        assert self.names(experiment_ids=places["a"]) == {"in a"}

    def test_by_name(self, places: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
        assert self.names(experiment_names=["a", "nothing"]) == {"in a"}
        assert "no experiment named 'nothing'" in caplog.text
        assert self.names(experiment_names=["nothing"]) == set()

    def test_everywhere(self, places: dict[str, str]) -> None:
        assert self.names(search_all_experiments=True) == {"in a", "in b", "in Default"}
        headrace.delete_experiment(places["b"])
        assert self.names(search_all_experiments=True) == {"in a", "in Default"}

    def test_ids_and_names_together_are_refused(self, places: dict[str, str]) -> None:
        with pytest.raises(InvalidParameterValue, match="but not both"):
            self.names(experiment_ids=["0"], experiment_names=["a"])


def test_an_unknown_output_format_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="'csv'.*'pandas', 'polars', 'list'"):
        headrace.search_runs(output_format="csv")  # type: ignore[call-overload]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_missing_library_is_named_with_its_extra(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, library, None)

    with pytest.raises(ImportError, match=rf"pip install 'headrace\[{library}\]'"):
        headrace.search_runs(output_format=library)  # type: ignore[call-overload]
