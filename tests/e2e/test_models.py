"""The registry's pages: find a model, look into it, move aliases and stages, compare versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from headrace import MlflowClient
from headrace.entities import Protected
from tests.e2e.conftest import find_faults
from tests.e2e.sample import COPY, IMAGES, MODEL, Sample
from tests.servers import Server


@dataclass
class Registry:
    """A model with two versions, made from one run, which tests change.

    Attributes:
        client: A client of its server.
        name: Its name.
        url: Its page.

    """

    client: MlflowClient
    name: str
    url: str

    def stage(self, version: str) -> str:
        """Return the stage of a version."""
        return self.client.get_model_version(self.name, version).current_stage

    def aliases(self) -> dict[str, str]:
        """Return the model's aliases and their versions."""
        return self.client.get_registered_model(self.name).aliases


@pytest.fixture
def registry(changed_site: Server, fresh: str) -> Registry:
    """A model of this test."""
    client = MlflowClient(changed_site.url)
    run = client.create_run(client.create_experiment(fresh), run_name="maker")
    client.log_text(run.info.run_id, "flavors: {}\n", "model/MLmodel")
    client.log_metric(run.info.run_id, "accuracy", 0.75)
    client.set_terminated(run.info.run_id)
    client.create_registered_model(fresh)
    for _ in range(2):
        client.create_model_version(fresh, f"{run.info.artifact_uri}/model", run.info.run_id)
    return Registry(client, fresh, f"{changed_site.url}/#/models/{fresh}")


