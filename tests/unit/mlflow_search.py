"""Searches that the real MLflow answered, recorded.

`python -m tests.unit.mlflow_search` (from the root of the repository) makes runs, experiments and
logged models in a store of the MLflow in `.envs/mlflow-3.17`, asks it a few hundred searches, and
writes data, searches and answers to `golden/mlflow_search.json`. Ids and times are chosen, so that
ties are decided alike everywhere.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden" / "mlflow_search.json"
MLFLOW = Path(__file__).parents[2] / ".envs" / "mlflow-3.17" / "bin" / "python"

NUMBERS = [0.0, 1.0, -1.5, 0.1, 2.0**53, 1e-300, "NaN"]
TEXTS = ["", "a", "A", "ab", "aB", "b", "10", "9", "50%_off", "a*b?[c]", "größe", "GRÖSSE", "日本"]
PATTERNS = [*TEXTS, "%", "a%", "A%", "%b", "_", "a_", "%_off", "gr_SSE", "*", "[a]"]
STATUSES = ["RUNNING", "FINISHED", "FAILED"]


# --- the data ------------------------------------------------------------------------------------


def make_data() -> dict[str, Any]:
    """Return what is stored in both stores."""
    rng = random.Random(20)

    def pick(pool: list[Any], keys: list[str], share: float) -> dict[str, Any]:
        return {key: rng.choice(pool) for key in keys if rng.random() < share}

    runs = [
        {
            "id": f"{rng.getrandbits(128):032x}",
            "name": rng.choice(TEXTS[1:]),
            "user": rng.choice(["ann", "bob"]),
            "status": rng.choice(STATUSES),
            "start": rng.choice([1, 5, 5, 5, 1000]),
            "end": rng.choice([None, 7, 10**12]),
            "deleted": rng.random() < 0.2,
            "metrics": pick(NUMBERS, ["acc", "loss", "a b", "x/y"], 0.8),
            "params": pick(TEXTS, ["lr", "kind", "a.b"], 0.8),
            "tags": pick(TEXTS, ["team", "mlflow.user"], 0.7),
            "dataset": rng.choice([None, ["iris", "d1", "train"], ["Iris", "d2", None]]),
        }
        for _ in range(40)
    ]
    experiments = [
        {
            "name": name,
            "created": rng.choice([10, 20]),
            "updated": rng.choice([30, 40]),
            "deleted": rng.random() < 0.3,
            "tags": pick(TEXTS, ["team", "a b"], 0.6),
        }
        for name in [*TEXTS[1:], "x1", "x2", "x3"]
    ]
    models = [
        {
            "id": f"m-{rng.getrandbits(128):032x}",
            "name": rng.choice(TEXTS[1:]).replace("%", "p").replace("/", "s"),
            "type": rng.choice(["tree", "net"]),
            "created": rng.choice([10, 20]),
            "params": pick(TEXTS, ["depth", "a b"], 0.6),
            "tags": pick(TEXTS, ["team"], 0.6),
            "metrics": [
                [rng.choice(["acc", "loss"]), rng.choice(NUMBERS[:-1]), time, step]
                for time, step in rng.sample([(1, 1), (1, 2), (2, 0), (3, 0)], rng.randrange(4))
            ],
        }
        for _ in range(20)
    ]
    return {"runs": runs, "experiments": experiments, "models": models}


# --- the searches --------------------------------------------------------------------------------


def make_searches() -> list[dict[str, Any]]:
    """Return the searches, without their answers."""
    rng = random.Random(21)
    conditions = {noun: list(_conditions(noun)) for noun in ("run", "experiment", "model")}
    searches: list[dict[str, Any]] = []
    for noun, texts in conditions.items():
        filters = [*rng.sample(texts, min(len(texts), 150)), *WRONG[noun]]
        filters += [" AND ".join(rng.sample(texts, 2)) for _ in range(40)]
        searches += [{"noun": noun, "filter": text} for text in filters]
    for noun, clauses in ORDERS.items():
        orders = [[clause] for clause in clauses]
        orders += [rng.sample(clauses, 2) for _ in range(15)]
        searches += [{"noun": noun, "order_by": order} for order in orders]
        searches += [
            {"noun": noun, "order_by": order, "filter": rng.choice(conditions[noun])}
            for order in orders[::3]
        ]
    for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL"):
        searches += [{"noun": noun, "view": view} for noun in ("run", "experiment")]
    return searches


def _conditions(noun: str) -> Iterator[str]:
    numbers = ["0", "1", "-1.5", "0.1", "2e0", "1e-300", ".5", "9007199254740992"]
    moments = ["0", "5", "7", "10", "20", "40", "1000000000000"]
    numeric = ("=", "!=", "<", "<=", ">", ">=")
    texts, times, metrics = _FIELDS[noun]
    for field in metrics:
        yield from (f"{field} {operator} {value}" for operator in numeric for value in numbers)
    for field in times:
        yield from (f"{field} {operator} {value}" for operator in numeric for value in moments)
    for field in texts:
        yield from (f"{field} {operator} '{text}'" for operator in ("=", "!=") for text in TEXTS)
        # MLflow knows lower-case operators for runs alone, and double quotes not for logged models.
        quote, ilike = ('"', "ilike") if noun == "run" else ("'", "ILIKE")
        for operator in ("LIKE", ilike):
            yield from (f"{field} {operator} {quote}{text}{quote}" for text in PATTERNS)
        if field.startswith(("params", "tags")) and noun != "model":
            yield from (f"{field} IS NULL", f"{field} is not null")
    if noun == "run":
        for field in ("datasets.name", "dataset.digest", "dataset.context"):
            for value in ("iris", "Iris", "d1", "train", "nothing"):
                yield from (f"{field} {op} '{value}'" for op in ("=", "!=", "LIKE", "ILIKE"))
                yield from (f"{field} {op} ('{value}', 'x')" for op in ("IN", "NOT IN"))
        yield from (f"status {op} '{s}'" for op in ("=", "!=") for s in [*STATUSES, "NO"])
    if noun == "experiment":
        yield from (f"experiment_id {op} '{n}'" for op in ("=", "!=") for n in (1, 3, 77))
        yield "experiment_id IN ('1', '3', '77')"
        yield "experiment_id NOT IN ('1', '3', '77')"
    if noun == "model":
        yield from (f"name {op} ('a', 'A')" for op in ("IN", "NOT IN"))


_FIELDS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "run": (
        [
            "params.lr",
            "param.`kind`",
            'parameters."a.b"',
            "params.nothing",
            "tags.team",
            "tag.`mlflow.user`",
            "run_name",
            "attributes.`Run Name`",
            "attr.user_id",
        ],
        ["start_time", "attributes.created", "run.end_time"],
        ["metrics.acc", "metric.loss", "metrics.`a b`", 'metrics."x/y"', "metrics.nothing"],
    ),
    "experiment": (
        ["name", "attribute.name", "tags.team", "tag.`a b`"],
        ["creation_time", "attribute.last_update_time"],
        [],
    ),
    "model": (
        ["name", "attributes.name", "model_type", "params.depth", "params.`a b`", "tags.team"],
        ["creation_timestamp", "creation_time"],
        ["metrics.acc", "metrics.loss", "metrics.nothing"],
    ),
}

WRONG = {
    "run": [
        "metrics.acc > 'x'",
        "metrics.acc LIKE 1",
        "metrics.acc == 1",
        "metrics.acc >",
        "metrics.acc",
        "params.lr = 5",
        "params.lr = x",
        "params.lr > '0'",
        "params.lr = 'open",
        "status = 5",
        "start_time > '5'",
        "no_such = 'a'",
        "things.a = 'a'",
        "dataset.source = 'a'",
        "dataset.name > 'a'",
        "run_id IN ()",
        "1 = 1",
        "'a' = 'a'",
        "params.lr = 'x'; DROP TABLE runs",
        "   ",
        "metrics.acc > 0,",
        "AND metrics.acc > 0",
        "metrics.acc > 0 AND",
    ],
    "experiment": [
        "name > 'a'",
        "name = 5",
        "tags.team > 'a'",
        "params.a = 'x'",
        "attributes.name = 'a'",
        "creation_time > '5'",
        "creation_time > 5.5",
        "experiment_id LIKE '1'",
        "experiment_id = 'abc'",
        "lifecycle_stage = 'active'",
        "name = 'a' AND",
        "((",
    ],
    "model": [
        "name > 'a'",
        "things.a = 'a'",
        "params.depth > 3",
        "metrics.acc LIKE '1'",
        "name",
        "name =",
        "name = 'a';",
        "(((",
    ],
}

ORDERS = {
    "run": [
        *(f"metrics.{key}{way}" for key in ("acc", "`a b`", "nothing") for way in ("", " DESC")),
        *(f"params.{key}{way}" for key in ("lr", "`a.b`") for way in ("", " desc")),
        "tags.team ASC",
        "start_time",
        "end_time",
        "attributes.end_time DESC",
        "status",
        "run_name DESC",
        "user_id",
        "run_id DESC",
        "no_such",
        "things.a",
        "metrics.acc SIDEWAYS",
        "dataset.name",
    ],
    "experiment": [
        "name",
        "name DESC",
        "creation_time",
        "last_update_time DESC",
        "experiment_id",
        "attribute.name",
        "tags.team",
        "no_such",
    ],
    "model": [
        "name",
        "name DESC",
        "creation_time",
        "creation_timestamp DESC",
        "model_id DESC",
        "model_type",
        "metrics.acc",
        "metrics.acc DESC",
        "metrics.loss",
        "metrics.nothing",
        "params.depth",
        "no_such",
    ],
}


def model_order(clause: str) -> dict[str, Any]:
    """Return an order of logged models as it travels."""
    name, _, way = clause.partition(" ")
    return {"field_name": name, "ascending": way != "DESC"}


# --- MLflow's answers: runs in the environment of MLflow, without Headrace ------------------------


def answer(document: dict[str, Any]) -> list[Any]:
    """Return MLflow's answer to each search: ids or names, or the code of an error."""
    from mlflow.entities import ViewType
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with tempfile.TemporaryDirectory() as folder:
        store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", f"{folder}/artifacts")
        _store_in_mlflow(store, document)

        def ask(search: dict[str, Any]) -> Any:
            text, order = search.get("filter"), search.get("order_by")
            view = ViewType.from_string(search.get("view", "ACTIVE_ONLY").lower())
            if search["noun"] == "run":
                return [r.info.run_id for r in store.search_runs(["0"], text, view, 1000, order)]
            if search["noun"] == "experiment":
                found = store.search_experiments(view, 1000, text, order)
                return [e.name for e in found if e.name != "Default"]
            order = [model_order(clause) for clause in order or []]
            return [m.model_id for m in store.search_logged_models(["0"], text, None, 1000, order)]

        answers = []
        for search in document["searches"]:
            try:
                answers.append(ask(search))
            except Exception as error:  # how MLflow refuses is what is recorded
                answers.append(getattr(error, "error_code", "INTERNAL_ERROR"))
        return answers


