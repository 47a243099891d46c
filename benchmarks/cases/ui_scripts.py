"""How much JavaScript the first page needs, as it travels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from benchmarks.bench import Bench
from benchmarks.browser import open_page, open_until, pages_of
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.points import keys
from benchmarks.tracking import Tracking

SENT = Quantity("JavaScript, as it travels", "B", (Bar(None, at_most=350_000),))
FILES = Quantity("files of JavaScript", "count")

_LATER_MS = 2_000


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Open the page of an experiment with curves, and count until nothing more comes."""
    browser = bench.chromium().browser()
    with bench.fresh_server(contender) as server, closing(Tracking(server.port)) as tracking:
        run_id = tracking.create_run()
        tracking.fill(run_id, keys(4), 100)
        pages = pages_of(server)
        url = pages.runs(str(tracking.experiment))

        def measure() -> Figures:
            scripts: set[str] = set()
            sizes: dict[str, float] = {}

            def note(answer: dict[str, Any]) -> None:
                if answer["type"] == "Script":
                    scripts.add(answer["requestId"])

            def count(end: dict[str, Any]) -> None:
                sizes[end["requestId"]] = end["encodedDataLength"]

            with open_page(browser, pages) as page:
                session = page.context.new_cdp_session(page)
                session.on("Network.responseReceived", note)
                session.on("Network.loadingFinished", count)
                session.send("Network.enable")
                open_until(page, url, pages.usable())
                page.wait_for_timeout(_LATER_MS)
            return {
                SENT.name: sum(sizes.get(name, 0) for name in scripts),
                FILES.name: len(scripts),
            }

        yield measure


CASE = Case(
    name="ui-scripts",
    title="JavaScript that an empty browser fetches for the page of an experiment with curves",
    contenders=("mlflow", "headrace"),
    quantities=(SENT, FILES),
    open=contend,
    rounds=1,
    in_browser=True,
)
