"""A real Chromium that opens the pages of Headrace and of MLflow, and what is measured in them.

Every page is opened in a context without a past, so that nothing comes from a cache. Time is told
by the page's own clock, frame by frame: the way from Python to the browser has no part in it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from benchmarks.environments import Unavailable
from benchmarks.peers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Frames come as fast as they are made: what one costs can be told below 1/60 s too.
_UNPACED = ("--disable-frame-rate-limit", "--disable-gpu-vsync")

PATIENCE_S = 120.0
ROW_HEIGHT = 32  # pixels, in both tables


class Chromium:
    """A Chromium for all cases of a run, used as a context.

    Raises:
        Unavailable: If there is none.

    """

    def __init__(self) -> None:
        named = os.environ.get("CHROMIUM")
        command = named or shutil.which("chromium") or shutil.which("google-chrome")
        if command is None:
            raise Unavailable("no chromium here (Debian: apt-get install chromium)")
        self._command = command
        self._browsers: dict[bool, Browser] = {}

    def __enter__(self) -> Chromium:
        from playwright.sync_api import sync_playwright

        self._manager = sync_playwright()
        self._playwright = self._manager.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        for browser in self._browsers.values():
            browser.close()
        self._manager.__exit__(None, None, None)

    def browser(self, *, paced: bool = True) -> Browser:
        """Return the browser, started at first use.

        Args:
            paced: Whether it makes at most sixty frames a second, as on a desk.

        """
        if paced not in self._browsers:
            arguments = [*_ARGUMENTS, *(() if paced else _UNPACED)]
            launch = self._playwright.chromium.launch
            self._browsers[paced] = launch(executable_path=self._command, args=arguments)
        return self._browsers[paced]


@contextmanager
def open_page(browser: Browser, pages: Pages) -> Iterator[Page]:
    """Give a block a page of a browser without a past, empty yet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(_PREPARATION)
    if pages.kept:
        entries = json.dumps(dict(pages.kept))
        context.add_init_script(
            f"for (const [key, value] of Object.entries({entries})) localStorage[key] ??= value;"
        )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    try:
        yield page
    finally:
        context.close()


class Pages:
    """Where the pages of one server lie, and what stands in them.

    Attributes:
        server: The server.
        rows: A selector of the table's rows.
        scroller: A selector of what scrolls them.
        kept: Entries of the browser's storage that say what a URL cannot.

    """

    rows: str
    scroller: str

    def __init__(self, server: Server, kept: Mapping[str, str] | None = None) -> None:
        self.server = server
        self.kept = kept or {}

    def runs(self, experiment: str, columns: Sequence[str] = ()) -> str:
        """Return the URL of an experiment's runs, with these columns (`metrics.loss`)."""
        raise NotImplementedError

    def usable(self, metric: str = "") -> str:
        """Return the script that says whether the first row's name and metric can be read."""
        raise NotImplementedError


class HeadracePages(Pages):
    """The pages of Headrace."""

    rows = "[data-row]"
    scroller = "[role=treegrid]"

    def runs(self, experiment: str, columns: Sequence[str] = (), **state: object) -> str:
        """Return the URL of an experiment's runs; `state` is what else its URL says."""
        asked = state | ({"columns": list(columns), "layout": "table"} if columns else {})
        pairs = "&".join(
            f"{name}={quote(value if isinstance(value, str) else json.dumps(value))}"
            for name, value in asked.items()
        )
        return f"http://127.0.0.1:{self.server.port}/#/experiments/{experiment}" + (
            f"?{pairs}" if pairs else ""
        )

    def usable(self, metric: str = "") -> str:
        cell = f'[data-column="{metric}"]' if metric else '[data-column^="metrics."]'
        return (
            "() => Boolean(document.querySelector('[data-row=\"0\"] a')?.textContent && "
            f"document.querySelector('[data-row=\"0\"] {cell}')?.textContent)"
        )


class MlflowPages(Pages):
    """The pages of MLflow 3.17."""

    rows = ".ag-pinned-left-cols-container .ag-row"
    scroller = ".ag-body-viewport"

    @classmethod
    def showing(cls, server: Server, experiment: str, columns: Sequence[str] = ()) -> MlflowPages:
        """Return the pages with columns that its URL cannot name, and with all runs in charts."""
        state = {
            "searchFilter": "",
            "orderByKey": "attributes.start_time",
            "orderByAsc": False,
            "startTime": "ALL",
            "lifecycleFilter": "Active",
            "datasetsFilter": [],
            "modelVersionFilter": "All Runs",
            "runsHiddenMode": "SHOWALL",
            "selectedColumns": [f"{kind}.`{key}`" for kind, key in map(_halves, columns)],
        }
        name = f'MLflowLocalStorage-1.1-ExperimentPage-["{experiment}"]-ReactComponentState'
        return cls(server, {name: json.dumps(state)})

    def runs(self, experiment: str, columns: Sequence[str] = ()) -> str:
        return f"http://127.0.0.1:{self.server.port}/#/experiments/{experiment}/runs"

    def usable(self, metric: str = "") -> str:
        """Its first table has no metrics: names have to do."""
        return "() => Boolean(document.querySelector('.ag-row[row-index=\"0\"] a')?.textContent)"


def _halves(column: str) -> tuple[str, str]:
    kind, _, key = column.partition(".")
    return kind, key


def pages_of(server: Server) -> Pages:
    """Return the pages of a server, as they are without a reader's own settings."""
    return MlflowPages(server) if server.peer.name == "mlflow" else HeadracePages(server)


