"""``headrace sync`` towards a real MLflow server, which gives runs ids of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import headrace
from headrace.api import tracking as api
from headrace.client.tracking import close_sessions, get_store
from tests.servers import REPOSITORY, Server, clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.live_mlflow, pytest.mark.xdist_group("mlflow")]

TRAINING = """
import headrace
headrace.set_experiment("headrace: offline")
for number in range(2):
    with headrace.start_run(run_name=f"run {number}") as run:
        headrace.log_param("number", number)
        for step in range(50):
            headrace.log_metric("loss", step / 2, step=step)
    print(run.info.run_id)
"""


def test_offline_runs_get_the_ids_of_the_server(
    mlflow: Server, fresh_client: Path, tmp_path: Path
) -> None:
    def python(*arguments: str, **variables: str) -> str:
        always = {
            "MLFLOW_TRACKING_URI": mlflow.url,
            "HEADRACE_JOURNAL_DIR": str(tmp_path / "journals"),
            "PYTHONPATH": str(REPOSITORY / "src"),
        }
        done = subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            env=clean_environment({**always, **variables}),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sync() -> dict[str, Any]:
        [shipment] = json.loads(python("-m", "headrace.cli", "sync", "--json"))["stores"]
        return dict(shipment)

    said = python("-c", TRAINING, HEADRACE_MODE="offline")
    runs = [line for line in said.splitlines() if len(line) == 32]

    shipment = sync()
    assert (shipment["complete"], shipment["refused"]) == (True, 0)
    assert list(shipment["run_ids"]) == runs
    store = get_store(mlflow.url)
    for number, client_id in enumerate(runs):
        server_id = shipment["run_ids"][client_id]
        assert server_id != client_id
        run = store.get_run(api.GetRun(run_id=server_id)).run
        assert (run.info.run_name, run.info.status) == (f"run {number}", "FINISHED")
        assert run.data.params == {"number": str(number)}
        history = api.GetMetricHistory(run_id=server_id, metric_key="loss", max_results=1000)
        points = store.get_metric_history(history).metrics
        assert [point.step for point in points] == list(range(50))
    assert (sync()["records"], sync()["run_ids"]) == (0, {})

    [one, *_] = [
        line
        for line in python("-c", TRAINING, HEADRACE_MODE="offline").splitlines()
        if len(line) == 32
    ]
    text = python("-m", "headrace.cli", "sync")
    assert "is a plain MLflow server" in text
    assert one in text


def test_a_synchronous_call_reaches_a_run_begun_offline(
    mlflow: Server, fresh_client: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_JOURNAL_DIR", str(tmp_path / "journals"))
    monkeypatch.setenv("HEADRACE_MODE", "offline")
    headrace.set_tracking_uri(mlflow.url)
    client = headrace.MlflowClient()
    client_id = client.create_run("0").info.run_id
    client.log_metric(client_id, "loss", 0.5, step=0)
    monkeypatch.delenv("HEADRACE_MODE")

    client.log_metric(client_id, "loss", 0.25, step=1, synchronous=True)

    (run,) = client.search_runs(["0"], f"tags.`headrace.client_run_id` = '{client_id}'")
    assert run.info.run_id != client_id
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(0, 0.5), (1, 0.25)]
    close_sessions()
