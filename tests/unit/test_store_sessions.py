"""Runs whose processes have gone silent, and who is told so."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from headrace.api import tracking as api
from headrace.api.sessions import Heartbeat
from headrace.cli.root import cli
from headrace.entities import RunInfo
from headrace.errors import InvalidParameterValue
from headrace.server.core import make_dispatch
from headrace.server.run import ServerOptions, check, make_application
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.calls import now
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.journals import new_id
from headrace.testing.stores.make import get_run, make_run
from headrace.testing.stores.sessions import begin, end

MINUTE = 60_000


def beat(store: SqlTrackingStore, *sessions: str, minutes_ago: float = 0) -> None:
    """Send a heartbeat, and let time go by."""
    store.heartbeat(Heartbeat(sessions=[*sessions]))
    past = int(minutes_ago * MINUTE)
    with store._database.write() as tx:
        for session in sessions:
            tx.execute(
                "UPDATE run_sessions SET started_at = started_at - ?, "
                "heartbeat_at = heartbeat_at - ? WHERE uuid = ?",
                (past, past, session),
            )


def found(store: SqlTrackingStore, run_id: str) -> RunInfo:
    """Return a run, once it is sure that a search says the same, with page documents too."""
    info = get_run(store, run_id).info
    served = RemoteTrackingStore(make_dispatch(store))
    for searched in (store, served, served):
        page = searched.search_runs(api.SearchRuns(experiment_ids=["0"]))
        assert [run.info for run in page.runs if run.info.run_id == run_id] == [info]
        store._documents.make_missing()
    return info


def test_a_silent_run_is_lost_until_it_is_heard_again(sql_store: SqlTrackingStore) -> None:
    run_id = new_id()
    session = begin(sql_store, run_id)
    beat(sql_store, session, minutes_ago=4)
    assert not found(sql_store, run_id).lost

    beat(sql_store, session, minutes_ago=6)

    assert found(sql_store, run_id).lost
    assert found(sql_store, run_id).status == "RUNNING"
    beat(sql_store, session)
    assert not found(sql_store, run_id).lost


def test_runs_without_heartbeats_are_never_lost(sql_store: SqlTrackingStore) -> None:
    plain, silent = make_run(sql_store), new_id()
    begin(sql_store, silent)
    with sql_store._database.write() as tx:
        tx.execute("UPDATE run_sessions SET started_at = 1")

    assert not found(sql_store, plain).lost
    assert not found(sql_store, silent).lost


def test_one_session_that_is_heard_is_enough(sql_store: SqlTrackingStore) -> None:
    run_id, other = new_id(), new_id()
    first, second, unheard = (begin(sql_store, run_id) for _ in range(3))
    beat(sql_store, first, begin(sql_store, other), minutes_ago=6)
    assert found(sql_store, other).lost
    assert not found(sql_store, run_id).lost  # the others have begun a moment ago

    with sql_store._database.write() as tx:
        tx.execute("UPDATE run_sessions SET started_at = 1 WHERE uuid = ?", (unheard,))
    beat(sql_store, second)
    assert not found(sql_store, run_id).lost
    beat(sql_store, second, minutes_ago=6)
    assert found(sql_store, run_id).lost


def test_a_run_that_has_ended_is_not_lost(sql_store: SqlTrackingStore) -> None:
    run_id, resumed = new_id(), new_id()
    for each in (run_id, resumed):
        session = begin(sql_store, each)
        beat(sql_store, session, minutes_ago=6)
        end(sql_store, each, session, "FINISHED")
    assert not found(sql_store, run_id).lost

    sql_store.update_run(api.UpdateRun(run_id=resumed, status="RUNNING"))

    assert not found(sql_store, resumed).lost  # its session has ended
    beat(sql_store, begin(sql_store, resumed), minutes_ago=6)
    assert found(sql_store, resumed).lost


def test_an_end_that_does_not_count_ends_its_session(sql_store: SqlTrackingStore) -> None:
    run_id = new_id()
    first, second = begin(sql_store, run_id), begin(sql_store, run_id)
    beat(sql_store, second, minutes_ago=6)
    beat(sql_store, first)
    assert not found(sql_store, run_id).lost

    end(sql_store, run_id, first, "FINISHED")

    assert found(sql_store, run_id).lost


def test_silence_counts_from_the_start_of_the_server(sql_store: SqlTrackingStore) -> None:
    run_id = new_id()
    beat(sql_store, begin(sql_store, run_id), minutes_ago=60)

    sql_store.heard_since = now() - 4 * MINUTE
    assert not found(sql_store, run_id).lost
    sql_store.heard_since = now() - 6 * MINUTE
    assert found(sql_store, run_id).lost


def test_the_timeout_is_a_setting(
    sql_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = new_id()
    beat(sql_store, begin(sql_store, run_id), minutes_ago=6)

    monkeypatch.setenv("HEADRACE_LOST_TIMEOUT", "600")
    assert not found(sql_store, run_id).lost
    monkeypatch.setenv("HEADRACE_LOST_TIMEOUT", "0")
    with pytest.raises(InvalidParameterValue, match="HEADRACE_LOST_TIMEOUT .* above 0"):
        get_run(sql_store, run_id)


def test_the_field_travels_only_when_it_says_something(sql_store: SqlTrackingStore) -> None:
    run_id = new_id()
    session = begin(sql_store, run_id)
    send = make_dispatch(sql_store)
    path = f"/api/2.0/mlflow/runs/get?run_id={run_id}"

    assert b"lost" not in send("GET", path, None)[1]
    beat(sql_store, session, minutes_ago=6)
    assert b'"lost":true' in send("GET", path, None)[1]
    assert get_run(RemoteTrackingStore(send), run_id).info.lost


def test_the_command_line_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, uri = new_id(), f"sqlite:///{tmp_path}/store.db"
    monkeypatch.setenv("HEADRACE_TRACKING_URI", uri)
    monkeypatch.chdir(tmp_path)
    store = open_sql_store(uri)
    beat(store, begin(store, run_id), minutes_ago=6)
    store.close()

    for arguments in (["show", run_id], ["list"], ["compare", run_id, run_id]):
        done = CliRunner().invoke(cli, ["runs", *arguments])
        assert "RUNNING (lost)" in done.output, (arguments, done.output)


@pytest.mark.parametrize("timeout", [0.0, -1.0, float("nan"), float("inf")])
def test_a_server_refuses_a_timeout_that_is_none(timeout: float) -> None:
    with pytest.raises(InvalidParameterValue, match="--lost-timeout"):
        check(ServerOptions(backend_store_uri="x", lost_timeout=timeout))


def test_a_server_hears_from_its_start_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_LOST_TIMEOUT", "1")  # so that it is unset in the end
    began = now()

    application = make_application(
        ServerOptions(backend_store_uri=str(tmp_path / "store"), lost_timeout=600.0)
    )

    store = application._dispatcher.store
    assert isinstance(store, SqlTrackingStore)
    assert began <= store.heard_since <= now()
    assert store._lost_before() == 0
    application.close()
