"""A training process that logs point by point, beside bare writes, until it is killed.

It prints what a call has cost and dies by SIGKILL at once: what was accepted must survive that.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from statistics import median

import tracker

# What a process cannot do without if it wants to survive: handing some bytes to the system.
RECORD = bytes(100)
# Training does something between its log calls, and the threads of trackers get their turn.
BURST, PAUSE_S = 50, 0.005


def main(library: str, calls: int) -> None:
    tracking = tracker.load(library)
    run_id = tracking.begin()
    file = os.open("bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    now, log_one, write = time.perf_counter_ns, tracking.log_one, os.write
    call_ns, write_ns = [], []
    for step in range(calls):
        arguments = tracking.one("loss", 1 / (step + 1), step)
        began = now()
        log_one(*arguments)
        called = now()
        write(file, RECORD)
        written = now()
        call_ns.append(called - began)
        write_ns.append(written - called)
        if step % BURST == BURST - 1:
            time.sleep(PAUSE_S)
    figures = {
        "run_id": run_id,
        "call_s": median(call_ns) / 1e9,
        "p99_s": sorted(call_ns)[int(calls * 0.99)] / 1e9,
        "write_s": median(write_ns) / 1e9,
    }
    print(json.dumps(figures), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


main(**json.loads(sys.argv[1]))
