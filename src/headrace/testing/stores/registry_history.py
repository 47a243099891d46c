"""History and lineage of the registry."""

from __future__ import annotations

from typing import Any

from headrace.api import registry as api
from headrace.api import tracking
from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    ModelVersionTag,
    RegisteredModelTag,
    RegistryChange,
    RunTag,
    VersionDataset,
)
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    make_experiment,
    make_model,
    make_registered_model,
    make_run,
    make_version,
    move,
    refused,
    set_alias,
)

Short = tuple[str, str | None, str | None, str | None, str | None]


def changes(store: TrackingStore, name: str | None = "m", **fields: Any) -> list[RegistryChange]:
    """Return a page of the history of a registered model."""
    request = api.ListRegistryChanges(name=name, **fields)
    return store.list_registry_changes(request).changes


def short(found: list[RegistryChange]) -> list[Short]:
    """Return what changes did, the oldest first."""
    return [(one.kind, one.version, one.key, one.before, one.after) for one in reversed(found)]


class RegistryHistorySuite:
    """Every change leaves an entry with the value before."""

    def test_of_a_model(self, store: TrackingStore) -> None:
        make_registered_model(store, tags=[RegisteredModelTag("a", "1")], description="old")
        store.update_registered_model(api.UpdateRegisteredModel(name="m", description="new"))
        for value in ("2", "2"):
            store.set_registered_model_tag(
                api.SetRegisteredModelTag(name="m", key="a", value=value)
            )
        for _ in range(2):
            store.delete_registered_model_tag(api.DeleteRegisteredModelTag(name="m", key="a"))

        assert short(changes(store)) == [
            ("created", None, None, None, None),
            ("description", None, None, None, "old"),
            ("tag", None, "a", None, "1"),
            ("description", None, None, "old", "new"),
            ("tag", None, "a", "1", "2"),
            ("tag", None, "a", "2", None),
        ]

    def test_of_versions(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store, tags=[ModelVersionTag("t", "1")], description="first", reason="why not")
        make_version(store)
        set_alias(store, "champion", "1")
        set_alias(store, "champion", "2", reason="better")
        set_alias(store, "champion", "2")
        move(store, "1", "Production")
        move(store, "2", "Production", archive_existing_versions=True)
        store.set_model_version_tag(
            api.SetModelVersionTag(name="m", version="1", key="t", value="2")
        )
        store.update_model_version(api.UpdateModelVersion(name="m", version="1"))
        store.delete_model_version(api.DeleteModelVersion(name="m", version="2"))

        found = changes(store)
        assert short(found) == [
            ("created", None, None, None, None),
            ("created", "1", None, None, "s3://bucket/model"),
            ("description", "1", None, None, "first"),
            ("tag", "1", "t", None, "1"),
            ("created", "2", None, None, "s3://bucket/model"),
            ("alias", "1", "champion", None, "1"),
            ("alias", "2", "champion", "1", "2"),
            ("stage", "1", None, "None", "Production"),
            ("stage", "1", None, "Production", "Archived"),
            ("stage", "2", None, "None", "Production"),
            ("tag", "1", "t", "1", "2"),
            ("description", "1", None, "first", None),
            ("alias", "2", "champion", "2", None),
            ("deleted", "2", None, "s3://bucket/model", None),
        ]
        assert [one.reason for one in reversed(found)][1:7] == [
            *("why not",) * 3,
            None,
            None,
            "better",
        ]
        times = [one.timestamp for one in found]
        assert times == sorted(times, reverse=True)

    def test_what_is_asked_for(self, store: TrackingStore) -> None:
        make_registered_model(store)
        for _ in range(2):
            make_version(store)
        set_alias(store, "a", "1")
        set_alias(store, "b", "2")
        move(store, "2", "Staging")

        assert len(changes(store, version="2")) == 3
        assert short(changes(store, kind="alias", key="a")) == [("alias", "1", "a", None, "1")]
        assert changes(store, version="9") == []
        with refused("INVALID_PARAMETER_VALUE", "kind", "alias"):
            changes(store, kind="colour")
        with refused("INVALID_PARAMETER_VALUE", "max_results"):
            changes(store, max_results=0)
        with refused("RESOURCE_DOES_NOT_EXIST", "none"):
            changes(store, "none")

    def test_pages_of_changes(self, store: TrackingStore) -> None:
        make_registered_model(store)
        for _ in range(4):
            make_version(store)
        found: list[RegistryChange] = []
        token = None
        while True:
            page = store.list_registry_changes(
                api.ListRegistryChanges(name="m", max_results=2, page_token=token)
            )
            found += page.changes
            token = page.next_page_token
            if token is None:
                break
            make_version(store)  # does not move the pages
        assert found == changes(store)[-5:]
        with refused("INVALID_PARAMETER_VALUE", "page token"):
            changes(store, page_token="x")

    def test_the_history_follows_the_name_and_outlives_it(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        store.rename_registered_model(
            api.RenameRegisteredModel(name="m", new_name="n", reason="clearer")
        )
        store.delete_registered_model(api.DeleteRegisteredModel(name="n", reason="unused"))

        assert short(changes(store, "n")) == [
            ("created", None, None, None, None),
            ("created", "1", None, None, "s3://bucket/model"),
            ("renamed", None, None, "m", "n"),
            ("deleted", None, None, None, None),
        ]
        assert changes(store, "n")[0].reason == "unused"
        with refused("RESOURCE_DOES_NOT_EXIST", "name=m"):
            changes(store)

    def test_a_refused_change_leaves_nothing(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        before = changes(store)
        with refused("RESOURCE_CONFLICT"):
            set_alias(store, "champion", "1", expected="2")
        with refused("INVALID_PARAMETER_VALUE"):
            make_version(store, source="s3://b/../c")
        with refused("INVALID_PARAMETER_VALUE", "reason"):
            set_alias(store, "champion", "1", reason="x" * 5001)
        assert changes(store) == before
        assert make_version(store).version == "2"


class LineageSuite:
    """Lineage both ways."""

    def test_what_a_version_came_from(self, store: TrackingStore) -> None:
        make_registered_model(store)
        experiment_id = make_experiment(store, "trees")
        tags = [
            RunTag("mlflow.source.git.commit", "abc"),
            RunTag("mlflow.source.git.repoURL", "git@host:r"),
        ]
        run_id = make_run(store, experiment_id, run_name="oak", tags=tags)
        data = Dataset(name="d", digest="1", source_type="local", source="{}")
        use = [InputTag("mlflow.data.context", "training")]
        store.log_inputs(
            tracking.LogInputs(run_id=run_id, datasets=[DatasetInput(dataset=data, tags=use)])
        )
        model_id = make_model(store, experiment_id, name="net", source_run_id=run_id)
        make_version(store, source=f"models:/{model_id}", model_id=model_id)
        make_version(store, source="models:/m/1")

        for version, source, copied in (
            ("1", f"models:/{model_id}", None),
            ("2", "models:/m/1", "m/1"),
        ):
            request = api.GetModelVersionLineage(name="m", version=version)
            found = store.get_model_version_lineage(request).lineage
            assert (found.source, found.copied_from) == (source, copied)
            assert (found.run_id, found.run_name, found.run_state) == (run_id, "oak", "active")
            assert (found.experiment_id, found.experiment_name) == (experiment_id, "trees")
            assert (found.commit, found.repository) == ("abc", "git@host:r")
            assert (found.model_id, found.model_name) == (model_id, "net")
            assert found.datasets == [VersionDataset("d", "1", "local", "{}", "training")]

    def test_what_came_from_a_run_a_data_set_or_a_logged_model(self, store: TrackingStore) -> None:
        make_registered_model(store)
        first, second = make_run(store), make_run(store)
        model_id = make_model(store, source_run_id=second)
        for run_id, digest in ((first, "1"), (second, "2")):
            data = Dataset(name="d", digest=digest, source_type="local", source="{}")
            store.log_inputs(
                tracking.LogInputs(run_id=run_id, datasets=[DatasetInput(dataset=data)])
            )
        make_version(store, run_id=first)
        make_version(store, source=f"models:/{model_id}", model_id=model_id)
        make_version(store, source="models:/m/2")
        make_version(store)

        def find(text: str) -> list[str]:
            found = store.search_model_versions(api.SearchModelVersions(filter=text)).model_versions
            return sorted(one.version for one in found)

        assert find(f"run_id = '{first}'") == ["1"]
        assert find(f"run_id IN ('{first}', '{second}')") == ["1", "2", "3"]
        assert find(f"model_id = '{model_id}'") == ["2", "3"]
        assert find("dataset.name = 'd'") == ["1", "2", "3"]
        assert find("dataset.name = 'd' AND dataset.digest = '2'") == ["2", "3"]
        assert find("dataset.name = 'e'") == []

    def test_a_run_that_is_gone(self, store: TrackingStore) -> None:
        make_registered_model(store)
        run_id = make_run(store)
        make_version(store, run_id=run_id)
        make_version(store, run_id="f" * 32)

        def state(version: str) -> str | None:
            request = api.GetModelVersionLineage(name="m", version=version)
            return store.get_model_version_lineage(request).lineage.run_state

        assert (state("1"), state("2")) == ("active", "unknown")
        store.delete_run(tracking.DeleteRun(run_id=run_id))
        assert state("1") == "deleted"
