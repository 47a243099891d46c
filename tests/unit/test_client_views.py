"""Views from code: words into the page's state, saving and finding them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import headrace
from headrace import MlflowClient
from headrace.cli.root import cli
from headrace.client.view_state import ViewWords, view_state
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist
from tests.servers import headrace_server

pytestmark = pytest.mark.usefixtures("store_folder")

# What the pages' parser takes, and keeps as it is: ui/src/pages/experiment/search.test.ts reads it.
GOLDEN = Path(__file__).parent / "golden/view_state.json"

WORDS: dict[str, Any] = {
    "filter": "metrics.loss < 1 AND params.`a b` = 'x'",
    "order_by": ["min(metrics.loss) ASC"],
    "columns": [
        *("metrics.`val loss`", "metrics.val loss", "last(metrics.loss)"),
        *("number(params.lr)", "duration"),
    ],
    "pinned": "params.lr",
    "column_widths": {"metrics.loss": 120},
    "group_by": ["params.optimizer", 'tags."a b"'],
    "charts": [
        *("metrics.loss", "images.val/sample", "scatter:params.lr:metrics.a%3Ab"),
        "bar:metrics.loss:rising",
    ],
    "sections": {"Best": ["metrics.val/loss", "importance:metrics.loss"], "val": []},
    "hidden_charts": ["metrics.lr"],
    "chart_sizes": {"metrics.val/loss": "wide 320", "metrics.loss": 400},
    "chart_columns": 3,
    "chart_height": 240,
    "focus": "contour:metrics.loss:params.lr:params.depth",
    "find_charts": "val",
    "toggled_sections": ["system"],
    "x_axis": "relative",
    "smoothing": 0.6,
    "log_x": True,
    "log_y": True,
    "cut_outliers": True,
    "spread": "deviation",
    "raw": True,
    "zoom": (0, 10.5),
    "image_step": 20,
    "max_runs": 200,
    "runs": ["a" * 32],
    "hidden_runs": ["b" * 32],
    "nested": False,
    "deleted": True,
    "layout": "charts",
    "table_share": 0.3,
}  # fmt: skip

REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"filters": "a"}, ["'filters'", "filter, "]),
    ({"filter": "metrics.loss <"}, ["metrics.loss <"]),
    ({"filter": 3}, ["filter", "3", "text"]),
    ({"order_by": ["metrics.loss UP"]}, ["UP"]),
    ({"columns": ["loss"]}, ["columns", "'loss'", "metrics.KEY", "duration"]),
    ({"columns": ["min(params.lr)"]}, ["columns", "min(params.lr)", "metrics for min()"]),
    ({"columns": [3]}, ["columns", "3"]),
    ({"columns": 3}, ["columns", "list"]),
    ({"group_by": ["metrics.loss"]}, ["group_by", "metrics.loss", "params.KEY"]),
    ({"charts": ["loss"]}, ["charts", "'loss'", "scatter:"]),
    ({"charts": ["metrics."]}, ["charts", "'metrics.'"]),
    ({"charts": ["scatter:params.lr"]}, ["charts", "scatter:params.lr"]),
    ({"charts": ["parallel:params.lr"]}, ["charts", "parallel:params.lr"]),
    ({"charts": ["bar:rising"]}, ["charts", "bar:rising"]),
    ({"charts": ["bar:metrics.a:metrics.b"]}, ["charts", "bar:metrics.a:metrics.b"]),
    ({"charts": ["box:loss"]}, ["charts", "box:loss"]),
    ({"sections": ["Best"]}, ["sections", "Best"]),
    ({"sections": {"Best": ["loss"]}}, ["sections['Best']", "'loss'"]),
    ({"chart_sizes": {"metrics.a": "big"}}, ["chart_sizes", "'big'", "wide 320"]),
    ({"chart_sizes": {"metrics.a": "wide 90"}}, ["chart_sizes", "90", "120 to 800"]),
    ({"chart_columns": 9}, ["chart_columns", "9", "from 1 to 8"]),
    ({"chart_columns": 2.5}, ["chart_columns", "2.5", "whole"]),
    ({"x_axis": "steps"}, ["x_axis", "'steps'", "step, time, relative"]),
    ({"smoothing": 1.5}, ["smoothing", "1.5", "0 to 0.99"]),
    ({"smoothing": float("nan")}, ["smoothing", "nan"]),
    ({"smoothing": True}, ["smoothing", "True"]),
    ({"zoom": (2, 1)}, ["zoom", "(2, 1)"]),
    ({"log_x": "yes"}, ["log_x", "'yes'"]),
    ({"layout": "wide"}, ["layout", "'wide'", "charts"]),
    ({"max_runs": 0}, ["max_runs", "0", "1 to 1000"]),
]


def test_words_become_the_state_of_the_page() -> None:
    assert set(WORDS) == set(ViewWords.__annotations__)
    assert view_state(WORDS) == json.loads(GOLDEN.read_text())
    assert view_state(dict.fromkeys(WORDS)) == {}
    # What the page does by itself is not written down.
    usual = {"x_axis": "step", "layout": "split", "nested": True, "log_x": False, "columns": []}
    assert view_state(usual) == {}


@pytest.mark.parametrize(("words", "parts"), REFUSED)
def test_a_wrong_word_is_refused(words: dict[str, Any], parts: list[str]) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        headrace.save_view("v", **words)
    for part in parts:
        assert part in caught.value.message
    assert headrace.list_views() == []


def test_a_view_is_saved_found_changed_and_deleted() -> None:
    other = headrace.create_experiment("other")
    active = headrace.set_experiment("active").experiment_id
    made = headrace.save_view("Best", filter="metrics.loss < 1", smoothing=0.6)
    assert made.experiment_ids == [active]
    assert made.state == {"filter": "metrics.loss < 1", "smooth": 0.6}
    assert made.url == f"/#/experiments/{active}?view={made.view_id}"
    assert made.user_id

    again = headrace.save_view("Best", state=made.state, smoothing=0.1, is_default=True)
    assert (again.view_id, again.is_default) == (made.view_id, True)
    assert again.state == {"filter": "metrics.loss < 1", "smooth": 0.1}
    elsewhere = headrace.save_view("Best", experiment_name="other")
    both = headrace.save_view("Both", experiment_ids=[other, active], layout="table")
    assert both.url.endswith(f"/experiments/{other},{active}?view={both.view_id}")
    assert [one.name for one in headrace.list_views(experiment_name="other")] == ["Both", "Best"]
    assert headrace.list_views(experiment_ids=active)[1].view_id == made.view_id
    assert len(headrace.list_views()) == 3

    client = MlflowClient()
    changed = client.update_view(both.view_id, "Two", {"logX": True}, is_shared=True)
    assert headrace.get_view(both.view_id) == changed
    assert (changed.name, changed.state) == ("Two", {"logX": True})
    assert client.list_views(other, 1).token
    headrace.delete_view(elsewhere.view_id)
    with pytest.raises(ResourceDoesNotExist, match=elsewhere.view_id):
        headrace.get_view(elsewhere.view_id)


def test_what_cannot_be_saved_is_told() -> None:
    with pytest.raises(ResourceDoesNotExist, match="nowhere"):
        headrace.save_view("v", experiment_name="nowhere")
    with pytest.raises(InvalidParameterValue, match="not both"):
        headrace.save_view("v", experiment_name="Default", experiment_ids=["0"])
    with pytest.raises(InvalidParameterValue, match="owner"):
        headrace.save_view("v", is_shared=False)
    with pytest.raises(InvalidParameterValue, match="JSON object"):
        MlflowClient().save_view("v", "0", {"a": object()})
    with pytest.raises(InvalidParameterValue, match="name"):
        headrace.save_view("")
    assert headrace.list_views() == []


def test_a_server_says_where_the_view_is_shown(tmp_path: Path) -> None:
    with headrace_server(tmp_path / "served", static_prefix="/ml") as server:
        client = MlflowClient(server.url)
        made = client.save_view("v", ["0"], {"logX": True, "zoom": [0, 1.5], "x": None})
        assert made.url == f"{server.url}/#/experiments/0?view={made.view_id}"
        assert client.get_view(made.view_id) == made
        assert made.state == {"logX": True, "zoom": [0, 1.5], "x": None}
        assert client.list_views("0")[0].url == made.url


# --- the command line ----------------------------------------------------------------------------


def views(*arguments: str, code: int = 0, **options: Any) -> Result:
    """Run a command; it must end with this exit code."""
    result = CliRunner().invoke(cli, ("views", *arguments), **options)
    assert result.exit_code == code, result.output
    return result


def test_views_on_the_command_line(tmp_path: Path) -> None:
    assert views("list").stderr == "No views.\n"
    arguments = ("--filter", "metrics.loss < 1", "--chart", "metrics.loss", "--smoothing", "0.5")
    made = json.loads(views("save", "Best", "-x", "0", *arguments, "--json").stdout)
    assert made["state"] == {
        "filter": "metrics.loss < 1",
        "charts": ["metrics.loss"],
        "smooth": 0.5,
    }
    assert "Best" in views("list", "-n", "Default").stdout
    assert [one["name"] for one in json.loads(views("list", "--json").stdout)] == ["Best"]
    shown = views("show", made["view_id"]).stdout
    assert '"metrics.loss < 1"' in shown
    assert made["url"] in shown

    file = tmp_path / "view.json"
    file.write_text(views("show", made["view_id"], "--json").stdout)
    views("save", "Copy", "-n", "Default", "--state", str(file), "--layout", "table", "--default")
    [copy, _] = headrace.list_views()
    assert copy.is_default
    assert headrace.get_view(copy.view_id).state == made["state"] | {"layout": "table"}
    file.write_text("[]")
    assert "holds no state" in views("save", "x", "-x", "0", "--state", str(file), code=1).stderr
    assert "--experiment-id" in views("save", "x", code=2).stderr
    assert "x_axis" not in views("save", "x", "-x", "0", "--x-axis", "up", code=2).stdout
    assert "'loss'" in views("save", "x", "-x", "0", "--column", "loss", code=1).stderr
    assert "nowhere" in views("list", "-n", "nowhere", code=1).stderr

    views("delete", made["view_id"], input="n\n", code=1)
    assert views("delete", made["view_id"], "--yes").stdout == "Deleted the view Best.\n"
    assert [one.name for one in headrace.list_views()] == ["Copy"]
