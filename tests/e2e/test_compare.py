"""Charts beside the table, and the page of what differs, clicked through in a browser."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from headrace import MlflowClient
from headrace.entities import Metric, Param
from tests.e2e.conftest import find_faults, wait_until
from tests.e2e.sample import IMAGES, STEPS, SWEEP, Sample
from tests.servers import Server

PNG = b"\x89PNG\r\n\x1a\n"
CURVES = "[role=img]"


def open_charts(
    page: Page, site: Server, sample: Sample, name: str = IMAGES, **search: object
) -> None:
    """Open an experiment whose charts have the whole width."""
    fields = {"layout": "charts", **search}
    query = "&".join(f"{key}={quote(json.dumps(value))}" for key, value in fields.items())
    page.goto(f"{site.url}/#/experiments/{sample.experiments[name]}?{query}")


def open_comparison(page: Page, site: Server, runs: list[str], query: str = "") -> None:
    """Open the page that compares runs of these ids."""
    page.goto(f"{site.url}/#/compare?runs={quote(json.dumps(runs))}{query}")


def chart_of(page: Page, name: str) -> Locator:
    """Return the card of a chart."""
    return page.get_by_role("region", name=name, exact=True)


def curves_of(page: Page, name: str) -> Locator:
    """Return the drawing of a chart of curves, whose label tells what it shows."""
    return chart_of(page, name).locator(CURVES)


def state_of(page: Page) -> dict[str, list[str]]:
    """Return the state in the URL."""
    from urllib.parse import parse_qs

    return parse_qs(page.url.partition("?")[2])


def is_drawn(drawing: Locator) -> bool:
    """Return whether the canvas of the curves has anything on it."""
    return bool(
        drawing.evaluate(
            """(box) => {
              const canvas = box.querySelector(".u-over canvas");
              if (!canvas || !canvas.width) return false;
              const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
              return data.some((byte) => byte !== 0);
            }"""
        )
    )


def drag(page: Page, drawing: Locator, start: float, end: float) -> None:
    """Drag over a plot from one share of its width to another."""
    box = drawing.locator(".u-over").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], middle, steps=4)
    page.mouse.up()


def choose(page: Page, card: Locator, item: str) -> None:
    """Choose an item of a chart's menu."""
    card.hover()
    card.get_by_role("button", name=re.compile("^Save or arrange")).click()
    page.get_by_role("menuitem", name=item).click()


# --- charts ---------------------------------------------------------------------------------------


def test_charts_draw_themselves_from_what_was_logged(
    page: Page, site: Server, sample: Sample
) -> None:
    open_charts(page, site, sample)
    heads = page.get_by_role("main").get_by_role("heading", level=2)
    expect(heads).to_have_text(["Metrics1", "train1", "val2", "test1", "Images2"])
    loss = curves_of(page, "train/loss")
    expect(loss).to_have_attribute("aria-label", re.compile(r"train/loss by step: 13 curves"))
    wait_until(page, lambda: is_drawn(loss))
    bars = chart_of(page, "test/accuracy").get_by_role("listitem")
    expect(bars.first).to_be_visible()
    values = [float(text.split("\n")[-1]) for text in bars.all_inner_texts()]
    assert len(values) > 5
    assert values == sorted(values, reverse=True)


def test_the_same_run_is_marked_everywhere(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}")
    run = "vit-s-sgd-0.001"
    row = page.get_by_role("row", name=re.compile(run)).first
    bar = (
        chart_of(page, "test/accuracy")
        .get_by_role("listitem")
        .filter(has_text=re.compile(r"^vit-s-sgd-0.001"))
    )
    bar.scroll_into_view_if_needed()
    bar.hover()
    expect(bar).to_have_attribute("data-marked", "true")
    expect(row).to_have_attribute("data-hovered", "")
    canvas = curves_of(page, "val/loss").locator(".u-over canvas").first
    expect(canvas).to_have_css("opacity", "0.25")
    page.mouse.move(5, 5)
    expect(canvas).to_have_css("opacity", "1")
    # A page that is left under the pointer leaves no mark for those after it.
    bar.hover()
    expect(bar).to_have_attribute("data-marked", "true")
    address = page.url
    page.goto(f"{site.url}/#/models")
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    page.mouse.move(5, 5)
    page.goto(address)
    expect(canvas).to_have_css("opacity", "1")


