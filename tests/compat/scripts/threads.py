"""Eight threads log at once: into runs of their own and into one run together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

THREADS = 8
POINTS = 12


def run(place: Any) -> dict[str, Any]:
    experiment_id = place.experiment()
    client = MlflowClient()
    shared = client.create_run(experiment_id, run_name="shared").info.run_id

    def work(number: int) -> str:
        own = client.create_run(experiment_id, run_name=f"run {number}").info.run_id
        for step in range(POINTS):
            client.log_metric(
                own, "m", step * number, timestamp=1_700_000_000_000 + step, step=step
            )
            client.log_metric(
                shared, f"m{number}", step, timestamp=1_700_000_000_000 + step, step=step
            )
        client.log_batch(
            shared,
            metrics=[Metric("together", float(number), 1_700_000_000_000, number)],
            params=[Param(f"p{number}", str(number))],
        )
        if number == 0:  # MLflow's own server fails now and then where several set a new tag
            client.set_tag(shared, "last", "written")
        client.set_terminated(own)
        return own

    with ThreadPoolExecutor(THREADS) as pool:
        own = list(pool.map(work, range(THREADS)))
    back = client.get_run(shared)
    return {
        "own": [len(client.get_metric_history(run_id, "m")) for run_id in own],
        "own latest": [client.get_run(run_id).data.metrics["m"] for run_id in own],
        "shared": [len(client.get_metric_history(shared, f"m{n}")) for n in range(THREADS)],
        "together": sorted(point.step for point in client.get_metric_history(shared, "together")),
        "params": back.data.params,
        "tag": back.data.tags["last"],
        "runs": len(client.search_runs([experiment_id])),
        "finished": len(client.search_runs([experiment_id], "attributes.status = 'FINISHED'")),
    }
