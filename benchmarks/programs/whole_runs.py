"""Runs from begin to end, one after the other in a fresh process; prints what each has cost."""

from __future__ import annotations

import json
import sys
import time

import tracker


def main(library: str, runs: int, points: int) -> None:
    tracking = tracker.load(library)
    shown = []
    for _ in range(runs):
        started = time.perf_counter()
        run_id = tracking.begin()
        begun = time.perf_counter()
        for step in range(points):
            tracking.log_one(*tracking.one("loss", 1 / (step + 1), step))
        logged = time.perf_counter()
        tracking.end()
        ended = time.perf_counter()
        shown.append(
            {
                "run_id": run_id,
                "whole_s": ended - started,
                "begin_s": begun - started,
                "end_s": ended - logged,
            }
        )
    print(json.dumps(shown), flush=True)


main(**json.loads(sys.argv[1]))
