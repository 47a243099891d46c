"""``python -m benchmarks [--ui] [--case NAME ...] [--rounds N] [--quick] [--list] [--json]``.

A whole, unhurried run writes ``benchmarks/RESULTS.md``, one with ``--ui`` RESULTS-UI.md; every run
writes its raw figures below ``benchmarks/out``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import signal
import sys
import time
from pathlib import Path

from benchmarks import report
from benchmarks.bench import Bench, progress
from benchmarks.case import Case, all_cases

_FOLDER = Path(__file__).resolve().parent


def main(arguments: list[str] | None = None) -> int:
    """Measure what the arguments ask for; returns the exit status."""
    cases = all_cases()
    asked = _parser(cases).parse_args(arguments)
    if asked.list:
        for case in cases:
            print(f"{case.name:24} {case.title}")
        return 0
    chosen = [
        case
        for case in cases
        if (case.name in asked.case if asked.case else case.in_browser is asked.ui)
    ]
    # A plain end by SIGTERM would leave every server running.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    started = time.monotonic()
    with Bench(quick=asked.quick, rounds=asked.rounds) as bench:
        machine = report.machine(bench.folder())
        outcomes = list(bench.run(chosen))
        elapsed = time.monotonic() - started
        run = report.Run(outcomes, asked.quick, elapsed, machine, bench.versions)

    text = report.markdown(run, "make bench-ui" if asked.ui else "make bench")
    figures = report.raw(run)
    out = _FOLDER / "out"
    out.mkdir(exist_ok=True)
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H-%M-%S")
    (out / f"{stamp}.json").write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1) if asked.json else text)
    results = "RESULTS-UI.md" if asked.ui else "RESULTS.md"
    if not asked.case and not asked.quick and asked.rounds is None:
        (_FOLDER / results).write_text(text)
        progress(f"written to benchmarks/{results}")
    else:
        progress(f"a part of the cases or a hurried run: benchmarks/{results} stays as it is")
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not a number of rounds: 1 or more")
    return number


def _parser(cases: list[Case]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--case",
        action="append",
        choices=[case.name for case in cases],
        metavar="NAME",
        help="measure only this case; may be given several times",
    )
    parser.add_argument(
        "--ui", action="store_true", help="the cases of the web interface, instead of the others"
    )
    parser.add_argument("--rounds", type=_positive, metavar="N", help="rounds of every case")
    parser.add_argument("--quick", action="store_true", help="less data and fewer rounds")
    parser.add_argument("--list", action="store_true", help="list the cases")
    parser.add_argument("--json", action="store_true", help="print the raw figures as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