def test_the_pointer_reads_the_nearest_runs(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample)
    over = curves_of(page, "train/loss").locator(".u-over")
    expect(over).to_be_visible()
    expect(chart_of(page, "test/accuracy").get_by_role("listitem").first).to_be_visible()
    over.hover(position={"x": 60, "y": 40})
    readout = page.locator("body > div[aria-hidden=true]").filter(has_text="Step")
    expect(readout).to_be_visible()
    assert len(re.findall(r"(resnet|vit)", readout.inner_text())) == 8
    # The other charts say the value of the same run at the same step.
    near = re.search(r"(resnet|vit)[^\n]*", readout.inner_text())
    assert near
    page.mouse.move(5, 5)
    expect(readout).to_be_hidden()


def test_zoom_fetches_detail_and_a_double_click_goes_back(
    changed_site: Server, page: Page, fresh: str
) -> None:
    run_id, experiment_id = log_long_run(changed_site, fresh)
    asked: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda request: (
            asked.append(request.post_data_json) if "get-series" in request.url else None
        ),
    )
    page.goto(f"{changed_site.url}/#/experiments/{experiment_id}?layout=charts")
    drawing = curves_of(page, "loss")
    expect(drawing).to_be_visible()
    drag(page, drawing, 0.4, 0.5)
    expect(page.get_by_role("button", name="Reset the zoom").first).to_be_visible()
    start, end = json.loads(state_of(page)["zoom"][0])
    assert 7_000 < start < 8_500 < 9_500 < end < 11_000
    wait_until(page, lambda: details(asked) == [([run_id], start, end)])
    drawing.locator(".u-over").dblclick()
    expect(page.get_by_role("button", name="Reset the zoom")).to_have_count(0)
    assert "zoom" not in state_of(page)
    # Also on an axis of times, from the address alone: a second has a thousand steps here.
    asked.clear()
    page.goto(
        f"{changed_site.url}/#/experiments/{experiment_id}?layout=charts&x=relative&zoom=[8,9]"
    )
    page.reload()
    wait_until(page, lambda: bool(details(asked)))
    [(_, first, last)] = details(asked)
    assert 7_500 < first < 8_500 < last < 9_500


def test_axes_scales_and_smoothing_stand_in_the_url(
    page: Page, site: Server, sample: Sample
) -> None:
    open_charts(page, site, sample)
    page.get_by_text("Since start", exact=True).first.click()
    expect(curves_of(page, "train/loss")).to_have_attribute("aria-label", re.compile("since start"))
    page.get_by_text("Time", exact=True).first.click()
    expect(curves_of(page, "train/loss")).to_have_attribute("aria-label", re.compile("by time"))
    page.get_by_text("Step", exact=True).first.click()
    slider = page.get_by_role("slider", name="Smoothing")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("0.03", exact=True)).to_be_visible()
    page.get_by_role("button", name="Axes").click()
    page.get_by_role("switch", name="Logarithmic values").click()
    page.get_by_role("switch", name="Cut outliers: 1 % at each end").click()
    page.get_by_label("First step").fill("10")
    page.get_by_label("Last step").fill("50")
    page.get_by_label("Last step").blur()
    expect(page.get_by_role("button", name="Reset the zoom").first).to_be_visible()
    state = state_of(page)
    assert state["smooth"] == ["0.03"]
    assert (state["logY"], state["cut"]) == (["true"], ["true"])
    assert "x" not in state
    page.reload()
    expect(curves_of(page, "train/loss")).to_be_visible()
    assert state_of(page) == state


def test_runs_are_grouped_by_what_they_share(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample)
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("checkbox", name="optimizer").check()
    expect(curves_of(page, "val/loss")).to_have_attribute(
        "aria-label", re.compile("val/loss by step: 2 curves")
    )
    expect(page.get_by_role("list", name="Legend").get_by_role("listitem")).to_have_text(
        ["adam", "sgd"]
    )
    page.get_by_text("± deviation").click()
    page.get_by_role("switch", name="Draw the runs too").click()
    state = state_of(page)
    assert json.loads(state["group"][0]) == ["params.optimizer"]
    assert (state["spread"], state["raw"]) == (["deviation"], ["true"])
    page.keyboard.press("Escape")
    bars = chart_of(page, "test/accuracy").get_by_role("listitem")
    expect(bars).to_have_count(2)


