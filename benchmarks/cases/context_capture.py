"""What the context of a run adds to its start: everything recorded, against nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median

from benchmarks import clients
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round

_RUNS = 12
_LIMIT = (Bar(None, at_most=0.005, of=clients.EMBEDDED),)

FIRST = Quantity("start_run, the first of a process, time of its thread", "s")
FIRST_ADDED = Quantity("of it, added by the context", "s", _LIMIT)
LATER = Quantity("start_run, a later one, time of its thread", "s")
LATER_ADDED = Quantity("of that, added by the context", "s", _LIMIT)
WALL = Quantity("start_run, a later one", "s")
WALL_ADDED = Quantity("of that, added by the context and what goes on beside it", "s")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Start runs in two fresh processes in turn, one that records all and one that does not."""
    full = clients.open_client(bench, contender)
    bare = replace(full, variables=full.variables | {"HEADRACE_CONTEXT_EXCLUDE": "all"})

    def measure() -> Figures:
        seen, without = (client.run("starts", runs=_RUNS) for client in (full, bare))
        first, first_without = seen["thread_s"][0], without["thread_s"][0]
        later, later_without = (median(one["thread_s"][1:]) for one in (seen, without))
        wall, wall_without = (median(one["wall_s"][1:]) for one in (seen, without))
        return {
            FIRST.name: first,
            FIRST_ADDED.name: first - first_without,
            LATER.name: later,
            LATER_ADDED.name: later - later_without,
            WALL.name: wall,
            WALL_ADDED.name: wall - wall_without,
        }

    yield measure


CASE = Case(
    name="context-capture",
    title="start_run with git, packages, hardware and output recorded, against without",
    contenders=(clients.EMBEDDED,),
    quantities=(FIRST, FIRST_ADDED, LATER, LATER_ADDED, WALL, WALL_ADDED),
    open=contend,
    quick_rounds=3,
)
