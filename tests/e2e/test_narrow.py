"""The pages on a phone and on an upright tablet: 390 or 768 pixels wide, touched by fingers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from headrace import MlflowClient
from tests.e2e.conftest import find_faults, wait_until
from tests.e2e.sample import IMAGES, MODEL, SWEEP, Sample
from tests.e2e.tab import PATIENCE
from tests.servers import Server

WIDTH, HEIGHT = 390, 844

_FAULTS_OF_SIZE = """() => {
  const isSeen = (element) => {
    const {left, right, top, bottom} = element.getBoundingClientRect();
    const isInside = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
    const isThere = right > left && bottom > top;
    return isInside && isThere && getComputedStyle(element).visibility === "visible";
  };
  const name = (element) =>
    `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent.slice(0, 40)}`;
  const faults = [];
  const {scrollWidth} = document.documentElement;
  if (scrollWidth > innerWidth) faults.push(`the page is ${scrollWidth} wide`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !isSeen(element)) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < 12) faults.push(`letters of ${size}: ${name(element)}`);
  }
  const reached = ":is(a, button, summary, [role=tab], [role=option], [role=menuitem])";
  for (const element of document.querySelectorAll(reached)) {
    if (!isSeen(element) || getComputedStyle(element).opacity === "0") continue;
    // A finger may touch more than is drawn: what lies around it, as a part of it.
    const around = parseFloat(getComputedStyle(element, "::after").height) || 0;
    const height = Math.max(element.offsetHeight, around);
    const least = element.closest("[aria-label=Text]") ? 32 : 39; // a line of a file; a row
    if (height < least) faults.push(`${height} high: ${name(element)}`);
    const {left, right} = element.getBoundingClientRect();
    const scrolls = "main [tabindex], [role=table], [role=tablist], [role=toolbar], [role=group]";
    const isScrolled = element.closest(scrolls) !== null;
    if (!isScrolled && (left < 0 || right > innerWidth)) faults.push(`cut off: ${name(element)}`);
  }
  return faults;
}"""


@pytest.fixture
def phone(browser: Browser, failures: list[str]) -> Iterator[Page]:
    """A page in the hand; at the end nothing may have failed in it."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    context.close()
    assert failures == []


def faults_of_size(page: Page) -> list[str]:
    """Return what is cut off, too small to be read or touched, and whether the page is too wide."""
    return list(page.evaluate(_FAULTS_OF_SIZE))


def test_every_page_fits(phone: Page, site: Server, sample: Sample) -> None:
    experiment = f"#/experiments/{sample.experiments[IMAGES]}"
    best, other = sample.runs["resnet18-adam-0.001"], sample.runs["vit-s-sgd-0.01"]
    run = f"{experiment}/runs/{best}"
    opened = quote(json.dumps([sample.runs["sweep"]]))
    pages = {
        f"{experiment}": "[data-row]",
        f"{experiment}?layout=charts": "[role=img]",
        f"{experiment}?selected={quote(json.dumps([best, other]))}": "[role=toolbar]",
        f"#/experiments/{sample.experiments[SWEEP]}?open={opened}": "[data-row]",
        f"{run}": "text=Baseline",
        f"{run}/metrics": "[role=img]",
        f"{run}/system": "[role=toolbar]",
        f"{run}/logs": "[aria-label=Text]",
        f"{run}/artifacts": "text=history.csv",
        f"{run}/artifacts/history.csv": "text=40 rows",
        f"{run}/artifacts/report.md": "text=Report",
        f"{run}/artifacts/config/classes.json": "text=threshold",
        f"{run}/images": "figure",
        f"#/compare?runs={quote(json.dumps([best, other]))}": "[role=table]",
        "#/models": f"text={MODEL}",
        f"#/models/{MODEL}": "text=Version 2",
        f"#/models/{MODEL}?tab=rules": "text=Every move is free",
        f"#/models/{MODEL}?tab=history": "text=Model created",
        f"#/models/{MODEL}/versions/2": "text=Came from",
        f"#/models/{MODEL}/versions/2?tab=lineage": "[aria-current=page]",
        f"#/models/{MODEL}/compare?versions={quote(json.dumps(['1', '2']))}": "text=Params of",
        "#/nowhere": "text=There is no such page",
    }
    phone.goto(f"{site.url}/")
    for path, awaited in pages.items():
        phone.evaluate("(hash) => { location.hash = hash }", path)
        awaited = f"main {awaited}" if awaited[0] == "[" else awaited
        expect(phone.locator(awaited).locator("visible=true").first).to_be_visible()
        assert (path, faults_of_size(phone)) == (path, [])
        assert (path, find_faults(phone)) == (path, [])


