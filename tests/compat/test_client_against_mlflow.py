"""Headrace's own client drives a real MLflow server: the same calls, the same results.

Two ways: calls written out here, and the areas of `scripts/` with Headrace in MLflow's place, held
to what the real MLflow client reads back (`golden/clients-3.17.json`).
"""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import headrace
from tests.compat import clients, golden
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.live_mlflow, pytest.mark.xdist_group("mlflow")]


@pytest.fixture
def flow(mlflow: Server, fresh_client: Path) -> ModuleType:
    """Headrace, pointed at the MLflow server."""
    headrace.set_tracking_uri(mlflow.url)
    return headrace


def test_a_training_loop_reads_back(flow: ModuleType, tmp_path: Path) -> None:
    flow.set_experiment("headrace: training")
    with flow.start_run(run_name="loop", tags={"team": "red"}) as active:
        flow.log_params({"lr": 0.1, "depth": 3})
        for step in range(20):
            flow.log_metric("loss", 1 / (step + 1), step=step)
        flow.log_metrics({"acc": 0.9, "nan": math.nan}, step=20)
        flow.set_tag("done", "yes")
        flow.log_text("hello", "notes/hello.txt")

    run = flow.get_run(active.info.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "loop"
    assert run.data.params == {"lr": "0.1", "depth": "3"}
    assert run.data.metrics["loss"] == 1 / 20
    assert run.data.metrics["acc"] == 0.9
    assert math.isnan(run.data.metrics["nan"])
    assert run.data.tags["team"] == "red"
    assert run.data.tags["done"] == "yes"
    history = flow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == list(range(20))
    local = flow.MlflowClient().download_artifacts(
        run.info.run_id, "notes/hello.txt", str(tmp_path)
    )
    assert Path(local).read_text() == "hello"


def test_mlflow_itself_finds_what_headrace_logged(flow: ModuleType, mlflow: Server) -> None:
    """Read by plain HTTP, with nothing of ours between."""
    import json
    import urllib.request

    experiment_id = flow.set_experiment("headrace: seen by MLflow").experiment_id
    with flow.start_run(run_name="seen") as active:
        flow.log_param("p", "v")
        flow.log_metric("m", 1.5, step=3)

    url = f"{mlflow.url}/api/2.0/mlflow/runs/get?run_id={active.info.run_id}"
    with urllib.request.urlopen(url) as answer:
        run = json.load(answer)["run"]
    assert run["info"]["experiment_id"] == experiment_id
    assert run["info"]["status"] == "FINISHED"
    assert run["data"]["params"] == [{"key": "p", "value": "v"}]
    assert [(m["key"], m["value"], m["step"]) for m in run["data"]["metrics"]] == [("m", 1.5, 3)]


def test_search_and_pages(flow: ModuleType) -> None:
    client = flow.MlflowClient()
    experiment_id = client.create_experiment("headrace: search")
    for number in range(5):
        run = client.create_run(experiment_id, run_name=f"run {number}")
        client.log_metric(run.info.run_id, "acc", number / 10)
        client.set_terminated(run.info.run_id)

    best = client.search_runs([experiment_id], "metrics.acc >= 0.2", order_by=["metrics.acc DESC"])
    first = client.search_runs([experiment_id], max_results=3, order_by=["metrics.acc"])
    rest = client.search_runs(
        [experiment_id], max_results=3, order_by=["metrics.acc"], page_token=first.token
    )
    assert [r.info.run_name for r in best] == ["run 4", "run 3", "run 2"]
    assert [r.info.run_name for r in first] == ["run 0", "run 1", "run 2"]
    assert [r.info.run_name for r in rest] == ["run 3", "run 4"]
    assert rest.token is None
    frame = flow.search_runs([experiment_id], order_by=["metrics.acc"])
    assert list(frame["metrics.acc"]) == [0.0, 0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda flow: flow.get_run("0" * 32), "RESOURCE_DOES_NOT_EXIST"),
        (lambda flow: flow.get_experiment("777777777"), "RESOURCE_DOES_NOT_EXIST"),
        (lambda flow: flow.create_experiment("Default"), "RESOURCE_ALREADY_EXISTS"),
        (lambda flow: flow.search_runs(["0"], "metrics.m > 'x'"), "INVALID_PARAMETER_VALUE"),
    ],
    ids=["run", "experiment", "name", "filter"],
)
def test_a_refusal_keeps_its_error_code(flow: ModuleType, call: Any, code: str) -> None:
    with pytest.raises(flow.MlflowException) as caught:
        call(flow)

    assert caught.value.error_code == code


def test_logged_models(flow: ModuleType) -> None:
    flow.set_experiment("headrace: models")
    with flow.start_run():
        model = flow.initialize_logged_model("first", params={"depth": "3"}, tags={"team": "red"})
        flow.log_metric("acc", 0.5, step=1, model_id=model.model_id)
        flow.finalize_logged_model(model.model_id, "READY")

    back = flow.get_logged_model(model.model_id)
    found = flow.search_logged_models(filter_string="metrics.acc > 0.4", output_format="list")
    assert back.status == "READY"
    assert back.params == {"depth": "3"}
    assert [(m.key, m.value) for m in back.metrics] == [("acc", 0.5)]
    assert [m.model_id for m in found] == [model.model_id]


@pytest.fixture(scope="module")
def areas(mlflow: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each area reads back with Headrace in MLflow's place, from the MLflow server."""
    return clients.run_areas(clients.HEADRACE, mlflow, tmp_path_factory.mktemp("headrace"))


@pytest.mark.parametrize("area", clients.HEADRACE_AREAS)
def test_an_area_reads_back_what_the_mlflow_client_does(area: str, areas: dict[str, Any]) -> None:
    seen = areas[area]

    assert "failure" not in seen, seen["failure"]
    recorded = golden.load_client("3.17")[area]
    assert clients.without_classes(recorded) == clients.without_classes(seen)
