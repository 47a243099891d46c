"""A process that sends a journal from its mark on until it is killed; see `test_killed_senders`.

python journal_sender.py URI ROOT JOURNAL RUN
"""

from __future__ import annotations

import random
import sys

from headrace.api import tracking as api
from headrace.api.journals import JournalEntry
from headrace.stores.sql import open_sql_store
from headrace.testing.stores.context import output
from headrace.testing.stores.journals import ensure, param, points, send


def record(run_id: str, number: int) -> JournalEntry:
    """Return a record of the journal: it is the same whoever sends it."""
    if number == 1:
        return ensure(run_id, experiment_name="killed")
    if number % 5 == 0:
        return param(run_id, f"p{number}", str(number))
    if number % 7 == 0:
        return JournalEntry(update_run=api.UpdateRun(run_id=run_id, run_name=str(number)))
    if number % 3 == 0:
        return output(run_id, f"{number}\n")
    return points(run_id, "m", [float(number)], step=number)


def main(uri: str, root: str, journal: str, run_id: str) -> None:
    """Send batches of any length for ever."""
    store = open_sql_store(uri, root)
    chance = random.Random()
    mark = send(store, journal, 1).applied
    print("begun", flush=True)
    while True:
        numbers = range(mark + 1, mark + 1 + chance.randint(1, 12))
        batch = [record(run_id, number) for number in numbers]
        mark = send(store, journal, mark + 1, *batch, durable=chance.random() < 0.1).applied


if __name__ == "__main__":
    main(*sys.argv[1:])
