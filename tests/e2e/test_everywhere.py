"""What every page has: palette, keys, light and dark, sign-in, errors that say what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from headrace import MlflowClient
from headrace.server.users import Role, changing_users
from tests.e2e.conftest import find_faults
from tests.e2e.sample import IMAGES, MODEL, Sample
from tests.e2e.tab import Tab
from tests.servers import Server, headrace_server

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def guarded_site(tmp_path_factory: pytest.TempPathFactory, tab: Tab) -> Iterator[Server]:
    """A server that lets in two users: ada may read and write, bob may only read."""
    folder = tmp_path_factory.mktemp("guarded")
    with changing_users(folder / "users") as users:
        users.add("ada", Role.WRITE, PASSWORD)
        users.add("bob", Role.READ, PASSWORD)
    arguments = ("--users-file", str(folder / "users"))
    with headrace_server(folder / "server", arguments=arguments) as server:
        yield server
        tab.blank()


def test_the_palette_finds_everything(page: Page, site: Server, sample: Sample) -> None:
    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("diverged")
    expect(page.get_by_role("option", name=re.compile("diverged"))).to_be_visible()
    assert find_faults(page) == []
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(sample.runs["diverged"]))
    page.keyboard.press("Control+k")
    page.keyboard.type(MODEL)
    page.get_by_role("option", name=MODEL).click()
    expect(page.get_by_role("heading", name=MODEL)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("sweep")
    page.get_by_role("option", name="vision/sweep").click()
    expect(page.get_by_role("heading", name="vision/sweep")).to_be_visible()


def test_the_keys_are_told_and_the_scheme_is_changed(
    page: Page, site: Server, sample: Sample
) -> None:
    page.goto(f"{site.url}/#/models")
    expect(page.get_by_role("row", name=re.compile(MODEL))).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_text("Filter the models")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Change to dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_a_link_leads_to_what_it_names_also_below_a_prefix(page: Page, tmp_path: Path) -> None:
    with headrace_server(tmp_path, static_prefix="/teams/vision") as server:
        page.goto(f"{server.url}/#/models")
        expect(page.get_by_text("No model is registered here yet")).to_be_visible()
        expect(page.get_by_text("set_tracking_uri")).to_contain_text(server.url)
        page.goto("about:blank")


def test_an_address_that_names_nothing_says_so(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/nowhere/at/all")
    expect(page.get_by_text("There is no such page")).to_be_visible()
    page.goto(f"{site.url}/#/experiments/999999")
    expect(page.get_by_text("There is no experiment 999999")).to_be_visible()
    page.goto(f"{site.url}/#/experiments/0/models/m-{'0' * 32}")
    expect(page.get_by_role("alert")).to_contain_text("0" * 32)


def test_an_empty_server_says_how_to_fill_it(page: Page, own_site: Server) -> None:
    page.goto(f"{own_site.url}/")
    expect(page.get_by_text("headrace.log_metric")).to_contain_text(own_site.url)
    assert find_faults(page) == []
    page.goto(f"{own_site.url}/#/models")
    expect(page.get_by_text("register_model")).to_contain_text(own_site.url)


def test_who_is_not_known_signs_in_and_out(page: Page, guarded_site: Server) -> None:
    page.goto(f"{guarded_site.url}/#/models")
    page.get_by_role("textbox", name="Name", exact=True).fill("ada")
    page.get_by_role("textbox", name="Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("does not know")
    assert find_faults(page) == []
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("No model is registered here yet")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="ada").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Headrace")).to_be_visible()


def test_who_may_only_read_sees_why_buttons_are_off(page: Page, guarded_site: Server) -> None:
    page.goto(f"{guarded_site.url}/#/models")
    page.get_by_role("textbox", name="Name", exact=True).fill("bob")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    button = page.get_by_role("button", name="New model")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", re.compile("role is read"))
    page.get_by_role("button", name="bob").click()
    expect(page.get_by_role("menu")).to_contain_text("May read")
    page.get_by_role("menu").press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("webhooks")
    page.get_by_role("option", name="Webhooks").click()
    expect(page.get_by_text("Webhooks are a matter of administrators")).to_be_visible()
    expect(page.get_by_text("Your role is read")).to_be_visible()


def test_who_may_only_read_changes_no_runs(page: Page, guarded_site: Server) -> None:
    place = guarded_site.url.removeprefix("http://")
    client = MlflowClient(f"http://ada:{quote(PASSWORD)}@{place}")
    run_id = client.create_run("0", run_name="first").info.run_id
    page.goto(f"{guarded_site.url}/#/experiments/0?layout=table")
    page.get_by_role("textbox", name="Name", exact=True).fill("bob")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("[data-run] input[type=checkbox]").click()
    tools = page.get_by_role("toolbar", name="Selected runs")
    for name in ("Tag", "Move", "Delete"):
        expect(tools.get_by_role("button", name=name)).to_be_disabled()
    expect(tools.get_by_role("button", name="Tag")).to_have_attribute("title", re.compile("read"))
    expect(page.get_by_role("button", name="Create an experiment")).to_be_disabled()
    page.get_by_role("button", name="Menu of Default").click()
    expect(page.get_by_role("menuitem", name="Rename")).to_be_disabled()
    expect(page.get_by_role("menuitem", name="Copy its id")).to_be_enabled()
    assert find_faults(page) == []
    page.goto(f"{guarded_site.url}/#/experiments/0/runs/{run_id}")
    expect(page.get_by_role("button", name="Register model")).to_be_disabled()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Show the uncommitted changes")).to_be_visible()
    expect(page.get_by_role("option", name=re.compile("Register|Rename"))).to_have_count(0)


def test_pages_go_on_after_an_outage(
    page: Page, failures: list[str], site: Server, sample: Sample
) -> None:
    page.goto(f"{site.url}/#/models/{MODEL}")
    expect(page.get_by_text("Tells cats from dogs.")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("The server does not answer; trying again")).to_be_visible()
    expect(page.get_by_text("Tells cats from dogs.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert find_faults(page) == []
    page.context.set_offline(False)
    expect(page.get_by_text("The server does not answer; trying again")).to_be_hidden()
    page.goto("about:blank")  # a part that could not be fetched ahead is not tried again
    assert all("ERR_INTERNET_DISCONNECTED" in text for text in failures)
    failures.clear()


def test_links_of_mlflow_lead_to_the_same_things(page: Page, site: Server, sample: Sample) -> None:
    runs = [sample.runs["resnet18-adam-0.001"], sample.runs["diverged"]]
    experiment = sample.experiments[IMAGES]
    page.goto(f'{site.url}/#/compare-runs?runs={json.dumps(runs)}&experiments=["{experiment}"]')
    expect(page).to_have_url(re.compile(r"#/compare\?.*runs="))
    expect(page.get_by_text("diverged").first).to_be_visible()
    page.goto(f"{site.url}/#/experiments/{experiment}/models")
    expect(page.get_by_role("heading", name=IMAGES)).to_be_visible()
    page.goto(f'{site.url}/#/compare-experiments/s?experiments=["{experiment}","0"]')
    expect(page.get_by_role("heading", name=f"{IMAGES} and 1 more")).to_be_visible()
    page.goto(f"{site.url}/#/experiments/0/runs/{runs[0]}/artifactPath/report.md")
    expect(page.get_by_text("All good.")).to_be_visible()
    expect(page.get_by_role("navigation", name="Breadcrumb")).to_have_text(IMAGES)


@pytest.mark.parametrize("width", [1024, 720])
def test_nothing_is_cut_off_in_a_narrow_window(
    page: Page, site: Server, sample: Sample, width: int
) -> None:
    """720 pixels are 1440 at a zoom of 200 %."""
    page.set_viewport_size({"width": width, "height": width * 5 // 8})
    run = f"experiments/{sample.experiments[IMAGES]}/runs/{sample.runs['resnet18-adam-0.001']}"
    for path, name in (
        (run, "More about the run"),
        (f"{run}/artifacts/history.csv", "More about the run"),
        ("models", "New model"),
        (f"models/{MODEL}", "More about the model"),
        (f"models/{MODEL}/versions/1", "More about the version"),
    ):
        page.goto(f"{site.url}/#/{path}")
        button = page.get_by_role("button", name=name)
        expect(button).to_be_visible()
        box = button.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        panel = page.locator("main :is([role=tabpanel], [tabindex='0'])").first
        assert panel.evaluate("box => box.scrollWidth - box.clientWidth") <= 1


def test_the_focus_comes_back_after_a_dialog(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/models/{MODEL}/versions/1")
    page.get_by_role("button", name="Set alias").press("Enter")
    expect(page.get_by_role("textbox", name="Alias")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Set alias")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Move stage")).to_be_focused()


def test_the_first_page_is_small(new_page: Page, site: Server, sample: Sample) -> None:
    scripts: dict[str, int] = {}
    new_page.on(
        "response",
        lambda answer: (
            scripts.setdefault(answer.url, int(answer.headers["content-length"]))
            if answer.url.endswith(".js")
            else None
        ),
    )
    new_page.goto(f"{site.url}/#/experiments/{sample.experiments[IMAGES]}")
    expect(new_page.get_by_text("resnet18-adam-0.001").first).to_be_visible()
    # The charts are what comes last; a page that is live is never without requests for long.
    expect(new_page.get_by_role("img", name=re.compile("curves")).first).to_be_visible()
    assert len(scripts) > 2
    assert sum(scripts.values()) <= 350 * 1024
