"""A process that logs points or compacts them until it is killed; see `test_metric_writers`.

python metric_writer.py write URI ROOT SEED JOURNAL RUN...
python metric_writer.py compact URI ROOT
"""

from __future__ import annotations

import os
import random
import sys
import time

from headrace.api import tracking as api
from headrace.stores.sql import backlog, compaction, maintenance, open_sql_store

KEYS = ("loss", "acc", "lr")


def write(uri: str, root: str, seed: str, journal: str, runs: list[str]) -> None:
    """Log groups of points; before and after each, write down which.

    A line is ``sent`` or ``stored``, run, key, step. A step is a number that no other writer uses.
    """
    # Compaction inside the writers too, and often.
    backlog.FULL_RUN_POINTS = 300
    store = open_sql_store(uri, root)
    chance = random.Random(seed)
    file = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    step = int(seed) * 1_000_000
    while True:
        writes: list[api.LogMetric | api.LogBatch] = []
        lines = []
        for _ in range(chance.randint(1, 4)):
            run, count = chance.choice(runs), chance.choice([1, 1, 10, 150])
            points = []
            for _ in range(count):
                step += 1
                key = chance.choice(KEYS)
                points.append(
                    api.MetricPoint(key=key, value=step / 2, timestamp=step % 1000, step=step)
                )
                lines.append(f"{run} {key} {step}\n")
            writes.append(api.LogBatch(run_id=run, metrics=points))
        os.write(file, "".join(f"sent {line}" for line in lines).encode())
        assert not any(store.apply(writes)), "a write was refused"
        os.write(file, "".join(f"stored {line}" for line in lines).encode())
        time.sleep(0.01)  # room for the others: the points are many enough


def compact(uri: str, root: str) -> None:
    """Compact whatever there is, again and again."""
    compaction.MAX_POINTS = 700
    maintenance.TRANSACTION_POINTS = 1000
    store = open_sql_store(uri, root)
    while True:
        store.compact()
        store.maintain()
        time.sleep(0.01)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(*sys.argv[2:6], sys.argv[6:])
    else:
        compact(*sys.argv[2:4])
