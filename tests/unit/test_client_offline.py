"""What a person sees who trains while the server is away: one warning, and everything later."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import headrace
from headrace.client import known_runs, tracking
from headrace.client.delivery import delivery
from headrace.client.journal import find_journals
from headrace.client.journal.rejected import read_rejected
from headrace.entities import Run
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from headrace.server.users import Role, changing_users
from tests.servers import Server, headrace_server
from tests.tcp_proxy import Direction, TcpProxy

PASSWORD = "a good password"
LIMIT = 0.5  # seconds to wait for a server that is away

pytestmark = pytest.mark.xdist_group("offline")  # one server for all


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def network(
    server: Server, fresh_client: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TcpProxy]:
    """The way to the server that can be cut; it is what is tracked to."""
    use_short_limits(monkeypatch, fresh_client)
    with TcpProxy(server.url) as proxy:
        headrace.set_tracking_uri(proxy.url)
        yield proxy
        proxy.accept()
        tracking.close_sessions()


# For who must be through before anything is looked at, however busy the machine is.
PATIENT = {"HEADRACE_SHUTDOWN_TIMEOUT": "30", "HEADRACE_CONTACT_TIMEOUT": "30"}


@pytest.fixture
def patient(network: TcpProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process waits until the server has everything."""
    for name, value in PATIENT.items():
        monkeypatch.setenv(name, value)


