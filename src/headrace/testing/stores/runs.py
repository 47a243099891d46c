"""Runs: creation, lifecycle, params, tags, batches, inputs and outputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Param,
    RunTag,
)
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    get_run,
    log,
    make_experiment,
    make_model,
    make_run,
    refused,
)

TEXTS = ["", " ", "plain", "zeile\nzwei\ttab", "𝔘𝔫𝔦 ☃ é é", "'; DROP TABLE runs; --", "\x01\x7f"]


def batch(
    run_id: str,
    metrics: dict[str, float] | None = None,
    params: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> api.LogBatch:
    """Return a batch with every point at step 0 and 1 ms."""
    return api.LogBatch(
        run_id=run_id,
        metrics=[api.MetricPoint(key=k, value=v, timestamp=1) for k, v in (metrics or {}).items()],
        params=[Param(k, v) for k, v in (params or {}).items()],
        tags=[RunTag(k, v) for k, v in (tags or {}).items()],
    )


class RunSuite:
    """What a run store must do."""

    def test_create_answers_the_run_whole(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        request = api.CreateRun(
            experiment_id=experiment_id,
            user_id="ada",
            run_name="first",
            start_time=1234,
            tags=[RunTag("k", "v")],
        )

        run = store.create_run(request).run

        info = run.info
        assert (info.experiment_id, info.user_id, info.run_name) == (experiment_id, "ada", "first")
        assert (info.status, info.start_time, info.end_time) == ("RUNNING", 1234, None)
        assert info.lifecycle_stage == "active"
        assert info.run_uuid == info.run_id
        assert info.artifact_uri is not None
        assert info.artifact_uri.endswith(f"/{info.run_id}/artifacts")
        assert run.data.tags == {"k": "v", "mlflow.runName": "first"}
        stored = get_run(store, info.run_id)
        assert (stored.info, stored.data, stored.inputs) == (info, run.data, run.inputs)

    def test_unnamed_run_gets_a_name(self, store: TrackingStore) -> None:
        names = {get_run(store, make_run(store)).info.run_name for _ in range(5)}

        assert all(names)
        assert len(names) > 1

    def test_name_and_name_tag_agree(self, store: TrackingStore) -> None:
        tagged = get_run(store, make_run(store, tags=[RunTag("mlflow.runName", "by tag")]))
        assert tagged.info.run_name == "by tag"

        with refused("INVALID_PARAMETER_VALUE"):
            make_run(store, run_name="one", tags=[RunTag("mlflow.runName", "two")])

        run_id = make_run(store, run_name="old")
        store.set_tag(api.SetTag(run_id=run_id, key="mlflow.runName", value="new"))
        assert get_run(store, run_id).info.run_name == "new"
        store.update_run(api.UpdateRun(run_id=run_id, run_name="newer"))
        assert get_run(store, run_id).data.tags["mlflow.runName"] == "newer"

    def test_unknown_experiment_and_run(self, store: TrackingStore) -> None:
        with refused("RESOURCE_DOES_NOT_EXIST", "77"):
            make_run(store, "77")
        with refused("RESOURCE_DOES_NOT_EXIST", "nope"):
            get_run(store, "nope")
        with refused("RESOURCE_DOES_NOT_EXIST", "nope"):
            log(store, "nope", "k", 1.0)
        with refused("RESOURCE_DOES_NOT_EXIST", "nope"):
            store.log_batch(batch("nope", {"a": 1.0}))

    def test_update_changes_only_what_is_given(self, store: TrackingStore) -> None:
        run_id = make_run(store, run_name="name")

        answer = store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED", end_time=99))

        assert (answer.run_info.status, answer.run_info.end_time) == ("FINISHED", 99)
        assert answer.run_info.run_name == "name"
        assert get_run(store, run_id).info == answer.run_info
        with refused("INVALID_PARAMETER_VALUE", "SLEEPING"):
            store.update_run(api.UpdateRun(run_id=run_id, status="SLEEPING"))

    def test_delete_and_restore(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        for _ in range(2):
            store.delete_run(api.DeleteRun(run_id=run_id))
        assert get_run(store, run_id).info.lifecycle_stage == "deleted"

        with refused("INVALID_PARAMETER_VALUE", "active"):
            log(store, run_id, "k", 1.0)
        with refused("INVALID_PARAMETER_VALUE", "active"):
            store.log_batch(batch(run_id, params={"a": "b"}))
        with refused("INVALID_PARAMETER_VALUE", "active"):
            store.set_tag(api.SetTag(run_id=run_id, key="a", value="b"))

        for _ in range(2):
            store.restore_run(api.RestoreRun(run_id=run_id))
        log(store, run_id, "k", 1.0)
        run = get_run(store, run_id)
        assert (run.info.lifecycle_stage, run.data.metrics, run.data.params) == (
            "active",
            {"k": 1.0},
            {},
        )

    @pytest.mark.parametrize("value", [*TEXTS, "x" * 100_000])
    def test_params_come_back_as_given(self, store: TrackingStore, value: str) -> None:
        run_id = make_run(store)

        store.log_param(api.LogParam(run_id=run_id, key="p", value=value))

        assert get_run(store, run_id).data.params == {"p": value}

    def test_param_is_set_once(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        for _ in range(2):
            store.log_param(api.LogParam(run_id=run_id, key="a", value="1"))

        with refused("INVALID_PARAMETER_VALUE", "Changing param values is not allowed", "'a'"):
            store.log_param(api.LogParam(run_id=run_id, key="a", value="2"))

        assert get_run(store, run_id).data.params == {"a": "1"}

    @pytest.mark.parametrize("key", ["", "x" * 251, "a\0b", "\ud800", "bad#key", "../up", "/root"])
    def test_bad_keys_are_refused(self, store: TrackingStore, key: str) -> None:
        run_id = make_run(store)
        for write in (
            lambda: store.log_param(api.LogParam(run_id=run_id, key=key, value="v")),
            lambda: store.set_tag(api.SetTag(run_id=run_id, key=key, value="v")),
            lambda: log(store, run_id, key, 1.0),
            lambda: store.log_batch(batch(run_id, params={"good": "1"}, tags={key: "x"})),
        ):
            with refused("INVALID_PARAMETER_VALUE"):
                write()

        data = get_run(store, run_id).data
        assert (data.metrics, data.params) == ({}, {})

    @pytest.mark.parametrize("key", ["a.b", "a/b", "a b", "a-b_c", "a:b"])
    def test_good_keys_are_taken(self, store: TrackingStore, key: str) -> None:
        run_id = make_run(store)

        store.log_batch(batch(run_id, {key: 1.0}, {key: "p"}, {key: "t"}))

        data = get_run(store, run_id).data
        assert (data.metrics, data.params, data.tags[key]) == ({key: 1.0}, {key: "p"}, "t")

    @pytest.mark.parametrize("value", TEXTS)
    def test_tags_change_and_go(self, store: TrackingStore, value: str) -> None:
        run_id = make_run(store)
        store.set_tag(api.SetTag(run_id=run_id, key="t", value="before"))
        store.set_tag(api.SetTag(run_id=run_id, key="t", value=value))
        assert get_run(store, run_id).data.tags["t"] == value

        store.delete_tag(api.DeleteTag(run_id=run_id, key="t"))

        assert "t" not in get_run(store, run_id).data.tags
        with refused("RESOURCE_DOES_NOT_EXIST", "t"):
            store.delete_tag(api.DeleteTag(run_id=run_id, key="t"))

    def test_long_tag_is_stored_whole(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        store.set_tag(api.SetTag(run_id=run_id, key="t", value="x" * 100_000))
        assert get_run(store, run_id).data.tags["t"] == "x" * 100_000

    def test_batch_is_all_or_nothing(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        store.log_param(api.LogParam(run_id=run_id, key="a", value="1"))

        with refused("INVALID_PARAMETER_VALUE", "'a'"):
            store.log_batch(batch(run_id, {"m": 1.0}, {"b": "2", "a": "other"}, {"t": "x"}))

        data = get_run(store, run_id).data
        assert (data.metrics, data.params) == ({}, {"a": "1"})
        assert "t" not in data.tags

    def test_batch_with_one_param_twice(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        same = api.LogBatch(run_id=run_id, params=[Param("a", "1"), Param("a", "2")])

        with refused("INVALID_PARAMETER_VALUE", "a"):
            store.log_batch(same)

        assert get_run(store, run_id).data.params == {}

    @pytest.mark.parametrize(
        ("metrics", "params", "tags"), [(1001, 0, 0), (0, 101, 0), (0, 0, 101), (900, 60, 60)]
    )
    def test_batch_limits(self, store: TrackingStore, metrics: int, params: int, tags: int) -> None:
        run_id = make_run(store)
        request = batch(
            run_id,
            {f"m{number}": 1.0 for number in range(metrics)},
            {f"p{number}": "1" for number in range(params)},
            {f"t{number}": "1" for number in range(tags)},
        )

        with refused("INVALID_PARAMETER_VALUE", "100"):
            store.log_batch(request)

        assert get_run(store, run_id).data.metrics == {}

    def test_full_batch(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        metrics = {f"m{number}": number / 7 for number in range(800)}
        params = {f"p{number}": f"value {number}" for number in range(100)}
        tags = {f"t{number}": f"value {number}" for number in range(100)}

        store.log_batch(batch(run_id, metrics, params, tags))
        store.log_batch(batch(run_id, metrics, params, tags))

        data = get_run(store, run_id).data
        assert (data.metrics, data.params) == (metrics, params)
        assert {key: data.tags[key] for key in tags} == tags

    def test_runs_do_not_mix(self, store: TrackingStore) -> None:
        first, second = make_run(store), make_run(store, make_experiment(store))
        store.log_batch(batch(first, {"m": 1.0}, {"p": "1"}, {"t": "1"}))
        store.log_batch(batch(second, {"m": 2.0}, {"p": "2"}, {"t": "2"}))

        for run_id, value in ((first, 1.0), (second, 2.0)):
            data = get_run(store, run_id).data
            assert (data.metrics, data.params["p"]) == ({"m": value}, str(int(value)))

    def test_log_model_appends_to_the_history(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        for path in ("one", "two"):
            model: dict[str, Any] = {"artifact_path": path, "flavors": {"f": {}}}
            model |= {"utc_time_created": "now", "run_id": run_id}
            store.log_model(api.LogModel(run_id=run_id, model_json=json.dumps(model)))

        history = json.loads(get_run(store, run_id).data.tags["mlflow.log-model.history"])

        assert [model["artifact_path"] for model in history] == ["one", "two"]
        with refused("INVALID_PARAMETER_VALUE"):
            store.log_model(api.LogModel(run_id=run_id, model_json="{not json"))

    def test_inputs_are_recorded_once(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        run_id = make_run(store, experiment_id)
        dataset = Dataset("iris", "d1", "local", '{"uri": "x"}', '{"cols": 4}', '{"rows": 150}')
        used = DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])
        for _ in range(2):
            store.log_inputs(api.LogInputs(run_id=run_id, datasets=[used]))

        assert get_run(store, run_id).inputs.dataset_inputs == [used]
        summaries = store.search_datasets(api.SearchDatasets(experiment_ids=[experiment_id]))
        assert summaries.dataset_summaries == [
            api.DatasetSummary(experiment_id, "iris", "d1", "train")
        ]

    def test_models_in_and_out(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        read, made = make_model(store), make_model(store)

        store.log_inputs(api.LogInputs(run_id=run_id, models=[LoggedModelInput(read)]))
        store.log_outputs(api.LogOutputs(run_id=run_id, models=[LoggedModelOutput(made, 7)]))

        run = get_run(store, run_id)
        assert run.inputs.model_inputs == [LoggedModelInput(read)]
        assert run.outputs is not None
        assert run.outputs.model_outputs == [LoggedModelOutput(made, 7)]
