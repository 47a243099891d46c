"""Four charts of 100 runs with 10,000 points each, and one of 1,000 runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks import mlflow_tables
from benchmarks.bench import Bench
from benchmarks.browser import HeadracePages, MlflowPages, open_page, open_until
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.points import batch_body, curves, keys
from benchmarks.populations import MadeRun, make_runs
from benchmarks.searching import put_into
from benchmarks.tracking import Tracking

FOUR = Quantity("request to four charts of 100 runs", "s", (Bar("mlflow", at_most=1 / 10),))
MANY = Quantity("request to one chart of 1,000 runs", "s", (Bar(None, at_most=5),))

_KEYS = keys(4)
_MANY = "one"
_PATTERNS = 10  # so many runs have noise of their own; the others repeat it

_MLFLOW_DRAWN = """() => [...document.querySelectorAll('.js-plotly-plot')].filter(
  (plot) => plot.data?.filter(({x}) => x?.length > 10).length >= %d).length >= 4"""
_HEADRACE_DRAWN = (
    """() => document.querySelectorAll('[role=img][aria-label*=": %d curves"]').length >= %d"""
)


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Open the charts of all runs of an experiment."""
    browser = bench.chromium().browser()
    count, length, many = bench.choose((100, 10_000, 1_000), (20, 2_000, 200))
    with bench.fresh_server(contender) as server:
        if contender == "mlflow":
            runs = [_bare(run) for run in make_runs(count)]
            put_into(server, runs)
            mlflow_tables.fill_curves(server, _KEYS, length)
            pages = MlflowPages.showing(server, "0")
            asked = [(FOUR, f"{pages.runs('0')}?compareRunsMode=CHART", _MLFLOW_DRAWN % count)]
        else:
            with closing(Tracking(server.port)) as tracking:
                _log(tracking, _KEYS, count, length)
                four = str(tracking.experiment)
            with closing(Tracking(server.port)) as tracking:
                _log(tracking, [_MANY], many, 1_000)
                one = str(tracking.experiment)
            server.settle()
            pages = HeadracePages(server)
            asked = [
                (FOUR, pages.runs(four, layout="charts"), _HEADRACE_DRAWN % (count, 4)),
                (MANY, pages.runs(one, layout="charts", most=1000), _HEADRACE_DRAWN % (many, 1)),
            ]

        def measure() -> Figures:
            figures = {}
            for quantity, url, drawn in asked:
                with open_page(browser, pages) as page:
                    figures[quantity.name] = open_until(page, url, drawn, frames=6)
            return figures

        yield measure


def _bare(run: MadeRun) -> MadeRun:
    run.deleted, run.metrics, run.params, run.tags = False, {}, {}, {}
    return run


def _log(tracking: Tracking, metrics: list[str], count: int, length: int) -> None:
    """Log curves of runs; `_PATTERNS` of them are made, since JSON takes longer than logging."""
    steps = 1000 // len(metrics)
    mark = "0" * 32
    bodies = [
        [
            batch_body(mark, curves(metrics, range(first, first + steps), seed))
            for first in range(0, length, steps)
        ]
        for seed in range(min(_PATTERNS, count))
    ]
    for number in range(count):
        run_id = tracking.create_run()
        for body in bodies[number % len(bodies)]:
            tracking.send_bytes("runs/log-batch", body.replace(mark.encode(), run_id.encode(), 1))
        tracking.finish(run_id)


CASE = Case(
    name="ui-curves",
    title=(
        "charts of 100 runs with four metrics of 10,000 points (20 runs of 2,000 with --quick),"
        " and of 1,000 runs with one metric of 1,000 points (200 with --quick), in an empty "
        "browser"
    ),
    contenders=("mlflow", "headrace"),
    quantities=(FOUR, MANY),
    open=contend,
    rounds=3,
    in_browser=True,
)
