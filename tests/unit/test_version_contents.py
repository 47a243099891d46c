"""What a database keeps of the contents of versions, on each kind of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headrace.api import registry as api
from headrace.artifacts.manifests import digest_of_manifest
from headrace.entities import ContentFile, ContentState, FileCheck, FileState, VersionContent
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.calls import now
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.stores.sql.version_contents import CLAIM_MS, PutOff, content_state
from headrace.testing.stores.make import (
    get_model,
    get_run,
    get_version,
    make_model,
    make_registered_model,
    make_run,
    make_version,
)

FILES = [ContentFile("a b.txt", 5, "1" * 64), ContentFile("ä/c.bin", 0, "2" * 64)]
OTHER = [ContentFile("a b.txt", 5, "3" * 64)]
DAY_MS = 24 * 3600 * 1000


@pytest.fixture(autouse=True)
def model(sql_store: SqlTrackingStore) -> None:
    make_registered_model(sql_store)


def content_of(store: SqlTrackingStore, version: str, name: str = "m") -> VersionContent:
    request = api.GetModelVersionContent(name=name, version=version, files=True)
    return store.get_model_version_content(request).content


def ask(store: SqlTrackingStore, version: str) -> None:
    store.check_model_version_content(api.CheckModelVersionContent(name="m", version=version))


def due(store: SqlTrackingStore) -> list[int]:
    return [one.version for one in store.find_due_contents(100)]


def test_who_asks_comes_first(sql_store: SqlTrackingStore) -> None:
    for _ in range(3):
        make_version(sql_store)
    ask(sql_store, "3")

    assert due(sql_store) == [3, 1, 2]
    assert [one.is_asked for one in sql_store.find_due_contents(2)] == [True, False]


def test_one_of_many_takes_a_version(sql_store: SqlTrackingStore) -> None:
    make_version(sql_store)
    (version,) = sql_store.find_due_contents(1)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: sql_store.claim_content(version), range(8)))
    assert taken.count(True) == 1
    assert due(sql_store) == []

    ask(sql_store, "1")  # while somebody is at it
    assert due(sql_store) == [1]
    sql_store.hold_content(version)
    assert due(sql_store) == [1]
    assert CLAIM_MS > 1000


def test_what_is_put_off_comes_back(sql_store: SqlTrackingStore) -> None:
    for _ in range(4):
        make_version(sql_store)
    ids = [one.id for one in sql_store.find_due_contents(100)]
    sql_store.put_off_contents(
        [
            PutOff(ids[0], now() + DAY_MS, "Later."),
            PutOff(ids[1], now() - 1),
            PutOff(ids[2], None, "Never."),
        ]
    )

    assert due(sql_store) == [4, 2]
    assert [content_of(sql_store, version).problem for version in "123"] == [
        "Later.",
        None,
        "Never.",
    ]
    ask(sql_store, "3")
    assert due(sql_store)[0] == 3
    assert content_of(sql_store, "3").problem is None


def test_a_content_is_recorded_once(sql_store: SqlTrackingStore) -> None:
    made = make_version(sql_store, source="s3://bucket/model")
    make_version(sql_store, source="s3://bucket/models")
    sql_store.seal_content(sql_store.find_content("m", 1), FILES)
    sql_store.seal_content(sql_store.find_content("m", 1), OTHER)

    content = content_of(sql_store, "1")
    assert (content.state, content.files) == ("verified", FILES)
    assert content.digest == digest_of_manifest(FILES)
    assert content.checked_at is not None
    found = get_version(sql_store, "1")
    assert (found.content_state, found.content_digest) == ("verified", content.digest)
    assert found.last_updated_timestamp == made.last_updated_timestamp
    assert due(sql_store) == [2]


def test_a_copy_takes_the_record_over(sql_store: SqlTrackingStore) -> None:
    make_version(sql_store)
    sql_store.seal_content(sql_store.find_content("m", 1), FILES)
    make_registered_model(sql_store, "other")

    copy = make_version(sql_store, "other", source="models:/m/1")

    assert (copy.content_state, copy.content_digest) == ("verified", digest_of_manifest(FILES))
    assert get_version(sql_store, "1", "other") == copy
    sql_store.delete_registered_model(api.DeleteRegisteredModel(name="m"))
    assert content_of(sql_store, "1", "other").files == FILES


def test_the_state_is_that_of_the_place(sql_store: SqlTrackingStore) -> None:
    for source in ("s3://bucket/model", "models:/m/1", "s3://bucket/other"):
        make_version(sql_store, source=source)
    sql_store.seal_content(sql_store.find_content("m", 1), FILES)
    sql_store.seal_content(sql_store.find_content("m", 3), FILES)
    missing = FileCheck("a b.txt", FileState.MISSING)
    changed = FileCheck("ä/c.bin", FileState.CHANGED, 1, "5" * 64, "2" * 64)

    assert sql_store.note_content(sql_store.find_content("m", 2), [missing]) == "missing"
    assert sql_store.note_content(sql_store.find_content("m", 2), [missing, changed]) == "changed"

    states = [get_version(sql_store, version).content_state for version in "123"]
    assert states == ["changed", "changed", "verified"]
    assert content_of(sql_store, "1").problems == [missing, changed]
    added = FileCheck("new", FileState.NOT_RECORDED, 3)
    assert sql_store.note_content(sql_store.find_content("m", 1), [added]) == "verified"
    assert content_of(sql_store, "2").problems == [added]


def test_gates_ask_by_row_id(sql_store: SqlTrackingStore) -> None:
    make_version(sql_store)
    number = sql_store.find_content("m", 1).id
    with sql_store._database.read() as tx:
        assert content_state(tx, number) is ContentState.UNVERIFIED
    sql_store.seal_content(sql_store.find_content("m", 1), FILES)
    with sql_store._database.read() as tx:
        assert content_state(tx, number) is ContentState.VERIFIED
        assert content_state(tx, number + 1) is ContentState.UNVERIFIED


def test_what_says_that_all_files_are_there(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    model_id = make_model(sql_store, source_run_id=run_id)
    make_version(sql_store, source=f"runs:/{run_id}/model", run_id=run_id)
    make_version(sql_store, source=f"models:/{model_id}", model_id=model_id)
    make_version(sql_store, source="s3://bucket/model", run_id=run_id)
    make_version(sql_store)

    found = sql_store.find_due_contents(100)

    assert [one.is_finished for one in found] == [False, False, False, None]
    run_root = get_run(sql_store, run_id).info.artifact_uri
    model_root = get_model(sql_store, model_id).artifact_location
    assert (found[0].root, found[0].path) == (run_root, "model")
    assert (found[1].root, found[1].path) == (model_root, "")
    assert (found[2].root, found[2].path) == ("s3://bucket/model", "")


def test_sealed_places_are_found(sql_store: SqlTrackingStore) -> None:
    long = "x" * 300  # longer than what the index knows of it
    for source in ("s3://b/r/a", "s3://b/r/ab", f"s3://b/{long}/1", f"s3://b/{long}/2"):
        make_version(sql_store, source=source)
    for version in (1, 3):
        sql_store.seal_content(sql_store.find_content("m", version), FILES)
    make_version(sql_store, source="models:/m/1")

    def names(*places: str) -> set[str]:
        return {seal.name for seal in sql_store.find_seals(places)}

    assert names("s3://b/r", "s3://b/r/a", "s3://b/r/a/b") == {"m/5"}
    assert names("s3://b/r/ab", f"s3://b/{long}/2", f"s3://b/{long}") == set()
    assert names("s3://b/r/a", f"s3://b/{long}/1") == {"m/5", "m/3"}
    for folder, found in (
        ("s3://b", {"m/5", "m/3"}),
        ("s3://b/r", {"m/5"}),
        ("s3://b/r/", {"m/5"}),
        ("s3://b/r/a", set()),
        (f"s3://b/{long}", {"m/3"}),
        (f"s3://b/{long}/", {"m/3"}),
        ("s3://c", set()),
    ):
        seal = sql_store.find_seal_below(folder)
        assert ({seal.name} if seal else set()) <= found, folder
        assert bool(seal) == bool(found), folder


def test_places_are_found_however_they_are_stored(tmp_path: Path) -> None:
    for root in (None, str(tmp_path / "artifacts")):  # relative to the database, and whole
        store = open_sql_store(f"sqlite:///{tmp_path}/{bool(root)}.db", root)
        make_registered_model(store)
        run_id = make_run(store)
        make_version(store, source=f"runs:/{run_id}/model", run_id=run_id)
        store.seal_content(store.find_content("m", 1), FILES)
        location = get_run(store, run_id).info.artifact_uri or ""

        assert [seal.place for seal in store.find_seals([f"{location}/model"])] == [
            f"{location}/model"
        ]
        assert store.find_seal_below(location) is not None
        store.close()
