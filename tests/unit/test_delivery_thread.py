"""The thread that ships: what it goes on after, how it ends, and who may log meanwhile."""

from __future__ import annotations

import logging
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.api.journals import ApplyJournal, EnsureRun, JournalApplied, JournalEntry
from headrace.client.delivery import consignment
from headrace.client.delivery.consignment import Destination
from headrace.client.delivery.delivery import Delivery
from headrace.client.journal.header import Origin
from headrace.client.journal.journal import Journal
from headrace.errors import HeadraceError, TemporarilyUnavailable
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import get_run
from tests.servers import REPOSITORY, clean_environment

RUN = "0" * 32


class Taker:
    """Takes whatever comes, as a store does that only counts; it may be held up."""

    def __init__(self) -> None:
        self.calls = self.taken = 0
        self.is_busy = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        self.calls += 1
        self.is_busy.set()
        assert self.may_go_on.wait(60)
        if request.first == self.taken + 1:
            self.taken += sum(entry.records for entry in request.entries)
        return JournalApplied(self.taken, durable=True)


@pytest.fixture
def make_delivery(tmp_path: Path) -> Iterator[Callable[..., Delivery]]:
    made: list[Delivery] = []

    def make(
        connect: Callable[[], Destination], make_journal: Callable[[], Journal] | None = None
    ) -> Delivery:
        folder = tmp_path / "journals"
        make_own = make_journal or (lambda: Journal.create(folder, Origin.here("http://server")))
        made.append(Delivery("http://server", folder, make_own, connect, lambda: None))
        return made[-1]

    yield make
    for delivery in made:
        delivery.close()


def tag(key: str, value: str = "v") -> JournalEntry:
    return JournalEntry(set_tag=api.SetTag(run_id=RUN, key=key, value=value))


BEGIN = JournalEntry(ensure_run=EnsureRun(run_id=RUN, experiment_id="0", run_name="r"))


def test_an_error_that_nobody_thought_of_does_not_end_it(
    make_delivery: Callable[..., Delivery],
    sql_store: SqlTrackingStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mistakes = [ZeroDivisionError("of a library")]

    def connect() -> Destination:
        if mistakes:
            raise mistakes.pop()
        return sql_store

    delivery = make_delivery(connect)
    delivery.journal.append(BEGIN)
    delivery.journal.append(tag("t"))

    with pytest.raises(HeadraceError, match="ZeroDivisionError: of a library"):
        delivery.collect(20)
    delivery.collect(20)

    assert get_run(sql_store, RUN).data.tags["t"] == "v"
    (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "will be tried again" in told.getMessage()
    assert told.exc_info is not None


def test_what_stays_busy_at_the_end_touches_nothing_afterwards(
    make_delivery: Callable[..., Delivery],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(consignment, "MAX_POINTS", 1)
    taker = Taker()
    taker.may_go_on.clear()
    delivery = make_delivery(lambda: taker)
    series = delivery.journal.series(RUN, "m")
    for step in range(20):
        delivery.journal.append_point(series, step, 5, 0.5)
    thread = delivery_thread()
    assert taker.is_busy.wait(20)

    delivery.close()
    assert thread.is_alive()
    taker.may_go_on.set()
    thread.join(20)

    assert not thread.is_alive()
    assert taker.calls == 1  # what is left is for whoever takes the journal over
    assert not caplog.records


def delivery_thread() -> threading.Thread:
    """Return the one that was begun last."""
    return [one for one in threading.enumerate() if one.name == "headrace-delivery"][-1]


@contextmanager
def full_disk(journal: Journal) -> Iterator[None]:
    """A disk on which no file gets longer than the journal is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_a_full_disk_has_is_sent_all_the_same(
    make_delivery: Callable[..., Delivery],
) -> None:
    taker = Taker()
    taker.may_go_on.clear()
    delivery = make_delivery(lambda: taker)
    for number in range(3):
        delivery.journal.append(tag(f"t{number}"))
    with full_disk(delivery.journal):
        delivery.journal.append(tag("t3"))
        assert (delivery.journal.last, delivery.journal.unprotected) == (3, 1)
        taker.may_go_on.set()
        with pytest.raises(TemporarilyUnavailable, match="1 record in memory"):
            delivery.collect(20)
        assert taker.taken == 3

    delivery.collect(20)
    assert taker.taken == 4


def test_a_signal_handler_may_log_while_the_journal_is_made(
    make_delivery: Callable[..., Delivery], tmp_path: Path
) -> None:
    taker = Taker()

    def make_journal() -> Journal:
        if signal.getsignal(signal.SIGUSR1) is on_signal:
            signal.raise_signal(signal.SIGUSR1)
        return Journal.create(tmp_path / "journals", Origin.here("http://server"))

    def on_signal(*_: object) -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        delivery.journal.append(tag("in the handler"))

    delivery = make_delivery(lambda: taker, make_journal)
    before = signal.signal(signal.SIGUSR1, on_signal)
    try:
        delivery.journal.append(tag("of the call itself"))
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert delivery.journal.last == 2
    delivery.collect(20)
    assert taker.taken == 2


# Each event of the interpreter below the folder of the store, one process for each, is a moment at
# which the signal comes.
LOG_IN_A_HANDLER = """
import signal, sys
import headrace

uri, moment = sys.argv[1], int(sys.argv[2])
client = headrace.MlflowClient(uri)
count = 0

def on_signal(*_):
    client.set_tag(run_id, "handler", "1")

def hook(event, arguments):
    global count
    if event in ("os.mkdir", "open", "os.rename") and uri in str(arguments[0]):
        count += 1
        if count == moment:
            signal.raise_signal(signal.SIGUSR1)

run_id = headrace.MlflowClient(uri).create_run("0").info.run_id
headrace.client.tracking.close_sessions()
signal.signal(signal.SIGUSR1, on_signal)
sys.addaudithook(hook)
client.set_tag(run_id, "call", "1")
headrace.client.tracking.close_sessions()
print(count, *sorted(client.get_run(run_id).data.tags))
"""


def test_a_signal_handler_may_log_within_the_very_first_call(tmp_path: Path) -> None:
    moment, seen = 1, 1
    while moment <= seen:
        uri = str(tmp_path / f"store{moment}")
        done = subprocess.run(
            [sys.executable, "-c", LOG_IN_A_HANDLER, uri, str(moment)],
            env=clean_environment({"PYTHONPATH": str(REPOSITORY / "src")}),
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, (moment, done.stderr)
        words = done.stdout.split()
        assert {"call", "handler"} <= set(words), (moment, done.stdout, done.stderr)
        if moment == 1:
            seen = min(int(words[0]), 7)
        moment += 1
    assert seen > 2