def test_runs_are_found_chosen_and_compared(phone: Page, site: Server, sample: Sample) -> None:
    phone.goto(f"{site.url}/#/models")
    phone.get_by_role("button", name="Open the places").tap()
    assert faults_of_size(phone) == []
    assert find_faults(phone) == []
    phone.get_by_role("link", name="classify", exact=True).tap()
    expect(phone.get_by_role("complementary", name="Places")).to_be_hidden()
    phone.get_by_role("combobox", name="Filter").fill("params.model = 'vit-s'")
    expect(phone.get_by_text("5 runs of 13")).to_be_visible()
    for name in ("vit-s-sgd-0.01", "vit-s-adam-0.001"):
        phone.get_by_role("checkbox", name=f"Select {name}", exact=True).tap()
    bar = phone.get_by_role("toolbar", name="Selected runs")
    box = bar.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == HEIGHT
    phone.get_by_role("button", name="Columns").tap()
    sheet = phone.get_by_role("dialog")
    expect(sheet.get_by_role("checkbox", name="accuracy").first).to_be_visible()
    assert faults_of_size(phone) == []
    assert (sheet.bounding_box() or {})["width"] == WIDTH
    sheet.press("Escape")
    bar.get_by_role("button", name="Compare").tap()
    expect(phone.get_by_role("heading", name="2 runs compared")).to_be_visible()
    expect(phone.get_by_role("cell", name="adam", exact=True)).to_be_in_viewport()
    expect(phone.get_by_role("cell", name="sgd", exact=True)).to_be_in_viewport()
    phone.get_by_text("Charts", exact=True).tap()
    expect(phone.get_by_role("img", name="val/loss")).to_be_visible()


def test_a_finger_reads_a_chart_two_zoom_and_the_page_scrolls(
    phone: Page, site: Server, sample: Sample
) -> None:
    phone.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}?layout=charts")
    chart = phone.get_by_role("img", name=re.compile("^train.loss"))
    expect(chart).to_be_visible()
    readout = phone.locator("[class*=readout]")
    left, top, width, height = _box(chart)
    phone.touchscreen.tap(left + width / 2, top + height / 2)
    expect(readout).to_contain_text(re.compile(r"Step \d+"))
    wait_until(phone, lambda: _box(readout)[1] < top)  # not below the hand
    phone.get_by_role("toolbar", name="Charts").tap(position={"x": 4, "y": 4})
    expect(readout).to_be_hidden()

    fingers = phone.context.new_cdp_session(phone)
    _move(fingers, [[(left + 120, top + 80)], [(left + 60, top + 80)]])
    expect(readout).to_be_visible()  # sideways, it follows the finger
    _move(fingers, [[(left + 120, top + 150)], [(left + 120, top + 20)]])
    wait_until(phone, lambda: _box(chart)[1] < top - 60)  # up and down, the page scrolls
    expect(readout).to_be_hidden()
    left, top, width, height = _box_at_rest(chart)
    y = top + 80
    _move(fingers, [[(left + 160, y), (left + 200, y)], [(left + 100, y), (left + 260, y)]])
    expect(phone).to_have_url(re.compile("zoom="))
    phone.get_by_role("button", name="Reset the zoom").tap()
    expect(phone).not_to_have_url(re.compile("zoom="))


