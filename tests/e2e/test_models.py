"""The registry's pages: find a model, look into it, move aliases and stages, compare versions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from headrace import MlflowClient
from tests.e2e.conftest import find_faults
from tests.e2e.sample import MODEL, Sample
from tests.servers import Server


@pytest.fixture
def registry(own_site: Server) -> MlflowClient:
    """A client of an own server on which a model has two versions."""
    client = MlflowClient(own_site.url)
    experiment = client.create_experiment("exp")
    run = client.create_run(experiment, run_name="maker")
    client.log_text(run.info.run_id, "x", "model/MLmodel")
    client.create_registered_model("m")
    for _ in range(2):
        client.create_model_version("m", f"{run.info.artifact_uri}/model", run.info.run_id)
    return client


def test_the_list_shows_models_and_filters_them(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/models")
    row = page.get_by_role("row", name=re.compile(MODEL))
    expect(row).to_contain_text("@champion 2")
    expect(row).to_contain_text("Staging")
    page.keyboard.press("/")
    page.keyboard.type("nothing")
    expect(page.get_by_text("No model is named like")).to_be_visible()
    assert find_faults(page) == []


def test_an_empty_registry_says_how_to_fill_it(page: Page, own_site: Server) -> None:
    page.goto(f"{own_site.url}/#/models")
    expect(page.get_by_text("register_model")).to_contain_text(own_site.url)


def test_a_version_shows_what_it_came_from(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/models/{MODEL}")
    expect(page.get_by_text("Tells cats from dogs.")).to_be_visible()
    page.get_by_role("link", name="Version 2").click()
    expect(page.get_by_text("Alias @champion: 2")).to_be_visible()
    page.get_by_role("link", name="resnet50-sgd-0.01").click()
    expect(page).to_have_url(re.compile(sample.runs["resnet50-sgd-0.01"]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(
    browser: Browser, site: Server, sample: Sample, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    for path in (MODEL, f"{MODEL}/versions/1", f'{MODEL}/compare?versions=["1","2"]'):
        page.goto(f"{site.url}/#/models/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text(re.compile("cats|Came from|Params of")).first).to_be_visible()
        assert find_faults(page) == []
    context.close()


def test_an_alias_is_moved_with_a_comment(
    page: Page, own_site: Server, registry: MlflowClient
) -> None:
    page.goto(f"{own_site.url}/#/models/m/versions/2")
    page.get_by_role("button", name="Set alias").click()
    page.get_by_role("textbox", name="Alias").fill("champion")
    page.get_by_role("textbox", name="Comment").fill("beats version 1")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("@champion names version 2")).to_be_visible()
    expect(page.get_by_text("“beats version 1”")).to_be_visible()
    assert registry.get_model_version_by_alias("m", "champion").version == "2"
    page.get_by_role("button", name="Take the alias champion away").click()
    expect(page.get_by_text("@champion names no version any more")).to_be_visible()
    assert registry.get_registered_model("m").aliases == {}


def test_a_stage_is_moved_and_the_one_before_is_archived(
    page: Page, own_site: Server, registry: MlflowClient
) -> None:
    registry.transition_model_version_stage("m", "1", "Production")
    page.goto(f"{own_site.url}/#/models/m/versions/2")
    page.get_by_role("button", name="Move stage").click()
    page.get_by_role("combobox", name="Stage").click()
    page.get_by_role("option", name="Production").click()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Version 2 is in Production")).to_be_visible()
    stages = [registry.get_model_version("m", version).current_stage for version in "12"]
    assert stages == ["Archived", "Production"]


def test_a_refusal_is_shown_and_changes_nothing(
    page: Page, own_site: Server, registry: MlflowClient
) -> None:
    page.goto(f"{own_site.url}/#/models/m/versions/2")
    page.get_by_role("button", name="Set alias").click()
    page.get_by_role("textbox", name="Alias").fill("latest")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("latest")
    assert registry.get_registered_model("m").aliases == {}


def test_descriptions_and_tags_are_changed(
    page: Page, own_site: Server, registry: MlflowClient
) -> None:
    page.goto(f"{own_site.url}/#/models/m")
    page.get_by_role("button", name="Add a description").click()
    page.get_by_role("textbox", name="Description").fill(
        "# Head\n\n<script>window.hacked = 1</script>"
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Head")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_role("textbox", name="Key").fill("team")
    page.get_by_role("textbox", name="Value").fill("red")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Set team")).to_be_visible()
    assert registry.get_registered_model("m").tags == {"team": "red"}


def test_two_versions_are_compared(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/models/{MODEL}")
    page.get_by_role("checkbox", name="Choose version 1").check()
    page.get_by_role("checkbox", name="Choose version 2").check()
    page.get_by_role("link", name="Compare two versions").click()
    expect(page.get_by_role("row", name=re.compile("optimizer adam sgd"))).to_be_visible()


def test_a_model_is_created_renamed_and_deleted(page: Page, own_site: Server) -> None:
    page.goto(f"{own_site.url}/#/models")
    page.get_by_role("button", name="New model").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("first")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="first")).to_be_visible()
    page.get_by_role("button", name="More about the model").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="New name").fill("second")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="second")).to_be_visible()
    page.get_by_role("button", name="More about the model").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete the model").click()
    expect(page.get_by_text("No model is registered here yet")).to_be_visible()
