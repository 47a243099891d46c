"""Two senders of one journal are killed at any moment: every record arrives exactly once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from headrace.api.context import GetRunOutput
from headrace.client.context_calls import read_output
from headrace.stores.sql import open_sql_store
from headrace.testing.stores.journals import new_id, send, values
from headrace.testing.stores.make import get_run
from tests.fault import journal_sender

KILLS, SENDERS = 10, 2


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a sender."""
    command = [sys.executable, journal_sender.__file__, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a sender some moments after it began; it must not have ended before."""
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    time.sleep(random.uniform(0, 0.2))
    process.kill()
    _, said = process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()


def test_killed_senders(sql_uri: str, tmp_path: Path) -> None:
    journal, run_id = new_id(), new_id()
    arguments = (sql_uri, str(tmp_path), journal, run_id)
    store = open_sql_store(sql_uri, str(tmp_path))
    senders = [start(*arguments) for _ in range(SENDERS)]
    kills = 0
    while kills < KILLS or send(store, journal, 1).applied <= 100:  # a busy machine needs more
        assert kills < 20 * KILLS
        kill(senders.pop(0))
        senders.append(start(*arguments))
        kills += 1
    for sender in senders:
        kill(sender)

    mark = send(store, journal, 1).applied
    records = [journal_sender.record(run_id, number) for number in range(1, mark + 1)]
    steps = [each.log_points.steps[0] for each in records if each.log_points]
    assert values(store, run_id, "m") == [float(step) for step in steps]
    with store._database.read() as tx:
        # Equal points are read as one; the summary counts each, until they are compacted.
        [count] = tx.execute("SELECT SUM(count) FROM metric_summaries").fetchone()
    assert count == len(steps)
    run = get_run(store, run_id)
    params = [each.log_param for each in records if each.log_param]
    assert run.data.params == {each.key: each.value for each in params}
    printed = [each.append_output.text for each in records if each.append_output]
    request = GetRunOutput(run_id=run_id)
    assert [chunk.text for chunk in read_output(store, request)] == printed
    names = [each.update_run.run_name for each in records if each.update_run]
    assert run.info.run_name == names[-1]
    store.close()
