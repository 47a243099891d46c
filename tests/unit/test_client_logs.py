"""Params, metrics, tags, inputs and outputs: what is taken, what is refused, what comes back."""

from __future__ import annotations

import logging
import math
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import headrace
from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
)
from headrace.errors import HeadraceError, InvalidParameterValue, ResourceDoesNotExist

pytestmark = pytest.mark.usefixtures("store_folder")


def shown(value: object) -> str:
    """A short name for a parameter, the same in every process."""
    return type(value).__name__ if hasattr(value, "columns") else ascii(value)[:24]


@pytest.fixture
def run_id() -> str:
    return headrace.start_run().info.run_id


def history(run_id: str, key: str) -> list[tuple[int, float]]:
    points = headrace.MlflowClient().get_metric_history(run_id, key)
    return [(point.step, point.value) for point in points]


def metrics_of(run_id: str) -> dict[str, float]:
    return headrace.get_run(run_id).data.metrics


class TestMetrics:
    def test_steps_and_times(self, run_id: str) -> None:
        before = time.time() * 1000
        headrace.log_metric("m", 1)
        headrace.log_metric("m", 2, step=7, timestamp=123)
        headrace.log_metric("m", 3, step=-(2**63))
        headrace.log_metric("m", 4, step=2**63 - 1)
        after = time.time() * 1000

        points = {p.step: p for p in headrace.MlflowClient().get_metric_history(run_id, "m")}
        assert before - 1 <= points[0].timestamp <= after
        assert (points[7].timestamp, points[7].value) == (123, 2.0)
        assert set(points) == {0, 7, -(2**63), 2**63 - 1}

    @pytest.mark.parametrize(
        "value",
        [
            3,
            0.5,
            True,
            "2.5",
            Decimal("0.25"),
            Fraction(1, 4),
            np.float32(0.5),
            np.int64(7),
            np.array(3.5),
            np.array([[2.5]]),
        ],
        ids=shown,
    )
    def test_what_stands_for_one_number_is_taken(self, run_id: str, value: Any) -> None:
        headrace.log_metric("m", value)

        expected = value.item() if hasattr(value, "item") else value
        assert metrics_of(run_id) == {"m": float(expected)}

    @pytest.mark.parametrize(
        "value", [math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308]
    )
    def test_every_float_comes_back(self, run_id: str, value: float) -> None:
        headrace.log_metric("m", value)

        stored = metrics_of(run_id)["m"]
        assert stored == value or (math.isnan(stored) and math.isnan(value))

    @pytest.mark.parametrize("value", [None, "high", [1], {}, np.array([1, 2]), 10**400], ids=shown)
    def test_what_stands_for_no_number_is_refused(self, run_id: str, value: Any) -> None:
        with pytest.raises(InvalidParameterValue, match="'value'.*'m' must be a number"):
            headrace.log_metric("m", value)
        assert metrics_of(run_id) == {}

    @pytest.mark.parametrize("step", [3.0, np.int32(3), True + 2])
    def test_whole_numbers_are_steps(self, run_id: str, step: Any) -> None:
        headrace.log_metric("m", 1, step=step)

        assert history(run_id, "m") == [(3, 1.0)]

    @pytest.mark.parametrize("step", ["3", 1.5, 2**63, -(2**63) - 1, math.nan])
    def test_other_steps_are_refused(self, run_id: str, step: Any) -> None:
        with pytest.raises(InvalidParameterValue, match="'step'"):
            headrace.log_metric("m", 1, step=step)

    @pytest.mark.parametrize("timestamp", [-1, "now", 2**63])
    def test_bad_timestamps_are_refused(self, run_id: str, timestamp: Any) -> None:
        with pytest.raises(InvalidParameterValue, match="[Tt]imestamp"):
            headrace.log_metric("m", 1, timestamp=timestamp)

    @pytest.mark.parametrize(
        "key", [None, "", 5, "a" * 251, "a*b", "../a", "a//b", ".", "a\x00b"], ids=shown
    )
    def test_bad_names_are_refused(self, run_id: str, key: Any) -> None:
        with pytest.raises(InvalidParameterValue, match="Metric name|'name'"):
            headrace.log_metric(key, 1)

    @pytest.mark.parametrize("key", ["a" * 250, "a/b c.d-e_f:g", "ключ", "5"], ids=shown)
    def test_good_names_are_taken(self, run_id: str, key: str) -> None:
        headrace.log_metric(key, 1)

        assert metrics_of(run_id) == {key: 1.0}

    def test_several_at_once_share_step_and_time(self, run_id: str) -> None:
        headrace.log_metrics({"a": 1, "b": 2}, step=3)

        points = [
            point
            for key in "ab"
            for point in headrace.MlflowClient().get_metric_history(run_id, key)
        ]
        assert [(p.key, p.value, p.step) for p in points] == [("a", 1.0, 3), ("b", 2.0, 3)]
        assert points[0].timestamp == points[1].timestamp

    def test_a_bad_one_refuses_all(self, run_id: str) -> None:
        with pytest.raises(InvalidParameterValue, match="'b'"):
            headrace.log_metrics({"a": 1, "b": "high"})  # type: ignore[dict-item]
        assert metrics_of(run_id) == {}

    def test_no_metric_is_fine(self, run_id: str) -> None:
        headrace.log_metrics({})

        assert metrics_of(run_id) == {}

    def test_another_run_by_id(self, run_id: str) -> None:
        other = headrace.MlflowClient().create_run("0").info.run_id
        headrace.log_metric("m", 1, run_id=other)
        headrace.log_metrics({"a": 1, "b": 2}, run_id=other)
        headrace.log_params({"p": 1}, run_id=other)

        assert metrics_of(other) == {"m": 1.0, "a": 1.0, "b": 2.0}
        assert headrace.get_run(other).data.params == {"p": "1"}
        assert metrics_of(run_id) == {}

    def test_an_unknown_run(self) -> None:
        for log in (headrace.log_metric, headrace.MlflowClient().log_metric):
            with pytest.raises(ResourceDoesNotExist, match="0000"):
                log(key="m", value=1, run_id="0" * 32)

    def test_a_history_of_several_pages(self, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("headrace.client.run_calls.MAX_POINTS_PER_PAGE", 3)
        headrace.MlflowClient().log_batch(run_id, [Metric("m", i, 1, i) for i in range(8)])

        assert history(run_id, "m") == [(i, float(i)) for i in range(8)]

    def test_the_history_of_an_unknown_metric_is_empty(self, run_id: str) -> None:
        assert history(run_id, "nothing") == []


class TestParams:
    @pytest.mark.parametrize(
        "value", [0.1, None, [1, 2], {"a": 1}, "", "ünï\n\t'\"", "x" * 300_000], ids=shown
    )
    def test_a_value_comes_back_as_its_text(self, run_id: str, value: Any) -> None:
        assert headrace.log_param("p", value) == value
        assert headrace.get_run(run_id).data.params == {"p": str(value)}

    def test_the_same_value_again_is_fine_and_another_is_not(self, run_id: str) -> None:
        headrace.log_param("p", 1)
        headrace.log_param("p", 1)

        with pytest.raises(InvalidParameterValue, match="Changing param values"):
            headrace.log_param("p", 2)
        with pytest.raises(InvalidParameterValue, match="Changing param values"):
            headrace.log_params({"q": 1, "p": 3})
        assert headrace.get_run(run_id).data.params == {"p": "1"}

    @pytest.mark.parametrize("key", [None, "", "a" * 251, "a*b", "/a"], ids=shown)
    def test_bad_names_are_refused(self, run_id: str, key: Any) -> None:
        with pytest.raises(InvalidParameterValue, match="Param key|'key'"):
            headrace.log_param(key, 1)

    @pytest.mark.parametrize("value", ["a\x00b", "\ud800"], ids=shown)
    def test_texts_that_no_store_can_hold_are_refused(self, run_id: str, value: str) -> None:
        with pytest.raises(InvalidParameterValue, match="'value' holds"):
            headrace.log_param("p", value)
        with pytest.raises(InvalidParameterValue, match=r"params\[0\].value"):
            headrace.log_params({"p": value})


class TestTags:
    def test_set_change_and_delete(self, run_id: str) -> None:
        headrace.set_tag("a", 1)
        headrace.set_tags({"a": 2, "b": None})
        headrace.delete_tag("b")

        tags = headrace.get_run(run_id).data.tags
        assert tags["a"] == "2"
        assert "b" not in tags

    def test_a_tag_that_is_not_there(self, run_id: str) -> None:
        with pytest.raises(ResourceDoesNotExist, match="nothing"):
            headrace.delete_tag("nothing")

    @pytest.mark.parametrize("key", [None, "", "a" * 251, "a*b"], ids=shown)
    def test_bad_names_are_refused(self, run_id: str, key: Any) -> None:
        with pytest.raises(InvalidParameterValue, match="'key'"):
            headrace.set_tag(key, "v")


class TestBatches:
    def test_everything_together(self, run_id: str) -> None:
        headrace.MlflowClient().log_batch(
            run_id,
            [Metric("m", 1, 2, 3)],
            [Param("p", 4)],
            [RunTag("t", 5)],  # type: ignore[arg-type]
        )

        data = headrace.get_run(run_id).data
        assert (data.metrics, data.params, data.tags["t"]) == ({"m": 1.0}, {"p": "4"}, "5")

    def test_more_than_a_request_holds(self, run_id: str) -> None:
        headrace.MlflowClient().log_batch(
            run_id,
            [Metric("m", i, 1, i) for i in range(2500)],
            [Param(f"p{i}", "v") for i in range(250)],
            [RunTag(f"t{i}", "v") for i in range(150)],
        )

        data = headrace.get_run(run_id).data
        assert len(history(run_id, "m")) == 2500
        assert len(data.params) == 250
        assert sum(key.startswith("t") for key in data.tags) == 150

    def test_a_malformed_entry_is_named_and_nothing_is_stored(self, run_id: str) -> None:
        with pytest.raises(InvalidParameterValue, match=r"metrics\[1\]\.step"):
            headrace.MlflowClient().log_batch(
                run_id,
                [Metric("a", 1, 1, 1), Metric("b", 1, 1, "x")],  # type: ignore[arg-type]
            )
        assert metrics_of(run_id) == {}

    def test_an_empty_one_does_nothing(self, run_id: str) -> None:
        assert headrace.MlflowClient().log_batch(run_id) is None
        assert headrace.MlflowClient().log_batch(run_id, synchronous=False) is None


class TestSynchronous:
    def test_operations_are_finished_and_told(self, run_id: str) -> None:
        operations = [
            headrace.log_metric("m", 1, synchronous=False),
            headrace.log_metrics({"a": 1, "b": 2}, synchronous=False),
            headrace.log_param("p", 1, synchronous=False),
            headrace.log_params({"q": 1}, synchronous=False),
            headrace.set_tag("t", 1, synchronous=False),
            headrace.set_tags({"u": 1}, synchronous=False),
        ]
        for operation in operations:
            assert isinstance(operation, headrace.RunOperations)
            operation.wait()
        headrace.flush_async_logging()
        headrace.flush_artifact_async_logging()

        data = headrace.get_run(run_id).data
        assert set(data.metrics) == {"m", "a", "b"}
        assert set(data.params) == {"p", "q"}
        assert {"t", "u"} <= set(data.tags)

    def test_a_failure_is_raised_by_wait_and_warned_of(
        self, run_id: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        headrace.log_param("p", 1)
        with caplog.at_level(logging.WARNING):
            operations = headrace.log_param("p", 2, synchronous=False)

        assert f"A log call of run {run_id} was not stored: Changing param" in caplog.text
        with pytest.raises(InvalidParameterValue, match="Changing param"):
            operations.wait()

    def test_all_failures_are_told(self, run_id: str) -> None:
        headrace.log_params({f"p{i}": 1 for i in range(250)})
        operations = headrace.log_params({f"p{i}": 2 for i in range(250)}, synchronous=False)

        with pytest.raises(InvalidParameterValue, match="3 log calls were not stored"):
            operations.wait()

    def test_malformed_arguments_are_raised_at_once(self, run_id: str) -> None:
        with pytest.raises(InvalidParameterValue):
            headrace.log_metric("m", "high", synchronous=False)  # type: ignore[arg-type]

    def test_the_setting_speaks_where_nothing_is_said(
        self, run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert headrace.log_param("q", 1) == 1
        monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_LOGGING", "true")
        for _ in range(2):
            assert isinstance(headrace.log_metric("m", 1), headrace.RunOperations)
            assert isinstance(headrace.log_metrics({"m": 1, "n": 2}), headrace.RunOperations)
        assert headrace.log_metric("m", 1, synchronous=True) is None
        assert headrace.log_param("p", 5, synchronous=True) == 5


class TestInputsAndOutputs:
    def test_data_sets_with_context_and_tags(self, run_id: str) -> None:
        frame = headrace.data.from_pandas(pd.DataFrame({"a": [1, 2]}), name="train")
        headrace.log_input(frame, context="training", tags={"fold": 1})
        headrace.log_input(frame, context="training")

        (entry,) = headrace.get_run(run_id).inputs.dataset_inputs
        assert (entry.dataset.name, entry.dataset.digest) == ("train", frame.digest)
        assert {tag.key: tag.value for tag in entry.tags} == {
            "fold": "1",
            "mlflow.data.context": "training",
        }

    def test_several_at_once(self, run_id: str) -> None:
        sets = [
            headrace.data.from_numpy(np.arange(3), name="a"),
            Dataset(name="b", digest="d", source_type="code", source="{}"),
        ]
        headrace.log_inputs(sets, contexts=["training", None], tags_list=[None, {"k": "v"}])

        inputs = headrace.get_run(run_id).inputs.dataset_inputs
        assert [entry.dataset.name for entry in inputs] == ["a", "b"]
        assert inputs[1].tags == [InputTag("k", "v")]

    def test_models_in_and_out(self, run_id: str) -> None:
        models = [headrace.initialize_logged_model(name=f"m{i}") for i in range(3)]
        headrace.log_input(model=LoggedModelInput(models[0].model_id))
        headrace.log_inputs(models=[LoggedModelInput(models[1].model_id)])
        headrace.log_outputs([LoggedModelOutput(models[2].model_id, step=4)])

        run = headrace.get_run(run_id)
        inputs = {model.model_id for model in run.inputs.model_inputs}
        assert inputs == {models[0].model_id, models[1].model_id}
        assert run.outputs.model_outputs == [LoggedModelOutput(models[2].model_id, 4)]

    def test_context_without_a_data_set_is_refused(self, run_id: str) -> None:
        with pytest.raises(InvalidParameterValue, match="`dataset` must be specified"):
            headrace.log_input(context="training")

    def test_lists_of_different_lengths_are_refused(self, run_id: str) -> None:
        with pytest.raises(InvalidParameterValue, match="1, 0 and 0"):
            headrace.log_inputs([Dataset(name="b", digest="d")])

    @pytest.mark.parametrize("dataset", ["train.csv", 5, pd.DataFrame({"a": [1]})], ids=shown)
    def test_what_is_no_data_set_is_refused(self, run_id: str, dataset: Any) -> None:
        with pytest.raises(InvalidParameterValue, match=r"headrace\.data"):
            headrace.log_input(dataset)

    def test_a_malformed_data_set_is_refused(self, run_id: str) -> None:
        client = headrace.MlflowClient()
        with pytest.raises(HeadraceError, match="datasets"):
            client.log_inputs(run_id, [DatasetInput(Dataset(name=5, digest="d"))])  # type: ignore[arg-type]
        with pytest.raises(HeadraceError, match="unsupported"):
            client.log_inputs(run_id, [object()])  # type: ignore[list-item]


class TestLinks:
    """What a metric speaks of becomes part of the run."""

    def test_a_metric_of_a_data_set(self, run_id: str) -> None:
        frame = headrace.data.from_pandas(pd.DataFrame({"a": [1, 2]}), name="valid")
        headrace.log_metric("m", 1, dataset=frame)
        headrace.log_metrics({"a": 1, "b": 2}, dataset=frame)

        (entry,) = headrace.get_run(run_id).inputs.dataset_inputs
        assert entry.dataset.name == "valid"

    def test_a_metric_of_a_model(self, run_id: str) -> None:
        model = headrace.initialize_logged_model()
        headrace.log_metric("m", 1, model_id=model.model_id)

        assert headrace.get_run(run_id).inputs.model_inputs == [LoggedModelInput(model.model_id)]
        (metric,) = headrace.get_logged_model(model.model_id).metrics
        assert (metric.key, metric.value, metric.run_id) == ("m", 1.0, run_id)

    def test_metrics_at_the_step_of_outputs_describe_them(self, run_id: str) -> None:
        first, second = headrace.initialize_logged_model(), headrace.initialize_logged_model()
        headrace.log_outputs(
            [LoggedModelOutput(first.model_id, 1), LoggedModelOutput(second.model_id, 1)]
        )
        headrace.log_metric("m", 5, step=1)
        headrace.log_metric("other", 6, step=2)

        for model in (first, second):
            metrics = headrace.get_logged_model(model.model_id).metrics
            assert [(m.key, m.value) for m in metrics] == [("m", 5.0)]
        assert history(run_id, "m") == [(1, 5.0)]
        assert headrace.get_run(run_id).inputs.model_inputs == []

    def test_outputs_of_a_run_by_id_and_of_a_resumed_one(self, run_id: str) -> None:
        model = headrace.initialize_logged_model()
        headrace.log_outputs([LoggedModelOutput(model.model_id, 1)])
        headrace.end_run()

        headrace.log_metric("a", 1, step=1, run_id=run_id)
        with headrace.start_run(run_id=run_id):
            headrace.log_metric("b", 2, step=1)

        metrics = headrace.get_logged_model(model.model_id).metrics
        assert sorted(m.key for m in metrics) == ["a", "b"]

    def test_the_active_model(self, run_id: str) -> None:
        model = headrace.initialize_logged_model()
        with headrace.set_active_model(model_id=model.model_id):
            headrace.log_metric("a", 1)
            headrace.MlflowClient().log_batch(run_id, [Metric("b", 2, 1, 1)])
        headrace.log_metric("c", 3)

        metrics = headrace.get_logged_model(model.model_id).metrics
        assert sorted(m.key for m in metrics) == ["a", "b"]


def test_a_deleted_run_takes_nothing(run_id: str, store_folder: Path) -> None:
    headrace.delete_run(run_id)

    for log in (
        lambda: headrace.log_metric("m", 1),
        lambda: headrace.log_param("p", 1),
        lambda: headrace.set_tag("t", 1),
        lambda: headrace.log_params({"q": 1}),
    ):
        with pytest.raises(InvalidParameterValue, match="active"):
            log()
