"""Files shown in their place that are more than a text: PDF, sound, film, notebooks."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from headrace import MlflowClient
from tests.e2e.conftest import find_faults, wait_until
from tests.e2e.documents import make_notebook, make_pdf
from tests.e2e.sample import IMAGES, Sample
from tests.servers import Server

# Records what a canvas shows for a moment, and returns it as WebM in base64.
_RECORD = """async () => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
  const pieces = [];
  recorder.ondataavailable = (event) => pieces.push(event.data);
  const ended = new Promise((done) => (recorder.onstop = done));
  recorder.start();
  for (let step = 0; step < 10; step++) {
    pen.fillRect(0, 0, 20 * step, 100);
    await new Promise((done) => setTimeout(done, 40));
  }
  recorder.stop();
  await ended;
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


@pytest.fixture
def address(site: Server, sample: Sample) -> str:
    """The files of the run that has many."""
    run_id = sample.runs["resnet18-adam-0.001"]
    return f"{site.url}/#/experiments/{sample.experiments[IMAGES]}/runs/{run_id}/artifacts"


def log_file(server: Server, folder: Path, name: str, content: bytes) -> str:
    """Log a file to a run of its own; return where it is shown."""
    client = MlflowClient(server.url)
    run_id = client.create_run("0").info.run_id
    file = folder / name
    file.write_bytes(content)
    client.log_artifact(run_id, str(file))
    client.set_terminated(run_id)
    client.list_artifacts(run_id)  # waits for what is on its way
    return f"{server.url}/#/experiments/0/runs/{run_id}/artifacts/{name}"


def once_known(media: Locator, name: str) -> float:
    """Return what a sound or film says of itself, as soon as it does."""
    found = media.evaluate(
        f"""(media) => media.readyState > 0 ? media.{name} : new Promise((done) => {{
          media.addEventListener("loadedmetadata", () => done(media.{name}));
        }})"""
    )
    return float(found)