def test_a_run_in_the_table_marks_its_group(page: Page, site: Server, sample: Sample) -> None:
    group = quote(json.dumps(["params.optimizer"]))
    page.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}?group={group}")
    bars = chart_of(page, "test/accuracy").get_by_role("listitem")
    expect(bars).to_have_count(2)
    page.get_by_role("row", name=re.compile("vit-s-sgd-0.001")).hover()
    expect(bars.filter(has_text="sgd")).to_have_attribute("data-marked", "true")
    expect(bars.filter(has_text="adam")).to_have_attribute("data-faded", "true")


def test_further_plots_are_one_click_away(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample)
    page.get_by_role("button", name="Add a chart").click()
    page.get_by_role("menuitem", name="Parallel coordinates").click()
    plot = chart_of(page, "Parallel coordinates").locator(CURVES)
    expect(plot.locator("canvas").first).to_be_visible()
    page.get_by_role("button", name="Add a chart").click()
    page.get_by_role("menuitem", name="Scatter plot").click()
    axis = page.get_by_label("Vertical axis").first
    axis.click()
    page.get_by_role("option", name="test/accuracy").click()
    scatter = page.get_by_role("region", name="test/accuracy by")
    expect(scatter.locator(CURVES)).to_have_attribute("aria-label", re.compile("12 runs"))
    assert len(json.loads(state_of(page)["charts"][0])) == 2
    choose(page, chart_of(page, "Parallel coordinates"), "Remove")
    choose(page, scatter, "Remove")
    expect(page.get_by_role("heading", name=re.compile("^Added"))).to_have_count(0)


def test_a_chart_is_found_enlarged_and_put_on_top(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample)
    page.get_by_role("textbox", name="Find charts").fill("LOSS val")
    expect(page.get_by_role("heading", level=3)).to_have_text(["loss"])
    card = chart_of(page, "val/loss")
    choose(page, card, "Move to the top")
    expect(page.get_by_role("heading", name=re.compile("^Added"))).to_be_visible()
    card.hover()
    page.get_by_role("button", name="Enlarge: val/loss").click()
    expect(page.get_by_role("heading", level=3)).to_have_text(["val/loss"])
    assert state_of(page)["focus"] == ["metrics.val/loss"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=3)).to_have_count(1)
    page.get_by_role("textbox", name="Find charts").fill("no such chart")
    page.get_by_role("button", name="Show all of them").click()
    expect(chart_of(page, "train/loss")).to_be_visible()


def test_sections_fold(page: Page, site: Server, sample: Sample) -> None:
    open_charts(page, site, sample)
    expect(chart_of(page, "train/loss")).to_be_visible()
    page.get_by_role("button", name=re.compile("^train")).click()
    expect(chart_of(page, "train/loss")).to_have_count(0)
    assert json.loads(state_of(page)["toggled"][0]) == ["train"]


def test_charts_are_saved(page: Page, site: Server, sample: Sample) -> None:
    page.emulate_media(reduced_motion="no-preference")
    open_charts(page, site, sample, zoom=[100, STEPS])
    card = chart_of(page, "train/loss")
    expect(curves_of(page, "train/loss")).to_be_visible()

    def save(kind: str) -> bytes:
        with page.expect_download() as download:
            choose(page, card, kind)
        assert download.value.suggested_filename == f"train-loss.{kind.lower()}"
        return Path(download.value.path()).read_bytes()

    rows = list(csv.reader(io.StringIO(save("CSV").decode())))
    assert rows[0] == ["run_id", "run", "step", "train/loss"]
    assert len(rows) == 1 + 12 * (STEPS - 100)
    assert {row[1] for row in rows[1:]} <= set(sample.runs)
    drawing = ElementTree.fromstring(save("SVG"))
    text = "".join(drawing.itertext())
    assert "train/loss" in text
    assert "vit-s-sgd-0.001" in text
    assert save("PNG").startswith(PNG)


