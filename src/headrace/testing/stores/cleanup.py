"""Deleting for good: what goes, what stays, and that nothing is left behind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from headrace.api import registry
from headrace.api import tracking as api
from headrace.api.cleanup import CollectGarbage, GarbageCollected
from headrace.api.journals import ApplyJournal, EnsureRun, JournalEntry
from headrace.entities import Dataset, DatasetInput, Param, RunTag
from headrace.file_uri import path_of
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    get_experiment,
    get_model,
    get_run,
    get_version,
    log,
    make_experiment,
    make_model,
    make_registered_model,
    make_run,
    make_version,
    refused,
)


def collect(store: TrackingStore, **request: Any) -> GarbageCollected:
    """Delete for good by as many calls as it takes; return the sum of their answers."""
    total = GarbageCollected()
    after = None
    while True:
        done = store.collect_garbage(CollectGarbage(**request, after=after))
        for name in ("runs", "experiments", "models", "points", "files", "bytes", "kept"):
            setattr(total, name, getattr(total, name) + getattr(done, name))
        after = done.next
        if after is None:
            return total


def delete(store: TrackingStore, *runs: str) -> None:
    """Mark runs as deleted."""
    for run_id in runs:
        store.delete_run(api.DeleteRun(run_id=run_id))


def put_file(location: str | None, name: str = "model.bin", content: bytes = b"12345") -> Path:
    """Write an artifact by hand, and return the root that it lies below."""
    assert location is not None
    root = path_of(location)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content)
    return root


class CleanupSuite:
    """See `headrace.stores.base.CleanupStore`."""

    def test_a_deleted_run_goes_with_all_that_it_logged(self, store: TrackingStore) -> None:
        experiment = make_experiment(store)
        gone, kept = (make_run(store, experiment, tags=[RunTag("team", "red")]) for _ in range(2))
        inputs = [DatasetInput(dataset=Dataset(name="d", digest="1", source_type="local"))]
        for run_id in (gone, kept):
            log(store, run_id, "loss", 1.0)
            log(store, run_id, "loss", 0.5, step=1)
            store.log_param(api.LogParam(run_id=run_id, key="lr", value="1"))
        store.log_inputs(api.LogInputs(run_id=gone, datasets=inputs))
        root = put_file(get_run(store, gone).info.artifact_uri, "a/b.bin")
        other = put_file(get_run(store, kept).info.artifact_uri)
        delete(store, gone)

        done = collect(store)

        assert (done.runs, done.points, done.files, done.bytes) == (1, 2, 1, 5)
        assert done.kept == []
        with refused("RESOURCE_DOES_NOT_EXIST"):
            get_run(store, gone)
        assert not root.parent.exists()
        assert other.exists()
        assert get_run(store, kept).data.metrics == {"loss": 0.5}
        assert get_run(store, kept).data.params == {"lr": "1"}
        page = store.search_runs(api.SearchRuns(experiment_ids=[experiment], run_view_type="ALL"))
        assert [run.info.run_id for run in page.runs] == [kept]
        datasets = store.search_datasets(api.SearchDatasets(experiment_ids=[experiment]))
        assert datasets.dataset_summaries == []
        assert collect(store) == GarbageCollected()

    def test_a_data_set_stays_as_long_as_a_run_used_it(self, store: TrackingStore) -> None:
        first, second = make_run(store), make_run(store)
        inputs = [DatasetInput(dataset=Dataset(name="d", digest="1", source_type="local"))]
        for run_id in (first, second):
            store.log_inputs(api.LogInputs(run_id=run_id, datasets=inputs))
        delete(store, first)
        collect(store)

        [kept] = get_run(store, second).inputs.dataset_inputs
        assert kept.dataset.name == "d"

    def test_the_id_of_a_run_that_went_is_not_given_again(self, store: TrackingStore) -> None:
        run_id = make_run(store, run_id="mine")
        delete(store, run_id)
        collect(store)

        with refused("INVALID_PARAMETER_VALUE", "was deleted for good"):
            make_run(store, run_id="mine")
        late = [
            JournalEntry(records=1, ensure_run=EnsureRun(run_id="mine", experiment_id="0")),
            JournalEntry(records=1, log_param=api.LogParam(run_id="mine", key="a", value="1")),
        ]
        done = store.apply_journal(ApplyJournal(journal="a" * 32, first=1, entries=late))
        assert done.applied == 2
        assert ["deleted for good" in entry.message for entry in done.refused] == [True, True]
        with refused("RESOURCE_DOES_NOT_EXIST"):
            get_run(store, "mine")

    def test_a_dry_run_changes_nothing(self, store: TrackingStore) -> None:
        experiment = make_experiment(store)
        run_id = make_run(store, experiment)
        log(store, run_id, "loss", 1.0)
        model = make_model(store, experiment)
        root = put_file(get_run(store, run_id).info.artifact_uri)
        put_file(get_model(store, model).artifact_location)
        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment))

        told = collect(store, dry_run=True)

        assert root.exists()
        assert get_run(store, run_id).info.lifecycle_stage == "deleted"
        assert (told.runs, told.experiments, told.models, told.points) == (1, 1, 1, 1)
        assert (told.files, told.bytes) == (2, 10)
        assert collect(store) == told

    def test_by_age(self, store: TrackingStore) -> None:
        age, passed = 25, 25  # milliseconds
        while passed >= age:  # on a busy machine the new one may become old, too
            collect(store)
            age *= 2
            old, new = make_run(store), make_run(store)
            delete(store, old)
            time.sleep((age + 5) / 1000)
            begin = time.monotonic()
            delete(store, new)
            collected = collect(store, older_than=age).runs
            passed = int((time.monotonic() - begin) * 1000) + 1

        assert collected == 1
        assert get_run(store, new).info.lifecycle_stage == "deleted"
        assert collect(store, older_than=3_600_000).runs == 0
        with refused("INVALID_PARAMETER_VALUE", new, "not older than the required age"):
            collect(store, older_than=3_600_000, run_ids=[new])
        with refused("INVALID_PARAMETER_VALUE", "older_than", "-1"):
            collect(store, older_than=-1)

    def test_runs_by_their_ids(self, store: TrackingStore) -> None:
        named, other, active = make_run(store), make_run(store), make_run(store)
        delete(store, named, other)
        model = make_model(store)
        store.delete_logged_model(api.DeleteLoggedModel(model_id=model))

        with refused("INVALID_PARAMETER_VALUE", active, "must be in the 'deleted' state"):
            collect(store, run_ids=[named, active])
        with refused("RESOURCE_DOES_NOT_EXIST", "nope"):
            collect(store, run_ids=[named, "nope"])
        assert collect(store, run_ids=[]).runs == 0
        done = collect(store, run_ids=[named])

        assert (done.runs, done.models) == (1, 0)
        assert get_run(store, other).info.lifecycle_stage == "deleted"
        assert collect(store, run_ids=[named]).runs == 0

    def test_an_experiment_goes_with_its_name(self, store: TrackingStore) -> None:
        experiment, other = make_experiment(store, "churn"), make_experiment(store, "other")
        run_id, model = make_run(store, experiment), make_model(store, experiment)
        root = put_file(get_run(store, run_id).info.artifact_uri)
        put_file(get_model(store, model).artifact_location)
        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment))
        with refused("RESOURCE_ALREADY_EXISTS", "headrace gc"):
            make_experiment(store, "churn")
        with refused("INVALID_PARAMETER_VALUE", other, "must be in the 'deleted' state"):
            collect(store, experiment_ids=[other])

        done = collect(store, experiment_ids=[experiment])

        assert (done.experiments, done.runs, done.models, done.files) == (1, 1, 1, 2)
        assert not root.parent.parent.exists()
        with refused("RESOURCE_DOES_NOT_EXIST"):
            get_experiment(store, experiment)
        with refused("RESOURCE_DOES_NOT_EXIST", experiment):
            collect(store, experiment_ids=[experiment])
        again = make_experiment(store, "churn")
        assert again not in (experiment, other)

    def test_an_experiment_with_an_active_run_stays(self, store: TrackingStore) -> None:
        experiment = make_experiment(store)
        gone, restored = make_run(store, experiment), make_run(store, experiment)
        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment))
        store.restore_run(api.RestoreRun(run_id=restored))

        told = collect(store, dry_run=True)
        done = collect(store)

        assert (done.runs, done.experiments) == (1, 0)
        assert [(kept.kind, kept.id) for kept in done.kept] == [("experiment", experiment)]
        assert told == done
        assert get_run(store, restored).info.lifecycle_stage == "active"
        with refused("RESOURCE_DOES_NOT_EXIST"):
            get_run(store, gone)

    def test_the_default_experiment_stays(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        store.delete_experiment(api.DeleteExperiment(experiment_id="0"))

        done = collect(store)

        assert (done.runs, done.experiments) == (1, 0)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            get_run(store, run_id)
        store.restore_experiment(api.RestoreExperiment(experiment_id="0"))

    def test_logged_models(self, store: TrackingStore) -> None:
        experiment = make_experiment(store)
        run_id = make_run(store, experiment)
        gone = make_model(store, experiment, source_run_id=run_id)
        kept = make_model(store, experiment, source_run_id=run_id)
        log(store, run_id, "loss", 1.0, model_id=kept)
        root = put_file(get_model(store, gone).artifact_location)
        store.delete_logged_model(api.DeleteLoggedModel(model_id=gone))
        delete(store, run_id)

        done = collect(store)

        assert (done.runs, done.models, done.files) == (1, 1, 1)
        assert not root.exists()
        assert get_model(store, kept).metrics == []
        with refused("RESOURCE_DOES_NOT_EXIST"):
            store.get_logged_model(api.GetLoggedModel(model_id=gone, allow_deleted=True))
        with refused("INVALID_PARAMETER_VALUE", kept):
            collect(store, model_ids=[kept])

    def test_artifacts_that_cannot_be_reached_keep_their_run(self, store: TrackingStore) -> None:
        runs = []
        for location in ("http://127.0.0.1:1/api/2.0/mlflow-artifacts/artifacts/x", "nope://x/y"):
            experiment = make_experiment(store, location, artifact_location=location)
            runs.append(make_run(store, experiment))
            store.delete_experiment(api.DeleteExperiment(experiment_id=experiment))

        done = collect(store)

        assert (done.runs, done.experiments) == (0, 0)
        kept = {item.id: item.reason for item in done.kept if item.kind == "run"}
        assert set(kept) == set(runs)
        assert "behind a server" in kept[runs[0]]
        assert "nope:" in kept[runs[1]]
        assert get_run(store, runs[0]).info.lifecycle_stage == "deleted"

    def test_artifacts_that_another_experiment_lives_in_stay(self, store: TrackingStore) -> None:
        run_id = make_run(store, make_experiment(store, "host"))
        root = path_of(get_run(store, run_id).info.artifact_uri or "")
        make_experiment(store, "beside", artifact_location=f"{root}-old")
        inside = f"{root.as_uri()}/deeper"
        other = make_run(store, make_experiment(store, "guest", artifact_location=inside))
        root = put_file(get_run(store, other).info.artifact_uri)
        put_file(get_run(store, run_id).info.artifact_uri)
        delete(store, run_id)

        done = collect(store)

        assert [(kept.kind, kept.id) for kept in done.kept] == [("run", run_id)]
        assert root.exists()

    def test_a_link_is_not_followed(self, store: TrackingStore, tmp_path: Path) -> None:
        mine = tmp_path / "mine"
        put_file(str(mine), "precious.txt")
        experiment = make_experiment(store)
        as_artifacts, as_folder = make_run(store, experiment), make_run(store, experiment)
        root = path_of(get_run(store, as_artifacts).info.artifact_uri or "")
        root.parent.mkdir(parents=True)
        root.symlink_to(mine)
        folder = path_of(get_run(store, as_folder).info.artifact_uri or "").parent
        folder.symlink_to(mine.parent)
        put_file(str(mine.parent / "artifacts"), "also.txt")
        delete(store, as_artifacts, as_folder)

        done = collect(store)

        assert [(kept.kind, kept.id) for kept in done.kept] == [("run", as_folder)]
        assert not root.is_symlink()
        assert (mine / "precious.txt").exists()
        assert (mine.parent / "artifacts" / "also.txt").exists()

    def test_a_chain_of_calls_goes_on_where_it_stopped(self, store: TrackingStore) -> None:
        runs = [make_run(store) for _ in range(3)]
        store.log_batch(api.LogBatch(run_id=runs[0], params=[Param("a", "1")]))
        delete(store, *runs)

        with refused("INVALID_PARAMETER_VALUE", "after", "nope"):
            store.collect_garbage(CollectGarbage(after="nope:1"))
        later = store.collect_garbage(CollectGarbage(after="models:0"))
        assert (later.runs, later.next) == (0, None)
        assert collect(store).runs == 3

    def test_files_of_registered_versions_stay_unless_asked(self, store: TrackingStore) -> None:
        make_registered_model(store)
        used, other, elsewhere = (make_run(store) for _ in range(3))
        roots = [put_file(get_run(store, run).info.artifact_uri) for run in (used, other)]
        make_version(store, source=f"{roots[0]}/model.bin", run_id=used)
        make_version(store, run_id=elsewhere)
        delete(store, used, other, elsewhere)

        for dry_run in (True, False):
            done = collect(store, run_ids=[used, other, elsewhere], dry_run=dry_run)
            assert done.runs == 2
            assert [(kept.kind, kept.id) for kept in done.kept] == [("run", used)]
            assert "m/1" in done.kept[0].reason
        assert [root.exists() for root in roots] == [True, False]
        assert run_state(store, "1") == "deleted"
        assert run_state(store, "2") == "gone"

        assert collect(store, run_ids=[used], registered=True).runs == 1
        assert not roots[0].exists()
        assert run_state(store, "1") == "gone"
        assert "deleted for good" in (get_version(store, "1").status_message or "")
        assert get_version(store, "2").status_message is None

    def test_files_of_registered_logged_models_stay(self, store: TrackingStore) -> None:
        make_registered_model(store)
        experiment = make_experiment(store)
        model_id = make_model(store, experiment)
        root = put_file(get_model(store, model_id).artifact_location)
        make_version(store, source=f"models:/{model_id}", model_id=model_id)
        make_version(store, source="models:/m/1")
        store.delete_logged_model(api.DeleteLoggedModel(model_id=model_id))
        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment))
        store.delete_model_version(registry.DeleteModelVersion(name="m", version="1"))

        done = collect(store)
        assert (done.models, done.experiments) == (0, 0)
        assert root.exists()
        assert "m/2" in done.kept[0].reason

        store.delete_model_version(registry.DeleteModelVersion(name="m", version="2"))
        done = collect(store)
        assert (done.models, done.experiments) == (1, 1)
        assert not root.exists()


def run_state(store: TrackingStore, version: str) -> str | None:
    """Return what a version's lineage says of its run."""
    request = registry.GetModelVersionLineage(name="m", version=version)
    return store.get_model_version_lineage(request).lineage.run_state
