"""A run's page: overview, code, logs as they come, and files of every kind."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from headrace import MlflowClient
from tests.e2e.conftest import find_faults
from tests.e2e.sample import Sample
from tests.servers import REPOSITORY, Server, clean_environment, headrace_server

RUN = "resnet18-adam-0.001"


@pytest.fixture
def address(site: Server, sample: Sample) -> str:
    """The page of a run with files."""
    return (
        f"{site.url}/#/experiments/{sample.experiments['vision/classify']}/runs/{sample.runs[RUN]}"
    )


def test_the_overview_says_what_a_run_is(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="Baseline")).to_be_visible()
    expect(page.get_by_role("region", name="Params")).to_contain_text("resnet18")
    expect(page.get_by_role("region", name="Metrics")).to_contain_text("Step 119")
    expect(page.get_by_text("Finished")).to_be_visible()
    expect(page.get_by_role("link", name="image-classifier version 1")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"\d+ with their versions")).click()
    page.get_by_role("textbox", name="Find in installed").fill("sqlalchemy")
    expect(page.get_by_role("region", name="Installed")).to_contain_text("sqlalchemy")


def test_a_metric_shows_its_bounds(page: Page, address: str) -> None:
    page.goto(address)
    row = page.get_by_role("region", name="Metrics").locator("dl > div").filter(has_text="lr")
    expect(row.first).to_contain_text("Min 8.33333e-6")
    expect(row.first).to_contain_text("Max 0.001")
    expect(row.first).to_contain_text("Step 119")


def test_a_data_set_says_what_it_was(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="pets").click()
    expect(page.get_by_role("row", name="pixels binary")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("12,000")
    expect(page.get_by_role("dialog")).to_contain_text("pets.parquet")
    assert find_faults(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="pets")).to_be_focused()


def test_children_are_a_tree(page: Page, site: Server, sample: Sample) -> None:
    experiment = sample.experiments["vision/sweep"]
    page.goto(f"{site.url}/#/experiments/{experiment}/runs/{sample.runs['sweep']}")
    children = page.get_by_role("region", name="Children (3)")
    expect(children.get_by_role("link")).to_have_text(["fold-0", "fold-1", "fold-2"])
    children.get_by_role("button", name="Children of fold-1").click()
    children.get_by_role("link", name="trial-1-2").click()
    expect(page).to_have_url(re.compile(sample.runs["trial-1-2"]))
    page.get_by_role("link", name="fold-1").click()
    expect(page).to_have_url(re.compile(sample.runs["fold-1"]))


def test_series_of_images_are_shown_by_step(page: Page, address: str) -> None:
    pytest.importorskip("PIL")
    page.goto(address)
    page.get_by_role("tab", name="Images").click()
    expect(page.get_by_role("img", name="val/sample at step 20")).to_be_visible()
    page.get_by_role("slider", name="Step").press("ArrowLeft")
    expect(page.get_by_role("img", name="val/sample at step 10")).to_be_visible()
    assert find_faults(page) == []


def test_a_folder_shows_its_files(page: Page, address: str) -> None:
    page.goto(f"{address}/artifacts/model")
    folder = page.get_by_role("region", name="Files of the folder")
    expect(folder.get_by_role("row", name=re.compile("weights.json"))).to_contain_text("B")
    page.get_by_role("button", name="Register this folder").click()
    expect(page.get_by_role("textbox", name="Folder")).to_have_value("model")
    page.get_by_role("button", name="Cancel").click()
    folder.get_by_role("button", name="MLmodel").click()
    summary = page.get_by_role("region", name="Summary of the model")
    expect(summary).to_contain_text("loader module none")


def test_json_is_folded(page: Page, address: str) -> None:
    page.goto(f"{address}/artifacts/config/classes.json")
    page.get_by_role("button", name="Fold /nested").first.click()
    expect(page.get_by_role("region", name="Text")).to_contain_text('"nested": { 1 }')
    page.get_by_role("button", name="Unfold all").click()
    expect(page.get_by_role("region", name="Text")).to_contain_text('"a": [')


def test_links_of_mlflow_name_the_same_places(page: Page, address: str) -> None:
    page.goto(f"{address}/artifacts/code/area.py")
    expect(page.get_by_text("def area(radius):")).to_be_visible()
    page.goto(f"{address}/system-metrics")
    expect(page.get_by_role("tab", name="System metrics")).to_have_attribute(
        "aria-selected", "true"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(page: Page, address: str, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    for place, text in (
        ("", "Baseline"),
        ("/artifacts/history.csv", "accuracy"),
        ("/artifacts/code/area.py", "def"),
        ("/logs", "120 lines"),
    ):
        page.goto(address + place)
        expect(page.get_by_text(text).first).to_be_visible()
        assert find_faults(page) == []


def test_the_keyboard_goes_through_tabs_and_files(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("tab", name="Overview")).to_be_visible()
    page.keyboard.press("5")
    page.get_by_role("treeitem", name=re.compile("^code")).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("treeitem", name=re.compile("area.py"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("artifacts/code/area.py$"))
    page.keyboard.press("?")
    expect(page.get_by_text("Show the keys")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("report.md", "good"),
        ("config/classes.json", '"threshold": 0.5'),
        ("model/MLmodel", "python_function"),
        ("long.log", "100 line of a long log"),
    ],
)
def test_files_are_shown(page: Page, address: str, path: str, text: str) -> None:
    page.goto(f"{address}/artifacts/{path}")
    if path == "long.log":
        page.get_by_role("region", name="Text").evaluate("box => box.scrollTo(0, 1700)")
    expect(page.get_by_text(text).first).to_be_visible()
    assert page.evaluate("window.hacked") is None


def test_a_picture_and_a_table_are_shown(page: Page, address: str) -> None:
    page.goto(f"{address}/artifacts/images/ramp.png")
    expect(page.get_by_text("64 × 64")).to_be_visible()
    page.goto(f"{address}/artifacts/history.csv")
    expect(page.get_by_text("40 rows, 3 columns")).to_be_visible()
    expect(page.get_by_role("columnheader", name="accuracy")).to_be_visible()


def test_a_logged_page_runs_its_scripts_in_a_cage(
    page: Page, failures: list[str], address: str
) -> None:
    page.goto(f"{address}/artifacts/chart.html")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="drawn")).to_be_visible()
    inner = page.frames[-1]
    inner.wait_for_function("window.refused || window.reached")
    assert inner.evaluate("[window.refused, window.reached]") == [1, None]
    assert inner.evaluate("fetch('/api/2.0/mlflow/experiments/search').catch(() => 'no')") == "no"
    assert all("Content Security Policy" in text for text in failures)
    failures.clear()


def test_the_end_of_a_large_file_is_there_at_once(
    page: Page, changed_site: Server, tmp_path: Path
) -> None:
    client = MlflowClient(changed_site.url)
    run = client.create_run("0").info
    large = tmp_path / "large.log"
    with large.open("w") as file:
        for number in range(400_000):
            file.write(f"{number:08d} a line of a large file\n")
    client.log_artifact(run.run_id, str(large))
    MlflowClient(changed_site.url).list_artifacts(run.run_id)  # a read waits for what is on its way
    fetched: list[int] = []
    page.on("response", lambda answer: fetched.append(int(answer.headers.get("content-length", 0))))
    page.goto(f"{changed_site.url}/#/experiments/0/runs/{run.run_id}/artifacts/large.log")
    expect(page.get_by_text("00000000 a line")).to_be_visible()
    page.get_by_role("button", name="Go to the end").click()
    expect(page.get_by_text("00399999 a line")).to_be_visible()
    assert sum(fetched) < 6_000_000 < large.stat().st_size


def test_parquet_is_read_by_range(page: Page, changed_site: Server, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"number": list(range(2_000)), "word": [f"w{i}" for i in range(2_000)]})
    parquet.write_table(table, tmp_path / "data.parquet")
    client = MlflowClient(changed_site.url)
    run = client.create_run("0").info
    client.log_artifact(run.run_id, str(tmp_path / "data.parquet"))
    client.list_artifacts(run.run_id)
    page.goto(f"{changed_site.url}/#/experiments/0/runs/{run.run_id}/artifacts/data.parquet")
    expect(page.get_by_text("2,000 rows, 2 columns")).to_be_visible()
    expect(page.get_by_role("cell", name="w7", exact=True)).to_be_visible()


_PRINTS = """
import sys, headrace
headrace.set_tracking_uri(sys.argv[1])
headrace.set_experiment(sys.argv[2])
with headrace.start_run(run_name="talks") as run:
    print("first line", flush=True)
    sys.stdin.readline()
    print("second line", flush=True)
    sys.stdin.readline()
