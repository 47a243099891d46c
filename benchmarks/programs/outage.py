"""A training process whose server goes away and does not come back; prints what it holds.

It says that its run has begun, and waits for a line that tells that the server is away.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import tracker


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main(library: str, points: int, warm: int) -> None:
    tracking = tracker.load(library)
    tracking.begin()
    keys = [f"metric_{number:02d}" for number in range(20)]
    log_one = tracking.log_one
    log_one(keys[0], 0.0, 0)
    print(json.dumps("begun"), flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    resident = []
    for step in range(points // len(keys)):
        for key in keys:
            log_one(key, 1 / (step + 1), step)
        if step * len(keys) % (warm // 2) == 0:
            resident.append((step * len(keys), _resident()))
    resident.append((points, _resident()))
    elapsed = time.perf_counter() - started
    figures = {
        "warm_bytes": max(size for logged, size in resident if logged <= warm),
        "half_bytes": max(size for logged, size in resident if logged <= points // 2),
        "most_bytes": max(size for _, size in resident),
        "point_s": elapsed / points,
    }
    print(json.dumps(figures), flush=True)
    tracking.end()


main(**json.loads(sys.argv[1]))