def _store_in_mlflow(store: Any, document: dict[str, Any]) -> None:
    from unittest import mock

    import sqlalchemy
    from mlflow.entities import (
        Dataset,
        DatasetInput,
        ExperimentTag,
        InputTag,
        LoggedModelParameter,
        LoggedModelTag,
        Metric,
        Param,
        RunStatus,
        RunTag,
    )
    from mlflow.store.tracking import sqlalchemy_store

    class Chosen:
        def __init__(self, text: str) -> None:
            self.hex = text

        def __str__(self) -> str:
            return self.hex

    for run in document["runs"]:
        tags = [RunTag(key, value) for key, value in run["tags"].items()]
        with mock.patch.object(sqlalchemy_store.uuid, "uuid4", lambda run=run: Chosen(run["id"])):
            store.create_run("0", run["user"], run["start"], tags, run["name"])
        metrics = [Metric(k, float(v), 1, 1) for k, v in run["metrics"].items()]
        params = [Param(key, value) for key, value in run["params"].items()]
        store.log_batch(run["id"], metrics, params, [])
        if run["dataset"]:
            name, digest, context = run["dataset"]
            tags = [InputTag("mlflow.data.context", context)] if context else []
            store.log_inputs(run["id"], [DatasetInput(Dataset(name, digest, "local", "{}"), tags)])
        store.update_run_info(
            run["id"], RunStatus.from_string(run["status"]), run["end"], run["name"]
        )
        if run["deleted"]:
            store.delete_run(run["id"])
    changes: list[tuple[str, dict[str, Any]]] = []
    for experiment in document["experiments"]:
        tags = [ExperimentTag(key, value) for key, value in experiment["tags"].items()]
        number = store.create_experiment(experiment["name"], tags=tags)
        if experiment["deleted"]:
            store.delete_experiment(number)
        sql = (
            "UPDATE experiments SET creation_time = :created, last_update_time = :updated "
            "WHERE name = :name"
        )
        changes.append((sql, {key: experiment[key] for key in ("created", "updated", "name")}))
    run_id = document["runs"][0]["id"]
    store.restore_run(run_id)
    for model in document["models"]:
        params = [LoggedModelParameter(key, value) for key, value in model["params"].items()]
        tags = [LoggedModelTag(key, value) for key, value in model["tags"].items()]
        chosen = Chosen(model["id"].removeprefix("m-"))
        with mock.patch.object(sqlalchemy_store.uuid, "uuid4", lambda chosen=chosen: chosen):
            made = store.create_logged_model("0", model["name"], None, tags, params, model["type"])
        assert made.model_id == model["id"]
        for key, value, time, step in model["metrics"]:
            store.log_metric(run_id, Metric(key, value, time, step, model_id=model["id"]))
        sql = "UPDATE logged_models SET creation_timestamp_ms = :created WHERE model_id = :id"
        changes.append((sql, {"created": model["created"], "id": model["id"]}))
    if document["runs"][0]["deleted"]:
        store.delete_run(run_id)
    with store.engine.begin() as connection:
        for sql, values in changes:
            connection.execute(sqlalchemy.text(sql), values)


def _record() -> None:
    document = make_data() | {"searches": make_searches()}
    command = [str(MLFLOW), __file__, "--answer"]
    asked = json.dumps(document).encode()
    answers = json.loads(
        subprocess.run(command, input=asked, stdout=subprocess.PIPE, check=True).stdout
    )
    for search, given in zip(document["searches"], answers, strict=True):
        search["answer"] = given
    GOLDEN.parent.mkdir(exist_ok=True)
    lines = [f'"{key}": {json.dumps(document[key])}' for key in ("runs", "experiments", "models")]
    searches = ",\n".join(json.dumps(search) for search in document["searches"])
    GOLDEN.write_text("{\n" + ",\n".join(lines) + f',\n"searches": [\n{searches}\n]}}\n')
    print(f"{len(answers)} searches")


if __name__ == "__main__":
    if "--answer" in sys.argv:
        print(json.dumps(answer(json.load(sys.stdin))))
    else:
        _record()
