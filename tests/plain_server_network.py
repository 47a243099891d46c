"""What `PlainServer` must do over real connections, of which some break, and in real processes.

A test module subclasses `BadNetworkCases` and gives the fixture `server`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from headrace.client.delivery.plain_server import PlainServer
from headrace.client.http import HttpTransport
from headrace.connection import Server as Address
from headrace.errors import TemporarilyUnavailable
from headrace.stores.remote import RemoteTrackingStore
from tests.plain_server_cases import (
    assert_shipped_once,
    new_id,
    offline_run,
    runs_of,
    ship,
    ship_until_done,
)
from tests.servers import REPOSITORY, Server, clean_environment
from tests.tcp_proxy import Direction, TcpProxy

_BEGIN = """
import sys
from pathlib import Path
import msgspec
from headrace.api.journals import ApplyJournal, JournalEntry
from headrace.client.http import HttpTransport
from headrace.client.delivery.plain_server import PlainServer
from headrace.connection import Server
from headrace.stores.remote import RemoteTrackingStore

url, folder, journal, entry = sys.argv[1:]
plain = PlainServer(RemoteTrackingStore(HttpTransport(Server(url))), Path(folder))
print("ready", flush=True)
sys.stdin.readline()
entries = [msgspec.json.decode(entry, type=JournalEntry)]
answer = plain.apply_journal(ApplyJournal(journal=journal, first=1, entries=entries))
print(answer.runs[0].run_id)
"""


class BadNetworkCases:
    """The cases."""

    @pytest.fixture(autouse=True)
    def one_try(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    @pytest.fixture
    def direct(self, server: Server) -> Iterator[RemoteTrackingStore]:
        """The server, past the bad network."""
        store = RemoteTrackingStore(HttpTransport(Address(server.url)))
        yield store
        store.close()

    @pytest.fixture
    def proxy(self, server: Server) -> Iterator[TcpProxy]:
        with TcpProxy(server.url) as proxy:
            yield proxy

    @pytest.fixture
    def store(self, proxy: TcpProxy) -> Iterator[RemoteTrackingStore]:
        store = RemoteTrackingStore(HttpTransport(Address(proxy.url)))
        yield store
        store.close()

    @pytest.mark.parametrize(
        ("direction", "size"),
        [
            *[(Direction.REQUEST, size) for size in (0, 700, 20_000, 100_000)],
            *[(Direction.ANSWER, size) for size in (0, 700, 2_000)],
        ],
    )
    def test_a_connection_cut_after_some_bytes(
        self,
        direction: Direction,
        size: int,
        proxy: TcpProxy,
        store: RemoteTrackingStore,
        direct: RemoteTrackingStore,
        tmp_path: Path,
    ) -> None:
        run_id, experiment = new_id(), f"cut {new_id()}"
        proxy.cut_after(size, direction)

        ship_until_done(
            lambda: PlainServer(store, tmp_path), new_id(), offline_run(run_id, experiment)
        )

        assert proxy.cuts == 1
        assert_shipped_once(direct, run_id, experiment)

    def test_a_server_that_goes_and_comes_back(
        self,
        proxy: TcpProxy,
        store: RemoteTrackingStore,
        direct: RemoteTrackingStore,
        tmp_path: Path,
    ) -> None:
        run_id, journal, experiment = new_id(), new_id(), f"back {new_id()}"
        entries = offline_run(run_id, experiment)
        plain = PlainServer(store, tmp_path)
        proxy.refuse()
        with pytest.raises(TemporarilyUnavailable):
            ship(plain, journal, entries)
        proxy.accept()

        answer = ship(plain, journal, entries)

        assert answer.refused == []
        assert_shipped_once(direct, run_id, experiment)

    def test_processes_that_begin_one_run_at_once_make_one(
        self, server: Server, direct: RemoteTrackingStore, tmp_path: Path
    ) -> None:
        experiment = f"ranks {new_id()}"
        entry = msgspec.json.encode(offline_run(new_id(), experiment)[0]).decode()
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", _BEGIN, server.url, str(tmp_path), new_id(), entry],
                env=clean_environment({"PYTHONPATH": str(REPOSITORY / "src")}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = {process.communicate(timeout=60)[0].strip() for process in processes}

        (run,) = runs_of(direct, experiment)
        assert said == {run.info.run_id}
