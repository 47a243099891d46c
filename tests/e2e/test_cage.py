"""What somebody logged is shown in a browser, runs its scripts, and reaches nothing by them."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Frame, Page, expect

from headrace import MlflowClient
from tests.servers import Server

# Each attempt writes what came of it; the last line says that all have been made.
REPORT = """<!doctype html><body><script>
const tell = (name, text) => document.body.append(name + ": " + text, document.createElement("br"));
const attempt = async (name, act) => {
  try { tell(name, "reached " + String(await act())); } catch (error) { tell(name, "nothing"); }
};
const later = (act) => new Promise((done, fail) => { act(done, fail); setTimeout(fail, 1500); });
(async () => {
  await attempt("script", () => 6 * 7);
  await attempt("eval", () => (0, eval)("6 * 7"));
  await attempt("fetch", () => fetch("/api/2.0/mlflow/experiments/search?max_results=1"));
  await attempt("foreign fetch", () => fetch("https://example.com/", { mode: "no-cors" }));
  await attempt("image", () => later((done, fail) => {
    const image = new Image(); image.onload = done; image.onerror = fail;
    image.src = "/favicon.svg";
  }));
  await attempt("script file", () => later((done, fail) => {
    const tag = document.createElement("script"); tag.onload = done; tag.onerror = fail;
    tag.src = "/assets/index.js"; document.body.append(tag);
  }));
  await attempt("cookie", () => document.cookie);
  await attempt("storage", () => localStorage.length);
  await attempt("parent", () => parent === window ? Promise.reject() : parent.document.title);
  await attempt("popup", () => window.open("/") ?? Promise.reject());
  tell("end", location.origin + " " + origin);
})();
</script></body>"""

EXPECTED = {
    "script": "reached 42",
    "eval": "reached 42",
    "fetch": "nothing",
    "foreign fetch": "nothing",
    "image": "nothing",
    "script file": "nothing",
    "cookie": "nothing",
    "storage": "nothing",
    "parent": "nothing",
    "popup": "nothing",
}


@pytest.fixture
def address(own_site: Server) -> str:
    """Where the report of a run is shown."""
    client = MlflowClient(own_site.url)
    run_id = client.create_run("0").info.run_id
    client.log_text(run_id, REPORT, "report.html")
    client.set_terminated(run_id)
    client.list_artifacts(run_id)  # waits for what is on its way
    query = urlencode({"run_id": run_id, "path": "report.html"})
    return f"{own_site.url}/api/1.0/headrace/artifacts/view?{query}"


def outcome(frame: Frame | Page) -> dict[str, str]:
    expect(frame.locator("body")).to_contain_text("end: ")
    lines = frame.locator("body").inner_text().splitlines()
    found = dict(line.split(": ", 1) for line in lines if ": " in line)
    assert found.pop("end").endswith(" null"), "the origin is not its own"
    return found


def test_a_report_in_a_frame_reaches_nothing(
    page: Page, own_site: Server, address: str, failures: list[str]
) -> None:
    page.goto(own_site.url + "/health")
    page.evaluate(
        "(at) => { const frame = document.createElement('iframe'); frame.src = at;"
        " document.body.append(frame); }",
        address,
    )
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("end: ")

    assert outcome(page.frames[1]) == EXPECTED
    failures.clear()  # the console tells of each attempt that was refused


def test_a_report_in_a_tab_reaches_nothing(page: Page, address: str, failures: list[str]) -> None:
    page.goto(address)

    assert outcome(page) == EXPECTED
    failures.clear()
