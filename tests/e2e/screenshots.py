"""Every page in light and dark, wide and on a phone, as pictures: ``make screenshots``.

They lie in ``screenshots/`` (not in git), and the three of the README in ``docs/pictures``.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from headrace import MlflowClient
from headrace.entities import WebhookEvent
from tests.e2e.conftest import ARGUMENTS, CHROMIUM
from tests.e2e.sample import IMAGES, MODEL, SWEEP, Sample, fill
from tests.servers import Server, headrace_server
from tests.webhook_receiver import Receiver, Reply

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "screenshots"
PICTURES = ROOT / "docs" / "pictures"

WIDE = (1440, 900)
PHONE = (390, 844)
README = (1280, 760)


@dataclass(frozen=True)
class Shot:
    """One page as it is looked at.

    Attributes:
        name: Name of its files.
        path: What follows the server's address.
        awaits: A selector of what is there when the page is drawn.
        sizes: How large the windows are in which it is looked at.
        clicks: Texts or labels of the buttons that are clicked first, one after the other.
        keys: Keys that are pressed then.
        picture: Name of the README's picture of it, if there is one.

    """

    name: str
    path: str
    awaits: str = "main"
    sizes: tuple[tuple[int, int], ...] = (WIDE, PHONE)
    clicks: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    picture: str | None = None


def main() -> int:
    """Take all pictures; returns the exit status."""
    if CHROMIUM is None:
        print("there is no chromium here (Debian: apt-get install chromium)", file=sys.stderr)
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    PICTURES.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        _wired_server(Path(folder)) as (server, hook),
        sync_playwright() as playwright,
    ):
        sample = fill(server.url)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for shot in _shots(sample, hook):
            for scheme in ("light", "dark"):
                for size in shot.sizes:
                    _take(browser, server.url, shot, scheme, size)
        browser.close()
    print(f"{len(list(FOLDER.iterdir()))} pictures in {FOLDER.relative_to(ROOT)}")
    return 0


@contextmanager
def _wired_server(folder: Path) -> Iterator[tuple[Server, str]]:
    """Run a server with a webhook that waits for what the sample does; also give the webhook's id.

    Its receiver knows nothing of runs that failed.
    """
    receiver = Receiver()
    receiver.answer = lambda request: Reply(404 if request.event == "run.failed" else 200)
    variables = {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
        "HEADRACE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    events: list[str | WebhookEvent] = ["run.finished", "run.failed", "model_version_alias.created"]
    with headrace_server(folder, environment=variables) as server:
        client = MlflowClient(server.url)
        client.create_webhook(
            "deploy", receiver.url, ["model_version_stage.set"], status="DISABLED"
        )
        words = "Tells the team's chat what happens."
        yield server, client.create_webhook("chat", receiver.url, events, words).webhook_id
    receiver.close()


def _take(browser: Browser, url: str, shot: Shot, scheme: str, size: tuple[int, int]) -> None:
    width, height = size
    on_phone = size == PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        has_touch=on_phone,
        is_mobile=on_phone,
    )
    page = context.new_page()
    page.goto(f"{url}/{shot.path}")
    page.locator(shot.awaits).first.wait_for()
    _settle(page)
    for label in shot.clicks:
        page.get_by_role("button", name=label, exact=True).or_(
            page.get_by_role("tab", name=label, exact=True)
        ).first.click()
        _settle(page)
    for key in shot.keys:
        page.keyboard.press(key)
        _settle(page)
    page.screenshot(path=FOLDER / f"{shot.name}{'-phone' if on_phone else ''}-{scheme}.png")
    if shot.picture and scheme == "light" and not on_phone:
        page.set_viewport_size({"width": README[0], "height": README[1]})
        _settle(page)
        page.screenshot(path=PICTURES / f"{shot.picture}.png")
    context.close()


def _settle(page: Page) -> None:
    """Wait until everything has been fetched and drawn; pages that are live never rest for long."""
    page.wait_for_timeout(900)


def _shots(sample: Sample, hook: str) -> Iterator[Shot]:
    images, sweep = sample.experiments[IMAGES], sample.experiments[SWEEP]
    experiment = f"#/experiments/{images}"
    best, other = sample.runs["resnet18-adam-0.001"], sample.runs["vit-s-sgd-0.01"]
    run = f"{experiment}/runs/{best}"
    first = '[data-row="0"] [data-column^="metrics."]'
    curve = '[role=img][aria-label*="curves"]'
    opened = quote(json.dumps([sample.runs["sweep"], sample.runs["fold-0"]]))
    pair = quote(json.dumps([best, other, sample.runs["resnet50-sgd-0.01"]]))
    yield Shot("home", "#/")
    yield Shot("experiment", experiment, first, picture="experiment")
    yield Shot("experiment-table", f"{experiment}?layout=table", first)
    yield Shot("experiment-charts", f"{experiment}?layout=charts", curve)
    arranged = {
        "sections": [{"name": "Best", "charts": ["metrics.val/loss", "metrics.test/accuracy"]}],
        "chartSizes": {"metrics.val/loss": "wide 320"},
        "hiddenCharts": ["metrics.lr"],
    }
    query = "&".join(f"{name}={quote(json.dumps(value))}" for name, value in arranged.items())
    yield Shot("experiment-arranged", f"{experiment}?layout=charts&{query}", curve)
    yield Shot(
        "experiment-arranging",
        f"{experiment}?layout=charts&{query}",
        curve,
        clicks=("Arrange the charts",),
    )
    yield Shot(
        "experiment-grouped",
        f"{experiment}?group={quote(json.dumps(['params.model']))}&layout=charts",
        curve,
    )
    plots = [
        "bar:metrics.auc",
        "box:metrics.auc",
        "contour:metrics.auc",
        "importance:metrics.auc",
    ]
    yield Shot(
        "experiment-plots",
        f"#/experiments/{sweep}?layout=charts&charts={quote(json.dumps(plots))}",
        "[aria-label^=Contour] canvas",
    )
    yield Shot(
        "experiment-filter",
        f"{experiment}?filter={quote('metrics.`val/loss` < 0.5 and params.model = ')}",
        "main",
    )
    yield Shot("experiment-nothing", f"{experiment}?filter={quote('metrics.`val/loss` < 0')}")
    yield Shot(
        "experiment-selected", f"{experiment}?selected={quote(json.dumps([best, other]))}", first
    )
    yield Shot("experiment-columns", experiment, first, clicks=("Columns",))
    yield Shot("experiment-tree", f"#/experiments/{sweep}?open={opened}", "[data-row]")
    yield Shot("places", experiment, "[data-row]", clicks=("Open the places",), sizes=(PHONE,))
    yield Shot("palette", experiment, first, keys=("Control+k",))
    yield Shot("keys", experiment, first, keys=("?",), sizes=(WIDE,))
    yield Shot("run", run, "main h1")
    for tab in ("metrics", "system", "logs", "artifacts"):
        yield Shot(f"run-{tab}", f"{run}/{tab}", "main h1")
    yield Shot("run-notebook", f"{run}/artifacts/look.ipynb", "main pre")
    yield Shot("run-pdf", f"{run}/artifacts/media/paper.pdf", "main canvas")
    yield Shot(
        "experiment-images", f"{experiment}?layout=charts&focus=images.val%2Fsample", "main img"
    )
    yield Shot("compare", f"#/compare?runs={pair}", "main h1", picture="compare")
    yield Shot("models", "#/models", "main h1")
    yield Shot("model", f"#/models/{MODEL}", "main h1", picture="registry")
    yield Shot("version", f"#/models/{MODEL}/versions/2", "main h1")
    yield Shot("webhooks", "#/webhooks", "main table")
    yield Shot("webhook", f"#/webhooks/{hook}", "main table")
    yield Shot("webhook-new", "#/webhooks", "main table", clicks=("New webhook",))
    lineage = "[role=group] [aria-current=page]"
    yield Shot("lineage", f"{run}/lineage", lineage)
    yield Shot("not-found", "#/nowhere")


if __name__ == "__main__":
    sys.exit(main())
