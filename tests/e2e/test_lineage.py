"""Lineage as a graph: from data sets to versions and back, opened, marked, listed and saved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from headrace import MlflowClient
from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
)
from tests.e2e.conftest import find_faults, wait_until
from tests.servers import Server

RUNS = 16


@dataclass
class Story:
    """What was logged: sixteen runs of one data set, of which one made a version and its copy.

    Attributes:
        name: Name of the model, and the beginning of the others.
        url: The server.
        experiment_id: Where the runs are.
        run_id: The run that made the version.
        model_id: The logged model between them.

    """

    name: str
    url: str
    experiment_id: str
    run_id: str
    model_id: str


@pytest.fixture
def story(changed_site: Server, fresh: str) -> Story:
    """What a test looks at."""
    client = MlflowClient(changed_site.url)
    experiment_id = client.create_experiment(fresh)
    data = DatasetInput(
        Dataset(f"{fresh}/data", "12", "local", "{}"),
        [InputTag("mlflow.data.context", "training")],
    )
    runs = [
        client.create_run(experiment_id, run_name=f"{fresh}-run-{number}").info.run_id
        for number in range(RUNS)
    ]
    for run_id in runs:
        client.log_inputs(run_id, [data])
    model = client.create_logged_model(experiment_id, f"{fresh}-net", runs[0])
    client.log_outputs(runs[0], [LoggedModelOutput(model.model_id, 7)])
    client.finalize_logged_model(model.model_id, "READY")
    reader = client.create_run(experiment_id, run_name=f"{fresh}-reader").info.run_id
    client.log_inputs(reader, models=[LoggedModelInput(model.model_id)])
    client.create_registered_model(fresh)
    client.create_model_version(fresh, f"models:/{model.model_id}", model_id=model.model_id)
    client.set_registered_model_alias(fresh, "champion", "1")
    client.copy_model_version(f"models:/{fresh}/1", f"{fresh}-copy")
    return Story(fresh, changed_site.url, experiment_id, runs[0], model.model_id)


def graph(page: Page) -> Locator:
    return page.get_by_role("group", name=re.compile("Graph of the lineage"))


def test_a_version_shows_what_it_came_from_and_led_to(page: Page, story: Story) -> None:
    page.goto(f"{story.url}/#/models/{story.name}/versions/1")
    page.get_by_role("tab", name="Lineage").click()
    expect(page).to_have_url(re.compile("tab=lineage"))
    expect(graph(page).get_by_role("link")).to_have_count(5)
    for said in ("for training", "logged at 7", "registered as", "copied to", "@champion"):
        expect(graph(page).get_by_text(said)).to_be_visible()
    expect(graph(page).locator("[aria-current=page]")).to_contain_text(story.name)
    assert find_faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert find_faults(page) == []

    # The arrow keys go along it, Enter opens.
    graph(page).locator("[aria-current=page]").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(":focus")).to_contain_text(f"{story.name}-net")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"runs/{story.run_id}/lineage"))
    expect(graph(page).locator("[aria-current=page]")).to_contain_text(f"{story.name}-run-0")
    expect(graph(page).get_by_role("link")).to_have_count(6)  # and the run that read the model


def test_many_runs_are_folded_and_open_at_a_click(page: Page, story: Story) -> None:
    page.goto(f"{story.url}/#/experiments/{story.experiment_id}/runs/{story.run_id}")
    page.get_by_role("button", name=f"{story.name}/data").click()
    page.get_by_role("link", name="its lineage").click()
    expect(page.get_by_role("heading", name=f"{story.name}/data")).to_be_visible()
    expect(graph(page).get_by_text(f"{story.name}-run-0", exact=True)).to_be_visible()
    fold = graph(page).get_by_role("button", name="4 more runs")
    fold.click()
    expect(page.get_by_text(f"{RUNS + 1} runs")).to_be_visible()
    expect(fold).to_have_count(0)
    # What was opened stands in the URL.
    page.reload()
    expect(page.get_by_text(f"{RUNS + 1} runs")).to_be_visible()
    page.get_by_text("List", exact=True).click()
    expect(page.get_by_role("row", name=re.compile(f"{story.name}-reader"))).to_be_visible()
    page.go_back()
    expect(graph(page)).to_be_visible()
    page.go_back()
    expect(fold).to_be_visible()


def test_what_is_around_a_node_is_shown(page: Page, story: Story) -> None:
    page.goto(f"{story.url}/#/models/{story.name}/versions/1?tab=lineage")
    expect(graph(page).get_by_role("link")).to_have_count(5)
    graph(page).get_by_role("link", name=re.compile("-net")).hover()
    off = graph(page).locator("[data-key]:not([data-lit])")
    expect(off).to_have_count(0)  # all that there is came from it, or it came from that
    page.get_by_role("button", name=f"Show what is around {story.name}-net").click()
    expect(graph(page).get_by_role("link")).to_have_count(6)
    graph(page).get_by_role("link", name=re.compile("-copy")).hover()
    expect(off).to_have_count(1)
    expect(off).to_contain_text(f"{story.name}-reader")


def test_it_moves_and_zooms(page: Page, story: Story) -> None:
    page.goto(
        f"{story.url}/#/experiments/{story.experiment_id}/models/{story.model_id}?tab=lineage"
    )
    here = graph(page).locator("[aria-current=page]")
    expect(here).to_be_visible()

    def box() -> tuple[float, float, float]:
        found = here.bounding_box()
        assert found is not None
        return found["x"], found["y"], found["width"]

    def comes_to(*expected: float) -> None:
        wait_until(page, lambda: box()[3 - len(expected) :] == pytest.approx(expected, abs=1))

    x, y, width = box()
    page.mouse.move(x + 20, y + 20)
    page.mouse.down()
    page.mouse.move(x + 60, y + 50, steps=3)
    page.mouse.up()
    comes_to(x + 40, y + 30, width)
    expect(page).to_have_url(re.compile(f"models/{story.model_id}"))  # it was no click
    page.mouse.wheel(0, 30)
    page.wait_for_function("true")
    page.get_by_role("button", name="Zoom out").click()
    comes_to(width / 1.25)
    page.get_by_role("button", name="Show all of it").click()
    comes_to(width)


def test_the_same_as_a_list_and_as_files(page: Page, story: Story, tmp_path: Path) -> None:
    page.goto(f"{story.url}/#/models/{story.name}/versions/1?tab=lineage")
    expect(graph(page).get_by_role("link")).to_have_count(5)
    texts = {}
    for kind in ("PNG", "SVG", "CSV"):
        page.get_by_role("button", name="Save the graph").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=kind).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        texts[kind] = file.read_bytes()
    assert texts["PNG"].startswith(b"\x89PNG")
    assert "logged at 7" in texts["SVG"].decode()
    row = f"logged_model,{story.model_id},{story.name}-net,registered as,model_version"
    assert row in texts["CSV"].decode()

    page.get_by_text("List", exact=True).click()
    row = page.get_by_role("row", name=re.compile(f"logged model {story.name}-net"))
    expect(row).to_contain_text(f"{story.name}-run-0 logged at 7")
    assert find_faults(page) == []
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"models/{story.model_id}"))


def test_what_is_not_there_says_so(page: Page, changed_site: Server) -> None:
    page.goto(f"{changed_site.url}/#/dataset?name=nobody&digest=0")
    expect(page.get_by_role("alert")).to_contain_text("No run has used a data set")
