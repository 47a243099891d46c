"""What runs, experiments and versions show of themselves in a notebook."""

from __future__ import annotations

import copy
import math
import pickle
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import headrace
from headrace import MlflowClient
from headrace.client.cards.curve import HEIGHT, WIDTH, draw_curve
from tests.servers import headrace_server

pytestmark = pytest.mark.usefixtures("fresh_client")

HOSTILE = "<script>alert('x')</script>\" onload=\"alert(1)"


class Seen(HTMLParser):
    """What a reader sees of a card, and what it is made of."""

    def __init__(self, html: str | None) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.paths: list[str] = []
        self.text = ""
        assert html is not None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        self.tags.add(tag)
        if tag == "a":
            self.links.append(given["href"] or "")
        if tag == "path" and "stroke-width" in given:
            self.paths.append(given["d"] or "")

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def test_a_run_shows_how_it_is_now() -> None:
    with headrace.start_run(run_name="first") as run:
        headrace.log_params({"lr": 0.1, "model": "forest"})
        assert "running" in Seen(run._repr_html_()).text
        for step, loss in enumerate((0.9, 0.25, 0.5)):
            headrace.log_metrics(
                {"val/loss": loss, "accuracy": 1 - loss, "system/cpu": 7}, step=step
            )
        active = headrace.active_run()
        assert active is not None
        seen = Seen(active._repr_html_())

    assert re.search(r"val/loss\s+0\.5\s+0\.25", seen.text)  # the last one, and the least
    assert re.search(r"accuracy\s+0\.5\s+0\.75", seen.text)
    assert "val/loss, steps 0 to 2" in seen.text
    assert re.search(r"lr\s+0\.1", seen.text)
    assert "system/cpu" not in seen.text
    assert len(seen.paths) == 1
    assert "script" not in seen.tags
    last = headrace.last_active_run()
    assert last is not None
    for ended in (last, run, headrace.get_run(run.info.run_id)):
        assert "finished" in Seen(ended._repr_html_()).text
    [found] = MlflowClient().search_runs([run.info.experiment_id])
    assert "val/loss" in Seen(found._repr_html_()).text


def test_without_a_server_the_card_says_how_to_see_the_page() -> None:
    with headrace.start_run() as run:
        pass
    seen = Seen(run._repr_html_())

    [link] = seen.links
    assert link.endswith(f"/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}")
    assert f"headrace server --backend-store-uri {headrace.get_tracking_uri()}" in seen.text


def test_what_people_wrote_stays_text() -> None:
    with headrace.start_run(run_name=HOSTILE) as run:
        headrace.log_param("words", HOSTILE + "x" * 500)
        headrace.log_metrics({"not a number": math.nan, "endless": math.inf})
    seen = Seen(run._repr_html_())

    assert HOSTILE in seen.text
    assert seen.tags <= {*"div b span svg circle path table thead tbody tr th td a code".split()}
    assert "x" * 500 not in seen.text
    assert re.search(r"endless\s+inf", seen.text)
    assert re.search(r"not a number\s+nan", seen.text)


def test_a_curve_stays_in_its_place() -> None:
    steps = [-5, 0, 1, 2, 10]
    values = [1e308, math.nan, -1e308, math.inf, 0.0]
    [path] = Seen(draw_curve("loss", steps, values)).paths

    points = [tuple(map(float, pair.split())) for pair in re.split("[ML]", path)[1:]]
    assert len(points) == 3
    assert path.count("M") == 3  # what is not finite is a gap
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert draw_curve("loss", [1], [0.5]) == ""
    assert draw_curve("loss", [1, 2], [math.nan, 0.5]) == ""
    assert Seen(draw_curve("loss", [3, 3], [0.5, 0.5])).paths


def test_an_experiment_shows_its_latest_runs() -> None:
    experiment = headrace.set_experiment("vision/<b>")
    for number in range(7):
        with headrace.start_run(run_name=f"run-{number}"):
            headrace.log_metric("auc", number / 10)
    headrace.MlflowClient().set_experiment_tag(experiment.experiment_id, "team", "vision")
    seen = Seen(headrace.get_experiment(experiment.experiment_id)._repr_html_())

    assert "vision/<b>" in seen.text
    assert "7 runs" in seen.text
    assert "auc 0.6" in seen.text
    assert "run-1" not in seen.text
    assert re.search(r"team\s+vision", seen.text)


def test_a_version_shows_what_names_it() -> None:
    client = MlflowClient()
    with headrace.start_run() as run:
        headrace.log_text("weights", "model/weights.txt")
    client.create_registered_model("churn <1>")
    source = f"{run.info.artifact_uri}/model"
    made = client.create_model_version("churn <1>", source, run.info.run_id, {"validated": "yes"})
    client.set_registered_model_alias("churn <1>", "champion", "1")
    seen = Seen(made._repr_html_())

    assert "@champion" in seen.text
    assert run.info.run_id in seen.text
    assert seen.links[0].endswith("/#/models/churn%20%3C1%3E/versions/1")
    assert client.get_model_version_by_alias("churn <1>", "champion")._repr_html_() is not None


def test_a_copy_shows_its_text_and_is_equal() -> None:
    with headrace.start_run() as run:
        pass
    read = headrace.get_run(run.info.run_id)

    for other in (copy.copy(read), copy.deepcopy(read), pickle.loads(pickle.dumps(read))):
        assert other == read
        assert other._repr_html_() is None


def test_what_cannot_be_drawn_is_no_error() -> None:
    with headrace.start_run() as run:
        pass
    read = headrace.get_run(run.info.run_id)
    read.info.run_id = "gone"
    read.info.run_name = 5  # type: ignore[assignment]

    assert read._repr_html_() is None


def test_a_server_is_linked_and_may_be_gone(fresh_client: Path) -> None:
    with headrace_server(fresh_client / "server") as server:
        place = server.url.removeprefix("http://")
        client = MlflowClient(f"http://ann:secret@{place}")
        made = client.create_run("0", run_name="far")
        client.log_metric(made.info.run_id, "loss", 0.5)
        client.log_metric(made.info.run_id, "loss", 0.25, step=1)
        client.set_terminated(made.info.run_id)
        run = client.get_run(made.info.run_id)
        seen = Seen(run._repr_html_())
    gone = Seen(run._repr_html_())

    assert seen.links == [f"{server.url}/#/experiments/0/runs/{run.info.run_id}"]
    assert "headrace server" not in seen.text
    assert len(seen.paths) == 1
    assert re.search(r"loss\s+0\.25", gone.text)
    assert "does not answer" in gone.text
    assert gone.paths == []


def test_the_first_cards_load_neither_sqlalchemy_nor_what_sends_mail(fresh_client: Path) -> None:
    code = """
import sys
import headrace
headrace.set_tracking_uri(sys.argv[1])
with headrace.start_run() as run:
    headrace.log_metric("loss", 0.5)
    headrace.log_metric("loss", 0.25, step=1)
experiment = headrace.get_experiment(run.info.experiment_id)
print("svg" in run._repr_html_(), "1 run" in experiment._repr_html_())
print(sorted({"asyncio", "email", "sqlalchemy"} & set(sys.modules)))
"""
    command = [sys.executable, "-I", "-c", code, str(fresh_client / "store")]
    done = subprocess.run(command, capture_output=True, text=True)

    assert done.stdout == "True True\n[]\n", done.stderr
