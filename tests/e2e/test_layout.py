"""Charts arranged by hand: dragged, moved by keys, resized, hidden, put into sections, reset."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

from playwright.sync_api import Locator, Page, expect

from headrace import MlflowClient
from headrace.entities import Metric
from tests.e2e.conftest import find_faults, wait_until
from tests.e2e.sample import IMAGES, Sample
from tests.e2e.test_compare import chart_of, choose, open_charts, open_comparison
from tests.servers import Server

PLOT = "scatter:params.lr:metrics.val/loss"


def titles(page: Page) -> list[str]:
    """Return the names of the charts in view, in their order, but for those of images."""
    cards = page.locator('main [data-chart]:not([data-chart^="images."]) > section')
    names: list[str] = cards.evaluate_all("cards => cards.map((card) => card.ariaLabel)")
    return names


def fields(page: Page) -> dict[str, Any]:
    """Return what the URL says of the layout."""
    found = parse_qs(page.url.partition("?")[2])
    names = ("charts", "sections", "hiddenCharts", "chartSizes", "chartColumns", "chartHeight")
    return {name: json.loads(found[name][0]) for name in names if name in found}


def shows(page: Page, *names: str) -> None:
    """Wait until these charts are in view, in this order."""
    wait_until(page, lambda: titles(page) == list(names))


def drag(page: Page, what: Locator, target: Locator, across: float, down: float = 0.5) -> None:
    """Drag to a place in a target, in shares of its size, and let go."""
    what.scroll_into_view_if_needed()
    start = what.bounding_box()
    assert start is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    # The first move starts the drag once what drags has been loaded.
    mark = page.locator("[class*=mark]:visible, [class*=ghost]:visible").first
    for step in range(50):
        page.mouse.move(
            start["x"] + start["width"] / 2 + 8 + step % 2, start["y"] + start["height"] / 2 + 8
        )
        if mark.is_visible():
            break
        page.wait_for_timeout(50)
    box = target.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=3)
    page.wait_for_timeout(50)


ALL = ["lr", "train/loss", "val/accuracy", "val/loss", "test/accuracy"]


def test_a_chart_is_dragged_and_stays_after_a_reload(
    page: Page, site: Server, sample: Sample
) -> None:
    open_charts(page, site, sample)
    shows(page, *ALL)
    head = chart_of(page, "test/accuracy").get_by_role("heading")
    drag(page, head, chart_of(page, "val/loss"), 0.2)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert fields(page) == {}
    drag(page, head, chart_of(page, "val/loss"), 0.2)
    page.mouse.up()
    shows(page, "lr", "train/loss", "val/accuracy", "test/accuracy", "val/loss")
    arranged = {
        "sections": [
            {"name": "Metrics"},
            {"name": "train"},
            {"name": "val", "charts": ["metrics.val/accuracy", "metrics.test/accuracy"]},
        ]
    }
    assert fields(page) == arranged
    said = page.locator("[aria-live=polite]").filter(has_text="test/accuracy: place 2 of 3 in val")
    expect(said).to_have_count(1)
    page.reload()
    shows(page, "lr", "train/loss", "val/accuracy", "test/accuracy", "val/loss")
    drag(page, chart_of(page, "lr").locator("[data-grip]"), page.locator("[data-section=val]"), 0.5)
    page.mouse.up()
    shows(page, "train/loss", "lr", "val/accuracy", "test/accuracy", "val/loss")
    # Back to where it draws itself.
    choose(page, chart_of(page, "test/accuracy"), "Put back to its own place")
    choose(page, chart_of(page, "lr"), "Put back to its own place")
    shows(page, *ALL)
    assert fields(page) == {}


def test_charts_are_moved_by_keys(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample)
    shows(page, *ALL)
    grip = page.get_by_role("button", name="Move val/accuracy", exact=True)
    grip.focus()
    page.keyboard.press("ArrowRight")
    shows(page, "lr", "train/loss", "val/loss", "val/accuracy", "test/accuracy")
    expect(grip).to_be_focused()
    page.keyboard.press("ArrowRight")
    shows(page, "lr", "train/loss", "val/loss", "val/accuracy", "test/accuracy")
    wait_until(page, lambda: fields(page)["sections"][-1]["name"] == "test")
    expect(grip).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(grip).to_be_focused()
    expect(
        page.locator("[aria-live=polite]").filter(has_text=re.compile("val/accuracy: place"))
    ).to_have_count(1)
    page.get_by_role("button", name="Save or arrange val/accuracy").press("Enter")
    page.get_by_role("menuitem", name="Move to the top").press("Enter")
    shows(page, "val/accuracy", "lr", "train/loss", "val/loss", "test/accuracy")
    expect(page.get_by_role("button", name="Save or arrange val/accuracy")).to_be_focused()
    assert fields(page) == {"charts": ["metrics.val/accuracy"]}


def test_charts_are_resized(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample, chartColumns=4)
    card = chart_of(page, "train/loss")
    before = card.bounding_box()
    assert before
    choose(page, card, "Wide")
    expect(card).to_have_js_property("offsetWidth", 2 * before["width"] + 12)
    choose(page, card, "Higher")
    expect(card).to_have_js_property("offsetHeight", before["height"] + 60)
    page.keyboard.press("Escape")
    height = before["height"] + 60
    assert fields(page)["chartSizes"] == {"metrics.train/loss": f"wide {height}"}
    # By its corner, to all columns and back to the height of the others.
    card.hover()
    corner = card.locator("[class*=corner]")
    box = corner.bounding_box()
    assert box
    page.mouse.move(box["x"] + 6, box["y"] + 6)
    page.mouse.down()
    for right in range(120, 620, 20):
        page.mouse.move(box["x"] + right, box["y"] + 86)
        page.wait_for_timeout(20)
    page.mouse.up()
    wait_until(page, lambda: fields(page)["chartSizes"]["metrics.train/loss"].startswith("full"))
    page.get_by_role("button", name="Arrange the charts").click()
    page.get_by_role("radiogroup", name="Charts side by side").get_by_text("2").click()
    page.get_by_role("radiogroup", name="Height").get_by_text("Low").click()
    expect(chart_of(page, "lr")).to_have_js_property("offsetHeight", 160)
    assert (fields(page)["chartColumns"], fields(page)["chartHeight"]) == (2, 160)
    assert find_faults(page) == []


def test_charts_are_hidden_and_shown_again(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample)
    choose(page, chart_of(page, "val/loss"), "Hide")
    choose(page, chart_of(page, "lr"), "Hide")
    shows(page, "train/loss", "val/accuracy", "test/accuracy")
    assert fields(page) == {"hiddenCharts": ["metrics.val/loss", "metrics.lr"]}
    page.get_by_role("button", name="Undo").last.click()
    expect(chart_of(page, "lr")).to_be_visible()
    page.locator("[data-section=val]").get_by_role("button", name="1 hidden").click()
    page.get_by_role("menuitem", name="Show val/loss").click()
    shows(page, *ALL)
    assert fields(page) == {}


def test_sections_are_made_moved_and_reset(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample, charts=[PLOT])
    heads = page.get_by_role("main").get_by_role("heading", level=2).filter(has_not_text="Images")
    expect(heads).to_have_text(["Added1", "Metrics1", "train1", "val2", "test1"])
    choose(page, chart_of(page, "val/loss"), "Move to a section")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the section").fill("Best")
    dialog.get_by_role("button", name="Create and move").click()
    expect(heads).to_have_text(["Added1", "Best1", "Metrics1", "train1", "val1", "test1"])
    drag(
        page,
        page.locator("[data-section=Best] [aria-hidden]").first,
        chart_of(page, "val/accuracy"),
        0.9,
    )
    page.mouse.up()
    expect(heads).to_have_text(["Added1", "Metrics1", "train1", "val1", "Best1", "test1"])
    page.get_by_role("button", name="Arrange section Best").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Name of the section").fill("Finest")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Arrange section Finest").click()
    page.get_by_role("menuitem", name="Move to the top").click()
    expect(heads).to_have_text(["Finest1", "Added1", "Metrics1", "train1", "val1", "test1"])
    assert fields(page)["sections"] == [
        {"name": "Finest", "charts": ["metrics.val/loss"]},
        {"name": "Added"},
    ]
    assert find_faults(page) == []
    page.get_by_role("button", name="Arrange the charts").click()
    page.get_by_role("button", name="Reset to the automatic layout").click()
    expect(heads).to_have_text(["Added1", "Metrics1", "train1", "val2", "test1"])
    assert fields(page) == {"charts": [PLOT]}
    page.get_by_role("button", name="Undo").click()
    expect(heads).to_have_text(["Finest1", "Added1", "Metrics1", "train1", "val1", "test1"])


def test_what_is_in_view_stays_there(page: Page, changed_site: Server, fresh: str) -> None:
    client = MlflowClient(changed_site.url)
    experiment_id = client.create_experiment(fresh)
    run_id = client.create_run(experiment_id).info.run_id
    names = [f"layer{at % 40}/{at // 40}" for at in range(400)]
    client.log_batch(run_id, metrics=[Metric(name, 1.0, 0, 0) for name in names])
    page.goto(f"{changed_site.url}/#/experiments/{experiment_id}?layout=charts")
    card = chart_of(page, "layer0/0")
    expect(card).to_be_visible()
    board = page.locator("[data-chart]").first.locator("xpath=../..")
    board.evaluate("box => (box.scrollTop = 4000)")
    wait_until(page, lambda: len(titles(page)) > 3 and "layer0/0" not in titles(page))
    # One moves to the top: those that are in view do not.
    moved, kept = titles(page)[-1], titles(page)[len(titles(page)) // 2]
    chart_of(page, moved).hover()  # scrolls to it
    before = chart_of(page, kept).bounding_box()
    choose(page, chart_of(page, moved), "Move to the top")
    wait_until(page, lambda: fields(page) == {"charts": [f"metrics.{moved}"]})
    expect(chart_of(page, moved)).to_have_count(0)
    after = chart_of(page, kept).bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 1
    assert page.locator("[data-chart]").count() < 40


def test_an_arrangement_holds_for_runs_that_are_compared_and_for_one(
    page: Page, site: Server, sample: Sample
) -> None:
    runs = [sample.runs[name] for name in ("resnet18-adam-0.001", "vit-s-sgd-0.01")]
    arranged = '&sections=[{"name":"Best","charts":["metrics.val/loss","metrics.none"]}]'
    arranged += '&hiddenCharts=["metrics.lr"]&chartSizes={"metrics.val/loss":"full"}'
    open_comparison(page, site, runs, f"&layout=charts{arranged}")
    shows(page, "val/loss", "train/loss", "val/accuracy", "test/accuracy")
    choose(page, chart_of(page, "val/accuracy"), "Move to the top")
    shows(page, "val/accuracy", "val/loss", "train/loss", "test/accuracy")
    experiment = sample.experiments[IMAGES]
    wrong = '&chartColumns="3"&chartHeight=[]&chartSizes=7&hiddenCharts={}'
    page.goto(f"{site.url}/#/experiments/{experiment}/runs/{runs[0]}/metrics?{arranged[1:]}")
    shows(page, "val/loss", "train/loss", "val/accuracy", "test/accuracy")
    page.goto(f"{site.url}/#/experiments/{experiment}?layout=charts&sections=[1,null,{{}}]{wrong}")
    shows(page, *ALL)


def test_a_legend_tells_how_many_it_cuts(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample)
    button = page.get_by_role("button", name=re.compile("more in the legend"))
    legend = page.get_by_role("list", name="Legend", exact=True)

    def counts_all() -> bool:
        more = int(button.inner_text())
        shown = legend.evaluate(
            """list => [...list.children].filter(
              (one) => one.offsetTop === list.children[0].offsetTop).length"""
        )
        return bool(more > 0 and more + shown == 13)

    wait_until(page, counts_all)  # it counts anew when it has got its width
    button.click()
    expect(page.get_by_role("list", name="Whole legend").get_by_role("listitem")).to_have_count(13)


def test_axes_of_parallel_coordinates_are_chosen_in_the_small_card(
    page: Page, site: Server, sample: Sample
) -> None:
    open_charts(page, site, sample, charts=["parallel:params.lr:metrics.val/loss"])
    card = chart_of(page, "Parallel coordinates")
    card.get_by_role("button", name="2 axes").click()
    page.get_by_role("combobox", name="Axes").click()
    page.get_by_role("option", name="optimizer").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(card.get_by_role("button", name="3 axes")).to_be_visible()
    assert fields(page)["charts"] == ["parallel:params.lr:metrics.val/loss:params.optimizer"]
