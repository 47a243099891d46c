"""Whether a peer's level of durability is what it says: its fsync calls, counted by strace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.cases.log_metric import KEY, PATH
from benchmarks.environments import Unavailable
from benchmarks.http1 import Connection, request_bytes
from benchmarks.points import point_body
from benchmarks.processes import watch_fsyncs
from benchmarks.tracking import Tracking, warm_up

_REQUESTS = 40

FSYNCS = Quantity(
    "fsync calls per log-metric request",
    "count",
    (Bar(None, at_least=1, of="headrace-fsync"),),
)
AFTERWARDS = Quantity(
    "fsync calls in the 2 s after the last request", "count", (Bar(None, at_least=1),)
)


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Make a few requests, one after the other, while strace watches the whole tree."""
    if bench.quick and not contender.startswith("headrace"):
        raise Unavailable("left out with --quick")
    server = bench.server(contender)
    warm_up(server)
    mode = server.journal_mode()
    if mode is not None:
        bench.note(f"{contender}: SQLite journal mode `{mode}` (asked of the file).")

    def measure() -> Figures:
        with closing(Tracking(server.port)) as tracking:
            run_id = tracking.create_run()
            try:
                with (
                    watch_fsyncs(server.pid, bench.folder() / "strace") as fsyncs,
                    closing(Connection(server.port)) as connection,
                ):
                    for step in range(_REQUESTS):
                        body = point_body(run_id, KEY, step)
                        connection.exchange(request_bytes(server.port, "POST", PATH, body))
                    during = fsyncs.count()
                    time.sleep(2)
            except LookupError as error:
                raise Unavailable(str(error)) from error
            tracking.expect_points(run_id, KEY, _REQUESTS)
            afterwards = fsyncs.count() - during
            return {FSYNCS.name: during / _REQUESTS, AFTERWARDS.name: afterwards}

    yield measure


CASE = Case(
    name="durability",
    title="1 client, log-metric: how often the server forces data to the disk",
    contenders=("mlflow", "fasttrackml", "headrace", "headrace-fsync"),
    quantities=(FSYNCS, AFTERWARDS),
    open=contend,
    rounds=1,
)
