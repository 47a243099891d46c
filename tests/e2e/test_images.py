"""Series of images in the charts: beside each other by run, by step, and large."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from headrace import MlflowClient
from tests.e2e.conftest import find_faults
from tests.e2e.sample import IMAGES, Sample
from tests.servers import Server

np = pytest.importorskip("numpy")
pytest.importorskip("PIL")

FIRST, SECOND, THIRD = "resnet18-adam-0.001", "resnet18-sgd-0.001", "resnet18-adam-0.01"


def panel(page: Page, key: str) -> Locator:
    return page.get_by_role("region", name=key, exact=True)


@pytest.fixture
def charts(page: Page, site: Server, sample: Sample) -> str:
    """The address of the charts of the runs with images, with a place for more of its state."""
    return f'{site.url}/#/experiments/{sample.experiments[IMAGES]}?layout="charts"&find="val/"'


def test_images_of_runs_stand_beside_each_other_at_one_step(page: Page, charts: str) -> None:
    page.goto(charts)
    grid = panel(page, "val/sample")
    expect(grid.locator("img")).to_have_count(3)
    expect(panel(page, "val/mask").locator("img")).to_have_count(2)
    # The first run ended earlier: the last image that it had then.
    expect(grid.get_by_role("listitem").filter(has_text=FIRST)).to_contain_text("step 20")
    grid.locator("img").evaluate_all("all => Promise.all(all.map((image) => image.decode()))")

    slider = grid.get_by_role("slider", name="Step")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "step 15")
    expect(page).to_have_url(re.compile("imageStep=15"))
    expect(grid.get_by_role("img", name=f"val/sample of {FIRST} at step 10")).to_be_visible()
    expect(grid.get_by_role("img", name=f"val/sample of {SECOND} at step 15")).to_be_visible()
    # One step for all series.
    masks = panel(page, "val/mask")
    expect(masks.get_by_role("img", name=f"val/mask of {SECOND} at step 15")).to_be_visible()
    assert find_faults(page) == []


def test_all_steps_of_a_run(page: Page, charts: str) -> None:
    page.goto(charts + "&imageStep=10")
    grid = panel(page, "val/sample")
    grid.get_by_role("button", name=f"{SECOND}: all steps").click()
    strip = grid.get_by_role("list", name=f"val/sample of {SECOND} by step")
    expect(strip.get_by_role("listitem")).to_have_count(6)
    expect(strip.locator("[data-marked]")).to_contain_text("step 10")
    expect(page).to_have_url(re.compile("imageRun="))

    strip.get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    expect(strip.get_by_role("button", name="at step 5")).to_be_focused()
    grid.get_by_role("combobox", name="Runs of the images").click()
    page.get_by_role("option", name="All 3 runs").click()
    expect(grid.locator("img")).to_have_count(3)


def test_an_image_opens_large_and_another_run_stands_beside(page: Page, charts: str) -> None:
    page.goto(charts)
    panel(page, "val/sample").get_by_role("button", name=f"Enlarge val/sample of {SECOND}").click()
    dialog = page.get_by_role("dialog", name="Images of val/sample")
    expect(dialog.get_by_role("img", name=f"{SECOND} at step 25")).to_be_visible()
    # The whole image, not the small one.
    expect(dialog.locator("img")).to_have_attribute("src", re.compile(r"path=[^&]*\.png"))
    assert find_faults(page) == []

    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_role("img", name=f"{SECOND} at step 20")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("img", name=f"{FIRST} at step 20")).to_be_visible()
    page.keyboard.press("ArrowUp")
    dialog.get_by_role("combobox", name="Run beside").click()
    page.get_by_role("option", name=THIRD, exact=True).click()
    expect(dialog.locator("img")).to_have_count(2)
    dialog.get_by_role("button", name="Previous").click()
    for name in (SECOND, THIRD):
        expect(dialog.get_by_role("img", name=f"{name} at step 15")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_comparison_shows_images_too(page: Page, site: Server, sample: Sample) -> None:
    ids = [sample.runs[FIRST], sample.runs[SECOND]]
    runs = ",".join(f'"{run_id}"' for run_id in ids)
    page.goto(f'{site.url}/#/compare-runs?runs=[{runs}]&layout="charts"&focus="images.val/mask"')
    expect(panel(page, "val/mask").locator("img")).to_have_count(2)


def test_new_images_arrive_and_only_those_in_sight_are_fetched(
    page: Page, changed_site: Server, fresh: str
) -> None:
    client = MlflowClient(changed_site.url)
    experiment = client.create_experiment(fresh)
    picture = np.zeros((4, 4), dtype=np.uint8)
    runs = [client.create_run(experiment, run_name=f"run-{number}") for number in range(30)]
    for run in runs:
        client.log_image(run.info.run_id, picture, key="input", step=1)
    client.list_artifacts(runs[0].info.run_id)  # waits for what is on its way
    fetched: set[str] = set()
    page.on("request", lambda asked: fetched.add(asked.url) if "/view" in asked.url else None)

    page.goto(f'{changed_site.url}/#/experiments/{experiment}?layout="charts"')
    grid = panel(page, "input")
    expect(grid.locator("img").first).to_be_visible()
    expect(grid.get_by_role("combobox")).to_have_value("All 30 runs")
    assert 0 < len(fetched) < 15
    client.log_image(runs[-1].info.run_id, picture, key="input", step=2)
    client.list_artifacts(runs[-1].info.run_id)
    newest = f"input of {runs[-1].info.run_name} at step 2"
    expect(grid.get_by_role("img", name=newest)).to_be_visible()
    expect(grid.get_by_role("slider", name="Step")).to_have_attribute("aria-valuetext", "step 2")