def test_points_arrive_by_themselves(changed_site: Server, page: Page, fresh: str) -> None:
    client = MlflowClient(changed_site.url)
    experiment_id = client.create_experiment(fresh)
    run_id = client.create_run(experiment_id, run_name="now").info.run_id
    page.goto(f"{changed_site.url}/#/experiments/{experiment_id}?layout=charts")
    expect(page.get_by_text("These runs have no metrics yet")).to_be_visible()
    for step in range(3):
        client.log_metric(run_id, "loss", 1.0 + step, step=step, synchronous=True)
    drawing = curves_of(page, "loss")
    expect(drawing).to_have_attribute("aria-label", re.compile("now, between .* and 3.1"))
    client.log_metric(run_id, "loss", 9.0, step=3, synchronous=True)
    expect(drawing).to_have_attribute("aria-label", re.compile("and 9.4"))
    client.log_metric(run_id, "late", 5.0, synchronous=True)
    expect(chart_of(page, "late").get_by_role("listitem")).to_have_text(["now5"])


def test_gaps_and_single_points_are_drawn(changed_site: Server, page: Page, fresh: str) -> None:
    client = MlflowClient(changed_site.url)
    experiment_id = client.create_experiment(fresh)
    run_id = client.create_run(experiment_id).info.run_id
    values = [1.0, float("nan"), 2.0, float("inf"), 3.0]
    client.log_batch(
        run_id, metrics=[Metric("gappy", value, 1_000 * i, i) for i, value in enumerate(values)]
    )
    page.goto(f"{changed_site.url}/#/experiments/{experiment_id}?layout=charts")
    drawing = curves_of(page, "gappy")
    expect(drawing).to_have_attribute("aria-label", re.compile(r"between 0.9 and 3.1"))
    wait_until(page, lambda: is_drawn(drawing))


def test_a_chart_says_why_it_has_no_points(page: Page, site: Server, sample: Sample) -> None:
    refusal = {"error_code": "PERMISSION_DENIED", "message": "Ask the owner for the points."}
    page.goto("about:blank")  # points that were read before would be drawn
    page.route("**/metrics/get-series", lambda route: route.fulfill(status=403, json=refusal))
    open_charts(page, site, sample)
    card = chart_of(page, "train/loss")
    expect(card).to_contain_text("Ask the owner for the points.")
    page.unroute("**/metrics/get-series")
    card.get_by_role("button", name="Try again").click()
    expect(curves_of(page, "train/loss")).to_be_visible()


def test_an_experiment_without_runs_says_how_to_begin(
    changed_site: Server, page: Page, fresh: str
) -> None:
    experiment_id = MlflowClient(changed_site.url).create_experiment(fresh)
    page.goto(f"{changed_site.url}/#/experiments/{experiment_id}?layout=charts")
    expect(page.get_by_text("log_metric")).to_contain_text(changed_site.url)


# --- what differs ---------------------------------------------------------------------------------


@pytest.fixture
def compared(sample: Sample) -> list[str]:
    """Ids of three runs of the sample."""
    return [sample.runs[name] for name in ("resnet18-adam-0.001", "vit-s-sgd-0.01", "diverged")]


def fact(page: Page, name: str) -> Locator:
    """Return the row of a fact."""
    head = page.get_by_role("rowheader", name=name, exact=True)
    return page.get_by_role("row").filter(has=head)


def test_only_what_differs_is_shown(
    page: Page, site: Server, sample: Sample, compared: list[str]
) -> None:
    open_comparison(page, site, compared)
    expect(page.get_by_role("heading", level=1)).to_have_text("3 runs compared")
    expect(fact(page, "optimizer").get_by_role("cell")).to_have_text(["adam", "sgd", "sgd"])
    expect(fact(page, "status").get_by_role("cell")).to_have_text(
        ["finished", "finished", "failed"]
    )
    expect(fact(page, "batch_size")).to_have_count(0)
    expect(fact(page, "val/loss").get_by_role("mark")).to_have_count(1)
    page.get_by_role("switch", name="Show all").click()
    expect(fact(page, "batch_size").get_by_role("cell")).to_have_text(["128", "128", "128"])
    page.get_by_role("textbox", name="Find rows").fill("params opt")
    expect(page.get_by_role("rowheader")).to_have_count(2)
    state = state_of(page)
    assert (state["all"], state["rows"]) == (["true"], ["params opt"])
    # Their curves stand beside it.
    expect(curves_of(page, "train/loss")).to_have_attribute("aria-label", re.compile("3 curves"))


