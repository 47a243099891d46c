"""Changes of many runs by one call, and the taking back of each."""

from __future__ import annotations

import math
from typing import Any

from headrace.api import tracking as api
from headrace.api.bulk import (
    DeleteRuns,
    ListOperations,
    MoveRuns,
    RestoreRuns,
    RunsChanged,
    TagRuns,
    UndoOperation,
)
from headrace.entities import Dataset, DatasetInput, LoggedModelOutput, Param, RunTag
from headrace.stores.base import TrackingStore
from headrace.testing.stores.cleanup import collect
from headrace.testing.stores.make import (
    get_model,
    get_run,
    log,
    make_experiment,
    make_model,
    make_run,
    pass_millisecond,
    refused,
)


def stages(store: TrackingStore, *runs: str) -> list[str | None]:
    """Return the lifecycle stages of runs."""
    return [get_run(store, run_id).info.lifecycle_stage for run_id in runs]


def tags_of(store: TrackingStore, run_id: str) -> dict[str, str]:
    """Return the tags of a run without its name."""
    tags = get_run(store, run_id).data.tags
    return {key: value for key, value in tags.items() if key != "mlflow.runName"}


def undo(store: TrackingStore, changed: RunsChanged) -> RunsChanged:
    """Take an operation back."""
    assert changed.operation_id is not None
    return store.undo_operation(UndoOperation(operation_id=changed.operation_id))


def make_full_run(store: TrackingStore, experiment: str, **fields: Any) -> str:
    """Create a run that has something of every kind: long, short and strange series too."""
    run_id = make_run(store, experiment, tags=[RunTag("team", "red")], **fields)
    points = [api.MetricPoint(key="long", value=n / 3, timestamp=n, step=n) for n in range(300)]
    points += [api.MetricPoint(key="short", value=math.nan, timestamp=5, step=n) for n in range(3)]
    store.log_batch(
        api.LogBatch(run_id=run_id, metrics=points, params=[Param("lr", "1"), Param("z", "2")])
    )
    log(store, run_id, "last", math.inf)
    inputs = [DatasetInput(dataset=Dataset(name="d", digest="1", source_type="local"))]
    store.log_inputs(api.LogInputs(run_id=run_id, datasets=inputs))
    return run_id


def histories(store: TrackingStore, run_id: str) -> dict[str, list[tuple[int, int, str]]]:
    """Return all points of a run."""
    found = {}
    for key in ("long", "short", "last", "new"):
        request = api.GetMetricHistory(run_id=run_id, metric_key=key)
        points = store.get_metric_history(request).metrics
        found[key] = [(point.step, point.timestamp, repr(point.value)) for point in points]
    return found


