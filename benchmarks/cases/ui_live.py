"""From logging a point to seeing it, in the table and in the chart beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from benchmarks.bench import Bench
from benchmarks.browser import MlflowPages, Pages, open_page, open_until, pages_of
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.points import Point
from benchmarks.tracking import Tracking

TABLE = Quantity("seen in the table, slowest of a round", "s", (Bar(None, at_most=1),))
CHART = Quantity("seen in the chart, slowest of a round", "s", (Bar(None, at_most=1),))

if TYPE_CHECKING:
    from playwright.sync_api import Page

_KEY = "loss"


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log point after point of a run that runs while its page is open."""
    browser = bench.chromium().browser()
    with bench.fresh_server(contender) as server, closing(Tracking(server.port)) as tracking:
        run_id = tracking.create_run()
        step = 0

        def log() -> None:
            nonlocal step
            step += 1
            moment = int(time.time() * 1000)
            tracking.log_points(run_id, [Point(_KEY, 1000.0 + step, moment, step)])

        log()
        log()
        experiment = str(tracking.experiment)
        if contender == "mlflow":
            pages: Pages = MlflowPages.showing(server, experiment, [f"metrics.{_KEY}"])
            cells = {TABLE: ".ag-center-cols-container .ag-row", CHART: ""}
        else:
            pages = pages_of(server)
            cells = {
                TABLE: f'[data-column="metrics.{_KEY}"]',
                CHART: f'[role=img][aria-label^="{_KEY}"]',
            }
        with open_page(browser, pages) as page:
            open_until(page, pages.runs(experiment), pages.usable())

            def measure() -> Figures:
                # MLflow looks every 30 s.
                count = 1 if contender == "mlflow" else bench.choose(8, 3)
                figures = {}
                for quantity, selector in cells.items():
                    if selector:
                        figures[quantity.name] = max(
                            _wait(page, selector, log) for _ in range(count)
                        )
                return figures

            yield measure


def _wait(page: Page, selector: str, log: Callable[[], None]) -> float:
    """Log a point and return the seconds until what a selector finds looks otherwise."""
    page.wait_for_selector(selector)
    page.wait_for_timeout(300 + (time.time_ns() // 1000) % 700)  # at any moment between two looks
    page.evaluate("(selector) => window.benchWatch(selector)", selector)
    began = time.time()
    log()
    seen = page.evaluate("window.benchSeen")
    return float(seen) / 1000 - began


CASE = Case(
    name="ui-live",
    title="from a log-batch request with one point until the open page shows it",
    contenders=("mlflow", "headrace"),
    quantities=(TABLE, CHART),
    open=contend,
    rounds=3,
    in_browser=True,
)
