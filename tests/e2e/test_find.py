"""Experiments and the table of their runs: find, order, filter, look, change many at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

import headrace
from headrace import MlflowClient
from tests.e2e.conftest import find_faults, wait_until
from tests.e2e.sample import IMAGES, SWEEP, TEXT, Sample
from tests.servers import Server

BEST = "vit-s-sgd-0.001"


def names(page: Page) -> list[str]:
    """Return the names of the runs in the table, from top to bottom."""
    rows = page.locator("[data-run]")
    found = [(int(row.get_attribute("data-row") or 0), row) for row in rows.all()]
    return [
        row.get_by_role("link").inner_text() for _, row in sorted(found, key=lambda one: one[0])
    ]


def row_of(page: Page, name: str) -> Locator:
    """Return the row of a run."""
    return page.locator("[data-run]").filter(has=page.get_by_role("link", name=name, exact=True))


def open_runs(page: Page, site: Server, experiment: str, search: str = "") -> None:
    """Load the table of an experiment and wait for its first row."""
    page.goto("about:blank")  # a table that was left shows the place where its reader stood
    page.goto(f"{site.url}/#/experiments/{experiment}?layout=table{search}")
    expect(page.locator("[data-run]").first).to_be_visible(timeout=20_000)


def expect_names(page: Page, expected: list[str]) -> None:
    """Wait until the table has these runs, in this order."""
    expect(page.locator("[data-run]")).to_have_count(len(expected))
    for row, name in enumerate(expected):
        expect(page.locator(f"[data-row='{row}']")).to_contain_text(name)


@pytest.fixture
def images(page: Page, site: Server, sample: Sample) -> Page:
    """A page with the table of thirteen trainings."""
    open_runs(page, site, sample.experiments[IMAGES])
    return page


@dataclass
class Made:
    """An experiment of one test.

    Attributes:
        client: A client of its server.
        experiment_id: Its id.
        name: Its name.

    """

    client: MlflowClient
    experiment_id: str
    name: str


@pytest.fixture
def made(fresh_client: Path, changed_site: Server, fresh: str) -> Made:
    """An experiment of this test alone, with five runs."""
    headrace.set_tracking_uri(changed_site.url)
    experiment_id = headrace.set_experiment(fresh).experiment_id
    for number in range(5):
        with headrace.start_run(run_name=f"run-{number}"):
            headrace.log_metric("loss", number / 10)
            headrace.log_param("lr", 10.0**-number)
    return Made(MlflowClient(), experiment_id, fresh)


# --- the table -----------------------------------------------------------------------------------


def test_the_first_table_tells_which_run_is_best(images: Page) -> None:
    row = row_of(images, BEST)
    best = row.locator("[data-best]")
    expect(best).to_have_count(4)
    expect(best.first).to_have_text("0.9273")
    # Params that differ are columns, those that do not are one line.
    expect(row.locator("[data-column='params.optimizer']")).to_have_text("sgd")
    expect(images.locator("[data-column='params.batch_size']")).to_have_count(0)
    expect(images.get_by_text("batch_size 128 · epochs 120 the same in all runs")).to_be_visible()
    expect(row.locator("[data-column='metrics.val/loss'] svg path")).to_have_count(1)
    expect(images.get_by_role("columnheader", name="Metrics · val")).to_be_visible()
    expect(row_of(images, "diverged").get_by_label("Failed")).to_be_visible()


def test_a_click_on_a_head_orders_by_the_good_side_first(images: Page) -> None:
    head = images.get_by_role("columnheader", name="loss").first
    head.get_by_role("button", name="loss", exact=True).click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(images.locator("[data-row='0']")).to_contain_text(BEST)
    head.get_by_role("button", name="loss", exact=True).click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(images).to_have_url(re.compile("order="))
    # What has no value comes last in both directions.
    expect(images.locator("[data-row='12']")).to_contain_text("diverged")


def test_rows_come_already_while_the_pointer_rests_on_a_head(images: Page) -> None:
    head = images.get_by_role("columnheader", name="loss").first
    with images.expect_request(lambda one: "ASC" in (one.post_data or "")):
        head.get_by_role("button", name="loss", exact=True).hover()
    expect(head).not_to_have_attribute("aria-sort", re.compile("."))
    expect(images.locator("[role=treegrid]")).not_to_have_attribute("data-stale", "true")
    head.get_by_role("button", name="loss", exact=True).click()
    expect(images.locator("[data-row='0']")).to_contain_text(BEST)


def test_a_run_is_read_already_while_the_pointer_rests_on_its_name(images: Page) -> None:
    # Of the page that a test before has opened, nothing may be known.
    images.goto("about:blank")
    images.go_back()
    name = row_of(images, BEST).get_by_role("link")
    with images.expect_request(lambda request: "/runs/get?" in request.url):
        name.hover()
    expect(images).not_to_have_url(re.compile("/runs/"))
    name.click()
    expect(images.get_by_role("heading", name=BEST)).to_be_visible()


def test_a_metric_is_ordered_by_its_least_value(images: Page) -> None:
    images.get_by_role("columnheader", name="loss").first.hover()
    images.get_by_role("button", name="Menu of loss").first.click()
    images.get_by_role("menuitem", name="Order by min, descending").click()
    expect(images.get_by_role("columnheader", name="min loss")).to_have_attribute(
        "aria-sort", "descending"
    )
    images.reload()
    expect(images.get_by_role("columnheader", name="min loss")).to_be_visible()


def test_params_that_are_numbers_are_ordered_as_numbers(
    page: Page, changed_site: Server, made: Made
) -> None:
    open_runs(page, changed_site, made.experiment_id)
    page.get_by_role("button", name="lr", exact=True).click()
    expect_names(page, ["run-4", "run-3", "run-2", "run-1", "run-0"])


def test_columns_are_found_shown_pinned_and_put_back(images: Page) -> None:
    images.get_by_role("button", name="Columns", exact=True).click()
    images.get_by_label("Search columns").fill("batch")
    images.get_by_role("checkbox", name="batch_size").click()
    images.get_by_role("button", name="Pin batch_size").click()
    images.keyboard.press("Escape")
    cell = row_of(images, BEST).locator("[data-column='params.batch_size']")
    expect(cell).to_have_text("128")
    expect(images).to_have_url(re.compile("pinned="))
    images.get_by_role("button", name="Table options").click()
    images.get_by_role("menuitem", name="Columns as at first").click()
    expect(cell).to_have_count(0)


def test_columns_are_dragged_to_another_place_and_width(images: Page) -> None:
    def places() -> list[str]:
        heads = images.locator("[role=columnheader][title]").all()
        boxes = [(head.bounding_box(), head.get_attribute("title")) for head in heads]
        return [title or "" for _, title in sorted(boxes, key=lambda one: (one[0] or {})["x"])]

    before = places()
    optimizer = images.get_by_role("button", name="optimizer", exact=True)
    optimizer.hover()
    images.mouse.down()
    target = images.get_by_role("button", name="model", exact=True).bounding_box()
    assert target
    images.mouse.move(target["x"] + 4, target["y"] + 8, steps=5)
    images.mouse.up()
    expect(images).to_have_url(re.compile("columns="))

    def are_swapped() -> bool:
        after = places()
        is_whole = sorted(after) == sorted(before)
        return is_whole and after.index("params.optimizer") < after.index("params.model")

    wait_until(images, are_swapped)

    head = images.locator("[role=columnheader][title='duration']")
    box = head.bounding_box()
    assert box
    images.mouse.move(box["x"] + box["width"], box["y"] + 10)
    images.mouse.down()
    images.mouse.move(box["x"] + box["width"] + 60, box["y"] + 10, steps=4)
    images.mouse.up()
    expect(images).to_have_url(re.compile("widths="))
    expect(head).to_have_js_property("offsetWidth", box["width"] + 60)
    images.mouse.dblclick(box["x"] + box["width"] + 60, box["y"] + 10)
    expect(images).to_have_url(re.compile(r"widths=%7B%22duration%22%3A\d\d%7D"))


def test_a_column_is_hidden_by_its_menu(images: Page) -> None:
    images.get_by_role("columnheader", name="optimizer").hover()
    images.get_by_role("button", name="Menu of optimizer").click()
    images.get_by_role("menuitem", name="Hide").click()
    expect(images.get_by_role("columnheader", name="optimizer")).to_have_count(0)


def test_new_runs_and_values_come_by_themselves(
    page: Page, changed_site: Server, made: Made
) -> None:
    open_runs(page, changed_site, made.experiment_id)
    page.mouse.move(5, 5)
    with headrace.start_run(run_name="late") as run:
        expect(page.locator("[data-row='0']")).to_contain_text("late")
        expect(page.locator("[data-row='0']").get_by_label("Running")).to_be_visible()
        headrace.log_metric("loss", 7.25)
        expect(row_of(page, "late").locator("[data-column='metrics.loss']")).to_contain_text("7.25")
        # Under the pointer nothing moves: what is new waits until it leaves.
        row_of(page, "run-2").hover()
        made.client.create_run(run.info.experiment_id, run_name="later")
        expect(page.get_by_role("button", name="1 new")).to_be_visible()
        expect(page.locator("[data-row='0']")).to_contain_text("late")
        page.mouse.move(5, 5)
        expect(page.locator("[data-row='0']")).to_contain_text("later")


def test_only_what_is_in_sight_is_drawn(page: Page, changed_site: Server, made: Made) -> None:
    metrics = {f"layer{number // 20}/w{number % 20}": number for number in range(400)}
    with headrace.start_run(run_name="wide"):
        headrace.log_metrics(metrics)
    for number in range(300):
        made.client.create_run(
            made.experiment_id, run_name=f"more-{number}", start_time=1000 + number
        )
    state = '&order=["start_time ASC"]&columns=["start_time"]'
    open_runs(page, changed_site, made.experiment_id, state)
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_label("Search columns").fill("layer19/")
    page.get_by_role("button", name="Show all of Metrics · layer19").click()
    page.keyboard.press("Escape")
    assert page.locator("[role=columnheader][title]").count() < 24
    table = page.get_by_role("treegrid", name="Runs")
    expect(table).to_have_attribute("aria-colcount", "23")
    table.focus()
    page.keyboard.press("End")
    expect(row_of(page, "wide")).to_be_visible()
    assert page.locator("[data-row]").count() < 60
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-row][data-cursor]")).to_contain_text("more-")
    for _ in range(26):
        page.keyboard.press("ArrowRight")
    head = page.locator("[role=columnheader][title='metrics.layer19/w19']")
    expect(head).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(page.locator("[data-row='0']")).to_contain_text("more-0")


# --- the tree ------------------------------------------------------------------------------------


def test_nested_runs_are_a_tree_of_any_depth(page: Page, site: Server, sample: Sample) -> None:
    open_runs(page, site, sample.experiments[SWEEP])
    expect_names(page, ["sweep"])
    page.get_by_role("button", name="Open the 3 runs below sweep").click()
    page.get_by_role("button", name="Open the 4 runs below fold-1").click()
    expect_names(
        page,
        ["sweep", "fold-2", "fold-1", *(f"trial-1-{leaf}" for leaf in (3, 2, 1, 0)), "fold-0"],
    )
    expect(row_of(page, "trial-1-2")).to_have_attribute("aria-level", "3")
    page.reload()
    expect(page.locator("[data-run]")).to_have_count(8)
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(row_of(page, "sweep")).to_have_attribute("aria-expanded", "false")
    expect_names(page, ["sweep"])
    page.get_by_role("button", name="Table options").click()
    page.get_by_role("menuitemcheckbox", name="Nested runs as a tree").click()
    expect(page.locator("[data-run]")).to_have_count(16)


def test_children_of_a_deleted_run_stay_to_be_seen(
    page: Page, changed_site: Server, made: Made
) -> None:
    with (
        headrace.start_run(run_name="parent") as parent,
        headrace.start_run(run_name="child", nested=True),
    ):
        pass
    made.client.delete_run(parent.info.run_id)
    open_runs(page, changed_site, made.experiment_id)
    expect(row_of(page, "child")).to_be_visible()
    expect(row_of(page, "parent")).to_have_count(0)


# --- the filter ----------------------------------------------------------------------------------

# Takes the first completion and types on before the browser draws a frame, as quick fingers do.
TAKE_AND_TYPE = """async (text) => {
  const tab = new KeyboardEvent("keydown", {key: "Tab", bubbles: true, cancelable: true});
  document.activeElement.dispatchEvent(tab);
  await null;
  document.execCommand("insertText", false, text);
}"""


def test_the_filter_completes_and_answers_while_it_is_typed(images: Page) -> None:
    images.keyboard.press("/")
    images.keyboard.type("opt")
    expect(images.get_by_role("option").first).to_contain_text("params.optimizer")
    images.evaluate(TAKE_AND_TYPE, "= ")
    expect(images.get_by_role("option")).to_have_text(["sgd", "adam"], use_inner_text=True)
    images.keyboard.press("ArrowDown")
    images.keyboard.press("ArrowDown")
    images.keyboard.press("Enter")
    expect(images.get_by_label("Filter", exact=True)).to_have_value("params.optimizer = 'adam' ")
    expect(images.locator("[data-run]")).to_have_count(6)
    images.keyboard.type("AND metrics.test/accuracy > 0.9")
    expect_names(images, ["resnet18-adam-0.001"])
    images.reload()
    expect_names(images, ["resnet18-adam-0.001"])
    expect(images.get_by_text("1 run of 13")).to_be_visible()


def test_what_is_wrong_is_underlined_and_the_last_table_stays(images: Page) -> None:
    images.keyboard.press("/")
    images.keyboard.type("status = 'FAILED'")
    expect_names(images, ["diverged"])
    images.keyboard.type(" AND metrics.lr == 'x'")
    images.keyboard.press("Enter")
    expect(images.locator("mark")).to_have_text("==")
    expect(images.get_by_text("Invalid comparator '=='")).to_be_visible()
    expect(images.get_by_label("Filter", exact=True)).to_have_attribute("aria-invalid", "true")
    expect_names(images, ["diverged"])
    images.get_by_role("button", name="Clear the filter").click()
    expect(images.locator("[data-run]")).to_have_count(13)


def test_a_link_with_a_wrong_filter_says_what_is_wrong(
    page: Page, site: Server, sample: Sample
) -> None:
    page.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}?filter=metrics.lr+<+x")
    expect(page.locator("mark")).to_have_text("x")
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.locator("[data-run]")).to_have_count(13)


def test_a_word_finds_runs_by_name(images: Page) -> None:
    images.keyboard.press("/")
    images.keyboard.type("DIVER")
    images.keyboard.press("Enter")
    expect_names(images, ["diverged"])


def test_a_click_on_a_value_filters_by_it(images: Page) -> None:
    row_of(images, "diverged").locator("[data-column='params.model']").click()
    images.get_by_role("menuitem", name="Only this").click()
    expect(images.locator("[data-run]")).to_have_count(5)
    row_of(images, BEST).locator("[data-column='metrics.test/accuracy']").click()
    images.get_by_role("menuitem", name="This and greater").click()
    expect_names(images, [BEST])
    images.go_back()
    expect(images.locator("[data-run]")).to_have_count(5)
    images.get_by_role("button", name="Filter by status, user or age").click()
    images.get_by_role("menuitem", name="Failed").click()
    expect_names(images, ["diverged"])


def test_a_filter_that_nothing_fits_says_so(images: Page) -> None:
    images.keyboard.press("j")
    images.keyboard.press("/")
    images.keyboard.type("metrics.lr > 5")
    expect(images.get_by_text("No run fits the filter")).to_be_visible()
    assert find_faults(images) == []


# --- many at once --------------------------------------------------------------------------------


def test_keys_move_select_compare_and_open(images: Page, sample: Sample) -> None:
    for key in ("j", "j", "x", "j", "x"):
        images.keyboard.press(key)
    expect(images.get_by_role("toolbar", name="Selected runs")).to_contain_text("2 runs")
    images.keyboard.press("c")
    expect(images).to_have_url(re.compile("/compare"))
    images.go_back()
    expect(images.get_by_role("toolbar", name="Selected runs")).to_contain_text("2 runs")
    images.keyboard.press("Escape")
    expect(images.get_by_role("toolbar", name="Selected runs")).to_have_count(0)
    images.keyboard.press("j")
    name = names(images)[3]
    images.keyboard.press("Enter")
    expect(images).to_have_url(re.compile(sample.runs[name]))


def test_ranges_are_selected_with_shift(images: Page) -> None:
    boxes = images.locator("[data-run] input[type=checkbox]")
    images.locator("[data-row='2'] input[type=checkbox]").click()
    images.locator("[data-row='6'] input[type=checkbox]").click(modifiers=["Shift"])
    expect(boxes.and_(images.locator(":checked"))).to_have_count(5)
    expect(images).to_have_url(re.compile("selected="))


def test_runs_are_tagged_moved_deleted_and_taken_back(
    page: Page, changed_site: Server, made: Made
) -> None:
    made.client.create_experiment(f"{made.name}-other")
    open_runs(page, changed_site, made.experiment_id)
    page.get_by_role("checkbox", name="Select run-1").click()
    page.get_by_role("checkbox", name="Select run-3").click()

    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("dialog").get_by_label("Key").fill("team")
    page.get_by_role("textbox", name="Value").fill("vision")
    page.get_by_role("button", name="Set the tag").click()
    expect(page.get_by_text("Tagged 2 runs")).to_be_visible()
    tagged = made.client.search_runs([made.experiment_id], "tags.team = 'vision'")
    assert {run.info.run_name for run in tagged} == {"run-1", "run-3"}

    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_role("combobox", name="To the experiment").click()
    page.get_by_role("option", name=f"{made.name}-other").click()
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    expect_names(page, ["run-4", "run-2", "run-0"])
    moved = page.get_by_text("Moved 2 runs").locator("..")
    moved.get_by_role("button", name="Undo").click()
    expect_names(page, [f"run-{number}" for number in (4, 3, 2, 1, 0)])

    page.get_by_role("checkbox", name="Select run-0").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect_names(page, [f"run-{number}" for number in (4, 3, 2, 1)])
    page.get_by_role("button", name="Table options").click()
    page.get_by_role("menuitemcheckbox", name="Deleted runs").click()
    page.keyboard.press("Escape")
    expect_names(page, ["run-0"])
    page.get_by_role("checkbox", name="Select run-0").click()
    page.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_text("No run is deleted")).to_be_visible()
    page.get_by_role("button", name="Show the active runs").click()
    expect_names(page, [f"run-{number}" for number in (4, 3, 2, 1, 0)])


def test_a_choice_can_mean_all_that_the_filter_finds(
    page: Page, changed_site: Server, made: Made
) -> None:
    with headrace.start_run(run_name="parent"), headrace.start_run(run_name="child", nested=True):
        pass
    open_runs(page, changed_site, made.experiment_id)
    page.get_by_role("checkbox", name="Select the runs that are shown").click()
    bar = page.get_by_role("toolbar", name="Selected runs")
    expect(bar).to_contain_text("6 runs")
    bar.get_by_role("button", name="All 7 runs").click()
    bar.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted 7 runs")).to_be_visible()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-run]")).to_have_count(6)
    assert len(made.client.search_runs([made.experiment_id])) == 7


def test_a_dot_hides_a_run_in_the_charts(images: Page) -> None:
    dot = images.get_by_role("button", name=f"Hide {BEST} in the charts")
    dot.click()
    expect(images.get_by_role("button", name=f"Show {BEST} in the charts")).to_be_visible()
    expect(images).to_have_url(re.compile("hidden="))


# --- the sidebar ---------------------------------------------------------------------------------


def test_the_sidebar_has_folders_and_a_search(images: Page, sample: Sample) -> None:
    places = images.get_by_role("navigation", name="Experiments")
    expect(places.get_by_role("link", name="classify")).to_have_attribute("aria-current", "page")
    places.get_by_role("button", name=re.compile(r"^vision \d")).click()
    expect(places.get_by_role("link", name="classify")).to_have_count(0)
    images.get_by_label("Search experiments").fill("sent")
    places.get_by_role("link", name=TEXT).click()
    expect(images.get_by_role("heading", level=1)).to_have_text(TEXT)
    expect_names(images, ["bert"])
    images.get_by_label("Search experiments").press("Escape")
    places.get_by_role("button", name=re.compile(r"^vision \d")).click()
    places.get_by_role("link", name="sweep").click(modifiers=["Control"])
    expect(images.get_by_role("heading", level=1)).to_have_text(f"{TEXT} and 1 more")
    expect_names(images, ["bert", "sweep"])


def test_experiments_are_created_renamed_deleted_and_restored(
    page: Page, changed_site: Server, fresh: str
) -> None:
    page.goto(changed_site.url)
    places = page.get_by_role("navigation", name="Experiments")
    page.get_by_role("button", name="Create an experiment").click()
    page.get_by_role("textbox", name="Name").fill(f"{fresh}/first")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{fresh}/first")
    expect(page.get_by_text(f'set_tracking_uri("{changed_site.url}")')).to_be_visible()

    places.get_by_role("link", name="first").click(button="right")
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Default")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("already exists")
    page.get_by_role("textbox", name="Name").fill(f"{fresh}/second")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{fresh}/second")

    places.get_by_role("link", name="second").click(button="right")
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(places.get_by_role("link", name="second")).to_have_count(0)
    page.get_by_role("button", name="Deleted experiments").click()
    places.get_by_role("link", name="second").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{fresh}/second deleted")
    page.get_by_role("button", name="Show the active runs").click()
    expect(page.get_by_role("heading", name="This experiment was deleted")).to_be_visible()
    page.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    expect(places.get_by_role("link", name="second")).to_have_count(0)
    page.get_by_role("button", name="Deleted experiments").click()
    expect(places.get_by_role("link", name="second")).to_be_visible()


def test_a_link_to_no_experiment_says_so(page: Page, site: Server) -> None:
    page.goto(f"{site.url}/#/experiments/987654")
    expect(page.get_by_text("There is no experiment 987654")).to_be_visible()
    page.get_by_role("link", name="Go to the experiments").click()
    expect(page).not_to_have_url(re.compile("987654"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(
    page: Page, site: Server, sample: Sample, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1280, "height": 800})
    open_runs(page, site, sample.experiments[IMAGES])
    page.locator("[data-row='1'] input[type=checkbox]").click()
    page.get_by_role("button", name="loss", exact=True).first.click()
    expect(page.get_by_role("toolbar", name="Selected runs")).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("button", name="Columns", exact=True).click()
    expect(page.get_by_role("checkbox", name="lr", exact=True).first).to_be_visible()
    assert find_faults(page) == []
