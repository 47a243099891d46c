"""The page of an experiment with 10,000 runs, from request to a table that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench import Bench
from benchmarks.browser import open_page, open_until, pages_of
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.searching import population, put_into

TIME = Quantity("request to usable table", "s", (Bar("mlflow", at_most=1 / 5),))
SHARE = Quantity("server CPU as a share of that time", "share", (Bar(None, at_most=0.1),))


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Open the page with nothing in the browser's cache; a reader has warmed up the server."""
    browser = bench.chromium().browser()
    with bench.fresh_server(contender) as server:
        put_into(server, population(bench.choose(10_000, 1_000)))
        pages = pages_of(server)

        def measure() -> Figures:
            with open_page(browser, pages) as page:
                before = server.cpu_seconds()
                elapsed = open_until(page, pages.runs("0"), pages.usable())
                cpu = server.cpu_seconds() - before
            return {TIME.name: elapsed, SHARE.name: cpu / elapsed}

        measure()
        server.settle()
        yield measure


CASE = Case(
    name="ui-runs-page",
    title=(
        "the page of 10,000 runs (1,000 with --quick) in an empty browser, until the first row "
        "can be read: with its metrics for Headrace, without any for MLflow, which shows none"
    ),
    contenders=("mlflow", "headrace"),
    quantities=(TIME, SHARE),
    open=contend,
    in_browser=True,
)
