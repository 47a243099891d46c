"""What a client holds while its server is away: its journal grows, its memory does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks import clients, processes
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.tracking import WrongAnswer

_WARM = 100_000  # points after which nothing may grow any more
_POINT_BYTES = 49  # of a point in the journal, as docs/durability.md has it

# One batch at a time is read to be sent, again at each try; a queue in memory would hold 490 MB.
GROWTH = Quantity("growth after the first 100k points", "B", (Bar(None, at_most=8e6),))
LATE = Quantity("of it, over the second half of all points", "B", (Bar(None, at_most=1e6),))
RESIDENT = Quantity("resident set after them", "B")
POINT = Quantity("a point, while the server is away", "s")
JOURNAL = Quantity("journal, per point", "B")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Begin a run, stop the server for good, and go on logging."""
    points = bench.choose(10_000_000, 2_000_000)

    def measure() -> Figures:
        folder = bench.folder()
        with bench.fresh_server(contender) as server:
            client = clients.client_of(server, folder)
            patience = {"HEADRACE_SHUTDOWN_TIMEOUT": "0.5"}
            client = replace(client, variables=client.variables | patience)
            process = client.launch("outage", points=points, warm=_WARM)
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                begun = process.stdout.readline()
                if json.loads(begun or b"null") != "begun":
                    raise WrongAnswer("the run did not begin")
                server.stop()
                printed, _ = process.communicate(b"\n", timeout=600)
            finally:
                processes.end_tree(process)
        seen = json.loads(printed.splitlines()[0])
        journal = sum(file.stat().st_size for file in folder.glob("journals/*/*/*.seg"))
        if journal < points * _POINT_BYTES:
            raise WrongAnswer(f"the journal has {journal} bytes for {points} points")
        return {
            GROWTH.name: seen["most_bytes"] - seen["warm_bytes"],
            LATE.name: seen["most_bytes"] - seen["half_bytes"],
            RESIDENT.name: seen["warm_bytes"],
            POINT.name: seen["point_s"],
            JOURNAL.name: journal / points,
        }

    yield measure


CASE = Case(
    name="client-memory",
    title="a client that logs on while its server is away",
    contenders=("headrace",),
    quantities=(GROWTH, LATE, RESIDENT, POINT, JOURNAL),
    open=contend,
    rounds=1,
)
