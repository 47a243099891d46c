"""The same call on PostgreSQL, against the least that PostgreSQL itself can cost."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from statistics import median

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.cases.log_metric import KEY, PATH
from benchmarks.http1 import drive_one, request_bytes
from benchmarks.points import START_MS, point_body
from benchmarks.tracking import Tracking, warm_up

_BARE = "psycopg INSERT, COMMIT"
_AUTOCOMMIT = "psycopg autocommit INSERT"
_SERVER = "headrace-postgresql"

P50 = Quantity("p50, 1 client", "s", (Bar(_BARE, at_most=2, of=_SERVER),))


@contextmanager
def _bare(bench: Bench, *, autocommit: bool) -> Iterator[Round]:
    uri = bench.postgresql()
    import psycopg  # the cluster's start has said so if it is missing

    insert = "INSERT INTO points (run, key, value, time, step) VALUES (%s, %s, %s, %s, %s)"
    with psycopg.connect(uri, autocommit=autocommit) as connection:
        connection.execute(
            "CREATE TABLE points (run text, key text, value float8, time int8, step int8)"
        )
        connection.commit()
        steps = itertools.count()

        def measure() -> Figures:
            times: list[float] = []
            end = time.perf_counter() + bench.choose(3.0, 1.0)
            while time.perf_counter() < end:
                step = next(steps)
                row = ("0" * 32, KEY, step * 0.1, START_MS + step, step)
                started = time.perf_counter()
                connection.execute(insert, row)
                if not autocommit:
                    connection.commit()
                times.append(time.perf_counter() - started)
            return {P50.name: median(times)}

        measure()
        yield measure


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log point by point; the yardstick inserts such a point and commits, nothing else."""
    if contender != _SERVER:
        with _bare(bench, autocommit=contender == _AUTOCOMMIT) as measure:
            yield measure
        return
    server = bench.server(contender)
    warm_up(server)
    with closing(Tracking(server.port)) as tracking:

        def measure() -> Figures:
            run_id = tracking.create_run()
            times = drive_one(
                server.port,
                lambda step: request_bytes(
                    server.port, "POST", PATH, point_body(run_id, KEY, step)
                ),
                bench.choose(3.0, 1.0),
            )
            tracking.finish(run_id)
            tracking.expect_points(run_id, KEY, len(times))
            server.settle()
            return {P50.name: median(times)}

        yield measure


CASE = Case(
    name="log-metric-postgresql",
    title="1 client, log-metric on PostgreSQL with synchronous_commit=on",
    contenders=(_SERVER, _BARE, _AUTOCOMMIT),
    quantities=(P50,),
    open=contend,
)
