"""Changes of the registry that share a transaction: each made whole or refused alone."""

from __future__ import annotations

import base64
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from headrace.api import registry as api
from headrace.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.engine import Busy, Transaction
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.unit.server_client import MLFLOW, Client, Request


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlTrackingStore]:
    opened = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    opened.create_registered_model(api.CreateRegisteredModel(name="m"))
    yield opened
    opened.close()


def create(store: SqlTrackingStore, name: str = "m", **fields: Any) -> Callable[[], Any]:
    request = api.CreateModelVersion(name=name, source="s3://bucket/model", **fields)
    return partial(store.create_model_version, request)


def versions(store: SqlTrackingStore) -> list[int]:
    page = store.search_model_versions(api.SearchModelVersions(order_by=["version_number ASC"]))
    return [int(version.version) for version in page.model_versions]


def numbers(outcomes: list[Any]) -> list[Any]:
    return [
        type(one) if isinstance(one, Exception) else int(one.model_version.version)
        for one in outcomes
    ]


def test_a_group_is_one_commit_and_one_turn_of_the_disk(
    store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    before = store._database.commits

    outcomes = store.together([create(store) for _ in range(5)])

    assert numbers(outcomes) == [1, 2, 3, 4, 5]
    assert store._database.commits == before + 1
    assert len(synced) == 1
    assert versions(store) == [1, 2, 3, 4, 5]


def test_who_is_refused_leaves_nothing_and_harms_nobody(store: SqlTrackingStore) -> None:
    def half() -> None:
        def work(tx: Transaction) -> None:
            tx.execute("UPDATE registered_models SET description = 'half'")
            tx.after_commit(lambda: pytest.fail("this was not committed"))
            raise InvalidParameterValue("no")

        store._database.transact(work)

    outcomes = store.together(
        [create(store), create(store, "absent"), half, create(store, run_id="0" * 32)]
    )

    assert isinstance(outcomes[1], ResourceDoesNotExist)
    assert isinstance(outcomes[2], InvalidParameterValue)
    assert versions(store) == [1, 2]
    model = store.get_registered_model(api.GetRegisteredModel(name="m")).registered_model
    assert model.description is None


def test_a_bug_in_one_call_is_its_own(store: SqlTrackingStore) -> None:
    def broken() -> None:
        raise KeyError("a bug")

    outcomes = store.together([create(store), broken, create(store)])

    assert numbers(outcomes) == [1, KeyError, 2]
    assert versions(store) == [1, 2]


def test_calls_see_what_those_before_them_did(store: SqlTrackingStore) -> None:
    new = api.CreateRegisteredModel(name="new")
    outcomes: list[Any] = store.together(
        [
            partial(store.create_registered_model, new),
            create(store, "new"),
            partial(store.get_model_version, api.GetModelVersion(name="new", version="1")),
            partial(store.create_registered_model, new),
        ]
    )

    assert outcomes[2].model_version.version == "1"
    assert isinstance(outcomes[3], ResourceAlreadyExists)


def test_where_sqlite_fails_each_call_is_made_alone(store: SqlTrackingStore) -> None:
    tries: list[int] = []

    def damaged() -> None:
        def work(tx: Transaction) -> None:
            tries.append(1)
            tx.execute("SELECT * FROM no_such_table")

        store._database.transact(work)

    outcomes = store.together([create(store), damaged, create(store)])

    assert numbers([outcomes[0], outcomes[2]]) == [1, 2]
    assert "no_such_table" in str(outcomes[1])
    assert len(tries) == 2
    assert versions(store) == [1, 2]


def test_nobody_is_told_of_a_group_that_was_not_committed(
    store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    outcomes = store.together([create(store), create(store)])

    assert [type(one) for one in outcomes] == [TemporarilyUnavailable] * 2
    monkeypatch.undo()
    assert versions(store) == [1, 2]  # the file has them, each once: nothing was made again


def test_other_threads_wait_for_the_group(store: SqlTrackingStore) -> None:
    inside, finished = threading.Event(), threading.Event()
    made: list[int] = []

    def other() -> None:
        assert inside.wait(30)
        made.append(int(create(store)().model_version.version))
        finished.set()

    thread = threading.Thread(target=other)
    thread.start()
    first = create(store)

    def wait() -> Any:
        inside.set()
        assert not finished.wait(0.05)
        return first()

    outcomes = store.together([wait, create(store)])
    thread.join(30)

    assert numbers(outcomes) == [1, 2]
    assert made == [3]


def test_a_lock_of_another_process_is_told_without_waiting(
    store: SqlTrackingStore, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        store.together([create(store)], wait=False)
    other.execute("ROLLBACK")
    other.close()
    assert numbers(store.together([create(store)], wait=False)) == [1]


# --- through a server ----------------------------------------------------------------------------


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    made = Client(tmp_path)
    made.post("/registered-models/create", {"name": "m"})
    yield made
    made.close()


def version_request(name: str, number: int, **more: Any) -> Request:
    body = {"name": name, "source": "s3://bucket/model", **more}
    address = ("127.0.0.1", 40_000 + number)
    return Request("POST", MLFLOW + "/model-versions/create", body, client=address)


def test_creators_at_once_get_numbers_of_their_own(client: Client) -> None:
    requests = [version_request("m", number) for number in range(20)]
    requests[7] = version_request("absent", 7)
    requests[13] = version_request("m", 13, tags="no list")
    commits = client.store._database.commits

    answers = client.call_all(requests)

    assert [answers[n].error_code for n in (7, 13)] == [
        "RESOURCE_DOES_NOT_EXIST",
        "INVALID_PARAMETER_VALUE",
    ]
    found = [
        int(one.json["model_version"]["version"])
        for number, one in enumerate(answers)
        if number not in (7, 13)
    ]
    assert sorted(found) == list(range(1, 19))
    assert client.store._database.commits == commits + 1


def test_each_change_is_of_the_one_who_made_it(client: Client) -> None:
    requests = []
    for number in range(3):
        credentials = base64.b64encode(f"user-{number}:".encode()).decode()
        request = version_request("m", number, description=f"of user-{number}")
        request.headers = {"Authorization": f"Basic {credentials}"}
        requests.append(request)

    answers = client.call_all(requests)

    versions = [one.json["model_version"] for one in answers]
    assert [one["user_id"] for one in versions] == ["user-0", "user-1", "user-2"]
    path = "/api/1.0/headrace/registry/history?name=m&kind=description"
    changes = client.call("GET", path).json["changes"]
    assert len(changes) == 3
    assert all(change["after"] == f"of {change['actor']}" for change in changes)


def test_a_life_of_changes_through_groups(client: Client) -> None:
    """Each of them is a group here, so one that could not be one would wait for ever."""
    models, versions, m = "/registered-models", "/model-versions", {"name": "m"}
    version = m | {"version": "1"}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"{models}/set-tag", m | {"key": "k", "value": "v"}),
        ("DELETE", f"{models}/delete-tag", m | {"key": "k"}),
        ("PATCH", f"{models}/update", m | {"description": "d"}),
        ("POST", f"{versions}/create", m | {"source": "s3://bucket/model"}),
        ("PATCH", f"{versions}/update", version | {"description": "d"}),
        ("POST", f"{versions}/set-tag", version | {"key": "k", "value": "v"}),
        ("DELETE", f"{versions}/delete-tag", version | {"key": "k"}),
        ("POST", f"{versions}/transition-stage", version | {"stage": "Staging"}),
        ("POST", f"{models}/alias", version | {"alias": "champion"}),
        ("DELETE", f"{models}/alias", m | {"alias": "champion"}),
        ("DELETE", f"{versions}/delete", version),
        ("POST", f"{models}/rename", m | {"new_name": "n"}),
        ("DELETE", f"{models}/delete", {"name": "n"}),
    ]

    for verb, path, body in calls:
        answer = client.call(verb, MLFLOW + path, body)
        assert answer.status == 200, answer.message
    assert client.get("/registered-models/get?name=n").error_code == "RESOURCE_DOES_NOT_EXIST"
