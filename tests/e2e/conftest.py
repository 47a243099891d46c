"""Fixtures of the tests in a browser: a real Chromium, a real server, what a real client logged.

The tests run in few processes (`xdist_group`), each of which starts browser and server of sample
data once. They end with this package: Playwright keeps an event loop running in the main
thread, where other tests run loops of their own. Without a Chromium the tests are skipped, unless
``HEADRACE_REQUIRE`` has ``chromium``.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.sample import Sample, fill
from tests.e2e.tab import PATIENCE, Tab
from tests.file_servers import missing
from tests.servers import Server, headrace_server

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
UI = Path(__file__).parents[2] / "ui"

expect.set_options(timeout=PATIENCE)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_FIND_FAULTS = """async () => {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
  const found = (await axe.run(document, {runOnly: rules})).violations;
  return found.filter((fault) => ["serious", "critical"].includes(fault.impact)).flatMap((fault) =>
    fault.nodes.map((node) => `${fault.id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`));
}"""

# As many as two cores keep busy; each costs the start of a browser and of a server with its sample.
LANES = 3

_NUMBERS = itertools.count(1)

# What pages may say in the console although nothing is wrong with them.
_EXPECTED = ("Failed to load resource: the server responded with a status of 4",)

_IS_PASSED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the files out to `LANES` groups of about as many tests, each for one process."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if Path(__file__).parent in item.path.parents:
            files.setdefault(item.path, []).append(item)
    lanes = dict.fromkeys(range(LANES), 0)
    for tests in sorted(files.values(), key=len, reverse=True):
        lane = min(lanes, key=lambda one: lanes[one])
        lanes[lane] += len(tests)
        for test in tests:
            test.add_marker(pytest.mark.xdist_group(f"e2e-{lane}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport]:
    """Remember whether the test itself went well, for what clears up after it."""
    report = yield
    if report.when == "call":
        item.stash[_IS_PASSED] = report.passed
    return report


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    if CHROMIUM is None:
        missing("chromium", "there is no chromium here (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with sample data, which tests must leave as it is; what it holds is `sample`."""
    with headrace_server(tmp_path_factory.mktemp("site")) as server:
        yield server


@pytest.fixture(scope="package")
def sample(site: Server) -> Sample:
    """What lies on `site`."""
    return fill(site.url)


@pytest.fixture
def failures() -> list[str]:
    """What failed in the page of a test; a test takes out what it expects."""
    return []


@pytest.fixture(scope="package")
def tab(browser: Browser) -> Iterator[Tab]:
    """The page that tests have one after the other."""
    tab = Tab(browser)
    yield tab
    tab.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, tab: Tab, failures: list[str]) -> Iterator[Page]:
    """A page like new; at the end nothing may have failed in it."""
    yield tab.take(failures)
    if request.node.stash.get(_IS_PASSED, False):
        tab.leave()
    else:
        tab.close()
    expect_no(failures)


@pytest.fixture
def new_page(browser: Browser, failures: list[str]) -> Iterator[Page]:
    """The same, but loaded for this test alone, which may listen to all that happens in it."""
    tab = Tab(browser)
    yield tab.take(failures)
    tab.close()
    expect_no(failures)


@pytest.fixture(scope="package")
def changed_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which each test makes things of its own, and leaves those of others."""
    with headrace_server(tmp_path_factory.mktemp("changed")) as server:
        yield server


@pytest.fixture
def fresh() -> str:
    """A name for what a test makes on `changed_site`, which no other test gets."""
    return f"made-{next(_NUMBERS)}"


@pytest.fixture
def own_site(page: Page, tmp_path: Path) -> Iterator[Server]:
    """An empty server of one test."""
    with headrace_server(tmp_path) as server:
        yield server
        page.goto("about:blank")  # it would go on asking a server that is not there any more


def expect_no(failures: list[str]) -> None:
    """Expect that nothing failed in a page which should not."""
    assert [text for text in failures if not text.startswith(_EXPECTED)] == []


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    """Let the page go on until something is so, for as long as is expected of it."""
    for _ in range(PATIENCE // 100):
        if is_so():
            return
        page.wait_for_timeout(100)
    assert is_so()


def find_faults(page: Page) -> list[str]:
    """Return what axe-core finds serious on a page, as ``rule: place`` (WCAG 2.1 AA)."""
    page.evaluate((UI / "node_modules/axe-core/axe.min.js").read_text())
    found = page.evaluate(_FIND_FAULTS)
    return list(found)
