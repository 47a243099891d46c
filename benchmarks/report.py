"""Writes what was measured: Markdown for people, JSON with every raw figure for programs."""

from __future__ import annotations

import datetime
import os
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.case import Bar, Outcome, Quantity
from benchmarks.peers import PEERS

_SCALES: dict[str, tuple[tuple[float, str], ...]] = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")),
    "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    "B/s": ((1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s"), (1.0, "B/s")),
}


def written(value: float, unit: str) -> str:
    """Return a figure for people, with three digits and a fitting unit."""
    if unit == "count":
        return f"{value:,.1f}".removesuffix(".0")
    if unit == "share":
        return f"{value:.1%}"
    if unit == "/s":
        return f"{_digits(value)}/s"
    for scale, name in _SCALES[unit]:
        if abs(value) >= scale:
            return f"{_digits(value / scale)} {name}"
    scale, name = _SCALES[unit][-1]
    return f"{_digits(value / scale)} {name}"


def _digits(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _times(peer: str, ratio: float) -> str:
    """Return a ratio as the issues write it: ``mlflow / 60`` or ``2 x fasttrackml``."""
    if ratio < 1:
        return f"{peer} / {1 / ratio:.3g}"
    return f"{ratio:.3g} x {peer}"


def bar_text(quantity: Quantity, bar: Bar) -> str:
    """Return what a bar asks for."""
    limit = bar.at_most if bar.at_most is not None else bar.at_least
    assert limit is not None
    side = "at most" if bar.at_most is not None else "at least"
    text = written(limit, quantity.unit) if bar.peer is None else _times(bar.peer, limit)
    return f"{side} {text}"


def verdict(outcome: Outcome, quantity: Quantity, bar: Bar) -> tuple[str, str]:
    """Return the figure against the bar, and ``reached``, ``MISSED`` or ``not measured``."""
    ratio = outcome.ratio(quantity, bar)
    if ratio is None:
        return "-", "MISSED" if outcome.failed(bar.of) else "not measured"
    seen = written(ratio, quantity.unit) if bar.peer is None else _times(bar.peer, ratio)
    return seen, "reached" if bar.reached(ratio) else "MISSED"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _bar_rows(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for outcome in outcomes:
        for quantity in outcome.case.quantities:
            for bar in quantity.bars:
                figure = outcome.middle(bar.of, quantity)
                shown = "-" if figure is None else written(figure, quantity.unit)
                seen, said = verdict(outcome, quantity, bar)
                mark = f"**{said}**" if said == "MISSED" else said
                asked = bar_text(quantity, bar)
                rows.append(
                    (outcome.case.name, quantity.name, bar.of, shown, asked, seen, mark),
                )
    return rows


def _figure_cell(outcome: Outcome, contender: str, quantity: Quantity) -> str:
    values = outcome.values(contender, quantity)
    if not values:
        return "-"
    text = written(outcome.middle(contender, quantity) or 0.0, quantity.unit)
    low, high = written(min(values), quantity.unit), written(max(values), quantity.unit)
    return text if low == high else f"{text} ({low} to {high})"


def _case_lines(outcome: Outcome) -> list[str]:
    case = outcome.case
    rounds = max((len(figures) for figures in outcome.figures.values()), default=0)
    lines = [f"### {case.name}", "", f"{case.title}. Rounds: {rounds}.", ""]
    present = [name for name in case.contenders if name in outcome.figures]
    rows = [
        [quantity.name, *(_figure_cell(outcome, name, quantity) for name in present)]
        for quantity in case.quantities
    ]
    if present:
        lines += _table(["quantity", *present], rows)
    for name, reason in outcome.absent.items():
        lines += ["", f"{name}: {reason}"]
    for note in outcome.notes:
        lines += ["", note]
    return [*lines, ""]


def count_verdicts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return how many bars were reached, missed and not measured."""
    counts = {"reached": 0, "MISSED": 0, "not measured": 0}
    for outcome in outcomes:
        for quantity in outcome.case.quantities:
            for bar in quantity.bars:
                counts[verdict(outcome, quantity, bar)[1]] += 1
    return counts


def machine(folder: Path) -> dict[str, str]:
    """Return what the figures were measured on; `folder` lies where the databases will lie."""
    cpu = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    return {
        "cpu": cpu,
        "cores": str(len(os.sched_getaffinity(0))),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.2f}",
        "file system": _file_system(folder),
        "fsync": written(_fsync_s(folder), "s"),
    }


def _file_system(folder: Path) -> str:
    """Return the type of the file system that holds a folder."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    parents = {str(parent) for parent in (folder.resolve(), *folder.resolve().parents)}
    return max((m for m in mounts if m[0] in parents), key=lambda m: len(m[0]))[1]


def _fsync_s(folder: Path) -> float:
    """Return the median seconds of an fsync after appending 4 kB."""
    times = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(4096))
            started = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times)


