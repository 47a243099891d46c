"""A process that writes a journal until it is killed; see `test_killed_journal`.

python journal_writer.py FOLDER

Each number that an append returned, and what it stands for, is told on the standard output at
once; what was told was accepted.
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count
from pathlib import Path

from headrace.api.journals import JournalEntry
from headrace.api.tracking import SetTag
from headrace.client.journal import Journal, Origin, segments

RUN = "0123456789abcdef0123456789abcdef"


def write(folder: Path) -> None:
    """Append points, several at once, and tags, from two threads, with a third that syncs."""
    segments.SEGMENT_SIZE = 20_000
    segments.CHAPTER_SIZE = 3_000
    journal = Journal.create(folder, Origin.here("http://localhost:5000"))
    for name in ("a", "b"):
        threading.Thread(target=log, args=(journal, name), daemon=True).start()
    while True:
        journal.sync()


def log(journal: Journal, name: str) -> None:
    """Append under a key of its own, steps in order."""
    series = [journal.series(RUN, name)]
    for step in count():
        if step % 10 == 3:
            number = journal.append_points(step, 0, series, [step / 2])
        elif step % 10 == 7:
            entry = JournalEntry(set_tag=SetTag(run_id=RUN, key=name, value=str(step)))
            number = journal.append(entry)
        else:
            number = journal.append_point(series[0], step, 0, step / 2)
        os.write(1, f"{number} {name} {step}\n".encode())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
