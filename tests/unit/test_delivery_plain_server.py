"""`PlainServer` on a Headrace store, which speaks MLflow's protocol too, and what is its own.

`tests/compat/test_plain_server_on_mlflow.py` runs the same cases on MLflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from headrace.api import tracking as api
from headrace.api.journals import ApplyJournal, EnsureRun, JournalEntry, LogPoints
from headrace.client.delivery.plain_server import PlainServer
from headrace.client.delivery.server_kind import abilities
from headrace.client.http import HttpTransport
from headrace.connection import Server
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    InvalidState,
    PermissionDenied,
    TemporarilyUnavailable,
)
from headrace.server.auth import Identity
from headrace.server.core import make_dispatch
from headrace.server.users import Role
from headrace.stores.base import Actor
from headrace.stores.remote import RemoteTrackingStore, Send
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.plain_server_cases import (
    PlainServerCases,
    assert_shipped_once,
    new_id,
    offline_run,
    ship,
)
from tests.servers import free_port


@pytest.fixture
def sql(tmp_path: Path) -> Iterator[SqlTrackingStore]:
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db", str(tmp_path / "artifacts"))
    yield store
    store.close()


@pytest.fixture
def send(sql: SqlTrackingStore) -> Send:
    return make_dispatch(sql)


class TestOnHeadrace(PlainServerCases):
    pass


# --- failures that are none of an entry ----------------------------------------------------------


def answering(status: int, body: bytes) -> Send:
    """Return what carries calls to something that always answers the same, as a proxy may."""
    return lambda verb, path, _body: (status, body)


def mlflow_error(code: str) -> bytes:
    return msgspec.json.encode({"error_code": code, "message": "no"})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b"<html>log in</html>"),
        (403, mlflow_error("PERMISSION_DENIED")),
        (404, b"<html>no such page</html>"),
        (400, b"<html>a plain HTTP request was sent to an HTTPS port</html>"),
        (429, mlflow_error("REQUEST_LIMIT_EXCEEDED")),
        (500, mlflow_error("INTERNAL_ERROR")),
        (503, b""),
    ],
)
def test_the_records_wait_when_nothing_speaks_of_them(
    status: int, body: bytes, send: Send, tmp_path: Path
) -> None:
    journal, entries = new_id(), offline_run(new_id(), "exp")
    broken = PlainServer(RemoteTrackingStore(answering(status, body)), tmp_path / "state")

    with pytest.raises(HeadraceError):
        ship(broken, journal, entries)

    healed = PlainServer(RemoteTrackingStore(send), tmp_path / "state")
    assert ship(healed, journal, entries).refused == []


def test_a_reader_may_not_ship(sql: SqlTrackingStore, tmp_path: Path) -> None:
    entries = offline_run(new_id(), "exp")
    reader = make_dispatch(sql, identity=Identity(Actor("eve", verified=True), Role.READ))

    with pytest.raises(PermissionDenied):
        ship(PlainServer(RemoteTrackingStore(reader), tmp_path / "state"), new_id(), entries)


def test_an_entry_too_large_for_a_proxy_is_refused_alone(send: Send, tmp_path: Path) -> None:
    def through_proxy(verb: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        return (
            (413, b"<html>too large</html>")
            if len(body or b"") > 10_000
            else send(verb, path, body)
        )

    run_id = new_id()
    ensure = JournalEntry(ensure_run=EnsureRun(run_id=run_id, experiment_id="0"))
    large = JournalEntry(log_param=api.LogParam(run_id=run_id, key="large", value="x" * 10_000))
    small = JournalEntry(log_param=api.LogParam(run_id=run_id, key="small", value="x"))
    store = RemoteTrackingStore(through_proxy)
    plain = PlainServer(store, tmp_path / "state")

    answer = ship(plain, new_id(), [ensure, large, small])

    assert [refused.index for refused in answer.refused] == [1]
    run = store.get_run(api.GetRun(run_id=plain.server_run_id(run_id))).run
    assert run.data.params == {"small": "x"}


@pytest.mark.parametrize(
    "wrong", [{"series": [1]}, {"series": [-1]}, {"steps": []}, {"timestamps": [1, 2]}]
)
def test_points_in_columns_that_do_not_fit_are_refused(
    wrong: dict[str, list[int]], send: Send, tmp_path: Path
) -> None:
    run_id = new_id()
    columns = {"series": [0], "steps": [0], "timestamps": [0], **wrong}
    points = LogPoints(run_id=run_id, keys=["m"], values=[1.0], **columns)
    ensure = JournalEntry(ensure_run=EnsureRun(run_id=run_id, experiment_id="0"))

    answer = ship(
        PlainServer(RemoteTrackingStore(send), tmp_path / "state"),
        new_id(),
        [ensure, JournalEntry(log_points=points)],
    )

    assert (answer.applied, [refused.index for refused in answer.refused]) == (2, [1])


def test_an_entry_of_a_newer_version_is_refused(send: Send, tmp_path: Path) -> None:
    answer = ship(PlainServer(RemoteTrackingStore(send), tmp_path), new_id(), [JournalEntry()])

    assert answer.applied == 1
    assert "version" in answer.refused[0].message


# --- what this machine remembers -----------------------------------------------------------------


def test_a_server_that_was_set_up_anew_refuses_runs_of_the_old_one(
    send: Send, tmp_path: Path
) -> None:
    entries = offline_run(new_id(), "exp")
    ship(PlainServer(RemoteTrackingStore(send), tmp_path / "state"), new_id(), entries[:1])
    new = open_sql_store(f"sqlite:///{tmp_path}/new.db", str(tmp_path / "artifacts"))
    plain = PlainServer(RemoteTrackingStore(make_dispatch(new)), tmp_path / "state")

    answer = ship(plain, new_id(), entries)
    new.close()

    assert answer.held is None
    assert {refused.error_code for refused in answer.refused} == {"RESOURCE_DOES_NOT_EXIST"}


def test_a_journal_is_named_by_32_digits(send: Send, tmp_path: Path) -> None:
    plain = PlainServer(RemoteTrackingStore(send), tmp_path / "state")

    for journal in ("", "../" + "0" * 29, "0" * 31, "G" * 32):
        with pytest.raises(InvalidParameterValue, match="32 hexadecimal digits"):
            plain.apply_journal(ApplyJournal(journal=journal, first=1))


@pytest.mark.parametrize("damage", [b"", b"{", b'{"made": 3}', b"nine"])
def test_damaged_memory_is_told_and_left(damage: bytes, send: Send, tmp_path: Path) -> None:
    state = tmp_path / "state"
    journal, entries = new_id(), offline_run(new_id(), "exp")
    plain = PlainServer(RemoteTrackingStore(send), state)
    ship(plain, journal, entries)

    (state / "runs.json").write_bytes(damage)
    with pytest.raises(InvalidState, match="move it away"):
        PlainServer(RemoteTrackingStore(send), state).mapping()
    (state / "marks" / journal).write_bytes(damage)
    with pytest.raises(InvalidState, match="move it away"):
        ship(plain, journal, entries)

    assert (state / "runs.json").read_bytes() == damage
    assert (state / "marks" / journal).read_bytes() == damage


def test_the_records_wait_where_nothing_can_be_remembered(send: Send, tmp_path: Path) -> None:
    run_id, journal = new_id(), new_id()
    entries = offline_run(run_id, "exp")
    state = tmp_path / "state"
    state.write_text("a file, where the folder should be")
    plain = PlainServer(RemoteTrackingStore(send), state)

    with pytest.raises(TemporarilyUnavailable, match="state"):
        ship(plain, journal, entries)

    state.unlink()
    assert ship(plain, journal, entries).refused == []
    assert_shipped_once(RemoteTrackingStore(send), run_id, "exp")


def test_what_was_carried_out_but_not_noted_is_sent_again(send: Send, tmp_path: Path) -> None:
    run_id, journal = new_id(), new_id()
    entries = offline_run(run_id, "exp")
    state, elsewhere = tmp_path / "state", tmp_path / "not mounted"
    state.mkdir()
    (state / "marks").symlink_to(elsewhere)
    plain = PlainServer(RemoteTrackingStore(send), state)

    with pytest.raises(TemporarilyUnavailable, match="marks"):
        ship(plain, journal, entries)

    assert list(plain.mapping()) == [run_id]
    elsewhere.mkdir()
    assert ship(plain, journal, entries).refused == []
    assert_shipped_once(RemoteTrackingStore(send), run_id, "exp")


def test_a_journal_that_is_forgotten_leaves_nothing(send: Send, tmp_path: Path) -> None:
    journal = new_id()
    plain = PlainServer(RemoteTrackingStore(send), tmp_path / "state")
    ship(plain, journal, offline_run(new_id(), "exp"))

    plain.forget_journal(journal)
    plain.forget_journal(journal)

    assert list((tmp_path / "state" / "marks").iterdir()) == []


# --- what kind of server -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "takes"),
    [
        (200, b'{"store_type": "SqlStore", "headrace": {"version": "9", "journals": true}}', True),
        (200, b'{"store_type": "SqlStore", "headrace": {"version": "0.1"}}', False),
        (200, b'{"store_type": "SqlStore"}', False),
        (404, b"<html>no such page</html>", False),
    ],
)
def test_a_server_says_whether_it_abilities(status: int, body: bytes, takes: bool) -> None:
    assert abilities(answering(status, body)).journals is takes


def test_what_is_no_tracking_server_is_told_from_one() -> None:
    with pytest.raises(HeadraceError, match="tracking URI"):
        abilities(answering(200, b"<html>Welcome</html>"))


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    with pytest.raises(TemporarilyUnavailable):
        abilities(HttpTransport(Server(f"http://127.0.0.1:{free_port()}")))