"""


def test_logs_arrive_while_the_run_runs(page: Page, changed_site: Server, fresh: str) -> None:
    client = MlflowClient(changed_site.url)
    experiment = client.create_experiment(fresh)
    command = [sys.executable, "-c", _PRINTS, changed_site.url, fresh]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        runs = wait_for(lambda: client.search_runs([experiment]))
        run_id = runs[0].info.run_id
        page.goto(f"{changed_site.url}/#/experiments/{experiment}/runs/{run_id}/logs")
        expect(page.get_by_text("first line")).to_be_visible()
        process.stdin.write("\n")
        process.stdin.flush()
        expect(page.get_by_text("second line")).to_be_visible()
        process.communicate("\n", timeout=30)
    expect(page.get_by_role("img", name="Finished")).to_be_visible()


def wait_for(ask: Callable[[], Any]) -> Any:
    """Return what a question is answered once the answer is not empty."""
    deadline = time.monotonic() + 30
    while not (answer := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer


def test_a_run_is_noted_tagged_renamed_and_deleted(page: Page, changed_site: Server) -> None:
    client = MlflowClient(changed_site.url)
    run_id = client.create_run("0", run_name="old").info.run_id
    client.log_param(run_id, "prompt", f"{'Tell ' * 1_000}the end")
    page.goto(f"{changed_site.url}/#/experiments/0/runs/{run_id}")
    page.get_by_role("button", name="prompt: show all of it").click()
    expect(page.get_by_role("dialog", name="prompt")).to_contain_text("the end")
    page.get_by_role("dialog", name="prompt").press("Escape")
    page.get_by_role("button", name="Add a note").click()
    page.get_by_role("textbox", name="Note").fill("**why**")
    page.keyboard.press("Control+Enter")
    expect(page.locator("strong", has_text="why")).to_be_visible()
    page.get_by_role("button", name="More about the run").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("new")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="new")).to_be_visible()
    page.get_by_role("button", name="More about the run").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_text("deleted", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back")).to_be_visible()
    run = client.get_run(run_id)
    assert (run.info.run_name, run.info.lifecycle_stage) == ("new", "active")
    assert run.data.tags["mlflow.note.content"] == "**why**"


def test_files_of_a_run_are_registered(page: Page, changed_site: Server, fresh: str) -> None:
    client = MlflowClient(changed_site.url)
    run_id = client.create_run("0").info.run_id
    client.log_text(run_id, "x", "model/MLmodel")
    client.list_artifacts(run_id)
    page.goto(f"{changed_site.url}/#/experiments/0/runs/{run_id}")
    page.get_by_role("button", name="Register model").click()
    page.get_by_role("combobox", name="Model").fill(fresh)
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text(f"Registered as {fresh} version 1")).to_be_visible()
    version = client.get_model_version(fresh, "1")
    assert (version.run_id, version.source.rsplit("/", 1)[1]) == (run_id, "model")


def test_a_run_that_is_not_there_says_so(page: Page, site: Server, sample: Sample) -> None:
    page.goto(f"{site.url}/#/experiments/1/runs/{'0' * 32}")
    expect(page.get_by_role("alert")).to_contain_text(f"There is no run {'0' * 32}")
    expect(page.get_by_role("link", name="Go to its experiment")).to_be_visible()


def test_a_run_that_went_silent_is_shown_as_lost(page: Page, tmp_path: Path) -> None:
    script = (
        "import headrace, os, signal\n"
        "headrace.start_run(run_name='silent')\n"
        "headrace.flush()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with headrace_server(tmp_path, environment={"HEADRACE_LOST_TIMEOUT": "1"}) as server:
        variables = {"MLFLOW_TRACKING_URI": server.url, "PYTHONPATH": str(REPOSITORY / "src")}
        subprocess.run([sys.executable, "-c", script], env=clean_environment(variables))
        page.goto(f"{server.url}/#/experiments/0?layout=table")
        lost = page.get_by_role("img", name="Lost: it no longer gives signs of life")
        expect(lost).to_have_attribute("title", re.compile("^Lost"))
        page.get_by_role("link", name="silent").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("silent")
        lost.first.hover()
        expect(page.get_by_role("tooltip")).to_contain_text("no longer gives signs of life")
        status = page.get_by_role("region", name="Run").get_by_text("Lost: it no longer")
        expect(status).to_be_visible()
        assert find_faults(page) == []
        page.goto("about:blank")