def has_ink(page_of_pdf: Locator) -> bool:
    """Return whether something is drawn on a page."""
    found = page_of_pdf.locator("canvas").evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value, at) => at % 4 === 0 && value < 100 && data[at + 3] > 0);
        }"""
    )
    return bool(found)


def test_a_pdf_is_drawn_page_by_page(page: Page, address: str) -> None:
    page.goto(f"{address}/media/paper.pdf")
    first = page.get_by_role("region", name="Page 1", exact=True)
    expect(first.get_by_text("A paper")).to_be_attached()
    wait_until(page, lambda: has_ink(first))
    expect(page.get_by_text("of 3")).to_be_visible()
    assert find_faults(page) == []

    number = page.get_by_role("textbox", name="Page")
    number.fill("3")
    number.press("Enter")
    last = page.get_by_role("region", name="Page 3", exact=True)
    expect(last.get_by_text("The end")).to_be_attached()
    expect(number).to_have_value("3")
    zoom = page.get_by_label("Zoom", exact=True)
    before = zoom.inner_text()
    page.get_by_role("button", name="Larger").click()
    expect(zoom).not_to_have_text(before)
    page.get_by_role("button", name="Fit").click()
    expect(zoom).to_have_text(before)


def test_of_a_large_pdf_only_what_is_shown_is_read(
    page: Page, changed_site: Server, tmp_path: Path
) -> None:
    size = 6_000_000
    content = make_pdf(["First", "Second"], padding=size)
    place = log_file(changed_site, tmp_path, "large.pdf", content)
    read = 0

    def count(response: object) -> None:
        nonlocal read
        if "large.pdf" in response.url and "/view" in response.url:  # type: ignore[attr-defined]
            read += int(response.headers["content-length"])  # type: ignore[attr-defined]

    page.on("response", count)
    page.goto(place)
    expect(page.get_by_text("First")).to_be_attached()
    expect(page.get_by_role("region", name="Page 2").get_by_text("Second")).to_be_attached()
    assert 0 < read < 1_500_000


@pytest.mark.parametrize("content", [b"no pdf", make_pdf(["one"])[:200]], ids=["text", "cut"])
def test_what_is_no_pdf_says_so(
    page: Page, changed_site: Server, tmp_path: Path, content: bytes, failures: list[str]
) -> None:
    page.goto(log_file(changed_site, tmp_path, "broken.pdf", content))
    expect(page.get_by_text("This PDF cannot be shown: it is damaged, or no PDF.")).to_be_visible()


def test_a_sound_is_read_by_range(page: Page, address: str) -> None:
    ranges: list[str | None] = []
    page.on(
        "request",
        lambda asked: (
            ranges.append(asked.headers.get("range")) if "tone.wav" in asked.url else None
        ),
    )
    page.goto(f"{address}/media/tone.wav")
    sound = page.locator("audio")
    assert 0.9 < once_known(sound, "duration") < 1.1
    expect(sound).to_have_attribute("aria-label", "tone.wav")
    assert ranges[-1] == "bytes=0-"
    assert find_faults(page) == []


def test_a_film_plays_and_what_is_none_says_so(
    page: Page, changed_site: Server, tmp_path: Path
) -> None:
    page.goto(f"{changed_site.url}/health")
    film = base64.b64decode(page.evaluate(_RECORD))
    place = log_file(changed_site, tmp_path, "film.webm", film)
    page.goto(place)
    assert once_known(page.locator("video"), "videoWidth") == 300

    page.goto(log_file(changed_site, tmp_path, "broken.mp4", b"no film"))
    expect(page.get_by_text("The browser cannot play this file.")).to_be_visible()


def test_a_notebook_shows_its_cells(page: Page, address: str) -> None:
    page.goto(f"{address}/look.ipynb")
    notebook = page.get_by_role("region", name="Notebook")
    expect(notebook.get_by_role("heading", name="Look at the data")).to_be_visible()
    expect(notebook.get_by_role("region", name="Code").first).to_contain_text(
        "for epoch in range(3)"
    )
    expect(notebook.locator(".hljs-keyword").first).to_have_text("import")
    expect(notebook.get_by_role("region", name="Output").first).to_contain_text("0.3678794")
    # A progress bar as it ended, in the colours of the terminal.
    expect(notebook.get_by_text("100%|##|")).to_be_visible()
    table = notebook.frame_locator("iframe").get_by_role("cell", name="0.25")
    expect(table).to_be_visible()
    picture = notebook.get_by_role("img", name="Output of the cell")
    expect(picture).to_have_attribute("src", re.compile("^data:image/png"))
    expect(picture).to_have_js_property("naturalWidth", 32)
    expect(notebook.get_by_role("region", name="Error")).to_have_text(
        "ZeroDivisionError: division by zero"
    )
    assert find_faults(page) == []


def test_a_long_output_is_cut_and_what_is_no_notebook_is_json(
    page: Page, changed_site: Server, tmp_path: Path
) -> None:
    text = "".join(f"line {number}\n" for number in range(1000))
    output = {"output_type": "stream", "name": "stdout", "text": text}
    page.goto(log_file(changed_site, tmp_path, "long.ipynb", make_notebook(output).encode()))
    output_region = page.get_by_role("region", name="Output").last
    expect(output_region).to_contain_text("line 199")
    expect(output_region).not_to_contain_text("line 200")
    page.get_by_role("button", name="800 more lines").click()
    expect(output_region).to_contain_text("line 999")

    page.goto(log_file(changed_site, tmp_path, "other.ipynb", b'{"cells": "none"}'))
    expect(page.get_by_text('"none"')).to_be_visible()


def test_of_a_large_folder_the_first_files_are_there_and_more_are_a_click_away(
    page: Page, changed_site: Server, tmp_path: Path
) -> None:
    client = MlflowClient(changed_site.url)
    run_id = client.create_run("0").info.run_id
    for number in range(305):
        (tmp_path / f"{number:03}.txt").touch()
    client.log_artifacts(run_id, str(tmp_path), "many")
    client.set_terminated(run_id)
    client.list_artifacts(run_id)  # waits for what is on its way

    page.goto(f"{changed_site.url}/#/experiments/0/runs/{run_id}/artifacts/many")
    folder = page.get_by_role("region", name="Files of the folder")
    expect(folder.get_by_role("button", name=".txt")).to_have_count(300)
    folder.get_by_role("button", name="5 more").click()
    expect(folder.get_by_role("button", name=".txt")).to_have_count(305)
    expect(folder.get_by_role("button", name="more")).to_have_count(0)
