"""The pages of webhooks: make one, test it, pause it, and see what became of each delivery."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from headrace import MlflowClient
from headrace.entities.webhook import ALL_EVENTS
from tests.e2e.conftest import UI, find_faults
from tests.e2e.tab import Tab
from tests.servers import Server, headrace_server
from tests.webhook_receiver import Received, Receiver, Reply

SECRET = "only-the-receiver-knows"
UNKNOWN = b'{"error": "no such hook", "hint": "<b>look</b> for it"}'


@dataclass
class Wired:
    """A server that may send to a receiver on this machine, and the receiver.

    Attributes:
        server: The server.
        receiver: Answers 404 to failed runs, and 200 to everything else.
        client: A client of the server.

    """

    server: Server
    receiver: Receiver
    client: MlflowClient


def answer(request: Received) -> Reply:
    return Reply(404, UNKNOWN) if request.event == "run.failed" else Reply()


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory, tab: Tab) -> Iterator[Wired]:
    """A server and a receiver, which the tests of this file share."""
    variables = {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
        "HEADRACE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "HEADRACE_WEBHOOK_SHOW_PRIVATE_ANSWERS": "true",
    }
    receiver = Receiver()
    receiver.answer = answer
    try:
        with headrace_server(tmp_path_factory.mktemp("wired"), environment=variables) as server:
            yield Wired(server, receiver, MlflowClient(server.url))
            tab.blank()
    finally:
        receiver.close()


def test_the_pages_know_each_event() -> None:
    names = re.findall(
        r'\["([a-z_]+\.[a-z]+)", ', (UI / "src/pages/webhooks/events.ts").read_text()
    )

    assert sorted(names) == sorted(set(ALL_EVENTS) - {"budget_policy.exceeded"})


def test_a_webhook_is_made_changed_and_deleted(page: Page, own_site: Server) -> None:
    page.goto(f"{own_site.url}/#/webhooks")
    expect(page.get_by_text("create_webhook")).to_contain_text(own_site.url)
    assert find_faults(page) == []

    page.get_by_role("button", name="New webhook").click()
    page.get_by_role("textbox", name="Name").fill("alarm")
    page.get_by_role("textbox", name="Address").fill("https://10.0.0.1/hook")
    expect(page.get_by_role("button", name="Create", exact=True)).to_be_disabled()
    page.get_by_label("A run ends as failed").check()
    page.get_by_role("checkbox", name="Runs", exact=True).click()
    page.get_by_label("A run begins").uncheck()
    expect(page.get_by_text("5 chosen")).to_be_visible()
    page.get_by_role("combobox", name="Only of runs").click()
    page.get_by_role("option", name="Default").click()
    page.get_by_role("textbox", name="Secret").fill(SECRET)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("private")
    assert find_faults(page) == []
    page.get_by_role("textbox", name="Address").fill("https://93.184.216.34/hook")
    page.get_by_role("button", name="Create", exact=True).click()
    row = page.get_by_role("row", name=re.compile("alarm"))
    expect(row).to_contain_text("Default")
    [made] = MlflowClient(own_site.url).list_webhooks()
    assert (made.has_secret, made.experiment_ids, len(made.events)) == (True, ["0"], 5)

    row.get_by_role("button", name="More about alarm").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_role("textbox", name="Name").fill("bell")
    page.get_by_text("Sign no more").click()
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row", name=re.compile("bell"))
    expect(page.get_by_role("dialog")).to_have_count(0)  # as long as it closes it takes the clicks
    row.get_by_role("switch").click(force=True)
    expect(page.get_by_text("Paused bell")).to_be_visible()
    [changed] = MlflowClient(own_site.url).list_webhooks()
    assert (changed.has_secret, changed.status, len(changed.events)) == (False, "DISABLED", 5)

    row.get_by_role("button", name="More about bell").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete the webhook").click()
    expect(page.get_by_text("Nobody is told yet")).to_be_visible()


def test_a_test_shows_what_the_receiver_said(page: Page, wired: Wired, fresh: str) -> None:
    events = ["run.created", "run.failed"]
    hook = wired.client.create_webhook(fresh, wired.receiver.url, events, status="DISABLED")
    page.goto(f"{wired.server.url}/#/webhooks/{hook.webhook_id}")
    page.get_by_role("button", name="Send a test").click()
    page.get_by_role("button", name="Send the test").click()
    result = page.get_by_role("status", name="Result")
    expect(result).to_contain_text("The receiver took it.")
    expect(result).to_contain_text("200")
    page.get_by_role("combobox", name="Event").last.click()
    page.get_by_role("option", name="run.failed").click()
    page.get_by_role("button", name="Send again").click()
    expect(result).to_contain_text("The receiver answered with HTTP status 404")
    expect(result.get_by_label("Answer")).to_contain_text('"hint": "<b>look</b> for it"')
    assert find_faults(page) == []


def test_the_log_shows_what_became_of_each_delivery(page: Page, wired: Wired, fresh: str) -> None:
    hook = wired.client.create_webhook(
        fresh, wired.receiver.url, ["run.created", "run.failed"], secret=SECRET
    )
    page.emulate_media(color_scheme="dark")
    page.goto(f"{wired.server.url}/#/webhooks/{hook.webhook_id}")
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    run = wired.client.create_run(wired.client.create_experiment(fresh))
    wired.client.set_terminated(run.info.run_id, "FAILED")
    expect(page.get_by_role("row", name=re.compile("run.created"))).to_contain_text("200")
    failed = page.get_by_role("row", name=re.compile("run.failed"))
    expect(failed).to_contain_text("HTTP status 404")
    expect(failed).to_contain_text("no such hook")
    assert find_faults(page) == []

    page.get_by_text("Failed", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("run.created"))).to_have_count(0)
    failed.get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(run.info.run_id)
    expect(dialog).to_contain_text("X-MLflow-Signature: v1,•••")
    expect(dialog.get_by_label("Answer to try 1")).to_contain_text("no such hook")
    expect(page).to_have_url(re.compile("state=failed&delivery="))
    assert find_faults(page) == []
    assert SECRET not in page.content()
    wired.receiver.answer = lambda request: Reply()
    dialog.get_by_role("button", name="Send again").click()
    expect(dialog.get_by_role("img", name="Delivered")).to_be_visible()
    wired.receiver.answer = answer
    dialog.get_by_role("button", name="Close").last.click()
    expect(page.get_by_text("No delivery is like that")).to_be_visible()

    page.get_by_role("button", name="More about the webhook").click()
    page.get_by_role("menuitem", name="Pause").click()
    expect(page.get_by_text("Paused: it learns nothing")).to_be_visible()
    page.goto(f"{wired.server.url}/#/webhooks/nobody")
    expect(page.get_by_text("There is no such webhook")).to_be_visible()
