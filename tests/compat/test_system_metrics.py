"""System metrics have the names, steps and means that the real MLflow client gives them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.compat.environments import need_environment
from tests.servers import Server, clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.live_mlflow, pytest.mark.xdist_group("mlflow")]

SCRIPT = """
import importlib, json, sys, time

flow = importlib.import_module(sys.argv[1])
flow.set_tracking_uri(sys.argv[2])
flow.set_system_metrics_sampling_interval(0.25)
flow.set_system_metrics_samples_before_logging(2)
with flow.start_run(log_system_metrics=True) as run:
    time.sleep(4)
run_id = run.info.run_id
first = flow.MlflowClient().get_metric_history(run_id, "system/disk_usage_percentage")
with flow.start_run(run_id=run_id, log_system_metrics=True):
    time.sleep(3)
points = flow.MlflowClient().get_metric_history(run_id, "system/disk_usage_percentage")
plain = flow.get_run(run_id).data.metrics
flow.set_system_metrics_node_id("node_1")
flow.enable_system_metrics_logging()
with flow.start_run() as run:
    time.sleep(3)
print(json.dumps({
    "plain": plain,
    "node": flow.get_run(run.info.run_id).data.metrics,
    "first": [point.step for point in first],
    "steps": [point.step for point in points],
}))
"""

# What is Headrace's own.
OWN = ("process_", "children_")


def record(python: Path | str, module: str, server: Server, psutil_folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [str(python), "-c", SCRIPT, module, server.url],
        env=clean_environment({"PYTHONPATH": str(psutil_folder)}),
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def without_own(metrics: dict[str, float]) -> dict[str, float]:
    kept = (item for item in metrics.items() if not item[0].rpartition("/")[2].startswith(OWN))
    return dict(kept)


def test_they_are_those_of_mlflow(mlflow: Server, tmp_path: Path) -> None:
    # MLflow's environment has no psutil of its own, and needs one.
    (tmp_path / "psutil").symlink_to(Path(psutil.__file__).parent)
    theirs = record(need_environment("3.17") / "bin" / "python", "mlflow", mlflow, tmp_path)
    ours = record(sys.executable, "headrace", mlflow, tmp_path)

    for part in ("plain", "node"):
        assert len(theirs[part]) >= 8
        assert set(without_own(ours[part])) == set(theirs[part])
    for kind in (theirs, ours):
        assert kind["first"] == list(range(len(kind["first"])))
        assert kind["steps"] == list(range(len(kind["steps"])))
        assert len(kind["steps"]) > len(kind["first"]) > 3
    for name in ("disk_usage_percentage", "disk_usage_megabytes", "disk_available_megabytes"):
        assert ours["plain"][f"system/{name}"] == pytest.approx(
            theirs["plain"][f"system/{name}"], rel=0.1
        )