def use_short_limits(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("HEADRACE_JOURNAL_DIR", str(folder / "journals"))
    monkeypatch.setenv("HEADRACE_SHUTDOWN_TIMEOUT", str(LIMIT))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    monkeypatch.setenv("HEADRACE_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")


def run_script(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a training script that tracks where this process does."""
    return subprocess.run(
        [sys.executable, "-c", f"import headrace, os, sys\n{code}"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )


def train(steps: int) -> str:
    """Train a run from its start to its end; return its id."""
    with headrace.start_run() as run:
        headrace.log_param("lr", 0.1)
        headrace.set_tag("team", "blue")
        for step in range(steps):
            headrace.log_metric("loss", step / 7, step=step)
    return run.info.run_id


def losses(server: Server, run_id: str) -> list[tuple[int, float]]:
    """Return what the server itself has of a run's metric, at once."""
    client = headrace.MlflowClient(tracking_uri=server.url)
    return [(point.step, point.value) for point in client.get_metric_history(run_id, "loss")]


def run_at(server: Server, run_id: str) -> Run:
    return headrace.MlflowClient(tracking_uri=server.url).get_run(run_id)


def expected(steps: int) -> list[tuple[int, float]]:
    return [(step, step / 7) for step in range(steps)]


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("headrace") and record.levelno >= logging.WARNING
    ]


def wait_for(caplog: pytest.LogCaptureFixture, text: str) -> None:
    until = time.monotonic() + 20
    while not any(text in said for said in warnings_of(caplog)):
        assert time.monotonic() < until, warnings_of(caplog)
        time.sleep(0.02)


# --- the server goes away ------------------------------------------------------------------------


def test_unplugged_in_the_midst(
    network: TcpProxy, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    run = headrace.start_run()
    headrace.log_metric("loss", 0.0, step=0)
    headrace.flush(20)
    network.refuse()
    headrace.log_metric("loss", 1 / 7, step=1)
    wait_for(caplog, "takes nothing now")
    for step in range(2, 200):
        headrace.log_metric("loss", step / 7, step=step)
    time.sleep(1.5)  # in which it is tried again
    [warning] = warnings_of(caplog)
    assert "Training goes on" in warning
    assert str(tracking.get_session().delivery.folder) in warning

    begin = time.monotonic()
    headrace.end_run()
    assert time.monotonic() - begin < LIMIT + 2
    _, last = warnings_of(caplog)
    assert "200 records" in last  # the points but the first, and the end of the run
    assert "headrace sync" in last
    assert str(tracking.get_session().delivery.folder) in last

    network.accept()
    headrace.flush(20)
    assert losses(server, run.info.run_id) == expected(200)
    assert run_at(server, run.info.run_id).info.status == "FINISHED"


TRAIN_THREE_RUNS = """
for _ in range(3):
    with headrace.start_run() as run:
        headrace.log_param("lr", 0.1)
        headrace.set_tag("team", "blue")
        for step in range(20):
            headrace.log_metric("loss", step / 7, step=step)
    print(run.info.run_id)
"""


def test_the_journal_reaches_the_disk_during_an_outage(
    network: TcpProxy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 30.0)
    with headrace.start_run():
        headrace.flush(20)
        network.refuse()
        headrace.log_metric("loss", 0.0)
        wait_for(caplog, "takes nothing now")
        headrace.log_metric("loss", 0.0, step=1)
        journal = tracking.get_session().delivery.journal
        until = time.monotonic() + 20
        while journal.synced < journal.last:
            assert time.monotonic() < until
            time.sleep(0.02)
        network.accept()


def test_whole_runs_without_a_server(network: TcpProxy, server: Server) -> None:
    network.refuse()
    begin = time.monotonic()
    trained = run_script(TRAIN_THREE_RUNS)
    assert trained.returncode == 0, trained.stderr
    assert time.monotonic() - begin < 3 * (2 * LIMIT + 2)
    ids = trained.stdout.split()
    assert len(ids) == 3

    network.accept()
    done = run_script("headrace.start_run(); headrace.end_run()", **PATIENT)
    assert done.returncode == 0, done.stderr
    for run_id in ids:
        run = run_at(server, run_id)
        assert (run.info.status, run.data.params) == ("FINISHED", {"lr": "0.1"})
        assert run.data.tags["team"] == "blue"
        assert losses(server, run_id) == expected(20)
    assert find_journals(tracking.get_session().delivery.folder) == []


def test_a_silent_server_holds_up_no_start(
    network: TcpProxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_CONTACT_TIMEOUT", str(LIMIT))
    client = headrace.MlflowClient(tracking_uri=server.url)
    run_id = client.create_run("0").info.run_id
    network.hold()
    begin = time.monotonic()
    headrace.set_experiment(experiment_id="0")
    with headrace.start_run(run_id=run_id):
        headrace.log_metric("loss", 0.0, step=0)
        with headrace.start_run(nested=True, parent_run_id=run_id) as child:
            assert time.monotonic() - begin < 4 * LIMIT + 2
            network.release()
    headrace.flush(20)
    assert losses(server, run_id) == expected(1)
    tags = run_at(server, child.info.run_id).data.tags
    assert tags["mlflow.parentRunId"] == run_id


def test_an_experiment_that_is_only_a_name(network: TcpProxy, server: Server) -> None:
    network.refuse()
    headrace.set_experiment("made offline")
    run_id = train(1)
    tracking.close_sessions()
    network.accept()
    headrace.flush(20)
    client = headrace.MlflowClient(tracking_uri=server.url)
    experiment = client.get_experiment_by_name("made offline")
    assert experiment is not None
    assert run_at(server, run_id).info.experiment_id == experiment.experiment_id


def test_offline_by_choice(
    network: TcpProxy,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("HEADRACE_MODE", "offline")
    headrace.set_experiment("offline by choice")
    assert not warnings_of(caplog)
    run_id = train(10)
    with pytest.raises(TemporarilyUnavailable, match="HEADRACE_MODE is offline"):
        headrace.get_run(run_id)
    tracking.close_sessions()
    with pytest.raises(TemporarilyUnavailable, match="HEADRACE_MODE is offline"):
        headrace.get_run(run_id)
    assert network.accepted == 0

    monkeypatch.delenv("HEADRACE_MODE")
    headrace.flush(20)
    assert losses(server, run_id) == expected(10)


def test_a_locked_database_holds_nobody_up(
    fresh_client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may hold the lock of an embedded store, even one that was stopped."""
    use_short_limits(monkeypatch, fresh_client)
    headrace.set_tracking_uri("sqlite:///store.db")
    run = headrace.start_run()
    headrace.flush(20)
    with closing(sqlite3.connect("store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begin = time.monotonic()
        for step in range(100):
            headrace.log_metric("loss", step / 7, step=step)
        assert time.monotonic() - begin < 1
        headrace.end_run()
        assert time.monotonic() - begin < LIMIT + 3
        other.execute("ROLLBACK")
    headrace.flush(30)
    history = headrace.MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == expected(100)


def test_an_answer_cut_off_anywhere_is_an_outage(
    network: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    client = headrace.MlflowClient()
    client.get_experiment("0")
    before = network.passed[Direction.ANSWER]
    client.get_experiment("0")
    whole = network.passed[Direction.ANSWER] - before
    assert whole > 100
    size = 0
    while size < whole:
        network.cut_after(size, Direction.ANSWER)
        try:
            client.get_experiment("0")  # the cut has hit what was left of the last answer
        except TemporarilyUnavailable:
            size += 1


# --- what is refused -----------------------------------------------------------------------------


def test_wrong_credentials_hold_the_journal(
    fresh_client: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    use_short_limits(monkeypatch, fresh_client)
    users = fresh_client / "users.json"
    with changing_users(users) as known:
        known.add("ada", Role.WRITE, PASSWORD)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "a wrong password")
    with headrace_server(fresh_client / "server", arguments=["--users-file", str(users)]) as server:
        headrace.set_tracking_uri(server.url)
        run_id = train(30)
        wait_for(caplog, "takes nothing now")  # a password takes its time to be checked
        said = warnings_of(caplog)
        assert sum("takes nothing now" in one for one in said) == 1
        assert any("credentials" in one for one in said)
        assert "wrong password" not in caplog.text
        assert len(find_journals(tracking.get_session().delivery.folder)) == 1

        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        headrace.flush(20)
        assert losses(server, run_id) == expected(30)
        tracking.close_sessions()


def test_one_refused_record_keeps_the_others(
    patient: None, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with headrace.start_run() as run:
        run_id = run.info.run_id
        headrace.log_metric("loss", 0.0, step=0)
        headrace.MlflowClient(tracking_uri=server.url).log_param(run_id, "lr", "1", True)
        headrace.log_param("lr", 2)
        headrace.log_metric("loss", 1 / 7, step=1)
        headrace.log_param("depth", 3)
    assert losses(server, run_id) == expected(2)
    found = run_at(server, run_id)
    assert found.data.params == {"lr": "1", "depth": "3"}
    assert found.info.status == "FINISHED"

    [warning] = warnings_of(caplog)
    assert run_id in warning
    folder = tracking.get_session().delivery.folder
    assert str(folder / "rejected") in warning
    [kept] = read_rejected(folder)
    assert kept.entry["log_param"] == {"run_id": run_id, "key": "lr", "value": "2"}
    assert kept.error_code == "INVALID_PARAMETER_VALUE"


def test_flush_raises_what_was_refused_once(patient: None, server: Server) -> None:
    with headrace.start_run() as run:
        headrace.log_metric("loss", 0.0)
        other = headrace.MlflowClient(tracking_uri=server.url)
        other.log_param(run.info.run_id, "lr", "1", True)
        headrace.log_param("lr", 2)
        with pytest.raises(InvalidParameterValue, match="lr"):
            headrace.flush(20)
        headrace.flush(20)


# --- who waits -----------------------------------------------------------------------------------


def test_reading_finds_what_was_logged(network: TcpProxy) -> None:
    client = headrace.MlflowClient()
    with headrace.start_run() as run:
        for step in range(50):
            headrace.log_metric("loss", step / 7, step=step)
            if step % 10 == 0:
                assert len(client.get_metric_history(run.info.run_id, "loss")) == step + 1
        headrace.set_tag("team", "blue")
        assert client.get_run(run.info.run_id).data.tags["team"] == "blue"
        [found] = headrace.search_runs(
            filter_string=f"attributes.run_id = '{run.info.run_id}'", output_format="list"
        )
        assert found.data.metrics["loss"] == 7


def test_reading_does_not_wait_for_what_is_logged_meanwhile(network: TcpProxy) -> None:
    client = headrace.MlflowClient()
    run_id = client.create_run("0").info.run_id
    is_over = threading.Event()

    def log() -> None:
        while not is_over.wait(0.0005):
            client.log_metric(run_id, "loss", 0.0)

    network.delay(0.02)  # so that there always is something new when a batch has been taken
    with ThreadPoolExecutor() as pool:
        logging_on = pool.submit(log)
        try:
            time.sleep(0.2)
            reading = pool.submit(client.get_run, run_id)
            assert reading.result(10).info.run_id == run_id
        finally:
            is_over.set()
        logging_on.result(10)


def test_a_reader_is_told_that_the_server_is_away(network: TcpProxy) -> None:
    with headrace.start_run() as run:
        network.refuse()
        headrace.log_metric("loss", 1.0)
        with pytest.raises(TemporarilyUnavailable):
            headrace.get_run(run.info.run_id)
        network.accept()


def test_synchronous_calls_wait_and_raise(network: TcpProxy, server: Server) -> None:
    with headrace.start_run() as run:
        headrace.log_metric("loss", 0.0, step=0)
        headrace.log_metric("loss", 1 / 7, step=1, synchronous=True)
        assert losses(server, run.info.run_id) == expected(2)
        headrace.log_param("lr", 1, synchronous=True)
        with pytest.raises(InvalidParameterValue):
            headrace.MlflowClient().log_param(run.info.run_id, "lr", 2, synchronous=True)
        network.refuse()
        with pytest.raises(TemporarilyUnavailable):
            headrace.log_metric("loss", 2 / 7, step=2, synchronous=True)
        network.accept()


def test_operations_tell_when_the_store_has_it(network: TcpProxy, server: Server) -> None:
    with headrace.start_run() as run:
        operations = headrace.log_metrics({"loss": 0.0}, step=0, synchronous=False)
        assert operations is not None
        operations.wait()
        assert losses(server, run.info.run_id) == expected(1)

        headrace.MlflowClient(tracking_uri=server.url).log_param(run.info.run_id, "lr", "1", True)
        refused = headrace.MlflowClient().log_param(run.info.run_id, "lr", 2, synchronous=False)
        with pytest.raises(InvalidParameterValue):
            refused.wait()

        network.refuse()
        late = headrace.log_metrics({"loss": 1 / 7}, step=1, synchronous=False)
        assert late is not None
        with pytest.raises(HeadraceError):
            late.wait()
        network.accept()
        late.wait()
        assert losses(server, run.info.run_id) == expected(2)


def test_each_of_many_refused_operations_tells_it(network: TcpProxy, server: Server) -> None:
    count = 1_500  # more than are remembered, were they remembered one by one
    run = headrace.MlflowClient().create_run("0")
    network.refuse()
    client = headrace.MlflowClient()
    operations = [
        client.log_metric(run.info.run_id, "loss", 0.0, step=step, synchronous=False)
        for step in range(count)
    ]
    headrace.MlflowClient(tracking_uri=server.url).delete_run(run.info.run_id)
    network.accept()
    for operation in operations:
        assert operation is not None
        with pytest.raises(InvalidParameterValue, match="deleted"):
            operation.wait()
    kept = read_rejected(tracking.get_session().delivery.folder)
    assert sum(len(one.entry["log_points"]["values"]) for one in kept) == count


def test_nothing_counts_as_stored_before_its_refusal_is_noted(
    network: TcpProxy, server: Server
) -> None:
    run = headrace.MlflowClient().create_run("0")
    network.refuse()
    client = headrace.MlflowClient()
    client.set_tag(run.info.run_id, "a", "1")
    operation = client.set_tag(run.info.run_id, "b", "2", synchronous=False)
    assert operation is not None
    headrace.MlflowClient(tracking_uri=server.url).delete_run(run.info.run_id)

    is_telling, goes_on = threading.Event(), threading.Event()

    class Slow(logging.Handler):
        """Keeps the delivery at what it tells of the first refusal."""

        def emit(self, record: logging.LogRecord) -> None:
            if "was not stored" in record.getMessage():
                is_telling.set()
                goes_on.wait(20)

    handler = Slow()
    logging.getLogger("headrace.client").addHandler(handler)
    try:
        network.accept()
        assert is_telling.wait(20)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(operation.wait)
            time.sleep(0.3)
            assert not waiting.done()
            goes_on.set()
            with pytest.raises(InvalidParameterValue, match="deleted"):
                waiting.result(20)
    finally:
        goes_on.set()
        logging.getLogger("headrace.client").removeHandler(handler)


def test_another_run_may_be_logged_to_while_the_server_is_away(
    network: TcpProxy, server: Server
) -> None:
    run_id = train(1)
    tracking.close_sessions()
    network.refuse()
    begin = time.monotonic()
    headrace.log_metric("loss", 1 / 7, step=1, run_id=run_id)
    headrace.MlflowClient().log_metric(run_id, "loss", 2 / 7, step=2)
    assert time.monotonic() - begin < 2
    network.accept()
    headrace.flush(20)
    assert losses(server, run_id) == expected(3)


def test_runs_that_wait_are_known_however_many_they_are(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_runs, "MAX_KNOWN_RUNS", 3)
    monkeypatch.setenv("HEADRACE_MODE", "offline")
    client = headrace.MlflowClient()
    runs = [client.create_run("0").info.run_id for _ in range(10)]

    monkeypatch.delenv("HEADRACE_MODE")
    for run_id in runs:
        client.set_tag(run_id, "waited", "yes")

    headrace.flush(20)
    assert all(client.get_run(run_id).data.tags["waited"] == "yes" for run_id in runs)


def test_a_run_that_goes_on_is_known_however_many_come_after_it(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_runs, "MAX_KNOWN_RUNS", 3)
    client = headrace.MlflowClient()
    with headrace.start_run() as run:
        others = [client.create_run("0").info.run_id for _ in range(20)]
        headrace.flush(20)
        for other in others:
            client.set_tag(other, "t", "v")

        writer = tracking.get_session().writer
        assert writer.has_begun(run.info.run_id)
        assert sum(map(writer.knows, others)) < 10


def test_a_run_that_is_nowhere_is_refused(network: TcpProxy) -> None:
    with pytest.raises(ResourceDoesNotExist):
        headrace.log_metric("loss", 1.0, run_id="0" * 32)


# --- several processes ---------------------------------------------------------------------------

CHILD_LEAVES = """
with headrace.start_run() as run:
    headrace.log_metric("loss", 0.0, step=0)
    child = os.fork()
    if not child:
        for step in range(1, 10):
            headrace.log_metric("loss", step / 7, step=step, run_id=run.info.run_id)
        os._exit(0)
    os.waitpid(child, 0)
print(run.info.run_id)
"""


@pytest.mark.parametrize("is_away", [False, True])
def test_a_forked_child_that_leaves_by_exit(
    is_away: bool, network: TcpProxy, server: Server
) -> None:
    if is_away:
        network.refuse()
    done = run_script(CHILD_LEAVES, **({} if is_away else PATIENT))
    assert done.returncode == 0, done.stderr
    if is_away:
        network.accept()
        headrace.flush(20)
    assert losses(server, done.stdout.strip()) == expected(10)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_forks_do_not_wait_for_a_silent_server(network: TcpProxy) -> None:
    with headrace.start_run():
        headrace.flush(20)
        network.hold()
        headrace.log_metric("loss", 0.0)
        time.sleep(1)
        begin = time.monotonic()
        for _ in range(8):
            child = os.fork()
            if not child:
                os._exit(0)
            os.waitpid(child, 0)
        assert time.monotonic() - begin < 6  # a second for the first, nothing for the others
        network.release()


RANK = """
rank = int(sys.argv[-1]) if sys.argv[-1].isdigit() else int(os.environ["RANK"])
with headrace.start_run() as run:
    for step in range(rank, 40, 4):
        headrace.log_metric("loss", step / 7, step=step)
print(run.info.run_id)
"""


@pytest.mark.parametrize("is_away", [False, True])
def test_ranks_of_one_run(is_away: bool, network: TcpProxy, server: Server) -> None:
    limits = {} if is_away else PATIENT
    if is_away:
        network.refuse()
    first = run_script(RANK, RANK="0", **limits)
    assert first.returncode == 0, first.stderr
    run_id = first.stdout.strip()
    for rank in range(1, 4):
        done = run_script(RANK, RANK=str(rank), HEADRACE_RUN_ID=run_id, **limits)
        assert (done.returncode, done.stdout.strip()) == (0, run_id), done.stderr
    if is_away:
        network.accept()
        headrace.flush(20)
    assert sorted(losses(server, run_id)) == expected(40)
    assert run_at(server, run_id).info.status == "FINISHED"


def test_a_rank_brings_the_run_that_a_dead_one_began(
    network: TcpProxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.refuse()
    first = run_script(RANK, RANK="0")
    run_id = first.stdout.strip()
    monkeypatch.setenv("HEADRACE_RUN_ID", run_id)
    with headrace.start_run():
        for step in (step for step in range(40) if step % 4):
            headrace.log_metric("loss", step / 7, step=step)
        network.accept()
        headrace.flush(20)
        assert sorted(losses(server, run_id)) == expected(40)


LEFT_MUCH = """
with headrace.start_run():
    for step in range(150_000):
        headrace.log_metric("loss", 0.0, step=step)
"""


def test_what_others_left_holds_nobody_up(network: TcpProxy, server: Server) -> None:
    done = run_script(LEFT_MUCH, HEADRACE_MODE="offline")
    assert done.returncode == 0, done.stderr
    network.delay(0.1)  # for each piece of a batch, on both ways
    with headrace.start_run() as run:
        for step in range(10):
            headrace.log_metric("loss", step / 7, step=step)
            time.sleep(0.1)
        until = time.monotonic() + 20
        while losses(server, run.info.run_id) != expected(10):
            assert time.monotonic() < until
            time.sleep(0.02)
        # It was not through yet with the other one.
        assert len(find_journals(tracking.get_session().delivery.folder)) == 2
        network.delay(0)
        headrace.flush(20)


# --- a full disk ---------------------------------------------------------------------------------

FULL_DISK = """
import resource, time
headrace.start_run()
headrace.log_metric("loss", 0.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
for step in range(5):
    headrace.log_metric("loss", 0.0, step=step)
time.sleep(3.5)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are those of POSIX")
def test_what_a_full_disk_takes_is_told_once(network: TcpProxy) -> None:
    done = run_script(FULL_DISK, HEADRACE_MODE="offline")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("The disk takes nothing more: what is logged waits") == 1
    assert done.stderr.count("did not reach the disk") == 1
    assert "Lost: 6 records" in done.stderr  # the points, and the end of the run


# --- memory --------------------------------------------------------------------------------------

MANY = """
import resource

def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

with headrace.start_run():
    for step in range(100_000):
        headrace.log_metric("loss", step / 7, step=step)
    before = rss()
    for step in range(100_000, int(os.environ["POINTS"])):
        headrace.log_metric("loss", step / 7, step=step)
    print(rss() - before)
os._exit(0)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
@pytest.mark.parametrize("points", [1_000_000, pytest.param(10_000_000, marks=pytest.mark.fault)])
def test_memory_stays_flat_while_the_server_is_away(points: int, network: TcpProxy) -> None:
    network.refuse()
    done = run_script(MANY, POINTS=str(points))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 8 * 1024 * 1024
