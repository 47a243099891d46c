"""What somebody logged is shown in a browser, runs its scripts, and reaches nothing by them."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Frame, Page, expect

from headrace import MlflowClient
from tests.e2e.documents import make_notebook, make_pdf
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
def page(new_page: Page) -> Page:
    """Of each test alone: what breaks out must not lie in wait for the next."""
    return new_page


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


# What each of these would do if it could: leave a mark in the page that shows it, lead it away, or
# ask the server for something.
MARK = "top.hacked = window.hacked = 1"
HOSTILE_HTML = f"""<script>{MARK}</script><img src=x onerror="{MARK}">
<img src="/api/2.0/mlflow/experiments/search?max_results=1">
<link rel=stylesheet href="/reached.css">
<iframe src="javascript:{MARK}"></iframe><meta http-equiv=refresh content="0;url=/reached">
<form action="/reached"><input autofocus onfocus="{MARK}"></form>
<svg onload="{MARK}"></svg><object data="/reached"></object><base href="/reached/">
<a id=way target=_top href="/reached">way</a><b>shown</b>"""
HOSTILE_SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="{MARK}">
<script>{MARK}</script><image href="/reached"/><rect width="9" height="9"/></svg>"""
HOSTILE_CELLS = [
    {"output_type": "display_data", "data": {"text/html": HOSTILE_HTML}},
    {"output_type": "display_data", "data": {"image/svg+xml": HOSTILE_SVG}},
    {"output_type": "display_data", "data": {"text/markdown": HOSTILE_HTML}},
    {"output_type": "display_data", "data": {"application/javascript": MARK}},
    {"output_type": "display_data", "data": {"image/png": f'"onerror="{MARK}'}},
    {"output_type": "stream", "name": "stdout", "text": f"\x1b[31m{HOSTILE_HTML}"},
    {"output_type": "error", "traceback": [HOSTILE_HTML]},
]
HOSTILE_PDF = make_pdf(
    ["shown"],
    f"/OpenAction<</S/JavaScript/JS({MARK})>>/AA<</WC<</S/JavaScript/JS({MARK})>>>>"
    f"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS({MARK})>>]>>>>"
    f"/AcroForm<</XFA({HOSTILE_HTML.replace('(', '').replace(')', '')})/Fields[]>>",
)


def test_hostile_files_run_nothing_in_the_page_that_shows_them(
    page: Page, changed_site: Server, tmp_path: Path, failures: list[str]
) -> None:
    client = MlflowClient(changed_site.url)
    run_id = client.create_run("0").info.run_id
    notebook = json.loads(make_notebook(*HOSTILE_CELLS))
    notebook["cells"][0]["source"] = f"[a](javascript:{MARK}) {HOSTILE_HTML}"
    files = {
        "bad.ipynb": json.dumps(notebook).encode(),
        "bad.pdf": HOSTILE_PDF,
        "bad.svg": HOSTILE_SVG.encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        client.log_artifact(run_id, str(tmp_path / name))
    client.set_terminated(run_id)
    client.list_artifacts(run_id)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"reached by a dialog: {dialog.message}"))
    place = f"{changed_site.url}/#/experiments/0/runs/{run_id}/artifacts"

    page.goto(f"{place}/bad.ipynb")
    frames = page.frame_locator("iframe[sandbox='']")
    expect(frames.last.get_by_text("shown")).to_be_visible()
    frames.last.get_by_text("way").click()  # leads nowhere: neither the page nor the frame
    expect(frames.last.get_by_text("shown")).to_be_visible()
    page.goto(f"{place}/bad.pdf")
    expect(page.get_by_role("region", name="Page 1").get_by_text("shown")).to_be_attached()
    page.goto(f"{place}/bad.svg")
    picture = page.get_by_role("img", name="bad.svg")
    picture.evaluate("image => image.decode()")
    expect(picture).to_be_visible()

    assert page.evaluate("window.hacked") is None
    assert page.url == f"{place}/bad.svg"
    assert [url for url in asked if "reached" in url or "experiments/search?max" in url] == []
    assert all(url.startswith((changed_site.url, "data:")) for url in asked)
    failures.clear()  # the console tells of each attempt that was refused
