"""What ``import headrace`` costs a script that has just begun, and what else it drags in."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import environments
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round

_BARE = "python alone"
_ALLOWED = {"msgspec"}

CPU = Quantity("CPU of the process", "s", (Bar("mlflow", at_most=1 / 30),))
USED = Quantity("CPU with start_run, log_metric and MlflowClient touched", "s")
MEMORY = Quantity("peak resident set", "B", (Bar("mlflow", at_most=1 / 6),))
FOREIGN = Quantity("third-party packages imported", "count")
UNEXPECTED = Quantity("of these, others than msgspec", "count", (Bar(None, at_most=0),))

_TOUCH = "; {0}.start_run, {0}.log_metric, {0}.MlflowClient"

# Printed by the measured process itself: VmHWM begins anew at exec, ru_maxrss does not.
_LOOK = """
import sys; before = set(sys.modules)
{statement}
import json
peak = [l for l in open("/proc/self/status") if l.startswith("VmHWM")][0].split()[1]
files = {{n: getattr(m, "__file__", None) for n, m in sys.modules.items() if n not in before}}
print(json.dumps([int(peak) * 1024, [n for n, f in files.items() if f and "site-packages" in f]]))
"""


def _python(contender: str) -> Path:
    if contender == "mlflow":
        return environments.environment("mlflow-3.17") / "bin" / "python"
    return environments.own() / "bin" / "python"


def _run(python: Path, code: str, folder: Path) -> tuple[float, bytes]:
    """Run code in a fresh interpreter; return its CPU seconds and what it printed."""
    process = subprocess.Popen(
        [python, "-c", code],
        cwd=folder,
        env=environments.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    printed, complaints = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if status:
        raise environments.Unavailable(complaints.decode().strip().splitlines()[-1])
    return usage.ru_utime + usage.ru_stime, printed


def _packages(printed: bytes, contender: str) -> list[str]:
    """Return the third-party packages that a look has printed."""
    _, modules = json.loads(printed)
    return sorted({name.partition(".")[0] for name in modules} - {contender})


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Import in a fresh process each round; the first, which writes bytecode, is not counted."""
    python = _python(contender)
    folder = bench.folder()
    statement = "" if contender == _BARE else f"import {contender}"
    code = _LOOK.format(statement=statement)
    # A folder without __init__.py would be "imported" too, fast; the names say it is the package.
    touch = "pass" if contender == _BARE else statement + _TOUCH.format(contender)
    _, printed = _run(python, _LOOK.format(statement=touch), folder)
    if contender == "headrace":
        names = ", ".join(_packages(printed, contender))
        bench.note(f"Third-party packages with the names touched: {names or 'none'}.")
    _run(python, code, folder)

    def measure() -> Figures:
        # Measured without the look at itself, which costs a few milliseconds.
        cpu, _ = _run(python, statement or "pass", folder)
        used, _ = _run(python, touch, folder)
        _, printed = _run(python, code, folder)
        peak, _ = json.loads(printed)
        packages = _packages(printed, contender)
        if contender == "headrace":
            names = ", ".join(packages)
            bench.note(f"Third-party packages after `import headrace`: {names or 'none'}.")
        return {
            CPU.name: cpu,
            USED.name: used,
            MEMORY.name: peak,
            FOREIGN.name: len(packages),
            UNEXPECTED.name: len(set(packages) - _ALLOWED),
        }

    yield measure


CASE = Case(
    name="import",
    title="`import headrace` against `import mlflow`, each in a fresh interpreter",
    contenders=("mlflow", "headrace", _BARE),
    quantities=(CPU, USED, MEMORY, FOREIGN, UNEXPECTED),
    open=contend,
)
