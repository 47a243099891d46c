"""Versions of registered models: numbers, stages, aliases, sources."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from headrace.api import registry as api
from headrace.api import tracking
from headrace.entities import ModelVersionTag
from headrace.errors import HeadraceError, ResourceConflict
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    get_model,
    get_registered_model,
    get_run,
    get_version,
    make_model,
    make_registered_model,
    make_run,
    make_version,
    move,
    refused,
    set_alias,
)


def download_uri(store: TrackingStore, version: str, name: str = "m") -> str:
    """Return where the files of a version lie."""
    request = api.GetModelVersionDownloadUri(name=name, version=version)
    return store.get_model_version_download_uri(request).artifact_uri


def by_alias(store: TrackingStore, alias: str) -> str:
    """Return the version of the model ``m`` that an alias names."""
    request = api.GetModelVersionByAlias(name="m", alias=alias)
    return store.get_model_version_by_alias(request).model_version.version


class ModelVersionSuite:
    """What a store of versions must do."""

    def test_a_version_comes_back_as_it_was_made(self, store: TrackingStore) -> None:
        make_registered_model(store)
        run_id = make_run(store)
        made = make_version(
            store,
            run_id=run_id,
            tags=[ModelVersionTag("b", "2"), ModelVersionTag("a", "1")],
            run_link="https://other/run",
            description="first",
        )

        assert get_version(store, "1") == made
        assert (made.version, made.run_id, made.source) == ("1", run_id, "s3://bucket/model")
        assert (made.tags, made.description) == ({"a": "1", "b": "2"}, "first")
        assert (made.status, made.current_stage, made.aliases) == ("READY", "None", [])
        assert made.run_link == "https://other/run"
        assert download_uri(store, "1") == "s3://bucket/model"
        assert get_registered_model(store).last_updated_timestamp == made.creation_timestamp

    def test_numbers_are_never_given_again(self, store: TrackingStore) -> None:
        make_registered_model(store)
        assert [make_version(store).version for _ in range(3)] == ["1", "2", "3"]

        store.delete_model_version(api.DeleteModelVersion(name="m", version="3"))

        assert make_version(store).version == "4"

    def test_creators_at_once_never_collide(self, store: TrackingStore) -> None:
        make_registered_model(store)
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: make_version(store).version, range(20)))
        assert sorted(map(int, made)) == list(range(1, 21))

    @pytest.mark.parametrize("version", ["x", "1.5", "", "1_0", "9" * 40])
    def test_a_version_that_is_no_number(self, store: TrackingStore, version: str) -> None:
        make_registered_model(store)
        make_version(store)
        with refused("INVALID_PARAMETER_VALUE", "version"):
            get_version(store, version)
        with refused("INVALID_PARAMETER_VALUE", "version"):
            set_alias(store, "champion", version)

    def test_versions_that_are_not_there(self, store: TrackingStore) -> None:
        make_registered_model(store)
        absent: Any = {"name": "m", "version": "7"}
        for call in (
            lambda: get_version(store, "7"),
            lambda: download_uri(store, "7"),
            lambda: store.update_model_version(api.UpdateModelVersion(**absent)),
            lambda: move(store, "7", "Staging"),
            lambda: set_alias(store, "champion", "7"),
            lambda: store.delete_model_version(api.DeleteModelVersion(**absent)),
            lambda: store.set_model_version_tag(
                api.SetModelVersionTag(**absent, key="a", value="b")
            ),
            lambda: store.get_model_version_lineage(api.GetModelVersionLineage(**absent)),
        ):
            with refused("RESOURCE_DOES_NOT_EXIST", "Model Version (name=m, version=7) not found"):
                call()

    def test_descriptions_and_tags(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        answer = store.update_model_version(
            api.UpdateModelVersion(name="m", version="1", description="good")
        )
        assert answer.model_version.description == "good"
        store.set_model_version_tag(
            api.SetModelVersionTag(name="m", version="1", key="a", value="1")
        )
        assert get_version(store, "1").tags == {"a": "1"}
        for _ in range(2):
            store.delete_model_version_tag(
                api.DeleteModelVersionTag(name="m", version="1", key="a")
            )
            assert get_version(store, "1").tags == {}

    def test_deleting_a_version_deletes_its_aliases(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        make_version(store)
        set_alias(store, "old", "1")
        set_alias(store, "new", "2")

        store.delete_model_version(api.DeleteModelVersion(name="m", version="1"))

        assert get_registered_model(store).aliases == {"new": "2"}
        with refused("RESOURCE_DOES_NOT_EXIST"):
            get_version(store, "1")


class ModelStageSuite:
    """What a move into a stage must do."""

    def test_stages_in_any_case(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        assert move(store, "1", "pRODUCTION").current_stage == "Production"
        assert get_version(store, "1").current_stage == "Production"
        with refused("INVALID_PARAMETER_VALUE", "Live", "None, Staging, Production, Archived"):
            move(store, "1", "Live")

    def test_the_others_are_archived_if_asked(self, store: TrackingStore) -> None:
        make_registered_model(store)
        for _ in range(3):
            make_version(store)
        move(store, "1", "Production")
        move(store, "2", "Production")
        assert get_version(store, "1").current_stage == "Production"

        move(store, "3", "Production", archive_existing_versions=True)

        stages = [get_version(store, version).current_stage for version in "123"]
        assert stages == ["Archived", "Archived", "Production"]
        for stage in ("None", "Archived"):
            with refused("INVALID_PARAMETER_VALUE", stage, "Staging", "Production"):
                move(store, "3", stage, archive_existing_versions=True)

    def test_of_two_movers_of_a_version_one_wins_and_the_other_is_told(
        self, store: TrackingStore
    ) -> None:
        make_registered_model(store)
        make_version(store)

        def try_to_move(stage: str) -> str:
            try:
                move(store, "1", stage, expected="None")
            except ResourceConflict as error:
                return error.message
            return stage

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(try_to_move, ["Staging", "Production"])

        won = get_version(store, "1").current_stage
        assert [first, second].count(str(won)) == 1
        [told] = [answer for answer in (first, second) if answer != won]
        assert "as expected" in told
        assert f"in the stage {won}" in told


class ModelAliasSuite:
    """What aliases must do."""

    def test_an_alias_names_one_version(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        make_version(store)
        set_alias(store, "champion", "1")
        set_alias(store, "Champion", "1")
        set_alias(store, "champion", "2")

        assert by_alias(store, "champion") == "2"
        assert by_alias(store, "Champion") == "1"
        assert by_alias(store, "latest") == by_alias(store, "LATEST") == "2"
        assert get_registered_model(store).aliases == {"Champion": "1", "champion": "2"}

        for _ in range(2):
            store.delete_registered_model_alias(
                api.DeleteRegisteredModelAlias(name="m", alias="champion")
            )
        with refused("INVALID_PARAMETER_VALUE", "Registered model alias champion not found"):
            by_alias(store, "champion")

    def test_aliases_of_what_is_not_there(self, store: TrackingStore) -> None:
        for call in (
            lambda: by_alias(store, "champion"),
            lambda: by_alias(store, "latest"),
            lambda: store.delete_registered_model_alias(
                api.DeleteRegisteredModelAlias(name="m", alias="champion")
            ),
        ):
            with refused("RESOURCE_DOES_NOT_EXIST", "name=m not found"):
                call()
        make_registered_model(store)
        with refused("RESOURCE_DOES_NOT_EXIST", "Latest version not found for model m"):
            by_alias(store, "latest")

    @pytest.mark.parametrize(
        ("alias", "words"),
        [
            ("latest", "'latest' alias name (case insensitive) is reserved"),
            ("LaTest", "reserved"),
            ("v3", "Version alias name 'v3' is reserved"),
            ("V03", "reserved"),
            ("a b", "Invalid alias name"),
            ("a@b", "Invalid alias name"),
            ("a" * 256, "maximum length of 255"),
        ],
    )
    def test_bad_aliases_are_refused(self, store: TrackingStore, alias: str, words: str) -> None:
        make_registered_model(store)
        make_version(store)
        with refused("INVALID_PARAMETER_VALUE", words):
            set_alias(store, alias, "1")

    def test_of_two_movers_of_an_alias_one_wins_and_the_other_is_told(
        self, store: TrackingStore
    ) -> None:
        make_registered_model(store)
        for _ in range(3):
            make_version(store)
        set_alias(store, "champion", "1", expected="")

        def try_to_move(version: str) -> str | HeadraceError:
            try:
                set_alias(store, "champion", version, expected="1")
            except ResourceConflict as error:
                return error
            return version

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(try_to_move, ["2", "3"]))

        won = by_alias(store, "champion")
        assert won in answers
        [told] = [answer for answer in answers if isinstance(answer, ResourceConflict)]
        assert f"names version {won}, not version 1 as expected" in told.message
        with refused("RESOURCE_CONFLICT"):
            store.delete_registered_model_alias(
                api.DeleteRegisteredModelAlias(name="m", alias="champion", expected="1")
            )


class ModelSourceSuite:
    """What a version may be made from; `tests/unit` tries what strangers must not name."""

    def test_files_of_a_run(self, store: TrackingStore) -> None:
        make_registered_model(store)
        run_id = make_run(store)
        root = get_run(store, run_id).info.artifact_uri
        for version, source in (("1", f"{root}/model"), ("2", f"runs:/{run_id}/model")):
            made = make_version(store, source=source, run_id=run_id)
            assert (made.version, made.source) == (version, source)
            assert download_uri(store, version) == f"{root}/model"

    def test_a_logged_model(self, store: TrackingStore) -> None:
        make_registered_model(store)
        run_id = make_run(store)
        model_id = make_model(store, source_run_id=run_id)
        root = get_model(store, model_id).artifact_location

        for number in (1, 2):
            made = make_version(store, source=f"models:/{model_id}", model_id=model_id)
            assert (made.run_id, made.model_id) == (run_id, model_id)
            assert download_uri(store, str(number)) == root

        model = get_model(store, model_id)
        assert model.tags["mlflow.modelVersions"] == (
            '[{"name": "m", "version": 1}, {"name": "m", "version": 2}]'
        )
        assert [(one.name, one.version) for one in model.info.registrations] == [
            ("m", "1"),
            ("m", "2"),
        ]

    def test_a_copy_keeps_files_and_lineage(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_registered_model(store, "n")
        run_id = make_run(store)
        root = get_run(store, run_id).info.artifact_uri
        make_version(store, source=f"{root}/model", run_id=run_id)
        make_version(store)
        set_alias(store, "champion", "1")
        move(store, "1", "Production")

        for number, way in enumerate(("/1", "@champion", "/production"), 1):
            made = make_version(store, "n", source=f"models:/m{way}")
            assert (made.source, made.run_id) == ("models:/m/1", run_id)
            assert download_uri(store, str(number), "n") == f"{root}/model"
        assert make_version(store, "n", source="models:/m/latest").source == "models:/m/2"
        again = make_version(store, "n", source="models:/n/1", run_id=run_id)
        assert again.artifact_uri == f"{root}/model"
        with refused("INVALID_PARAMETER_VALUE", "must match the referenced model version"):
            make_version(store, "n", source="models:/m/1", run_id="0" * 32)
        for way in ("/9", "@none", "/Staging"):
            with refused("RESOURCE_DOES_NOT_EXIST", f"models:/m{way}"):
                make_version(store, "n", source=f"models:/m{way}")

    def test_a_deleted_run_gives_no_version(self, store: TrackingStore) -> None:
        make_registered_model(store)
        run_id = make_run(store)
        store.delete_run(tracking.DeleteRun(run_id=run_id))
        with refused("INVALID_PARAMETER_VALUE", run_id, "active", "deleted"):
            make_version(store, run_id=run_id)
        assert make_version(store, run_id="f" * 32).run_id == "f" * 32  # of another store

    def test_a_logged_model_that_is_not_there(self, store: TrackingStore) -> None:
        make_registered_model(store)
        absent = "m-" + "0" * 32
        with refused("RESOURCE_DOES_NOT_EXIST", absent):
            make_version(store, model_id=absent)
        deleted = make_model(store)
        store.delete_logged_model(tracking.DeleteLoggedModel(model_id=deleted))
        with refused("RESOURCE_DOES_NOT_EXIST", deleted):
            make_version(store, source=f"models:/{deleted}", model_id=deleted)
        assert make_version(store).version == "1"

    @pytest.mark.parametrize(
        "source",
        [
            "",
            "s3://b/a/../c",
            "s3://b/%2e%2e/c",
            "s3://b/a#/../c",
            "models:/m",
            "models:/m/1/..",
            "models://host/m/1",
            "runs:/" + "0" * 32 + "/a",
            "models:/m-" + "0" * 32,
            "a\0b",
            "s3://b/" + "x" * 2048,
        ],
    )
    def test_bad_sources_are_refused(self, store: TrackingStore, source: str) -> None:
        make_registered_model(store)
        with refused("INVALID_PARAMETER_VALUE", "source"):
            make_version(store, source=source)
