"""Group commit: one transaction for many, each refused alone, and nobody left waiting."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from headrace.api.tracking import LogBatch, LogMetric, LogParam, MetricPoint
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.server import group_commit
from headrace.server.group_commit import GroupCommit
from headrace.server.small_calls import Log, Logs
from headrace.stores.sql.engine import Busy
from tests.unit.server_client import MLFLOW, Client, Request


class Recorder:
    """A store that remembers its groups, and refuses the params named ``bad``."""

    def __init__(self) -> None:
        self.groups: list[list[Log]] = []
        self.threads: list[str] = []
        self.busy = 0
        self.before: Callable[[], None] = lambda: None

    def apply(self, writes: Sequence[Log], *, wait: bool = True) -> list[Exception | None]:
        if not wait and self.busy:
            self.busy -= 1
            raise Busy
        self.before()
        self.groups.append(list(writes))
        self.threads.append(threading.current_thread().name)
        return [
            InvalidParameterValue("bad") if getattr(write, "key", "") == "bad" else None
            for write in writes
        ]


def point(key: str = "loss") -> LogMetric:
    return LogMetric(run_id="r", key=key, value=1.0, timestamp=1)


PARAM = LogParam(run_id="r", key="bad")


def batch(size: int) -> LogBatch:
    return LogBatch(run_id="r", metrics=[MetricPoint(key="k", value=1.0, timestamp=1)] * size)


_connections = itertools.count()


def send(commits: Logs, write: Log, client: object = None) -> asyncio.Future[Exception | None]:
    """Send a write, over a new connection unless one is named; return a future of its outcome."""
    outcome: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
    commits.write(write, outcome.set_result, client or ("client", next(_connections)))
    return outcome


async def commit(commits: Logs, *writes: Log) -> list[Exception | None]:
    """Send writes over new connections in one turn of the loop; return the outcomes."""
    outcomes = [send(commits, write) for write in writes]
    assert not any(outcome.done() for outcome in outcomes)
    return await asyncio.gather(*outcomes)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 30))


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No commit counts as slow, however busy the machine is."""
    monkeypatch.setattr(group_commit, "SLOW_SECONDS", 60.0)


@pytest.fixture
def store() -> Recorder:
    return Recorder()


@pytest.fixture
def commits(store: Recorder) -> Iterator[Logs]:
    commits = GroupCommit(store.apply, alone_here=True, groups_here=True)
    yield commits
    commits.close()


def test_the_writes_of_a_turn_are_one_group(store: Recorder, commits: Logs) -> None:
    assert run(commit(commits, *[point() for _ in range(20)])) == [None] * 20

    assert [len(group) for group in store.groups] == [20]
    assert store.threads == ["MainThread"]


def test_a_refused_write_does_not_harm_its_group(store: Recorder, commits: Logs) -> None:
    outcomes = run(commit(commits, point(), PARAM, point()))

    assert outcomes[0] is outcomes[2] is None
    assert isinstance(outcomes[1], InvalidParameterValue)


def test_a_single_connection_waits_for_no_group(store: Recorder, commits: Logs) -> None:
    async def write_in_turn() -> list[bool]:
        await send(commits, point(), "one")
        outcomes = [send(commits, write, "one") for write in (point(), PARAM, point())]
        assert [outcome.done() for outcome in outcomes] == [True] * 3
        return [isinstance(outcome.result(), InvalidParameterValue) for outcome in outcomes]

    assert run(write_in_turn()) == [False, True, False]
    assert [len(group) for group in store.groups] == [1, 1, 1, 1]


def test_a_locked_store_is_waited_for_on_the_thread(store: Recorder, commits: Logs) -> None:
    store.busy = 1

    assert run(commit(commits, point(), point())) == [None, None]
    assert [len(group) for group in store.groups] == [2]
    assert store.threads[0].startswith("headrace-writer")


def test_a_locked_store_and_a_single_connection(store: Recorder, commits: Logs) -> None:
    async def write_twice() -> Any:
        await send(commits, point(), "one")
        store.busy = 2
        return await send(commits, point(), "one")

    assert run(write_twice()) is None
    assert store.threads[1].startswith("headrace-writer")