def test_runs_come_and_go(page: Page, site: Server, sample: Sample, compared: list[str]) -> None:
    open_comparison(page, site, compared, "&layout=table")
    page.get_by_role("button", name="Change the place of diverged").click()
    page.get_by_role("menuitem", name="Compare the others with this one").click()
    heads = page.get_by_role("columnheader").get_by_role("link")
    expect(heads).to_have_text(["diverged", "resnet18-adam-0.001", "vit-s-sgd-0.01"])
    page.get_by_role("button", name="Change the place of diverged").click()
    page.get_by_role("menuitem", name="Remove from here").click()
    expect(heads).to_have_count(2)
    page.get_by_role("button", name="Add runs").click()
    page.get_by_role("textbox", name="Find a run by its name").fill("RESNET50-SGD")
    page.get_by_role("list", name="Runs").get_by_role("button", name="resnet50-sgd-0.01").click()
    page.keyboard.press("Escape")
    expect(heads).to_have_text(["resnet18-adam-0.001", "vit-s-sgd-0.01", "resnet50-sgd-0.01"])
    page.get_by_role("link", name=IMAGES).last.click()
    page.wait_for_url(re.compile(r"/experiments/\d+\?selected="))


def test_the_table_is_saved(page: Page, site: Server, compared: list[str]) -> None:
    open_comparison(page, site, compared, "&layout=table")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the table as CSV").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text())))
    assert rows[0] == ["kind", "name", "resnet18-adam-0.001", "vit-s-sgd-0.01", "diverged"]
    assert rows[1] == ["run", "id", *compared]
    assert ["Params", "optimizer", "adam", "sgd", "sgd"] in rows
    assert not any(row[1] == "batch_size" for row in rows)