# --- what is measured in a page ------------------------------------------------------------------


def open_until(page: Page, url: str, condition: str, frames: int = 1) -> float:
    """Open a URL and return the seconds until a condition, looked at in each frame, is true.

    Args:
        page: The page.
        url: The URL.
        condition: A function in JavaScript.
        frames: How many frames later what makes it true is painted at the latest.

    Raises:
        TimeoutError: If it does not come true within PATIENCE_S.

    """
    page.goto(url, wait_until="commit")
    return until(page, condition, frames)


def until(page: Page, condition: str, frames: int = 1) -> float:
    """Wait until a condition is true; return the seconds since the page was asked for."""
    seen = page.evaluate(f"window.benchUntil({condition}, {PATIENCE_S * 1000}, {frames})")
    if seen is None:
        raise TimeoutError(f"not within {PATIENCE_S:.0f} s: {condition[:120]}")
    return float(seen) / 1000


def frame_time(page: Page, pages: Pages, *, frames: int, step: int, across: bool = False) -> float:
    """Scroll a table by so many pixels a frame; return the 95th percentile of seconds a frame."""
    asked = {"scroller": pages.scroller, "frames": frames, "step": step, "across": across}
    times = sorted(page.evaluate("(asked) => window.benchFrames(asked)", asked))
    return float(times[int(0.95 * (len(times) - 1))]) / 1000


def blank_frames(page: Page, pages: Pages, *, seconds: float, speed: int) -> int:
    """Scroll a table down by `speed` pixels a second; count the frames with blank rows."""
    asked = {"rows": pages.rows, "scroller": pages.scroller, "height": ROW_HEIGHT}
    seen = page.evaluate(
        "(asked) => window.benchBlanks(asked)", asked | {"ms": seconds * 1000, "speed": speed}
    )
    if seen["height"] < speed * seconds / 2:
        raise ValueError(f"the table has moved by {seen['height']} pixels only")
    return int(seen["blank"])


def order_by(page: Page, column: str, rest: float = 0) -> float:
    """Click on a column's head in Headrace's table; return the seconds until its order stands.

    The mouse lets its button go at once; the time counts from when the button goes down.

    Args:
        page: The page.
        column: The column.
        rest: Seconds for which the mouse is on the head before, as a hand's has to be; with 0 it
            comes from beside the head as quickly as no hand can.

    """
    head = page.locator(f'[role=columnheader][title="{column}"] button').first
    if rest:
        head.hover()
        page.wait_for_timeout(rest * 1000)
    page.evaluate("(column) => { window.benchOrdered = window.benchOrder(column); }", column)
    head.click()
    return float(page.evaluate("window.benchOrdered")) / 1000


def heap_bytes(page: Page) -> float:
    """Return what the page's objects hold after its garbage is gone."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: dict[str, Any] = session.send("Runtime.getHeapUsage")
    session.detach()
    return float(used["usedSize"])


_PREPARATION = """
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

window.benchUntil = async (condition, most, frames) => {
  while (!condition()) {
    if (performance.now() > most) return null;
    await nextFrame();
  }
  for (let frame = 0; frame < frames; frame++) await nextFrame();
  return performance.now();
};

window.benchWatch = (selector) => {
  const look = () => {
    const found = document.querySelector(selector);
    return found && found.textContent + found.getAttribute("aria-label");
  };
  const before = look();
  const wait = async () => {
    while ((look() ?? before) === before) await nextFrame();
    return performance.timeOrigin + performance.now();
  };
  window.benchSeen = wait();
};

window.benchOrder = async (column) => {
  const first = () => document.querySelector('[data-row="0"]');
  const before = first().dataset.run;
  const began = await new Promise((resolve) => {
    const note = (event) => resolve(event.timeStamp);
    document.addEventListener('pointerdown', note, {capture: true, once: true});
  });
  // The old rows stay, and are marked as such, until those of the new order are there.
  while (first().dataset.run === before || document.querySelector('[role=treegrid][data-stale]') ||
      !first().querySelector(`[data-column="${column}"]`)?.textContent) await nextFrame();
  await nextFrame();
  return performance.now() - began;
};

window.benchFrames = async ({scroller, frames, step, across}) => {
  const box = document.querySelector(scroller);
  const times = [];
  await nextFrame();
  let before = performance.now();
  for (let frame = 0; frame < frames; frame++) {
    if (across) box.scrollLeft += step;
    else box.scrollTop += step;
    await nextFrame();
    const now = performance.now();
    times.push(now - before);
    before = now;
  }
  return times;
};

window.benchBlanks = async ({rows, scroller, height, ms, speed}) => {
  const box = document.querySelector(scroller);
  const isWhole = () => {
    // A callback of a frame runs after the frame's scroll events, and before it is painted.
    const edge = box.getBoundingClientRect();
    let seen = 0;
    for (const row of document.querySelectorAll(rows)) {
      const {top, bottom} = row.getBoundingClientRect();
      if (top >= edge.top && bottom <= edge.bottom && row.querySelector('a')?.textContent) seen++;
    }
    // Up to two rows are cut at the edges, and heads stand above them.
    return seen >= Math.floor(box.clientHeight / height) - 4;
  };
  await nextFrame();
  const start = box.scrollTop, began = performance.now();
  let blank = 0;
  for (let now = began; now - began < ms; now = performance.now()) {
    box.scrollTop = start + (now - began) / 1000 * speed;
    await nextFrame();
    if (!isWhole()) blank++;
  }
  return {blank, height: box.scrollTop - start};
};
"""