@dataclass(frozen=True)
class Run:
    """One run of the benchmarks: what was measured, how and where.

    Attributes:
        outcomes: What each case has shown.
        quick: Whether less was measured than the bars ask for.
        elapsed_s: How long the run took.
        machine: What `machine` said at the start.
        versions: Name of peer -> version.

    """

    outcomes: Sequence[Outcome]
    quick: bool
    elapsed_s: float
    machine: Mapping[str, str]
    versions: Mapping[str, str]


def markdown(run: Run, command: str = "make bench") -> str:
    """Return the whole report of what a command has measured."""
    facts, outcomes = run.machine, run.outcomes
    counts = count_verdicts(outcomes)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    contenders = {name for outcome in outcomes for name in outcome.case.contenders}
    lines = [
        "# Results",
        "",
        f"Written by `{command}`; [README.md](README.md) says how to read it.",
        "",
        f"{today}: {facts['cores']} cores of {facts['cpu']}, {facts['system']}, Python "
        f"{facts['python']}, {facts['file system']} with an fsync of {facts['fsync']}, load "
        f"{facts['load']} at the start and {_load(run)} at the ends of the cases, "
        f"{run.elapsed_s / 60:.0f} minutes.",
        *_cautions(run),
        "",
        f"Bars: {counts['reached']} reached, {counts['MISSED']} missed, "
        f"{counts['not measured']} not measured.",
        "",
        *_table(["case", "quantity", "who", "figure", "must be", "is", ""], _bar_rows(outcomes)),
        "",
        "## Peers",
        "",
        *_table(
            ["peer", "version", "what a power cut may lose after an acknowledged log-metric"],
            [
                (name, run.versions.get(name, "-"), PEERS[name].durability)
                for name in PEERS
                if name in contenders
            ],
        ),
        "",
        "## Every figure",
        "",
        "Median of the rounds (least to greatest).",
        "",
    ]
    for outcome in outcomes:
        lines += _case_lines(outcome)
    return "\n".join(lines).rstrip() + "\n"


def _load(run: Run) -> str:
    loads = [outcome.load for outcome in run.outcomes]
    return f"{min(loads):.1f} to {max(loads):.1f}"


def _cautions(run: Run) -> list[str]:
    """Return what keeps this run from being evidence, a paragraph each."""
    lines: list[str] = []
    if run.quick:
        lines += ["", "**A quick run: fewer rounds, less data than the bars ask for.**"]
    # A client and the server that it asks keep two cores busy; what is above is the work of others.
    if median(outcome.load for outcome in run.outcomes) > float(run.machine["cores"]) + 1:
        lines += ["", "**The machine was busy with other work: its wall times mean little.**"]
    return lines


def raw(run: Run) -> dict[str, object]:
    """Return every figure of every round, for programs."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": dict(run.machine),
        "versions": dict(run.versions),
        "quick": run.quick,
        "elapsed_s": round(run.elapsed_s, 1),
        "bars": count_verdicts(run.outcomes),
        "cases": [_raw_case(outcome) for outcome in run.outcomes],
    }


def _raw_case(outcome: Outcome) -> dict[str, object]:
    return {
        "name": outcome.case.name,
        "elapsed_s": round(outcome.elapsed_s, 1),
        "load": round(outcome.load, 2),
        "figures": {name: list(rounds) for name, rounds in outcome.figures.items()},
        "absent": outcome.absent,
        "notes": outcome.notes,
        "bars": [
            {
                "quantity": quantity.name,
                "unit": quantity.unit,
                "of": bar.of,
                "peer": bar.peer,
                "at_most": bar.at_most,
                "at_least": bar.at_least,
                "ratio": outcome.ratio(quantity, bar),
                "verdict": verdict(outcome, quantity, bar)[1],
            }
            for quantity in outcome.case.quantities
            for bar in quantity.bars
        ],
    }
