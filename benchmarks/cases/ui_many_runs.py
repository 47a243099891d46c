"""A table of 100,000 runs and 500 columns: scrolled, ordered, and weighed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import zip_longest

from benchmarks.bench import Bench
from benchmarks.browser import (
    ROW_HEIGHT,
    HeadracePages,
    MlflowPages,
    Pages,
    blank_frames,
    frame_time,
    heap_bytes,
    open_page,
    open_until,
    order_by,
)
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.peers import Server
from benchmarks.populations import FIRST_START, MadeRun, fill, make_series
from benchmarks.searching import put_into
from benchmarks.tracking import Tracking, WrongAnswer
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.summaries import COLUMNS as SUMMARY_COLUMNS

OPEN = Quantity("request to usable table", "s")
DOWN = Quantity("95th percentile of a frame, scrolling down", "s", (Bar("mlflow", at_most=1 / 2),))
ACROSS = Quantity("the same across the columns", "s")
BLANK = Quantity("frames with blank rows", "count", (Bar(None, at_most=0),))
SORT = Quantity("other order, from the click to the rows", "s", (Bar("one search", at_most=1),))
RESTED = Quantity("the same, by a mouse that was there for 0.2 s", "s", SORT.bars)
HEAP = Quantity("memory of the page's objects", "B")

_MOST = 100_003  # a prime: values that no other run of the table has
_STEP = 64  # pixels a frame
_SPEED = 4_000  # pixels a second: a strong turn of the wheel

_METRICS = [f"metric_{number:03d}" for number in range(400)]
_PARAMS = [f"param_{number:02d}" for number in range(100)]
_SHOWN = [f"metrics.{key}" for key in _METRICS] + [f"params.{key}" for key in _PARAMS]
# Of these every run has a value.
_ORDERS = _METRICS[:12]


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Measure one table; `one search` is the request that the order asks of the same server."""
    if contender == "mlflow":
        with _mlflow(bench) as measure:
            yield measure
        return
    server, count = bench.server("headrace"), bench.choose(100_000, 10_000)
    if not server.is_filled:
        _fill(server, count)
        server.is_filled = True
    orders = iter(_ORDERS * 100)
    with ExitStack() as opened:
        if contender == "one search":
            tracking = opened.enter_context(closing(Tracking(server.port)))
            yield lambda: {
                name: _search(tracking, next(orders)) for name in (SORT.name, RESTED.name)
            }
            return
        chromium = bench.chromium()
        pages = HeadracePages(server)
        url = pages.runs("0", _SHOWN)

        def measure() -> Figures:
            with open_page(chromium.browser(), pages) as page:
                figures = {OPEN.name: open_until(page, url, pages.usable())}
                # One search is asked of a server that does nothing else; a page that is still being
                # opened has calls on their way, and nobody is at a column's head as quickly.
                page.wait_for_timeout(1_000)
                figures[SORT.name] = order_by(page, f"metrics.{next(orders)}")
                page.wait_for_timeout(1_000)
                figures[RESTED.name] = order_by(page, f"metrics.{next(orders)}", rest=0.2)
                # From the middle of the table, where nothing is there yet.
                page.evaluate(
                    f"document.querySelector('{pages.scroller}').scrollTop = {16 * count}"
                )
                page.wait_for_timeout(1_500)
                figures[BLANK.name] = blank_frames(page, pages, seconds=4, speed=_SPEED)
                figures[HEAP.name] = heap_bytes(page)
            with open_page(chromium.browser(paced=False), pages) as page:
                open_until(page, url, pages.usable())
                page.wait_for_timeout(1_000)
                figures[DOWN.name] = frame_time(page, pages, frames=240, step=_STEP)
                figures[ACROSS.name] = frame_time(page, pages, frames=120, step=_STEP, across=True)
            return figures

        yield measure


@contextmanager
def _mlflow(bench: Bench) -> Iterator[Round]:
    """A table of 1,000 runs, all of them loaded, with as many columns as are in sight."""
    chromium, count = bench.chromium(), bench.choose(1_000, 300)
    with bench.fresh_server("mlflow") as server:
        put_into(server, _make_runs(count))
        pages: Pages = MlflowPages.showing(server, "0", _SHOWN[:12])
        with open_page(chromium.browser(paced=False), pages) as page:
            opened = open_until(page, pages.runs("0"), pages.usable())
            for loaded in range(100, count, 100):
                # The button is a row below the last one, made when it comes into sight.
                page.evaluate(f"document.querySelector('{pages.scroller}').scrollTop = 1e9")
                page.get_by_role("button", name="Load more").click()
                height = "document.querySelector('.ag-center-cols-viewport').scrollHeight"
                page.wait_for_function(f"{height} >= {ROW_HEIGHT * (loaded + 100)}")

            def measure() -> Figures:
                page.evaluate(f"document.querySelector('{pages.scroller}').scrollTop = 0")
                page.wait_for_timeout(1_000)
                down = frame_time(page, pages, frames=240, step=_STEP)
                return {OPEN.name: opened, DOWN.name: down, HEAP.name: heap_bytes(page)}

            yield measure