def test_a_run_is_looked_into(phone: Page, site: Server, sample: Sample) -> None:
    phone.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}")
    phone.get_by_role("link", name="resnet18-adam-0.001", exact=True).tap()
    expect(phone.get_by_role("heading", name="Baseline")).to_be_visible()
    phone.get_by_role("tab", name="Logs").tap()
    expect(phone.get_by_text("step 119")).to_be_visible()
    phone.get_by_role("tab", name="Artifacts").tap()
    expect(phone.get_by_role("tab", name="Artifacts")).to_be_in_viewport(ratio=1)
    phone.get_by_role("button", name="config").tap()
    phone.get_by_role("button", name="classes.json").tap()
    expect(phone.get_by_text('"threshold"')).to_be_visible()
    phone.get_by_role("button", name="Back to config").tap()
    phone.get_by_role("button", name="Back to all files").tap()
    expect(phone.get_by_role("button", name="history.csv")).to_be_visible()
    phone.get_by_role("button", name="More about the run").tap()
    phone.get_by_role("menuitem", name="Register model").tap()
    expect(phone.get_by_role("dialog")).to_be_in_viewport(ratio=1)
    assert faults_of_size(phone) == []
    assert find_faults(phone) == []


def test_an_alias_is_moved(phone: Page, changed_site: Server, fresh: str) -> None:
    client = MlflowClient(changed_site.url)
    client.create_registered_model(fresh)
    run = client.create_run("0")
    for _ in range(2):
        client.create_model_version(fresh, f"{run.info.artifact_uri}/model", run.info.run_id)
    client.set_registered_model_alias(fresh, "champion", "1")
    phone.goto(f"{changed_site.url}/#/models")
    phone.get_by_role("link", name=fresh, exact=True).tap()
    expect(phone.get_by_role("heading", name=fresh)).to_be_visible()  # the list has versions too
    phone.get_by_role("link", name="Version 2").tap()
    phone.get_by_role("button", name="Set alias").tap()
    phone.get_by_role("textbox", name="Alias").fill("champion")
    assert (phone.get_by_role("dialog").bounding_box() or {})["width"] == WIDTH
    phone.get_by_role("button", name="Move", exact=True).tap()
    expect(phone.get_by_text("@champion names version 2")).to_be_visible()
    assert client.get_model_version_by_alias(fresh, "champion").version == "2"


def test_a_tablet_shows_one_thing_at_a_time(phone: Page, site: Server, sample: Sample) -> None:
    phone.set_viewport_size({"width": 768, "height": 1024})
    phone.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}")
    expect(phone.locator("[data-row]").first).to_be_visible()
    expect(phone.get_by_role("separator")).to_have_count(0)
    assert faults_of_size(phone) == []
    phone.get_by_text("Charts", exact=True).tap()
    expect(phone.get_by_role("img", name=re.compile("val.loss"))).to_be_visible()
    charts = phone.get_by_role("img", name=re.compile("by step"))

    def stand_beside_each_other() -> bool:
        tops = [_box(chart)[1] for chart in charts.all()[:2]]
        return len(tops) == 2 and tops[0] == tops[1]

    wait_until(phone, stand_beside_each_other)  # there is room for two
    assert faults_of_size(phone) == []


def _box(place: Locator) -> tuple[float, float, float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def _box_at_rest(place: Locator) -> tuple[float, float, float, float]:
    """Return where it is once it does not move any more, as a page that was pushed does."""
    boxes = [_box(place)]

    def rests() -> bool:
        boxes.append(_box(place))
        return len(boxes) > 2 and boxes[-1] == boxes[-2]  # between these two a moment passes

    wait_until(place.page, rests)
    return boxes[-1]


def _move(fingers: CDPSession, places: list[list[tuple[float, float]]]) -> None:
    """Put fingers down at the first places, move them to the last ones in steps, and lift them."""
    first, last = places
    steps = 8
    for step in range(steps + 1):
        points = [
            {"x": x + (to_x - x) * step / steps, "y": y + (to_y - y) * step / steps, "id": number}
            for number, ((x, y), (to_x, to_y)) in enumerate(zip(first, last, strict=True))
        ]
        kind = "touchMove" if step else "touchStart"
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
