"""The client libraries that are compared: each runs in processes and an environment of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import environments, processes
from benchmarks.bench import Bench
from benchmarks.peers import Server
from benchmarks.tracking import WrongAnswer, warm_up

_PROGRAMS = Path(__file__).resolve().parent / "programs"
_PATIENCE_S = 600.0

EMBEDDED = "headrace-embedded"
SERVER = "headrace"
MLFLOW_SQLITE = "mlflow-sqlite"
MLFLOW_SERVER = "mlflow"
TRACKIO = "trackio"


@dataclass(frozen=True)
class Client:
    """A library that tracks into one place.

    Attributes:
        library: Name of its package.
        python: The interpreter that has it.
        folder: Where its processes run, and where they keep everything.
        variables: Environment variables on top of the common ones: where it tracks.

    """

    library: str
    python: Path
    folder: Path
    variables: dict[str, str]

    def run(self, program: str, **arguments: object) -> Any:
        """Run a program of ``benchmarks/programs`` and return what it printed last.

        Raises:
            RuntimeError: If it printed nothing, with the end of what it complained of.

        """
        process = self.launch(program, **arguments)
        try:
            printed, complaints = process.communicate(timeout=_PATIENCE_S)
        finally:
            processes.end_tree(process)
        return _last_line(printed, complaints)

    def launch(self, program: str, **arguments: object) -> subprocess.Popen[bytes]:
        """Start a program; whoever starts it ends it."""
        return subprocess.Popen(
            [
                self.python,
                str(_PROGRAMS / f"{program}.py"),
                json.dumps({"library": self.library, **arguments}),
            ],
            cwd=self.folder,
            env=environments.variables() | self.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def stored(self, run_id: str, key: str, *, adopt: bool = False) -> list[int]:
        """Return the steps that the store has of a metric, sorted, as a new process reads them.

        Args:
            run_id: The run.
            key: The metric.
            adopt: Whether that process first ships what dead ones have left.

        """
        steps = self.run("stored", run_id=run_id, keys=[key], adopt=adopt)[0]
        return sorted(steps)

    def expect_points(self, run_id: str, keys: Sequence[str], count: int) -> None:
        """Check that metrics have `count` points each, with steps 0, 1, 2 and so on.

        Raises:
            WrongAnswer: If one has others.

        """
        found = self.run("stored", run_id=run_id, keys=list(keys), adopt=False)
        for key, steps in zip(keys, found, strict=True):
            if sorted(steps) != list(range(count)):
                raise WrongAnswer(f"{len(steps)} points of {key} are stored, {count} were logged")


def _last_line(printed: bytes, complaints: bytes) -> Any:
    lines = printed.decode().strip().splitlines()
    if not lines:
        said = complaints.decode(errors="replace").strip().splitlines() or ["it printed nothing"]
        raise RuntimeError(said[-1])
    return json.loads(lines[-1])


def open_client(bench: Bench, contender: str) -> Client:
    """Return the client of a contender; its store exists and has had a run.

    Raises:
        Unavailable: If its environment or its server is missing.

    """
    folder = bench.folder()
    if contender == TRACKIO:
        client = _trackio(folder)
    elif contender in (MLFLOW_SQLITE, EMBEDDED):
        database = f"sqlite:///{folder / 'store.db'}"
        client = _fluent(contender, folder, database)
    else:
        client = client_of(bench.server(contender), folder)
    client.run("whole_runs", runs=1, points=1)
    return client


def client_of(server: Server, folder: Path) -> Client:
    """Return the client of a running server, which gets warm if it is not."""
    warm_up(server)
    return _fluent(server.peer.name, folder, f"http://127.0.0.1:{server.port}")


def mlflow_client_of(server: Server, folder: Path) -> Client:
    """Return MLflow's own client of a running server of any kind."""
    return _fluent(MLFLOW_SERVER, folder, f"http://127.0.0.1:{server.port}")


def _fluent(contender: str, folder: Path, uri: str) -> Client:
    library = contender.partition("-")[0]
    own = library == "headrace"
    home = environments.own() if own else environments.environment("mlflow-3.17")
    prefix = library.upper()
    variables = {f"{prefix}_TRACKING_URI": uri}
    if own:
        variables["HEADRACE_JOURNAL_DIR"] = str(folder / "journals")
    return Client(library, home / "bin" / "python", folder, variables)


def _trackio(folder: Path) -> Client:
    home = environments.environment("trackio")
    variables = {
        "TRACKIO_DIR": str(folder / "trackio"),
        # It is measured as it stores, not as it looks for an account or its updates.
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HOME": str(folder / "huggingface"),
    }
    return Client("trackio", home / "bin" / "python", folder, variables)
