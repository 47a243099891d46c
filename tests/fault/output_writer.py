"""A trainer that records what it prints until it is killed; see `test_killed_output`.

python output_writer.py URI RUN

Each line is told on the standard output when its record was accepted.
"""

from __future__ import annotations

import os
import sys
from itertools import count

import headrace
from headrace.api.context import AppendOutput, ContextPart, SetContext
from headrace.api.journals import EnsureRun
from headrace.client.tracking import get_session


def main(uri: str, run_id: str) -> None:
    """Begin a session of the run, and print numbers for ever."""
    headrace.set_tracking_uri(uri)
    writer, session = get_session().writer, os.urandom(16).hex()
    writer.begin_run(EnsureRun(run_id=run_id, experiment_id="0", session=session))
    parts = [ContextPart("seeds", f'{{"pid":{os.getpid()}}}')]
    writer.record(SetContext(run_id=run_id, session=session, parts=parts))
    for number in count():
        text = f"{number}\n"
        writer.record(
            AppendOutput(run_id=run_id, session=session, stream="stdout", time=number, text=text)
        )
        os.write(1, text.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