def _search(tracking: Tracking, key: str) -> float:
    """Return the seconds of one search for the first runs in the order of a metric."""
    body = {"experiment_ids": ["0"], "max_results": 100, "order_by": [f"metrics.{key} DESC"]}
    started = time.perf_counter()
    answer = tracking.post("runs/search", body)
    elapsed = time.perf_counter() - started
    if len(answer["runs"]) != 100:
        raise WrongAnswer(f"{len(answer['runs'])} runs instead of 100")
    return elapsed


def _make_runs(count: int, *, bare: bool = False) -> Sequence[MadeRun]:
    """Return runs; `bare` ones have nothing logged."""
    chance = random.Random(0)
    runs = []
    for number in range(count):
        start, run_id = FIRST_START + 1000 * number, f"{chance.getrandbits(128):032x}"
        times = (start, start + 60_000)
        run = MadeRun(run_id, f"run-{number}", "ann", "FINISHED", *times, deleted=False)
        if not bare:
            run.metrics = {
                key: make_series([_hash(number, place) / _MOST])
                for place, key in enumerate(_METRICS)
                if _has(number, place)
            }
            run.params = {
                key: str(_hash(number, place) % 1000)
                for place, key in enumerate(_PARAMS)
                if number % 5 == place % 5
            }
        runs.append(run)
    return runs


def _has(number: int, place: int) -> bool:
    return place < len(_ORDERS) or place % 5 == number % 5


def _hash(number: int, place: int) -> int:
    return (number * 7919 + place * 104_729) % _MOST


def _fill(server: Server, count: int) -> None:
    """Put the runs into a server of Headrace, and what `_make_runs` makes of them by SQL itself."""
    store = open_sql_store(f"sqlite:///{server.folder / 'headrace.db'}")
    fill(store, "0", _make_runs(count, bare=True))
    database = store._database
    with database.write() as tx:
        keys = store._keys.ids(tx, 0, [*_METRICS, *_PARAMS], create=True)
        # Built again after the rows: their values come in no order.
        indexes = tx.execute(
            "SELECT name, sql FROM sqlite_master WHERE name IN (?, ?)",
            ("metric_summaries_by_last", "params_by_value"),
        ).fetchall()
        for name, _ in indexes:
            tx.execute(f"DROP INDEX {name}")
        tx.execute("CREATE TEMP TABLE places (place INTEGER, metric INTEGER, param INTEGER)")
        names = zip_longest(_METRICS, _PARAMS, fillvalue="")
        tx.executemany(
            "INSERT INTO places VALUES (?, ?, ?)",
            [(place, keys[one], keys.get(two)) for place, (one, two) in enumerate(names)],
        )
        numbered = (
            "(SELECT id, start_time, number, place, metric, param, "
            f"(number * 7919 + place * 104729) % {_MOST} AS hash FROM "
            f"(SELECT id, start_time, (start_time - {FIRST_START}) / 1000 AS number FROM runs) "
            "CROSS JOIN places)"
        )
        tx.execute(
            f"INSERT INTO metric_summaries ({SUMMARY_COLUMNS}) "
            f"SELECT id, metric, 0, hash / {_MOST}.0, 1, start_time + 1, 0, hash / {_MOST}.0, 0, "
            f"start_time, hash / {_MOST}.0, hash / {_MOST}.0, 2 FROM {numbered} "
            f"WHERE place < {len(_ORDERS)} OR place % 5 = number % 5"
        )
        tx.execute(
            "INSERT INTO params (run_id, key_id, value) "
            f"SELECT id, param, CAST(hash % 1000 AS TEXT) FROM {numbered} "
            "WHERE param IS NOT NULL AND place % 5 = number % 5"
        )
        tx.execute("DROP TABLE places")
        for _, sql in indexes:
            tx.execute(sql)
    store.close()


CASE = Case(
    name="ui-many-runs",
    title=(
        "the table of 100,000 runs (10,000 with --quick) with 500 columns, of which each"
        " run has about 110; for MLflow of 1,000 runs (300 with --quick), all loaded, with 12 "
        "columns. Frames are not held to sixty a second, but blank rows are counted at that "
        "pace, scrolling by 4,000 pixels a second from the middle of the table"
    ),
    contenders=("mlflow", "one search", "headrace"),
    quantities=(OPEN, DOWN, ACROSS, BLANK, SORT, RESTED, HEAP),
    open=contend,
    rounds=3,
    alone=True,
    in_browser=True,
)
