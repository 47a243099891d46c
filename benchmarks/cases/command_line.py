"""How long the command takes to say its version, which is what every command costs at least."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import environments
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round

TIME = Quantity("time of --version", "s", (Bar("mlflow", at_most=1 / 10),))


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Run the command; the first run, which writes bytecode, is not counted."""
    folder = bench.folder()
    own = contender == "headrace"
    home = environments.own() if own else environments.environment("mlflow-3.17")
    command = environments.executable(home, contender)

    def measure() -> Figures:
        started = time.perf_counter()
        said = subprocess.run(
            [command, "--version"],
            cwd=folder,
            env=environments.variables(),
            capture_output=True,
            text=True,
            check=False,
        )
        elapsed = time.perf_counter() - started
        if said.returncode or "version" not in said.stdout:
            lines = (said.stderr or said.stdout).strip().splitlines() or ["it printed nothing"]
            raise environments.Unavailable(lines[-1])
        return {TIME.name: elapsed}

    measure()
    yield measure


CASE = Case(
    name="command-line",
    title="`headrace --version` against `mlflow --version`",
    contenders=("mlflow", "headrace"),
    quantities=(TIME,),
    open=contend,
    rounds=3,
)
