"""The card of an experiment: how many runs it has, and the latest of them."""

from __future__ import annotations

from headrace.amounts import age, count
from headrace.api import tracking as api
from headrace.client.cards.frame import chips, frame, number, table, title
from headrace.client.cards.runs import choose_metrics
from headrace.entities import Experiment
from headrace.errors import HeadraceError
from headrace.stores.base import TrackingStore

SHOWN_RUNS = 5
SHOWN_TAGS = 8
_SHOWN_METRICS = 2


def draw_experiment(experiment: Experiment, store: TrackingStore, way: str) -> str:
    """Return the card of an experiment; without its runs if the store does not answer now."""
    ids = [experiment.experiment_id]
    words, runs = "", ""
    try:
        words = count(store.count_runs(api.CountRuns(experiment_ids=ids)).count, "run")
        request = api.SearchRuns(experiment_ids=ids, max_results=SHOWN_RUNS, fields=["metrics.*"])
        rows = [
            (
                run.info.run_name or run.info.run_id,
                "lost" if run.info.lost else run.info.status.lower(),
                age(run.info.start_time),
                ", ".join(
                    f"{metric.key} {number(metric.value)}"
                    for metric in choose_metrics(run.data.metric_list)[:_SHOWN_METRICS]
                ),
            )
            for run in store.search_runs(request).runs
        ]
        runs = table(("Run", "Status", "Started", "Metrics"), rows) if rows else ""
    except HeadraceError:
        pass  # what the experiment itself holds is shown all the same
    deleted = "deleted" if experiment.lifecycle_stage == "deleted" else ""
    facts = (f"experiment {experiment.experiment_id}", words, deleted)
    tags = [(tag.key, tag.value) for tag in experiment.tag_list if not _is_own(tag.key)]
    return frame(title(experiment.name, facts=facts), (runs, chips(tags, SHOWN_TAGS), way))


def _is_own(key: str) -> bool:
    return key.startswith("mlflow.")
