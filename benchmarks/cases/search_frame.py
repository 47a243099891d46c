"""All of ten thousand runs as a frame of pandas, against the bare query for the same cells."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import environments
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.populations import fill
from benchmarks.searching import population
from benchmarks.tracking import WrongAnswer
from headrace.stores.sql import open_sql_store

_QUERY = "one SQL query"
TIME = Quantity("CPU of all runs", "s", (Bar(_QUERY, at_most=2),))

# Each reads twice in a process of its own and prints the second reading's CPU seconds and how many
# cells it has that are not empty, besides what the runs are.
_PROGRAMS = {
    "headrace": """
        import sys, time
        import headrace, pandas
        headrace.set_tracking_uri(f"sqlite:///{sys.argv[1]}")
        for _ in range(2):
            started = time.process_time()
            frame = headrace.search_runs(["0"], run_view_type=headrace.entities.ViewType.ALL)
            elapsed = time.process_time() - started
        cells = frame.drop(columns=list(frame.columns[:6]) + ["tags.mlflow.runName"])
        print(elapsed, int(cells.notna().sum().sum()))
    """,
    _QUERY: """
        import sqlite3, sys, time
        connection = sqlite3.connect(sys.argv[1])
        for _ in range(2):
            started = time.process_time()
            rows = connection.execute('''
                SELECT run_id, name, value FROM params JOIN keys ON keys.id = key_id
                UNION ALL
                SELECT run_id, name, value FROM run_tags JOIN keys ON keys.id = key_id
                WHERE name <> 'mlflow.runName'
                UNION ALL
                SELECT run_id, name, CASE WHEN last_kind = 0 THEN last_value END
                FROM metric_summaries JOIN keys ON keys.id = key_id
            ''').fetchall()
            elapsed = time.process_time() - started
        print(elapsed, sum(value is not None for _, _, value in rows))
    """,
}


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Fill a store of its own, then read all of it in a new process each round."""
    path = bench.folder() / "headrace.db"
    runs = population(bench.choose(10_000, 1_000))
    store = open_sql_store(f"sqlite:///{path}")
    fill(store, "0", runs)
    store.close()
    expected = sum(
        len(run.params) + len(run.tags) + sum(s.last == s.last for s in run.metrics.values())
        for run in runs
    )
    program = textwrap.dedent(_PROGRAMS[contender])

    def measure() -> Figures:
        python = environments.executable(environments.own(), "python")
        command = [python, "-c", program, str(path)]
        done = subprocess.run(
            command, env=environments.variables(), stdout=subprocess.PIPE, check=True, text=True
        )
        elapsed, cells = done.stdout.split()
        if int(cells) != expected:
            raise WrongAnswer(f"{cells} cells were read, {expected} were put in")
        return {TIME.name: float(elapsed)}

    yield measure


CASE = Case(
    name="search-frame",
    title=(
        "headrace.search_runs into pandas, 10,000 runs with 20 metrics, 20 params and 5 tags in an "
        "embedded store (1000 runs with --quick), and a SELECT of the same cells by sqlite3"
    ),
    contenders=(_QUERY, "headrace"),
    quantities=(TIME,),
    open=contend,
)