def test_the_list_shows_models_and_filters_them(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/models")
    row = page.get_by_role("row", name=re.compile(MODEL))
    expect(row).to_contain_text("@champion 2")
    expect(row).to_contain_text("Staging")
    page.keyboard.press("/")
    page.keyboard.type("nothing")
    expect(page.get_by_text("No model is named like")).to_be_visible()
    assert find_faults(page) == []


def test_a_version_shows_what_it_came_from(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/models/{MODEL}")
    expect(page.get_by_text("Tells cats from dogs.")).to_be_visible()
    page.get_by_role("link", name="Version 2").click()
    expect(page.get_by_text("Alias @champion: 2")).to_be_visible()
    page.get_by_role("link", name="resnet50-sgd-0.01").click()
    expect(page).to_have_url(re.compile(sample.runs["resnet50-sgd-0.01"]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(
    page: Page, site: Server, sample: Sample, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    for path in (MODEL, f"{MODEL}/versions/1", f'{MODEL}/compare?versions=["1","2"]'):
        page.goto(f"{site.url}/#/models/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text(re.compile("cats|Came from|Params of")).first).to_be_visible()
        assert find_faults(page) == []


def test_an_alias_is_moved_with_a_comment(page: Page, registry: Registry) -> None:
    page.goto(f"{registry.url}/versions/2")
    page.get_by_role("button", name="Set alias").click()
    page.get_by_role("textbox", name="Alias").fill("champion")
    page.get_by_role("textbox", name="Comment").fill("beats version 1")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("@champion names version 2")).to_be_visible()
    expect(page.get_by_text("“beats version 1”")).to_be_visible()
    assert registry.aliases() == {"champion": "2"}
    page.get_by_role("button", name="Take the alias champion away").click()
    expect(page.get_by_text("@champion names no version any more")).to_be_visible()
    assert registry.aliases() == {}


def test_a_stage_is_moved_and_the_one_before_is_archived(page: Page, registry: Registry) -> None:
    registry.client.transition_model_version_stage(registry.name, "1", "Production")
    page.goto(f"{registry.url}/versions/2")
    page.get_by_role("button", name="Move stage").click()
    page.get_by_role("combobox", name="Stage").click()
    page.get_by_role("option", name="Production").click()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Version 2 is in Production")).to_be_visible()
    assert [registry.stage(version) for version in "12"] == ["Archived", "Production"]


def test_a_refusal_is_shown_and_changes_nothing(page: Page, registry: Registry) -> None:
    page.goto(f"{registry.url}/versions/2")
    page.get_by_role("button", name="Set alias").click()
    page.get_by_role("textbox", name="Alias").fill("latest")
    expect(page.get_by_role("dialog")).to_contain_text("is reserved")
    expect(page.get_by_role("button", name="Move", exact=True)).to_be_disabled()
    assert registry.aliases() == {}


def test_a_rule_is_made_refuses_and_is_overridden(page: Page, registry: Registry) -> None:
    page.goto(f"{registry.url}?tab=rules")
    expect(page.get_by_text("Every move is free")).to_be_visible()
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_role("textbox", name="Alias").fill("champion")
    page.get_by_role("combobox", name="Asks for").click()
    page.get_by_role("option", name="A metric of the version").click()
    page.get_by_role("textbox", name="Condition").fill("accuracy")
    expect(page.get_by_text("Write a metric, one of")).to_be_visible()
    page.get_by_role("textbox", name="Condition").fill("accuracy >= 0.9")
    assert find_faults(page) == []
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("row", name=re.compile("@champion accuracy >= 0.9"))).to_be_visible()

    page.goto(f"{registry.url}/versions/2")
    page.get_by_role("button", name="Set alias").click()
    page.get_by_role("textbox", name="Alias").fill("champion")
    expect(page.get_by_role("list", name="Rules")).to_contain_text("0.75")
    expect(page.get_by_role("button", name="Move anyway")).to_be_disabled()
    assert find_faults(page) == []
    page.get_by_role("textbox", name="Comment").fill("the test set was wrong")
    page.get_by_role("button", name="Move anyway").click()
    expect(page.get_by_text("@champion names version 2")).to_be_visible()
    entry = page.get_by_role("listitem").filter(has_text="the test set was wrong")
    expect(entry).to_contain_text("forced")
    assert registry.aliases() == {"champion": "2"}

    page.goto(f"{registry.url}?tab=rules")
    page.get_by_role("button", name="Lift @champion").click()
    expect(page.get_by_text("Every move is free")).to_be_visible()


def test_what_is_protected_is_taken_away_with_a_comment(page: Page, registry: Registry) -> None:
    registry.client.set_registered_model_alias(registry.name, "champion", "1")
    registry.client.add_registry_rule(Protected(), registry.name, alias="champion")
    page.goto(f"{registry.url}/versions/1")
    page.get_by_role("button", name="Take the alias champion away").click()
    expect(page.get_by_role("dialog")).to_contain_text("protected")
    page.get_by_role("textbox", name="Comment").fill("it is wrong")
    page.get_by_role("button", name="Take it away anyway").click()
    expect(page.get_by_text("@champion names no version any more")).to_be_visible()
    assert registry.aliases() == {}


def test_a_version_shows_its_files_and_that_they_are_as_registered(
    page: Page, registry: Registry
) -> None:
    page.goto(f"{registry.url}/versions/1")
    files = page.get_by_role("region", name="Files")
    expect(files).to_contain_text("verified")
    expect(files).to_contain_text("1 file, 12 B")
    page.get_by_role("tab", name="Files").click()
    page.get_by_role("treeitem", name=re.compile("MLmodel")).click()
    expect(page.get_by_text("flavors").first).to_be_visible()
    expect(page).to_have_url(re.compile("path=MLmodel"))


def test_lineage_leads_both_ways(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/models/{MODEL}/versions/2")
    page.get_by_role("link", name=f"{COPY} version 1").click()
    expect(page).to_have_url(re.compile(f"{COPY}/versions/1"))
    page.get_by_role("link", name=f"{MODEL} version 2").click()
    expect(page).to_have_url(re.compile(f"{MODEL}/versions/2"))


def test_a_logged_model_shows_where_it_came_from(page: Page, site: Server, sample: Sample) -> None:
    run = sample.runs["resnet18-adam-0.001"]
    page.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}/runs/{run}")
    page.get_by_role("link", name="pets-net").click()
    expect(page).to_have_url(re.compile(r"/models/m-[0-9a-f]+"))
    expect(page.get_by_text("classifier", exact=True)).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("link", name="resnet18-adam-0.001").click()
    expect(page).to_have_url(re.compile(run))


def test_descriptions_and_tags_are_changed(page: Page, registry: Registry) -> None:
    page.goto(registry.url)
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
    assert registry.client.get_registered_model(registry.name).tags == {"team": "red"}


def test_two_versions_are_compared(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/models/{MODEL}")
    page.get_by_role("checkbox", name="Choose version 1").check()
    page.get_by_role("checkbox", name="Choose version 2").check()
    page.get_by_role("link", name="Compare two versions").click()
    expect(page.get_by_role("row", name=re.compile("optimizer adam sgd"))).to_be_visible()


def test_a_model_is_created_renamed_and_deleted(
    page: Page, changed_site: Server, fresh: str
) -> None:
    page.goto(f"{changed_site.url}/#/models")
    page.get_by_role("button", name="New model").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(f"{fresh}-a")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name=f"{fresh}-a")).to_be_visible()
    page.get_by_role("button", name="More about the model").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(f"{fresh}-b")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name=f"{fresh}-b")).to_be_visible()
    page.get_by_role("button", name="More about the model").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete the model").click()
    expect(page.get_by_text(f"Deleted {fresh}-b")).to_be_visible()
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    assert MlflowClient(changed_site.url).search_registered_models(f"name = '{fresh}-b'") == []
