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
from headrace.server.group_commit import GroupCommit, Outcome, Write
from headrace.stores.sql.engine import Busy
from tests.unit.server_client import MLFLOW, Client, Request


class Recorder:
    """A store that remembers its groups, and refuses the params named ``bad``."""

    def __init__(self) -> None:
        self.groups: list[list[Write]] = []
        self.threads: list[str] = []
        self.busy = 0
        self.before: Callable[[], None] = lambda: None

    def apply(self, writes: Sequence[Write], *, wait: bool = True) -> list[Outcome]:
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


def batch(size: int) -> LogBatch:
    return LogBatch(run_id="r", metrics=[MetricPoint(key="k", value=1.0, timestamp=1)] * size)


_connections = itertools.count()


async def commit(commits: GroupCommit, *writes: Write) -> list[Any]:
    """Send writes over new connections in one turn of the loop; return the outcomes."""
    waiters = [commits.write(write, ("client", next(_connections))) for write in writes]
    assert None not in waiters
    return await asyncio.gather(*waiters, return_exceptions=True)  # type: ignore[arg-type]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 5))


@pytest.fixture
def store() -> Recorder:
    return Recorder()


@pytest.fixture
def commits(store: Recorder) -> Iterator[GroupCommit]:
    commits = GroupCommit(store, inline=True)
    yield commits
    commits.close()


def test_the_writes_of_a_turn_are_one_group(store: Recorder, commits: GroupCommit) -> None:
    assert run(commit(commits, *[point() for _ in range(20)])) == [None] * 20

    assert [len(group) for group in store.groups] == [20]
    assert store.threads == ["MainThread"]


def test_a_refused_write_does_not_harm_its_group(store: Recorder, commits: GroupCommit) -> None:
    outcomes = run(commit(commits, point(), LogParam(run_id="r", key="bad"), point()))

    assert outcomes[0] is outcomes[2] is None
    assert isinstance(outcomes[1], InvalidParameterValue)


def test_a_single_connection_waits_for_no_group(store: Recorder, commits: GroupCommit) -> None:
    async def write_in_turn() -> list[Any]:
        first = commits.write(point(), ("client", 1))
        assert first is not None
        await first
        return [commits.write(point(), ("client", 1)) for _ in range(3)]

    assert run(write_in_turn()) == [None, None, None]
    assert [len(group) for group in store.groups] == [1, 1, 1, 1]


def test_a_refusal_without_a_group_is_raised(store: Recorder, commits: GroupCommit) -> None:
    async def write_in_turn() -> None:
        await commits.write(point(), "one")  # type: ignore[misc]
        commits.write(LogParam(run_id="r", key="bad"), "one")

    with pytest.raises(InvalidParameterValue, match="bad"):
        run(write_in_turn())


def test_a_locked_store_is_waited_for_on_the_thread(store: Recorder, commits: GroupCommit) -> None:
    store.busy = 1

    assert run(commit(commits, point(), point())) == [None, None]
    assert [len(group) for group in store.groups] == [2]
    assert store.threads[0].startswith("headrace-writer")


def test_a_locked_store_and_a_single_connection(store: Recorder, commits: GroupCommit) -> None:
    async def write_twice() -> Any:
        await commits.write(point(), "one")  # type: ignore[misc]
        store.busy = 2
        waiter = commits.write(point(), "one")
        assert waiter is not None
        return await waiter

    assert run(write_twice()) is None
    assert store.threads[1].startswith("headrace-writer")


def test_a_long_batch_goes_to_the_thread(store: Recorder, commits: GroupCommit) -> None:
    assert run(commit(commits, batch(group_commit.MAX_INLINE_ENTRIES + 1))) == [None]
    assert run(commit(commits, batch(group_commit.MAX_INLINE_ENTRIES))) == [None]

    assert [name.startswith("headrace-writer") for name in store.threads] == [True, False]


def test_the_next_group_forms_while_one_is_committed(store: Recorder) -> None:
    commits = GroupCommit(store, inline=False)
    released = threading.Event()

    def wait() -> None:
        assert released.wait(5)

    store.before = wait

    async def write_meanwhile() -> list[Any]:
        first = commits.write(point("first"), ("client", 1))
        await asyncio.sleep(0.01)
        later = [commits.write(point("later"), ("client", n)) for n in range(10)]
        await asyncio.sleep(0.01)
        released.set()
        return await asyncio.gather(first, *later)  # type: ignore[arg-type]

    assert run(write_meanwhile()) == [None] * 11
    assert [len(group) for group in store.groups] == [1, 10]
    commits.close()


def test_a_slow_disk_moves_commits_off_the_loop(
    store: Recorder, commits: GroupCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "SLOW_SECONDS", 0.001)
    store.before = lambda: time.sleep(0.002)

    async def write_three() -> None:
        for _ in range(3):
            await commit(commits, point())

    run(write_three())
    assert [name.startswith("headrace-writer") for name in store.threads] == [False, True, True]


@pytest.mark.parametrize("inline", [True, False])
def test_a_store_that_breaks_answers_everybody(inline: bool) -> None:
    class Broken(Recorder):
        def apply(self, writes: Sequence[Write], *, wait: bool = True) -> list[Outcome]:
            raise RuntimeError("a bug")

    commits = GroupCommit(Broken(), inline=inline)
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