class BulkSuite:
    """See `headrace.stores.base.BulkStore`."""

    def test_runs_are_deleted_restored_and_that_is_undone(self, store: TrackingStore) -> None:
        first, second, before = make_run(store), make_run(store), make_run(store)
        store.delete_run(api.DeleteRun(run_id=before))

        deleted = store.delete_runs(DeleteRuns(run_ids=[first, second, before]))
        assert deleted.runs == 2
        assert stages(store, first, second, before) == ["deleted"] * 3
        assert undo(store, deleted).runs == 2
        assert stages(store, first, second, before) == ["active", "active", "deleted"]

        restored = store.restore_runs(RestoreRuns(experiment_ids=["0"]))
        assert restored.runs == 1
        assert stages(store, before) == ["active"]
        undo(store, restored)
        assert stages(store, first, second, before) == ["active", "active", "deleted"]
        assert store.restore_runs(RestoreRuns(run_ids=[first])) == RunsChanged()
        with refused("INVALID_PARAMETER_VALUE", "taken back already"):
            undo(store, restored)

    def test_runs_are_found_by_a_filter(self, store: TrackingStore) -> None:
        good, bad = make_run(store), make_run(store)
        log(store, good, "loss", 0.1)
        log(store, bad, "loss", 9.0)

        deleted = store.delete_runs(DeleteRuns(experiment_ids=["0"], filter="metrics.loss > 1"))

        assert deleted.runs == 1
        assert stages(store, good, bad) == ["active", "deleted"]
        with refused("INVALID_PARAMETER_VALUE", "metrics"):
            store.delete_runs(DeleteRuns(experiment_ids=["0"], filter="metrics.loss >"))
        with refused("INVALID_PARAMETER_VALUE", "run_ids"):
            store.delete_runs(DeleteRuns())
        with refused("INVALID_PARAMETER_VALUE", "not both"):
            store.delete_runs(DeleteRuns(run_ids=[good], experiment_ids=["0"]))

    def test_all_or_none(self, store: TrackingStore) -> None:
        run_id, gone = make_run(store), make_run(store)
        store.delete_run(api.DeleteRun(run_id=gone))
        with refused("RESOURCE_DOES_NOT_EXIST", "nope"):
            store.delete_runs(DeleteRuns(run_ids=[run_id, "nope"]))
        with refused("INVALID_PARAMETER_VALUE", gone):
            store.tag_runs(TagRuns(run_ids=[run_id, gone], set=[RunTag("a", "1")]))
        with refused("INVALID_PARAMETER_VALUE", "at most 10000"):
            store.delete_runs(DeleteRuns(run_ids=[f"{n}" for n in range(10_001)]))

        assert stages(store, run_id) == ["active"]
        assert tags_of(store, run_id) == {}
        assert store.list_operations(ListOperations()).operations == []

    def test_tags(self, store: TrackingStore) -> None:
        experiment = make_experiment(store)
        first = make_run(store, tags=[RunTag("team", "red"), RunTag("old", "x")])
        second = make_run(store, experiment, tags=[RunTag("team", "blue")])
        names = [get_run(store, run_id).info.run_name for run_id in (first, second)]

        tags = [RunTag("team", "blue"), RunTag("größe", "é"), RunTag("mlflow.runName", "same")]
        changed = store.tag_runs(
            TagRuns(run_ids=[first, second], set=tags, delete=["old", "never"])
        )

        assert changed.runs == 2
        for run_id in (first, second):
            assert tags_of(store, run_id) == {"team": "blue", "größe": "é"}
            assert get_run(store, run_id).info.run_name == "same"
        undo(store, changed)
        assert tags_of(store, first) == {"team": "red", "old": "x"}
        assert tags_of(store, second) == {"team": "blue"}
        assert [get_run(store, run_id).info.run_name for run_id in (first, second)] == names
        assert (
            store.tag_runs(TagRuns(run_ids=[second], set=[RunTag("team", "blue")])) == RunsChanged()
        )

    def test_tags_that_are_refused(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        for fields, words in (
            ({}, "Name tags"),
            ({"set": [RunTag("a", "1"), RunTag("a", "2")]}, "twice"),
            ({"set": [RunTag("a", "1")], "delete": ["a"]}, "set and deleted"),
            ({"set": [RunTag("a!", "1")]}, "a!"),
            ({"set": [RunTag("mlflow.runName", "")]}, "not empty"),
            ({"delete": ["mlflow.runName"]}, "mlflow.runName"),
            ({"delete": [f"k{number}" for number in range(101)]}, "at most 100"),
        ):
            with refused("INVALID_PARAMETER_VALUE", words):
                store.tag_runs(TagRuns(run_ids=[run_id], **fields))

    def test_a_run_is_moved_with_all_that_it_logged(self, store: TrackingStore) -> None:
        source, target = make_experiment(store, "source"), make_experiment(store, "target")
        for run_id in (make_run(store, target), make_run(store, source)):
            store.log_param(api.LogParam(run_id=run_id, key="z", value="other"))
        run_id = make_full_run(store, source)
        child = make_run(store, source, tags=[RunTag("mlflow.parentRunId", run_id)])
        model = make_model(store, source, source_run_id=run_id)
        log(store, run_id, "new", 1.0, model_id=model)
        store.log_outputs(api.LogOutputs(run_id=run_id, models=[LoggedModelOutput(model, 3)]))
        before, points = get_run(store, run_id), histories(store, run_id)

        changed = store.move_runs(MoveRuns(run_ids=[run_id], to_experiment_id=target))

        moved = get_run(store, run_id)
        assert changed.runs == 1
        assert moved.info.experiment_id == target
        before.info.experiment_id = target
        assert repr(moved) == repr(before)  # NaN is not equal to itself
        assert histories(store, run_id) == points
        assert get_model(store, model).experiment_id == target
        assert tags_of(store, child) == {"mlflow.parentRunId": run_id}
        request = api.SearchRuns(experiment_ids=[source])
        assert run_id not in [run.info.run_id for run in store.search_runs(request).runs]
        found = store.search_runs(
            api.SearchRuns(experiment_ids=[target], filter="params.lr = '1' AND metrics.new = 1")
        )
        assert [run.info.run_id for run in found.runs] == [run_id]
        datasets = store.search_datasets(api.SearchDatasets(experiment_ids=[source, target]))
        assert [item.experiment_id for item in datasets.dataset_summaries] == [target]

        undo(store, changed)
        assert get_run(store, run_id).info.experiment_id == source
        assert histories(store, run_id) == points

    def test_who_logs_goes_on_after_a_move(self, store: TrackingStore) -> None:
        target = make_experiment(store)
        log(store, make_run(store, target), "other", 5.0)
        run_id = make_full_run(store, "0")

        store.move_runs(MoveRuns(run_ids=[run_id], to_experiment_id=target))
        log(store, run_id, "last", 7.0, step=9)
        log(store, run_id, "new", 8.0)

        data = get_run(store, run_id).data
        assert (data.metrics["last"], data.metrics["new"]) == (7.0, 8.0)
        assert set(data.metrics) == {"long", "short", "last", "new"}
        with refused("INVALID_PARAMETER_VALUE", "lr"):
            store.log_param(api.LogParam(run_id=run_id, key="lr", value="2"))

    def test_moves_that_are_refused(self, store: TrackingStore) -> None:
        run_id, gone = make_run(store), make_run(store)
        deleted = make_experiment(store, "gone")
        store.delete_experiment(api.DeleteExperiment(experiment_id=deleted))
        store.delete_run(api.DeleteRun(run_id=gone))

        for target in ("0", deleted, "99"):
            code = "RESOURCE_DOES_NOT_EXIST" if target == "99" else "INVALID_PARAMETER_VALUE"
            with refused(code):
                store.move_runs(MoveRuns(run_ids=[run_id, gone], to_experiment_id=target))
        changed = store.move_runs(MoveRuns(run_ids=[run_id], to_experiment_id="0"))
        assert changed == RunsChanged()

    def test_undo_is_refused_where_something_changed_since(self, store: TrackingStore) -> None:
        target = make_experiment(store)
        run_id, other = make_run(store), make_run(store)
        tagged = store.tag_runs(TagRuns(run_ids=[run_id, other], set=[RunTag("a", "1")]))
        store.set_tag(api.SetTag(run_id=run_id, key="a", value="2"))
        with refused("INVALID_PARAMETER_VALUE", run_id, "'a'"):
            undo(store, tagged)
        moved = store.move_runs(MoveRuns(run_ids=[run_id], to_experiment_id=target))
        store.delete_experiment(api.DeleteExperiment(experiment_id="0"))
        with refused("INVALID_PARAMETER_VALUE", "experiment 0"):
            undo(store, moved)
        store.restore_experiment(api.RestoreExperiment(experiment_id="0"))
        deleted = store.delete_runs(DeleteRuns(run_ids=[run_id, other]))
        store.restore_run(api.RestoreRun(run_id=run_id))
        with refused("INVALID_PARAMETER_VALUE", run_id):
            undo(store, deleted)
        collect(store)
        with refused("RESOURCE_DOES_NOT_EXIST", other):
            undo(store, deleted)
        with refused("RESOURCE_DOES_NOT_EXIST", "nope"):
            undo(store, RunsChanged("nope"))

        assert tags_of(store, run_id) == {"a": "2"}
        assert get_run(store, run_id).info.experiment_id == target

    def test_operations_are_listed(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        tagged = store.tag_runs(TagRuns(run_ids=[run_id], set=[RunTag("a", "1")]))
        deleted = store.delete_runs(DeleteRuns(run_ids=[run_id]))
        undo(store, deleted)

        listed = store.list_operations(ListOperations()).operations

        found = {item.operation_id: (item.kind, item.runs, item.undone_at) for item in listed}
        assert found[tagged.operation_id or ""] == ("tag", 1, None)
        assert found[deleted.operation_id or ""][:2] == ("delete", 1)
        assert found[deleted.operation_id or ""][2] is not None
        assert len(store.list_operations(ListOperations(max_results=1)).operations) == 1
        with refused("INVALID_PARAMETER_VALUE", "max_results"):
            store.list_operations(ListOperations(max_results=0))

    def test_an_experiment_comes_back_with_the_runs_that_went_with_it(
        self, store: TrackingStore
    ) -> None:
        experiment = make_experiment(store)
        before, active = make_run(store, experiment), make_run(store, experiment)
        store.delete_run(api.DeleteRun(run_id=before))
        pass_millisecond()  # runs of its moment went with the experiment
        for keep, stage in ((True, "deleted"), (False, "active")):
            store.delete_experiment(api.DeleteExperiment(experiment_id=experiment))
            store.restore_experiment(
                api.RestoreExperiment(experiment_id=experiment, keep_deleted=keep)
            )
            assert stages(store, before, active) == [stage, "active"]
