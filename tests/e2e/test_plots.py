"""Bars, box plots, contours and the importance of params, clicked through in a browser."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import find_faults
from tests.e2e.sample import IMAGES, SWEEP, Sample
from tests.e2e.test_compare import CURVES, PNG, chart_of, choose, open_charts, state_of
from tests.servers import Server

PLOTS = [
    "bar:metrics.auc",
    "box:metrics.auc:params.depth",
    "contour:metrics.auc:params.depth:params.rate",
    "importance:metrics.auc",
]


def test_each_is_one_click_away(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample, SWEEP)
    for name in ("Bar chart", "Box plot", "Contour plot", "Parameter importance"):
        page.get_by_role("button", name="Add a chart").click()
        page.get_by_role("menuitem", name=name).click()
    importance = chart_of(page, "Importance for auc")
    heads = importance.get_by_role("rowheader")
    expect(heads).to_have_count(2)
    assert set(heads.all_inner_texts()) == {"depth", "rate"}
    contour = page.get_by_role("region", name=re.compile("^Contour of auc over (depth|rate) and"))
    expect(contour.locator(CURVES)).to_have_attribute("aria-label", re.compile(": 12 runs$"))
    box = page.get_by_role("region", name="Spread of auc by")
    expect(box.locator(CURVES)).to_be_visible()
    expect(chart_of(page, "Bars of auc").get_by_role("listitem").first).to_be_visible()
    added = json.loads(state_of(page)["charts"][0])
    assert added[:2] == ["importance:metrics.auc", "contour:metrics.auc"]
    assert added[3] == "bar:metrics.auc"
    # A param leads to how the metric follows it.
    heads.filter(has_text="rate").get_by_role("button").click()
    scatter = chart_of(page, "auc by rate").locator(CURVES)
    expect(scatter).to_have_attribute("aria-label", re.compile("12 runs"))


def test_columns_are_chosen_in_the_head(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample, charts=["bar:params.optimizer", "box:metrics.val/loss"])
    counts = chart_of(page, "Runs by optimizer").get_by_role("listitem")
    expect(counts).to_have_text(["sgd7", "adam6"])
    page.get_by_role("button", name="Least first: Runs by optimizer").click()
    expect(counts).to_have_text(["adam6", "sgd7"])
    page.get_by_role("combobox", name="Boxes").click()
    page.get_by_role("option", name="stage").click()
    boxes = chart_of(page, "Spread of val/loss by stage").locator(CURVES)
    expect(boxes).to_have_attribute("aria-label", re.compile("2 boxes of 12 runs"))
    page.get_by_role("combobox", name="Metric").click()
    page.get_by_role("option", name="min val/loss").click()
    expect(chart_of(page, "Spread of min val/loss by stage").locator(CURVES)).to_be_visible()
    assert json.loads(state_of(page)["charts"][0]) == [
        "bar:params.optimizer:rising",
        "box:min(metrics.val/loss):tags.stage",
    ]


def test_keys_go_from_run_to_run(page: Page, site: Server, sample: Sample) -> None:
    charts = ["scatter:params.depth:metrics.auc", "bar:metrics.auc"]
    open_charts(page, site, sample, SWEEP, charts=charts)
    bars = chart_of(page, "Bars of auc")
    expect(bars.get_by_role("listitem").first).to_be_visible()
    plot = chart_of(page, "auc by depth").get_by_role("application")
    said = plot.locator("[aria-live]")
    plot.focus()
    page.keyboard.press("Home")
    expect(said).to_have_text(re.compile(r"^trial-\d-\d, depth: \d, auc: 0\.\d+$"))
    first = said.inner_text()
    page.keyboard.press("ArrowUp")
    expect(said).not_to_have_text(first)
    name = said.inner_text().split(",")[0]
    marked = bars.get_by_role("listitem").filter(has_text=name)
    expect(marked).to_have_attribute("data-marked", "true")
    page.keyboard.press("Escape")
    expect(said).to_be_empty()
    bars.get_by_role("group").focus()
    page.keyboard.press("End")
    best = bars.locator("[aria-live]").inner_text().split(":")[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=best)).to_be_visible()
    assert page.url.endswith(f"/runs/{sample.runs[best]}")


def test_a_run_is_marked_in_its_bar(page: Page, site: Server, sample: Sample) -> None:
    charts = json.dumps(["bar:params.optimizer", "bar:metrics.test/accuracy:rising"])
    page.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}?charts={charts}")
    bar = chart_of(page, "Bars of test/accuracy").get_by_role("listitem").first
    bar.hover()
    expect(bar).to_have_attribute("data-marked", "true")
    expect(page.locator("[data-run][data-hovered]")).to_have_count(1)
    page.get_by_role("row", name=re.compile("vit-s-sgd-0.001")).first.hover()
    counts = chart_of(page, "Runs by optimizer").get_by_role("listitem")
    expect(counts.filter(has_text="sgd")).to_have_attribute("data-marked", "true")
    expect(counts.filter(has_text="adam")).to_have_attribute("data-faded", "true")


def test_they_are_saved_and_read_as_tables(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample, SWEEP, charts=PLOTS[1:])
    titles = ["Spread of auc by depth", "Contour of auc over depth and rate", "Importance for auc"]
    expect(chart_of(page, titles[2]).get_by_role("rowheader")).to_have_count(2)
    for title in titles[:2]:
        expect(chart_of(page, title).locator("canvas").first).to_be_visible()

    def save(title: str, kind: str) -> bytes:
        with page.expect_download() as download:
            choose(page, chart_of(page, title), kind)
        return Path(download.value.path()).read_bytes()

    rows = list(csv.DictReader(io.StringIO(save(titles[0], "CSV").decode())))
    assert len(rows) == 12
    assert all(
        float(row["box_lower_quartile"]) <= float(row["box_median"]) <= float(row["box_high"])
        for row in rows
    )
    rows = list(csv.DictReader(io.StringIO(save(titles[2], "CSV").decode())))
    assert {row["param"] for row in rows} == {"depth", "rate"}
    assert all(-1 <= float(row["spearman"]) <= 1 for row in rows)
    for title in titles:
        ElementTree.fromstring(save(title, "SVG"))
    assert save(titles[1], "PNG").startswith(PNG)
    choose(page, chart_of(page, titles[1]), "Show as a table")
    table = page.get_by_role("dialog").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["run_id", "run", "auc", "depth", "rate"]
    )
    expect(table.get_by_role("row")).to_have_count(13)


def test_what_cannot_be_drawn_says_why(page: Page, site: Server, sample: Sample) -> None:
    charts = [
        "contour:metrics.val/loss",
        "contour:metrics.val/loss:params.lr:params.model",
        "box:metrics.none",
        "bar:params.none",
    ]
    open_charts(page, site, sample, charts=charts)
    expect(page.get_by_text("these runs differ in fewer than two such params")).to_be_visible()
    expect(page.get_by_text("model is not a number in all of these runs")).to_be_visible()
    expect(page.get_by_text("None of these runs has a number for none")).to_be_visible()
    expect(page.get_by_text("None of these runs has none")).to_be_visible()
    run = sample.runs["trial-0-0"]
    open_charts(page, site, sample, SWEEP, charts=PLOTS, selected=[run])
    expect(chart_of(page, "Bars of auc").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_text("One run has no spread")).to_be_visible()
    expect(page.get_by_text("A contour needs 6 runs")).to_be_visible()
    expect(page.get_by_text("Importance needs 8 runs")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_they_are_accessible(page: Page, site: Server, sample: Sample, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_charts(page, site, sample, SWEEP, charts=PLOTS)
    expect(chart_of(page, "Importance for auc").get_by_role("rowheader")).to_have_count(2)
    expect(
        page.get_by_role("region", name="Contour of auc").locator("canvas").first
    ).to_be_visible()
    assert find_faults(page) == []
