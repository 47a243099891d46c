"""The example that `make demo` runs does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import headrace
from tests.servers import REPOSITORY


@pytest.mark.slow
def test_quickstart(fresh_client: Path) -> None:
    command = [sys.executable, str(REPOSITORY / "examples" / "quickstart.py")]
    answer = subprocess.run(
        command, cwd=fresh_client, check=True, capture_output=True, text=True, timeout=300
    )

    assert answer.stderr == ""
    runs = headrace.search_runs(
        experiment_names=["quickstart"],
        order_by=["metrics.valid_accuracy DESC"],
        output_format="list",
    )
    client = headrace.MlflowClient()
    assert len(runs) == 5
    assert f"headrace runs show {runs[0].info.run_id}" in answer.stdout
    for run in runs:
        assert run.info.run_name in answer.stdout
        assert run.data.params
        assert len(client.get_metric_history(run.info.run_id, "valid_loss")) > 10
        assert run.data.metrics["valid_accuracy"] > 0.8
        assert run.inputs.dataset_inputs[0].dataset.name == "digits"
        files = {file.path for file in client.list_artifacts(run.info.run_id)}
        assert files == {"loss.png", "model", "report.txt"}
    champion = client.get_model_version_by_alias("digits", "champion")
    assert champion.run_id == runs[0].info.run_id
    folder = headrace.artifacts.download_artifacts("models:/digits@champion")
    assert f"classifier.pkl in {folder}" in answer.stdout
    (change,) = client.get_registry_history("digits", kind="alias")
    assert (change.key, change.before, change.after) == ("champion", None, "1")