def test_context_differs_where_it_was_recorded(
    changed_site: Server, page: Page, tmp_path: Path
) -> None:
    script = tmp_path / "code" / "train.py"
    script.parent.mkdir()
    script.write_text(TRAINING)
    for command in ("init -q", "add .", "-c user.name=a -c user.email=a@b.c commit -qm first"):
        subprocess.run(["git", *command.split()], cwd=script.parent, check=True)
    runs = [train(changed_site, script, "committed")]
    script.write_text(TRAINING + "# A line that nobody committed.\n")
    runs.append(train(changed_site, script, "changed"))
    client = MlflowClient(changed_site.url)
    experiment_id = client.get_run(runs[0]).info.experiment_id
    runs.append(client.create_run(experiment_id, run_name="silent").info.run_id)
    open_comparison(page, changed_site, runs, "&layout=table")
    changes = fact(page, "uncommitted changes").get_by_role("cell")
    expect(changes.first).to_have_text("none")
    expect(changes.last).to_have_text("not recorded")
    expect(fact(page, "arguments").get_by_role("cell").nth(1)).to_have_text("changed")
    changes.get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text("+# A line that nobody committed.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("rowheader", name=re.compile("^Packages"))).to_have_count(0)
    page.get_by_role("switch", name="Show all").click()
    packages = page.get_by_role("rowheader", name=re.compile("^Packages"))
    page.get_by_role("textbox", name="Find rows").fill("packages numpy")
    expect(packages).to_have_text(re.compile("not recorded by 1 of 3"))
    packages.get_by_role("button").click()
    expect(fact(page, "numpy")).to_have_count(0)
    assert json.loads(state_of(page)["folded"][0]) == ["Packages"]


TRAINING = """import sys, headrace
with headrace.start_run(run_name=sys.argv[1]) as run:
    print(run.info.run_id)
"""


def train(server: Server, script: Path, *arguments: str) -> str:
    """Run a script that logs to a server; return the id of its run."""
    environment = {**os.environ, "HEADRACE_TRACKING_URI": server.url}
    environment.pop("HEADRACE_CONTEXT_EXCLUDE", None)  # other tests record no context
    done = subprocess.run(
        [sys.executable, script.name, *arguments],
        cwd=script.parent,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    found = re.search(r"^[0-9a-f]{32}$", done.stdout, re.MULTILINE)
    assert found
    return found[0]


def test_a_hundred_runs_are_compared(changed_site: Server, page: Page, fresh: str) -> None:
    client = MlflowClient(changed_site.url)
    experiment_id = client.create_experiment(fresh)
    ids = []
    for number in range(120):
        run_id = client.create_run(experiment_id, run_name=f"run {number}").info.run_id
        client.log_batch(
            run_id,
            metrics=[Metric("loss", number + step, 0, step) for step in range(3)],
            params=[Param("number", str(number)), Param("same", "x")],
        )
        ids.append(run_id)
    open_comparison(page, changed_site, ids)
    expect(page.get_by_role("heading", level=1)).to_have_text("120 runs compared")
    expect(page.get_by_role("table")).to_have_attribute("aria-colcount", "121")
    page.get_by_role("table").evaluate("(table) => table.scrollTo(1e6, 0)")
    expect(fact(page, "number").get_by_role("cell").last).to_have_text("119")
    expect(curves_of(page, "loss")).to_have_attribute("aria-label", re.compile("120 curves"))


def test_runs_that_are_not_there_are_told(
    page: Page, site: Server, sample: Sample, compared: list[str]
) -> None:
    open_comparison(page, site, ["0" * 32])
    expect(page.get_by_text("None of these runs is there any more")).to_be_visible()
    open_comparison(page, site, [*compared, "1" * 32])
    expect(page.get_by_text("1 run is not there any more")).to_be_visible()
    page.goto(f"{site.url}/#/compare")
    expect(page.get_by_text("No runs to compare")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_and_comparison_are_accessible(
    page: Page, site: Server, sample: Sample, compared: list[str], scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_charts(page, site, sample, charts=["scatter:params.lr:metrics.val/loss"])
    expect(curves_of(page, "train/loss")).to_be_visible()
    assert find_faults(page) == []
    open_charts(page, site, sample, SWEEP, group=["params.fold"])
    expect(chart_of(page, "auc").get_by_role("listitem").first).to_be_visible()
    assert find_faults(page) == []
    open_comparison(page, site, compared)
    expect(fact(page, "optimizer").get_by_role("cell").first).to_be_visible()
    assert find_faults(page) == []


def details(asked: list[dict[str, Any]]) -> list[tuple[list[str], int, int]]:
    """Return which runs and steps the requests of details were for."""
    wanted = [request for request in asked if request.get("start_step") is not None]
    return [(one["run_ids"], one["start_step"], one["end_step"]) for one in wanted]


def log_long_run(server: Server, experiment: str) -> tuple[str, str]:
    """Log a run of 20,000 points to a new experiment; return the ids of run and experiment."""
    client = MlflowClient(server.url)
    experiment_id = client.create_experiment(experiment)
    run_id = client.create_run(experiment_id, run_name="long").info.run_id
    now = int(time.time() * 1000)
    for start in range(0, 20_000, 1_000):
        steps = range(start, start + 1_000)
        client.log_batch(run_id, metrics=[Metric("loss", 1 / (1 + s), now + s, s) for s in steps])
    client.set_terminated(run_id)
    return run_id, experiment_id


def test_commits_lead_to_where_they_are_shown(page: Page, changed_site: Server, fresh: str) -> None:
    client = MlflowClient(changed_site.url)
    experiment_id = client.create_experiment(fresh)
    remotes = ("git@gitlab.example.com:team/code.git", "/srv/git/code")
    runs = []
    for number, remote in enumerate(remotes):
        tags = {
            "mlflow.source.git.commit": f"{number}" * 40,
            "mlflow.source.git.repoURL": remote,
        }
        runs.append(client.create_run(experiment_id, tags=tags).info.run_id)
    page.goto(f"{changed_site.url}/#/compare?runs={quote(json.dumps(runs))}")
    expect(page.get_by_role("cell", name="1" * 12)).to_be_visible()
    link = page.get_by_role("link", name="0" * 12)
    url = f"https://gitlab.example.com/team/code/-/commit/{'0' * 40}"
    expect(link).to_have_attribute("href", url)
    expect(page.get_by_role("link", name="1" * 12)).to_have_count(0)
