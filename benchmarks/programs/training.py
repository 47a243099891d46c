"""A loop that logs some metrics at each step; prints what a step has cost, all of it stored."""

from __future__ import annotations

import json
import sys
import time

import tracker


def main(library: str, steps: int, metrics: int, together: bool) -> None:
    tracking = tracker.load(library)
    run_id = tracking.begin()
    keys = [f"metric_{number:02d}" for number in range(metrics)]
    log_one, log_step, one = tracking.log_one, tracking.log_step, tracking.one
    started, worked = time.perf_counter(), time.process_time()
    if together:
        for step in range(steps):
            log_step(dict.fromkeys(keys, 1 / (step + 1)), step=step)
    else:
        for step in range(steps):
            for key in keys:
                log_one(*one(key, 1 / (step + 1), step))
    looped = time.perf_counter()
    tracking.end()
    ended = time.perf_counter()
    figures = {
        "run_id": run_id,
        "keys": [keys[0], keys[-1]],
        "step_s": (ended - started) / steps,
        "cpu_s": (time.process_time() - worked) / steps,
        "blocked_s": (looped - started) / steps,
    }
    print(json.dumps(figures), flush=True)


main(**json.loads(sys.argv[1]))
