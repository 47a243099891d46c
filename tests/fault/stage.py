"""The stage of a fault test: a store, perhaps a server and a bad network before it, and trainers.

Everything on it is a process of its own, which a fault may hit at any moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from headrace.client.journal import find_journals
from headrace.stores.sql import open_sql_store
from tests.fault import shipper, trainer
from tests.fault.account import Account, Figures
from tests.fault.audit import install_audit, stored_runs
from tests.fault.ledger import Call, read_calls, read_notes
from tests.fault.trainer import Plan
from tests.servers import (
    HEADRACE_START_SECONDS,
    REPOSITORY,
    clean_environment,
    free_port,
    start_process,
    stop_process,
    wait_until_healthy,
)
from tests.tcp_proxy import TcpProxy

ACTORS_PER_TRAINER = 1_000
SECONDS_TO_SETTLE = 120.0
_SETTINGS = {
    "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}",
    "HEADRACE_SHUTDOWN_TIMEOUT": "0.5",
    "HEADRACE_CONTACT_TIMEOUT": "0.5",
    "HEADRACE_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "1",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0.1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.1",
}


class TrainingDiedError(AssertionError):
    """A trainer ended in another way than by a fault or by its plan."""


class Stage:
    """A context manager; what runs on it is gone when it ends.

    Attributes:
        database: URI of the store's database.
        chance: Every choice of the faults; the same seed makes the same ones.
        trainers: The running ones.
        proxy: The network before the server; None where trainers open the database themselves.
        faults: How many faults were injected so far.
    """

    def __init__(self, folder: Path, database: str, chance: random.Random, *, serve: bool) -> None:
        self.database = database
        self.chance = chance
        self.faults = 0
        self.trainers: list[subprocess.Popen[bytes]] = []
        self.proxy: TcpProxy | None = None
        self.server: subprocess.Popen[bytes] | None = None
        self._folder = folder
        self._serve = serve
        self._next_actor = 1
        self._plans: dict[int, Plan] = {}  # by process id
        self._started: list[subprocess.Popen[bytes]] = []
        self._ledgers = folder / "ledgers"
        self._ledgers.mkdir(parents=True)

    def __enter__(self) -> Stage:
        open_sql_store(self.database, str(self._folder / "artifacts")).close()
        install_audit(self.database)
        if self._serve:
            port = free_port()
            self._server_url = f"http://127.0.0.1:{port}"
            self.start_server()
            self.proxy = TcpProxy(self._server_url)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
            stop_process(process, kill=True)
        if self.proxy is not None:
            self.proxy.close()
        if self.server is not None:
            self.server.send_signal(signal.SIGCONT)
            stop_process(self.server, kill=True)

    # --- where trainers log ----------------------------------------------------------------------

    @property
    def uri(self) -> str:
        """Where trainers track."""
        return self.proxy.url if self.proxy is not None else self.database

    @property
    def journals(self) -> Path:
        """The folder of the journals of all trainers."""
        if self.uri.startswith("sqlite"):
            return Path(f"{self.database.removeprefix('sqlite:///')}-journals")
        [folder] = list(self.journal_home.iterdir()) or [self.journal_home / "none"]
        return folder

    @property
    def journal_home(self) -> Path:
        """What trainers take for HEADRACE_JOURNAL_DIR."""
        home = self._folder / "home"
        home.mkdir(exist_ok=True)
        return home

    def journal_folders(self) -> list[Path]:
        """Return the folder of each journal that is left."""
        return [one.folder for one in find_journals(self.journals)]

    # --- the server ------------------------------------------------------------------------------

    def start_server(self) -> None:
        """Start the server, on the same port each time."""
        port = self._server_url.rpartition(":")[2]
        log = self._folder / "server.log"
        arguments = ["--backend-store-uri", self.database, "--port", port, "--host", "127.0.0.1"]
        arguments += ["--default-artifact-root", str(self._folder / "artifacts")]
        command = [sys.executable, "-m", "headrace.cli", "server", *arguments]
        self.server = start_process(
            command, log, environment=self._environment(), folder=self._folder
        )
        wait_until_healthy(self._server_url, self.server, log, HEADRACE_START_SECONDS)

    def kill_server(self) -> None:
        """End the server without warning."""
        assert self.server is not None
        stop_process(self.server, kill=True)

    # --- trainers --------------------------------------------------------------------------------

    def start_trainer(self, **choices: object) -> subprocess.Popen[bytes]:
        """Start a trainer; `choices` are fields of its plan."""
        plan = Plan(
            actor=self._next_actor,
            seed=self.chance.randrange(1 << 30),
            uri=self.uri,
            ledgers=str(self._ledgers),
            stop=str(self._folder / "stop"),
            **choices,  # type: ignore[arg-type]
        )
        self._next_actor += ACTORS_PER_TRAINER
        process = self._start([trainer.__file__, json.dumps(asdict(plan))], "trainer")
        self._plans[process.pid] = plan
        if not plan.leave:
            self.trainers.append(process)
        return process

    def wait_until_training(self, process: subprocess.Popen[bytes], calls: int = 5) -> None:
        """Return when a trainer has made some calls."""
        until = time.monotonic() + 60
        while self.count_calls(process) < calls:
            self.check_alive(process)
            if time.monotonic() > until:
                raise TrainingDiedError(f"a trainer does not log:\n{self.said()}")
            time.sleep(0.01)

    def count_calls(self, process: subprocess.Popen[bytes]) -> int:
        """Return how many calls of a trainer were accepted, but for its threads and children."""
        ledger = self._ledgers / f"{self._plans[process.pid].actor}.jsonl"
        return ledger.read_bytes().count(b'"ok"') if ledger.exists() else 0

    def kill_trainer(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a trainer without warning, with its children or without."""
        self.check_alive(process)
        self.trainers.remove(process)
        if self.chance.random() < 0.5:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait(30)

    def check_alive(self, process: subprocess.Popen[bytes]) -> None:
        """Raise if a trainer has ended by itself."""
        if process.poll() is not None:
            raise TrainingDiedError(f"a trainer ended with {process.returncode}:\n{self.said()}")

    def stop_trainers(self) -> None:
        """Let the trainers end by themselves, as their plan says."""
        (self._folder / "stop").touch()
        for process in self.trainers:
            try:
                status = process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGABRT)  # its threads tell where they are
                process.wait(30)
                raise TrainingDiedError(f"a trainer hangs at its end:\n{self.said()}") from None
            if status:
                raise TrainingDiedError(f"a trainer ended with {status}:\n{self.said()}")
        self.trainers.clear()

    def leave_journals(self, count: int, calls: int = 40) -> list[Path]:
        """Have dead processes leave journals of a run; return the folders of those."""
        before = set(self.journal_folders()) if self.journal_home.exists() else set()
        process = self.start_trainer(leave=count, calls=calls)
        if process.wait(120):
            raise TrainingDiedError(f"a trainer ended with {process.returncode}:\n{self.said()}")
        own = str(process.pid)
        return [
            one.folder
            for one in find_journals(self.journals)
            if one.folder not in before and one.header and str(one.header.origin.pid) != own
        ]

    def owners(self) -> dict[str, int]:
        """Return the actor of each journal of a trainer."""
        headers = [one.header for one in find_journals(self.journals) if one.header]
        return {
            header.journal: self._plans[header.origin.pid].actor
            for header in headers
            if header.origin.pid in self._plans
        }

    def told_lost(self, owners: dict[str, int]) -> frozenset[tuple[int, int]]:
        """Return the calls that a store had and lost, as trainers and shippers have told it.

        A call of a trainer without helpers is the last record that its journal has then.
        """
        said = (self._folder / "trainer.log").read_text() + self.said("shipper")
        told = re.findall(r"lost the records (\d+) to (\d+) of journal (\w+)", said)
        calls = read_calls(self._ledgers)
        return frozenset(
            (call.actor, call.number)
            for first, last, journal in told
            for call in calls[owners[journal]]
            if int(first) <= call.record <= int(last)
        )

    def any_run(self) -> str:
        """Return a run that the store has; empty if there is none yet."""
        runs = stored_runs(self.database)
        return self.chance.choice(runs) if runs else ""

    # --- shipping --------------------------------------------------------------------------------

    def start_shipper(self, journal_home: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a process that ships what was left, and return when it is about to."""
        command = [sys.executable, shipper.__file__, self.uri, str(self.chance.randrange(1 << 30))]
        environment = self._environment()
        if journal_home is not None:
            environment["HEADRACE_JOURNAL_DIR"] = str(journal_home)
        with (self._folder / "shipper.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                cwd=self._folder,
                start_new_session=True,
            )
        self._started.append(process)
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == b"ready\n", self.said()
        return process

    def ship_all(self) -> None:
        """Ship until nothing is left; an orphan of a killed trainer may log for a while."""
        until = time.monotonic() + SECONDS_TO_SETTLE
        status = 0
        while True:
            shipping = self.start_shipper()
            status = shipping.wait(60)
            if not (left := self.journal_folders()):
                return
            if time.monotonic() > until:
                raise AssertionError(
                    f"{len(left)} journals are still there, and the shipper ended with {status}:\n"
                    f"{self.said('shipper')}"
                )
            time.sleep(0.3)

    # --- the end ---------------------------------------------------------------------------------

    def calls(self) -> dict[int, list[Call]]:
        """Return the calls of all trainers so far."""
        return read_calls(self._ledgers)

    def notes(self) -> list[str]:
        """Return what trainers noted so far."""
        return read_notes(self._ledgers)

    def settle(self, destroyed: frozenset[tuple[int, int]] = frozenset()) -> Figures:
        """Let the trainers end, ship what is left, and return what came of it all."""
        self.stop_trainers()
        self.ship_all()
        for name in ("trainer", "shipper"):
            assert "Traceback" not in self.said(name), self.said(name)
        figures = Account(self.database, self.calls(), destroyed).settle()
        figures.faults = self.faults
        return figures

    def said(self, name: str = "trainer") -> str:
        """Return the end of what trainers, shippers or the server have said."""
        path = self._folder / f"{name}.log"
        return path.read_bytes()[-6_000:].decode(errors="replace") if path.exists() else ""

    def _start(self, arguments: list[str], name: str) -> subprocess.Popen[bytes]:
        process = start_process(
            [sys.executable, *arguments],
            self._folder / f"{name}.log",
            environment=self._environment(),
            folder=self._folder,
        )
        self._started.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        return clean_environment({**_SETTINGS, "HEADRACE_JOURNAL_DIR": str(self.journal_home)})


def rounds(stage: Stage, count: int, longest: float = 0.15) -> Iterator[int]:
    """Yield a number of times, each at a random moment, while no trainer ends by itself."""
    for number in range(count):
        time.sleep(stage.chance.uniform(0, longest))
        for process in stage.trainers:
            stage.check_alive(process)
        yield number
        stage.faults += 1