def test_a_long_batch_goes_to_the_thread(store: Recorder, commits: Logs) -> None:
    assert run(commit(commits, batch(group_commit.MAX_INLINE_ENTRIES + 1))) == [None]
    assert run(commit(commits, batch(group_commit.MAX_INLINE_ENTRIES))) == [None]

    assert [name.startswith("headrace-writer") for name in store.threads] == [True, False]


def test_the_next_group_forms_while_one_is_committed(store: Recorder) -> None:
    commits = GroupCommit(store.apply, alone_here=False, groups_here=False)
    released = threading.Event()

    def wait() -> None:
        assert released.wait(30)

    store.before = wait

    async def write_meanwhile() -> list[Any]:
        first = send(commits, point("first"), "one")
        await asyncio.sleep(0.01)
        later = [send(commits, point("later"), "one") for _ in range(10)]
        await asyncio.sleep(0.01)
        released.set()
        return await asyncio.gather(first, *later)

    assert run(write_meanwhile()) == [None] * 11
    assert [len(group) for group in store.groups] == [1, 10]
    commits.close()


def test_a_slow_disk_moves_commits_off_the_loop(
    store: Recorder, commits: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "SLOW_SECONDS", 0.001)
    store.before = lambda: time.sleep(0.002)

    async def write_three() -> None:
        for _ in range(3):
            await commit(commits, point())

    run(write_three())
    assert [name.startswith("headrace-writer") for name in store.threads] == [False, True, True]


def test_where_a_commit_waits_for_the_disk_only_a_single_client_holds_the_loop(
    store: Recorder,
) -> None:
    commits = GroupCommit(store.apply, alone_here=True, groups_here=False)

    async def write_some() -> None:
        await send(commits, point(), "one")
        await send(commits, point(), "one")
        await commit(commits, point(), point())

    run(write_some())
    assert [name == "MainThread" for name in store.threads] == [False, True, False]
    commits.close()


@pytest.mark.parametrize("here", [True, False])
def test_a_store_that_breaks_answers_everybody(here: bool) -> None:
    class Broken(Recorder):
        def apply(self, writes: Sequence[Log], *, wait: bool = True) -> list[Exception | None]:
            raise RuntimeError("a bug")

    commits = GroupCommit(Broken().apply, alone_here=here, groups_here=here)
    logged: list[dict[str, Any]] = []

    async def write_some() -> list[Any]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: logged.append(context))
        return await commit(commits, point(), point())

    outcomes = run(write_some())
    assert [type(outcome) for outcome in outcomes] == [HeadraceError, HeadraceError]
    assert isinstance(logged[0]["exception"], RuntimeError)
    commits.close()


def test_requests_at_the_same_time_are_stored_and_refused_one_by_one(tmp_path: Path) -> None:
    client = Client(tmp_path)
    run_id = client.new_run()

    def log(key: str, value: Any, run: str = run_id) -> Request:
        body = {"run_id": run, "key": key, "value": value, "timestamp": 1}
        port = 40000 + len(key)
        return Request("POST", MLFLOW + "/runs/log-metric", body, client=("127.0.0.1", port))

    requests = [log("a" * n, float(n)) for n in range(1, 31)]
    requests[10] = log("x" * 300, 1.0)
    requests[20] = log("a", 1.0, run="0" * 32)
    requests[25] = log("a", "no number")
    answers = client.call_all(requests)

    assert [answers[n].error_code for n in (10, 20, 25)] == [
        "INVALID_PARAMETER_VALUE",
        "RESOURCE_DOES_NOT_EXIST",
        "INVALID_PARAMETER_VALUE",
    ]
    stored = client.get(f"/runs/get?run_id={run_id}").json["run"]["data"]["metrics"]
    assert {metric["key"]: metric["value"] for metric in stored} == {
        "a" * n: float(n) for n in range(1, 31) if n - 1 not in (10, 20, 25)
    }
    client.close()
