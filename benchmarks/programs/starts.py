"""Starts runs one after the other; prints what each start has cost the thread that made it."""

from __future__ import annotations

import json
import sys
import time

import tracker

# What is looked at in the background is over by then.
PAUSE_S = 0.1


def main(library: str, runs: int) -> None:
    tracking = tracker.load(library)
    thread_s, wall_s = [], []
    for _ in range(runs):
        began, worked = time.perf_counter(), time.thread_time()
        tracking.begin()
        thread_s.append(time.thread_time() - worked)
        wall_s.append(time.perf_counter() - began)
        time.sleep(PAUSE_S)
        tracking.end()
    print(json.dumps({"thread_s": thread_s, "wall_s": wall_s}), flush=True)


main(**json.loads(sys.argv[1]))
