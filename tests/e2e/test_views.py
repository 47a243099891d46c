"""Views of an experiment's page: saved, opened, changed, shared and deleted in a browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from headrace.api import views
from headrace.api.tracking import CreateExperiment, CreateRun, LogMetric
from headrace.entities import View
from headrace.server.users import Role, changing_users
from headrace.stores.base import Actor, acting_as
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.stores.uri import open_tracking_store
from tests.e2e.conftest import find_faults
from tests.servers import Server, headrace_server

PASSWORD = "a good password"


class Place:
    """An experiment with three runs on a server that knows ada and eve, who write, and bob.

    Attributes:
        site: The server.
        name: The experiment's name.
        experiment_id: Its id.
        url: Its address.

    """

    def __init__(self, site: Server, store: SqlTrackingStore, name: str) -> None:
        self._store = store
        self.site = site
        self.name = name
        made = store.create_experiment(CreateExperiment(name=name))
        self.experiment_id = made.experiment_id
        self.url = f"{site.url}/#/experiments/{made.experiment_id}"
        for number in range(3):
            request = CreateRun(made.experiment_id, run_name=f"run-{number}", start_time=1000)
            run_id = store.create_run(request).run.info.run_id
            store.log_metric(LogMetric(run_id=run_id, key="loss", value=number / 2, timestamp=1))

    def save(self, name: str, owner: str = "eve", **fields: object) -> View:
        """Save a view of the experiment, in which the table has all of the width."""
        state = {"layout": "table", "filter": "metrics.loss < 1"}
        with acting_as(Actor(owner, verified=True)):
            request = views.CreateView(
                name=name,
                experiment_ids=[self.experiment_id],
                state=json.dumps(state),
                **fields,  # type: ignore[arg-type]
            )
            return self._store.create_view(request).view


@pytest.fixture(scope="module")
def guarded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with users, and its database."""
    folder = tmp_path_factory.mktemp("views")
    with changing_users(folder / "users") as users:
        users.add("ada", Role.WRITE, PASSWORD)
        users.add("eve", Role.WRITE, PASSWORD)
        users.add("bob", Role.READ, PASSWORD)
    with headrace_server(folder, arguments=("--users-file", str(folder / "users"))) as site:
        yield site, folder / "headrace.db"


@pytest.fixture
def place(guarded_site: tuple[Server, Path], fresh: str) -> Iterator[Place]:
    site, database = guarded_site
    store = open_tracking_store(f"sqlite:///{database}")
    yield Place(site, store, fresh)
    store.close()


def enter(page: Page, place: Place, name: str, search: str = "") -> None:
    """Sign in, and open the experiment."""
    credentials = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    page.request.post(f"{place.site.url}/api/1.0/headrace/session", headers=headers, data="{}")
    page.goto(place.url + search)
    expect(page.locator("[data-run]").first).to_be_visible()


def button_of(page: Page, name: str) -> Locator:
    """Return the button that opens the menu, by what it says."""
    return page.get_by_role("button", name=name, exact=True)


def choose(page: Page, button: str, item: str) -> None:
    """Choose an item of the menu."""
    button_of(page, button).click()
    expect(page.get_by_role("menuitem", name=item)).to_be_visible()
    page.get_by_role("menuitem", name=item).click()


def expect_runs(page: Page, count: int) -> None:
    expect(page.locator("[data-run]")).to_have_count(count)


