"""The searches that the real MLflow answered get the same answers here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    InputTag,
    LoggedModelParameter,
    LoggedModelTag,
    Param,
    RunTag,
)
from headrace.errors import HeadraceError
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.unit.mlflow_search import GOLDEN, model_order
from tests.unit.search_stores import shared_store

__all__ = ["shared_store"]

RECORDED: dict[str, Any] = json.loads(GOLDEN.read_text("utf-8"))


@pytest.fixture(scope="module")
def store(shared_store: SqlTrackingStore) -> SqlTrackingStore:
    _store_runs(shared_store)
    _store_experiments(shared_store)
    _store_models(shared_store)
    return shared_store


def _store_runs(store: SqlTrackingStore) -> None:
    for run in RECORDED["runs"]:
        run_id = run["id"]
        tags = [RunTag(key, value) for key, value in run["tags"].items()]
        store.create_run(
            api.CreateRun(
                experiment_id="0",
                run_id=run_id,
                run_name=run["name"],
                user_id=run["user"],
                start_time=run["start"],
                tags=tags,
            )
        )
        points = [
            api.MetricPoint(key=key, value=float(value), timestamp=1, step=1)
            for key, value in run["metrics"].items()
        ]
        params = [Param(key, value) for key, value in run["params"].items()]
        store.log_batch(api.LogBatch(run_id=run_id, metrics=points, params=params))
        if run["dataset"]:
            name, digest, context = run["dataset"]
            context_tags = [InputTag("mlflow.data.context", context)] if context else []
            dataset = DatasetInput(Dataset(name, digest, "local", "{}"), context_tags)
            store.log_inputs(api.LogInputs(run_id=run_id, datasets=[dataset]))
        store.update_run(api.UpdateRun(run_id=run_id, status=run["status"], end_time=run["end"]))
        if run["deleted"]:
            store.delete_run(api.DeleteRun(run_id=run_id))


def _store_experiments(store: SqlTrackingStore) -> None:
    for experiment in RECORDED["experiments"]:
        tags = [ExperimentTag(key, value) for key, value in experiment["tags"].items()]
        made = store.create_experiment(api.CreateExperiment(name=experiment["name"], tags=tags))
        if experiment["deleted"]:
            store.delete_experiment(api.DeleteExperiment(experiment_id=made.experiment_id))
        with store._database.write() as tx:
            sql = "UPDATE experiments SET created_at = ?, updated_at = ? WHERE id = ?"
            times = (experiment["created"], experiment["updated"])
            tx.execute(sql, (*times, int(made.experiment_id)))


def _store_models(store: SqlTrackingStore) -> None:
    run_id = RECORDED["runs"][0]["id"]
    store.restore_run(api.RestoreRun(run_id=run_id))
    for model in RECORDED["models"]:
        made = store.create_logged_model(
            api.CreateLoggedModel(
                experiment_id="0",
                name=model["name"],
                model_type=model["type"],
                params=[LoggedModelParameter(k, v) for k, v in model["params"].items()],
                tags=[LoggedModelTag(k, v) for k, v in model["tags"].items()],
            )
        ).model
        for key, value, time, step in model["metrics"]:
            point = api.LogMetric(
                run_id=run_id,
                key=key,
                value=value,
                timestamp=time,
                step=step,
                model_id=made.model_id,
            )
            store.log_metric(point)
        with store._database.write() as tx:
            sql = "UPDATE logged_models SET created_at = ?, uuid = ? WHERE uuid = ?"
            tx.execute(sql, (model["created"], model["id"], made.model_id))
    if RECORDED["runs"][0]["deleted"]:
        store.delete_run(api.DeleteRun(run_id=run_id))


def ask(store: SqlTrackingStore, search: dict[str, Any]) -> Any:
    """Return our answer to a recorded search, as it is recorded."""
    text, order = search.get("filter"), search.get("order_by", [])
    view = search.get("view")
    try:
        if search["noun"] == "run":
            runs = store.search_runs(
                api.SearchRuns(
                    experiment_ids=["0"], filter=text, order_by=order, run_view_type=view
                )
            ).runs
            return [run.info.run_id for run in runs]
        if search["noun"] == "experiment":
            found = store.search_experiments(
                api.SearchExperiments(max_results=1000, filter=text, order_by=order, view_type=view)
            ).experiments
            return [e.name for e in found if e.name != "Default"]
        models = store.search_logged_models(
            api.SearchLoggedModels(
                experiment_ids=["0"],
                filter=text,
                max_results=1000,
                order_by=[api.LoggedModelOrder(**model_order(clause)) for clause in order],
            )
        ).models
        return [model.model_id for model in models]
    except HeadraceError as error:
        return error.error_code


@pytest.mark.parametrize("noun", ["run", "experiment", "model"])
def test_answers_are_those_of_mlflow(store: SqlTrackingStore, noun: str) -> None:
    different = []
    searches = [search for search in RECORDED["searches"] if search["noun"] == noun]
    for search in searches:
        answer = ask(store, search)
        if answer != search["answer"]:
            different.append({"search": search, "ours": answer})
    assert different == []
    assert sum(bool(search["answer"]) for search in searches) > 50
