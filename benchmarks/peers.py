"""The servers that are compared: how each is started, what it costs, and what it guarantees."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import environments, processes
from benchmarks.environments import Unavailable
from benchmarks.http1 import Connection, Refused, body_of, request_bytes

_START_PATIENCE_S = 180.0
_CALM_WINDOW_S = 1.0
# Longer than the pause of an upkeep that works a little once a second.
_UPKEEP_WINDOW_S = 2.0


@dataclass(frozen=True)
class Launch:
    """What a peer needs to know to start: a port, an empty folder, a PostgreSQL URI if it asks."""

    port: int
    folder: Path
    postgresql: Callable[[], str]


@dataclass(frozen=True)
class Peer:
    """One way to run one server.

    Attributes:
        name: What cases, bars and the report call it.
        command: Makes the command line.
        durability: What a power cut may lose after an acknowledged log-metric, in a sentence.
        variables: Environment variables on top of the common ones.
        database: Name of its database file in its folder, if it has one.
        settle_s: For how long after the last request work may still start (compaction by age);
            CPU is read after it.
        is_tracker: Whether it is a tracking server; the yardstick is none.

    """

    name: str
    command: Callable[[Launch], list[str]]
    durability: str
    variables: dict[str, str] = field(default_factory=dict)
    database: str | None = None
    settle_s: float = 1.0
    is_tracker: bool = True


def _mlflow(launch: Launch) -> list[str]:
    return [
        environments.executable(environments.environment("mlflow-3.17"), "mlflow"),
        "server",
        *("--backend-store-uri", f"sqlite:///{launch.folder / 'mlflow.db'}"),
        *("--default-artifact-root", str(launch.folder / "artifacts")),
        *("--host", "127.0.0.1", "--port", str(launch.port)),
    ]


def _fasttrackml(launch: Launch) -> list[str]:
    return [
        environments.executable(environments.environment("fasttrackml"), "fml"),
        "server",
        *("--database-uri", f"sqlite://{launch.folder / 'fasttrackml.db'}"),
        *("--default-artifact-root", str(launch.folder / "artifacts")),
        *("--listen-address", f"127.0.0.1:{launch.port}"),
    ]


def _headrace_on(uri: str, launch: Launch) -> list[str]:
    return [
        environments.executable(environments.own(), "headrace"),
        "server",
        *("--backend-store-uri", uri),
        *("--default-artifact-root", str(launch.folder / "artifacts")),
        "--serve-artifacts",  # as MLflow does unasked
        *("--host", "127.0.0.1", "--port", str(launch.port)),
    ]


def _headrace(launch: Launch) -> list[str]:
    return _headrace_on(f"sqlite:///{launch.folder / 'headrace.db'}", launch)


def _headrace_postgresql(launch: Launch) -> list[str]:
    return _headrace_on(launch.postgresql(), launch)


def _empty_asgi(launch: Launch) -> list[str]:
    return [
        *(sys.executable, "-m", "uvicorn", "benchmarks.empty_asgi:app"),
        *("--app-dir", str(environments.ROOT)),
        *("--loop", "uvloop", "--http", "httptools", "--lifespan", "off"),
        *("--no-access-log", "--log-level", "warning"),
        *("--host", "127.0.0.1", "--port", str(launch.port)),
    ]


_PEERS = (
    Peer(
        name="mlflow",
        command=_mlflow,
        durability="rollback journal, synchronous FULL: nothing",
        database="mlflow.db",
    ),
    Peer(
        name="fasttrackml",
        command=_fasttrackml,
        durability="WAL, synchronous NORMAL: what came since the last checkpoint",
        database="fasttrackml.db",
    ),
    Peer(
        name="headrace",
        command=_headrace,
        durability="WAL, synchronous NORMAL, checkpoint and fsync each second: the last second",
        database="headrace.db",
        settle_s=5.0,
    ),
    Peer(
        name="headrace-fsync",
        command=_headrace,
        durability="WAL, HEADRACE_FSYNC=always: nothing",
        variables={"HEADRACE_FSYNC": "always"},
        database="headrace.db",
        settle_s=5.0,
    ),
    Peer(
        name="headrace-postgresql",
        command=_headrace_postgresql,
        durability="PostgreSQL, synchronous_commit=on: nothing",
        settle_s=5.0,
    ),
    Peer(name="empty-asgi", command=_empty_asgi, durability="stores nothing", is_tracker=False),
)
PEERS = {peer.name: peer for peer in _PEERS}


class Server:
    """A peer that runs: where it listens and what its whole tree of processes costs.

    Attributes:
        peer: What runs.
        port: Where it listens on 127.0.0.1.
        folder: Its own folder with database and artifacts.
        start_s: Seconds from the command to the first 200 of /health.
        start_cpu_s: CPU seconds of the tree until then.
        is_warm: Whether a case has warmed it up.
        is_filled: Whether a case has put its data into it.

    """

    def __init__(self, peer: Peer, folder: Path, postgresql: Callable[[], str]) -> None:
        self.peer = peer
        self.port = _free_port()
        self.folder = folder
        command = peer.command(Launch(self.port, folder, postgresql))
        with (folder / "server.log").open("wb") as log:
            started = time.perf_counter()
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environments.variables() | peer.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_healthy(started)
        except BaseException:
            self.stop()
            raise
        self.start_s = time.perf_counter() - started
        self.start_cpu_s = self.cpu_seconds()
        self.is_warm = False
        self.is_filled = False
        self._idle_rate: float | None = None

    def _wait_healthy(self, started: float) -> None:
        while time.perf_counter() - started < _START_PATIENCE_S:
            if self._process.poll() is not None:
                raise Unavailable(
                    f"{self.peer.name} ended with {self._process.returncode}: {self._last_words()}"
                )
            try:
                with closing(Connection(self.port)) as connection:
                    connection.exchange(request_bytes(self.port, "GET", "/health"))
                return
            except (OSError, Refused):
                time.sleep(0.005)
        raise Unavailable(f"{self.peer.name} is not healthy after {_START_PATIENCE_S:.0f} s")

    def version(self) -> str:
        """Return what the server says of its version."""
        with closing(Connection(self.port)) as connection:
            request = request_bytes(self.port, "GET", "/version")
            return body_of(connection.exchange(request)).decode().strip()

    def _last_words(self) -> str:
        lines = (self.folder / "server.log").read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it printed nothing"

    @property
    def pid(self) -> int:
        """The root of the tree of processes."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the root still runs."""
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of the whole tree so far."""
        return processes.cpu_seconds(self.pid)

    def memory(self) -> processes.Memory:
        """Return what the whole tree holds now."""
        return processes.memory(self.pid)

    def idle_rate(self) -> float:
        """Return CPU seconds per second without any request, once start-up work has ended.

        Measured once, before the first load: MLflow's job runners poll, and that is not the
        cost of a request.
        """
        if self._idle_rate is None:
            rates = [self._rate(_CALM_WINDOW_S)]
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                rates.append(self._rate(_CALM_WINDOW_S))
                if rates[-1] < 0.15 and abs(rates[-1] - rates[-2]) < 0.02:
                    break
            calm = sum(rates[-2:]) / 2
            # Next to nothing needs no closer look; polling that counts is measured longer.
            self._idle_rate = calm if calm < 0.005 else self._rate(3.0)
        return self._idle_rate

    def _rate(self, seconds: float) -> float:
        before, started = self.cpu_seconds(), time.monotonic()
        time.sleep(seconds)
        return (self.cpu_seconds() - before) / (time.monotonic() - started)

    def settle(self) -> None:
        """Wait until work that follows the last request has ended, 60 s at most."""
        idle = self.idle_rate()
        deadline = time.monotonic() + 60
        time.sleep(self.peer.settle_s)
        while time.monotonic() < deadline and self._rate(_UPKEEP_WINDOW_S) > idle + 0.02:
            pass

    @contextmanager
    def metered(self) -> Iterator[Meter]:
        """Measure the CPU seconds of the tree for a block and all work that it leaves behind."""
        idle = self.idle_rate()
        meter = Meter()
        before, started = self.cpu_seconds(), time.monotonic()
        yield meter
        self.settle()
        elapsed = time.monotonic() - started
        meter.cpu_s = max(self.cpu_seconds() - before - idle * elapsed, 0.0)

    def database_bytes(self, *, log: bool) -> int:
        """Return the size of the SQLite file, with its write-ahead log or without."""
        assert self.peer.database is not None
        path = self.folder / self.peer.database
        files = (path, path.with_name(f"{path.name}-wal")) if log else (path,)
        return sum(file.stat().st_size for file in files if file.exists())

    def journal_mode(self) -> str | None:
        """Return SQLite's journal mode as the file itself says it, if there is a file."""
        if self.peer.database is None:
            return None
        uri = f"file:{self.folder / self.peer.database}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return str(connection.execute("PRAGMA journal_mode").fetchone()[0])

    def stop(self) -> None:
        """End the whole tree."""
        processes.end_tree(self._process)


class Meter:
    """CPU seconds of a measured block; set when the block has ended."""

    cpu_s: float = 0.0


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
