"""An experiment whose runs have 12,000 metrics: opens, and each metric is found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench import Bench
from benchmarks.browser import open_page, open_until, pages_of, until
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.populations import FIRST_START, MadeRun, make_series
from benchmarks.searching import put_into

TIME = Quantity("request to usable table", "s", (Bar(None, at_most=3),))
FOUND = Quantity("a column found by its name", "s", (Bar(None, at_most=1),))

_RUNS = 20


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Open the page, and look for the last metric among those that can be columns."""
    browser = bench.chromium().browser()
    count = bench.choose(12_000, 2_000)
    last = f"layer{count - 1:05d}.norm"
    with bench.fresh_server(contender) as server:
        put_into(server, _wide_runs(count))
        pages = pages_of(server)

        def measure() -> Figures:
            with open_page(browser, pages) as page:
                figures = {TIME.name: open_until(page, pages.runs("0"), pages.usable())}
                if contender == "headrace":
                    page.get_by_role("button", name="Columns", exact=True).click()
                    page.get_by_role("textbox", name="Search columns").fill(last)
                    # The page's clock again: keys reach it at once.
                    began = page.evaluate("performance.now()") / 1000
                    label = "document.querySelector('[role=group] label')?.textContent"
                    found = until(page, f"() => {label}?.includes('{last}')")
                    figures[FOUND.name] = found - began
            return figures

        yield measure


def _wide_runs(count: int) -> list[MadeRun]:
    chance = random.Random(0)
    runs = []
    for number in range(_RUNS):
        start = FIRST_START + 1000 * number
        run = MadeRun(
            f"{chance.getrandbits(128):032x}",
            f"run-{number}",
            "ann",
            "FINISHED",
            start,
            start + 1,
            False,
        )
        run.metrics = {
            f"layer{index:05d}.norm": make_series([chance.random()]) for index in range(count)
        }
        runs.append(run)
    return runs


CASE = Case(
    name="ui-many-columns",
    title=f"the page of {_RUNS} runs with 12,000 metrics each (2,000 with --quick)",
    contenders=("mlflow", "headrace"),
    quantities=(TIME, FOUND),
    open=contend,
    rounds=3,
    in_browser=True,
)
