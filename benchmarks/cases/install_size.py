"""What ``pip install headrace`` brings along: packages and bytes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import environments
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round

SIZE = Quantity("size of site-packages", "B", (Bar("mlflow", at_most=1 / 4.5),))
PACKAGES = Quantity("packages", "count", (Bar(None, at_most=28),))

_WHAT = {"mlflow": "mlflow==3.17.2", "headrace": str(environments.ROOT)}


def _uv() -> str:
    beside = environments.own() / "bin" / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise environments.Unavailable("no uv, beside the interpreter or on the PATH")
    return found


def _call(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["uv failed without a word"]
        raise environments.Unavailable("; ".join(lines[-3:]))
    return done.stdout


def _bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder, links to one file counted once."""
    stats = (path.lstat() for path in folder.rglob("*") if not path.is_dir())
    return sum({(s.st_dev, s.st_ino): s.st_size for s in stats}.values())


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Install into a fresh environment, without bytecode, and look at what lies there."""
    uv = _uv()

    def measure() -> Figures:
        home = bench.folder() / "venv"
        python = str(home / "bin" / "python")
        _call([uv, "venv", "--quiet", "--python", sys.executable, str(home)])
        _call([uv, "pip", "install", "--quiet", "--python", python, _WHAT[contender]])
        listed = json.loads(_call([uv, "pip", "list", "--python", python, "--format", "json"]))
        (site,) = home.glob("lib/python*/site-packages")
        size = _bytes(site)
        shutil.rmtree(home)
        return {SIZE.name: size, PACKAGES.name: len(listed)}

    yield measure


CASE = Case(
    name="install",
    title="`pip install` of this checkout against mlflow==3.17.2, in fresh environments",
    contenders=("mlflow", "headrace"),
    quantities=(SIZE, PACKAGES),
    open=contend,
    rounds=1,
)