def test_a_view_is_saved_changed_and_found_again(page: Page, place: Place) -> None:
    enter(page, place, "ada")
    page.get_by_text("Table", exact=True).click()
    choose(page, "Views", "Save as new view")
    dialog = page.get_by_role("dialog", name="Save as new view")
    dialog.get_by_label("Name").fill("Mine")
    dialog.get_by_label("Shared with all").uncheck()
    expect(dialog.get_by_label("Default")).to_be_disabled()
    assert find_faults(page) == []
    dialog.get_by_role("button", name="Save").click()
    button = button_of(page, "Views: Mine")
    expect(button).to_be_visible()
    link = page.url
    assert link.startswith(f"{place.url}?view=v-")

    # What is changed on top of it stands in the URL, and a mark says that there is something.
    page.get_by_role("combobox", name="Filter").fill("metrics.loss < 1")
    expect_runs(page, 2)
    expect(button_of(page, "Views: Mine, changed")).to_be_visible()
    page.reload()
    expect_runs(page, 2)
    expect(page.get_by_role("radio", name="Table")).to_be_checked()
    choose(page, "Views: Mine, changed", "Undo the changes")
    expect_runs(page, 3)
    page.go_back()
    page.goto(link + "&without=%5B%22layout%22%5D&filter=metrics.loss+%3C+0.2")
    expect_runs(page, 1)
    expect(page.get_by_role("radio", name="Both")).to_be_checked()
    choose(page, "Views: Mine, changed", "Update this view")
    expect(button).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("radio", name="Both")).to_be_checked()
    expect_runs(page, 1)

    choose(page, "Views: Mine", "Share with all")
    choose(page, "Views: Mine", "Make default")
    button.click()
    expect(page.get_by_role("menuitem", name="No longer the default")).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("menuitem", name="Rename").click()
    dialog = page.get_by_role("dialog", name="Rename the view")
    dialog.get_by_label("Name").fill("Best")
    dialog.get_by_role("button", name="Rename").click()
    expect(button_of(page, "Views: Best")).to_be_visible()


def test_the_default_view_is_what_one_sees_first(page: Page, place: Place) -> None:
    made = place.save("Best", is_default=True)
    enter(page, place, "ada")
    expect_runs(page, 2)
    assert page.url == f"{place.url}?view={made.view_id}"
    expect(page.get_by_role("radio", name="Table")).to_be_checked()

    choose(page, "Views: Best", "Close this view")
    expect_runs(page, 3)
    expect(page.get_by_role("radio", name="Both")).to_be_checked()
    # What is cleared by hand stays clear.
    page.get_by_text("Table", exact=True).click()
    page.get_by_text("Both", exact=True).click()
    expect(page.get_by_role("radio", name="Both")).to_be_checked()
    expect_runs(page, 3)
    page.get_by_role("navigation", name="Experiments").get_by_role("link", name=place.name).click()
    expect_runs(page, 2)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search everything").fill("close the view")
    page.keyboard.press("Enter")
    expect(button_of(page, "Views")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search everything").fill("open best")
    page.keyboard.press("Enter")
    expect(button_of(page, "Views: Best")).to_be_visible()


def test_a_view_of_another_is_opened_and_left_as_it_is(page: Page, place: Place) -> None:
    place.save("Hers")
    place.save("Secret", is_shared=False)
    enter(page, place, "ada")
    button_of(page, "Views").click()
    expect(page.get_by_role("menuitem", name="Hers")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Secret")).to_have_count(0)
    page.get_by_role("menuitem", name="Hers").click()
    expect_runs(page, 2)
    page.get_by_text("Both", exact=True).click()
    button_of(page, "Views: Hers, changed").click()
    expect(page.get_by_role("menuitem", name="Update this view")).to_be_disabled()
    for name in ("Rename", "Delete", "Make private"):
        expect(page.get_by_role("menuitem", name=name)).to_have_count(0)
    page.get_by_role("menu").press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)

    mine = place.save("Mine", owner="ada")
    page.goto(f"{place.url}?view={mine.view_id}&layout=%22charts%22")
    choose(page, "Views: Mine, changed", "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(button_of(page, "Views")).to_be_visible()
    expect(page.get_by_role("radio", name="Charts")).to_be_checked()
    page.goto(f"{place.url}?view={mine.view_id}&smooth=0.5")
    expect(page.get_by_text("The view of this link was deleted")).to_be_visible()
    expect_runs(page, 3)
    assert page.url == f"{place.url}?smooth=0.5"


def test_readers_change_nothing(page: Page, place: Place) -> None:
    made = place.save("Best")
    enter(page, place, "bob", f"?view={made.view_id}")
    expect_runs(page, 2)
    page.get_by_text("Both", exact=True).click()
    button_of(page, "Views: Best, changed").click()
    for name in ("Save as new view", "Update this view"):
        expect(page.get_by_role("menuitem", name=name)).to_be_disabled()
    for name in ("Rename", "Delete", "default"):
        expect(page.get_by_role("menuitem", name=name)).to_have_count(0)
    expect(page.get_by_role("menuitem", name="Copy link")).to_be_visible()
