"""Runs cases: shared servers, rounds in turn, and what cannot run said instead of failing."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks.browser import Chromium
from benchmarks.case import Case, Figures, Outcome, Round
from benchmarks.environments import Unavailable
from benchmarks.peers import PEERS, Server
from benchmarks.postgresql import Cluster
from benchmarks.report import written

T = TypeVar("T")


class Bench:
    """One run of the benchmarks, used as a context: its end stops every server.

    Attributes:
        quick: Whether to measure less, for a first look.
        rounds: Overrides the number of rounds of every case.
        unavailable: Name of peer -> why it could not be started.
        versions: Name of peer -> what its /version answered, for those that have started once.

    """

    def __init__(self, *, quick: bool = False, rounds: int | None = None) -> None:
        self.quick = quick
        self.rounds = rounds
        self.unavailable: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self._servers: dict[str, Server] = {}
        self._cluster: Cluster | None = None
        self._chromium: Chromium | None = None
        self._notes: list[str] = []
        self._folders = 0
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> Bench:
        self._folder = Path(
            self._exits.enter_context(tempfile.TemporaryDirectory(prefix="headrace-bench-"))
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.release(set())
        if self._cluster is not None:
            self._cluster.stop()
        self._exits.close()

    # --- what cases use ---------------------------------------------------------------------------

    def choose(self, full: T, quick: T) -> T:
        """Return the amount of work for this run."""
        return quick if self.quick else full

    def note(self, text: str) -> None:
        """Add a remark to the current case's report, once."""
        if text not in self._notes:
            self._notes.append(text)

    def folder(self) -> Path:
        """Return a new empty folder that is gone after the run."""
        self._folders += 1
        folder = self._folder / f"{self._folders:03d}"
        folder.mkdir()
        return folder

    def keep(self, resource: contextlib.AbstractContextManager[T]) -> T:
        """Enter a context that ends with this run of the benchmarks; return what it gives."""
        return self._exits.enter_context(resource)

    def postgresql(self) -> str:
        """Return the URI of a new empty PostgreSQL database.

        Raises:
            Unavailable: If no PostgreSQL can be started.

        """
        if self._cluster is None:
            self._cluster = Cluster(self.folder())
        return self._cluster.database()

    def chromium(self) -> Chromium:
        """Return the browser of this run.

        Raises:
            Unavailable: If there is none.

        """
        if self._chromium is None:
            self._chromium = self.keep(Chromium())
        return self._chromium

    def server(self, name: str) -> Server:
        """Return the server of a peer that all cases share, started at first use.

        Raises:
            Unavailable: If it cannot be started.

        """
        server = self._servers.get(name)
        if server is not None and server.alive:
            return server
        if name in self.unavailable:
            raise Unavailable(self.unavailable[name])
        progress(f"starting {name}")
        try:
            server = self._servers[name] = self._start(name)
        except Unavailable as error:
            self.unavailable[name] = str(error)
            raise
        server.idle_rate()
        return server

    @contextlib.contextmanager
    def fresh_server(self, name: str) -> Iterator[Server]:
        """Start a server of its own, with an empty database, for a block.

        Raises:
            Unavailable: If it cannot be started.

        """
        server = self._start(name)
        try:
            yield server
        finally:
            server.stop()

    @contextlib.contextmanager
    def own_server(self, name: str) -> Iterator[Server]:
        """Give a block a fresh server; with ``--quick`` the shared one, which runs already.

        Raises:
            Unavailable: If it cannot be started.

        """
        if self.quick:
            yield self.server(name)
            return
        with self.fresh_server(name) as server:
            yield server

    def _start(self, name: str) -> Server:
        server = Server(PEERS[name], self.folder(), self.postgresql)
        if server.peer.is_tracker:
            self.versions.setdefault(name, server.version())
        return server

    # --- what the command uses --------------------------------------------------------------------

    def run(self, cases: Sequence[Case]) -> Iterator[Outcome]:
        """Run cases and yield the outcome of each; servers that no later case needs are ended."""
        for position, case in enumerate(cases):
            progress(f"== {case.name}: {case.title}")
            started = time.monotonic()
            self._notes = []
            if case.alone:
                self.release(set())
            outcome = self._run(case)
            outcome.notes = self._notes
            outcome.elapsed_s = time.monotonic() - started
            outcome.load = os.getloadavg()[0]
            yield outcome
            self.release({name for later in cases[position + 1 :] for name in later.contenders})

    def release(self, needed: set[str]) -> None:
        """Stop the shared servers whose names are not in `needed`."""
        for name in set(self._servers) - needed:
            self._servers.pop(name).stop()

    def _run(self, case: Case) -> Outcome:
        outcome = Outcome(case, {}, {}, [])
        with contextlib.ExitStack() as opened:
            measures: dict[str, Round] = {}
            for name in case.contenders:
                enter = partial(opened.enter_context, case.open(self, name))
                measure = self._attempt(outcome, name, enter)
                if measure is not None:
                    measures[name] = measure
            count = self.rounds or (case.quick_rounds if self.quick else case.rounds)
            for number in range(count):
                # Rotated, so that nobody always runs after the same neighbour.
                order = list(measures)
                shift = number % max(len(order), 1)
                for name in order[shift:] + order[:shift]:
                    if name in outcome.absent:
                        continue
                    figures = self._attempt(outcome, name, measures[name])
                    if figures is not None:
                        outcome.figures.setdefault(name, []).append(figures)
                        progress(f"   round {number + 1}/{count} {name}: {_line(case, figures)}")
        return outcome

    def _attempt(self, outcome: Outcome, name: str, action: Callable[[], T]) -> T | None:
        """Do something for one contender; what goes wrong is its outcome, not the run's end."""
        try:
            return action()
        except Unavailable as error:
            outcome.absent[name] = f"not available: {error}"
        except Exception as error:  # border: one contender's failure is reported
            traceback.print_exc(file=sys.stderr)
            outcome.absent[name] = f"failed: {type(error).__name__}: {str(error)[:300]}"
        progress(f"   {name}: {outcome.absent[name]}")
        return None


def progress(text: str) -> None:
    """Tell the person who waits what is going on."""
    print(text, file=sys.stderr, flush=True)


def _line(case: Case, figures: Figures) -> str:
    shown = [q for q in case.quantities if q.name in figures]
    return ", ".join(f"{q.name} {written(figures[q.name], q.unit)}" for q in shown)
