"""Sessions: signs of life, and ends that come after a later start."""

from __future__ import annotations

import pytest

from headrace.api import tracking as api
from headrace.api.journals import EnsureRun, JournalEntry
from headrace.api.sessions import Heartbeat
from headrace.entities import RunInfo
from headrace.stores.base import TrackingStore
from headrace.testing.stores.journals import ensure, new_id, send
from headrace.testing.stores.make import get_run, make_run, refused


def begin(store: TrackingStore, run_id: str) -> str:
    """Begin a session of a run, which is made if it is not there; return the session's id."""
    session = new_id()
    send(store, new_id(), 1, ensure(run_id, session=session))
    return session


def end(store: TrackingStore, run_id: str, session: str | None, status: str) -> RunInfo:
    """End a session, and its run with it, at 9 ms."""
    request = api.UpdateRun(run_id=run_id, status=status, end_time=9, session=session)
    return store.update_run(request).run_info


class SessionSuite:
    """What a store of sessions must do."""

    def test_the_last_session_ends_the_run(self, store: TrackingStore) -> None:
        run_id = new_id()
        first, second = begin(store, run_id), begin(store, run_id)

        late = end(store, run_id, first, "FAILED")

        assert (late.status, late.end_time) == ("RUNNING", None)
        assert end(store, run_id, second, "FINISHED").status == "FINISHED"
        again = end(store, run_id, first, "KILLED")
        assert (again.status, again.end_time) == ("FINISHED", 9)
        assert get_run(store, run_id).info == again

    def test_an_end_in_a_journal(self, store: TrackingStore) -> None:
        run_id, session, journal = new_id(), new_id(), new_id()
        update = api.UpdateRun(run_id=run_id, status="FINISHED", run_name="new", session=session)
        send(store, journal, 1, ensure(run_id, session=session))
        begin(store, run_id)

        answer = send(store, journal, 2, JournalEntry(update_run=update))

        assert (answer.applied, answer.refused) == (2, [])
        info = get_run(store, run_id).info
        assert (info.status, info.run_name) == ("RUNNING", "new")

    def test_a_session_begins_once(self, store: TrackingStore) -> None:
        run_id = new_id()
        session = begin(store, run_id)
        begin(store, run_id)

        send(store, new_id(), 1, ensure(run_id, session=session))

        assert end(store, run_id, session, "FINISHED").status == "RUNNING"

    def test_ends_without_a_session_that_is_known(self, store: TrackingStore) -> None:
        run_id = new_id()
        begin(store, run_id)

        assert end(store, run_id, new_id(), "FINISHED").status == "FINISHED"
        assert end(store, run_id, None, "FAILED").status == "FAILED"

    def test_heartbeats_are_taken(self, store: TrackingStore) -> None:
        run_id = new_id()
        session, unknown = begin(store, run_id), new_id()

        for _ in range(2):
            store.heartbeat(Heartbeat(sessions=[session, unknown]))
        store.heartbeat(Heartbeat(sessions=[]))

        info = get_run(store, run_id).info
        assert (info.status, info.lost) == ("RUNNING", False)

    @pytest.mark.parametrize("bad", ["", "short", "G" * 32, "a" * 33, "a\0" + "b" * 30])
    def test_bad_ids(self, store: TrackingStore, bad: str) -> None:
        run_id = make_run(store)

        with refused("INVALID_PARAMETER_VALUE", "sessions[1]", "32"):
            store.heartbeat(Heartbeat(sessions=[new_id(), bad]))
        with refused("INVALID_PARAMETER_VALUE", "session", "32"):
            end(store, run_id, bad, "FINISHED")
        entry = JournalEntry(ensure_run=EnsureRun(run_id=new_id(), experiment_id="0", session=bad))
        answer = send(store, new_id(), 1, entry)
        assert [one.error_code for one in answer.refused] == ["INVALID_PARAMETER_VALUE"]
