"""What goes into runs and comes out of them: data sets and logged models."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from headrace.api import tracking as api
from headrace.api.endpoint import Empty
from headrace.api.limits import (
    MAX_DATASET_DIGEST_LENGTH,
    MAX_DATASET_NAME_LENGTH,
    MAX_DATASET_PROFILE_LENGTH,
    MAX_DATASET_SCHEMA_LENGTH,
    MAX_DATASET_SOURCE_LENGTH,
    MAX_INPUT_TAG_KEY_LENGTH,
    MAX_INPUT_TAG_VALUE_LENGTH,
    MAX_MODEL_ID_LENGTH,
)
from headrace.entities import Dataset, DatasetInput, LoggedModelOutput
from headrace.entities.tag_names import DATASET_CONTEXT, LOGGED_MODELS
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.new_runs import SET_RUN_TAG
from headrace.stores.sql.run_reads import MODEL_INPUT, MODEL_OUTPUT
from headrace.stores.sql.runs import active_run
from headrace.stores.texts import (
    check_int64,
    check_length,
    check_text,
    missing,
    parse_experiment_id,
)

MAX_EXPERIMENTS_PER_SEARCH = 20
MAX_SUMMARIES = 1_000

_MODEL_FIELDS = ("artifact_path", "flavors", "run_id", "utc_time_created")

_INSERT_DATASET = (
    "INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (experiment_id, name, digest) DO NOTHING"
)

_SEARCH = (
    "SELECT DISTINCT experiment_id, name, digest, tag.value FROM datasets "
    "JOIN dataset_inputs AS input ON dataset_id = datasets.id "
    "LEFT JOIN dataset_input_tags AS tag ON input_id = input.id AND key = ? "
    "WHERE experiment_id {in_list} ORDER BY experiment_id, name, digest, tag.value LIMIT ?"
)


class DatasetCalls(SqlCalls):
    """The calls on inputs and outputs of runs."""

    def log_inputs(self, request: api.LogInputs) -> Empty:
        """Record inputs; one that is already an input of the run is not added twice."""
        self._database.transact(self._adding_inputs(request))
        return Empty()

    def log_outputs(self, request: api.LogOutputs) -> Empty:
        """Record logged models as outputs; the same again changes nothing."""
        self._database.transact(self._adding_outputs(request))
        return Empty()

    def log_model(self, request: api.LogModel) -> Empty:
        """Append a model to the tag ``mlflow.log-model.history``."""
        entry = _history_entry(request.model_json)

        def work(tx: Transaction) -> None:
            run, experiment_id = active_run(tx, self._statements, request.run_id, change=True)
            key = self._keys.ids(tx, experiment_id, [LOGGED_MODELS], create=True)[LOGGED_MODELS]
            sql = "SELECT value FROM run_tags WHERE run_id = ? AND key_id = ?"
            row = tx.execute(sql, (run, key)).fetchone()
            history = [*_parse_history(row[0] if row else "[]"), entry]
            tx.execute(SET_RUN_TAG, (run, key, json.dumps(history)))

        self._database.transact(work)
        return Empty()

    def search_datasets(self, request: api.SearchDatasets) -> api.DatasetSummaries:
        """Return the data sets that runs of the experiments used, each with its context."""
        given = request.experiment_ids
        if not given:
            raise InvalidParameterValue(
                "SearchDatasets request must specify at least one experiment_id."
            )
        if len(given) > MAX_EXPERIMENTS_PER_SEARCH:
            raise InvalidParameterValue(
                f"SearchDatasets request cannot specify more than {MAX_EXPERIMENTS_PER_SEARCH} "
                f"experiment_ids. Received {len(given)} experiment_ids."
            )
        ids = self._statements.bind_list([parse_experiment_id(each) for each in given])
        sql = _SEARCH.format(in_list=self._statements.IN_LIST)
        with self._database.read(snapshot=False) as tx:
            rows = tx.execute(sql, (DATASET_CONTEXT, ids, MAX_SUMMARIES)).fetchall()
        return api.DatasetSummaries(
            [
                api.DatasetSummary(str(experiment_id), name, digest, context)
                for experiment_id, name, digest, context in rows
            ]
        )

    def _adding_inputs(self, request: api.LogInputs) -> Callable[[Transaction], None]:
        """Return what `log_inputs` does in its transaction."""
        inputs: dict[tuple[str, str], DatasetInput] = {}
        for given in request.datasets:
            _check_input(given)
            inputs.setdefault((given.dataset.name, given.dataset.digest), given)
        model_ids = _checked_ids([model.model_id for model in request.models])

        def work(tx: Transaction) -> None:
            run, experiment_id = active_run(tx, self._statements, request.run_id)
            for one in inputs.values():
                _add_input(tx, run, experiment_id, one)
            tx.executemany(
                "INSERT INTO run_models (run_id, model_id, direction) VALUES (?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                [(run, model_id, MODEL_INPUT) for model_id in model_ids],
            )

        return work

    def _adding_outputs(self, request: api.LogOutputs) -> Callable[[Transaction], None]:
        """Return what `log_outputs` does in its transaction: nothing if it refuses."""
        _checked_ids([model.model_id for model in request.models])
        for model in request.models:
            check_int64("step", model.step)

        def work(tx: Transaction) -> None:
            # The run is held for a change: another such call must not come between.
            run, _ = active_run(tx, self._statements, request.run_id, change=True)
            _add_outputs(tx, run, request.models)

        return work


def _check_input(given: DatasetInput) -> None:
    dataset = given.dataset
    limits = (
        ("name", dataset.name, MAX_DATASET_NAME_LENGTH),
        ("digest", dataset.digest, MAX_DATASET_DIGEST_LENGTH),
        ("source_type", dataset.source_type, MAX_DATASET_NAME_LENGTH),
        ("source", dataset.source, MAX_DATASET_SOURCE_LENGTH),
        ("schema", dataset.schema, MAX_DATASET_SCHEMA_LENGTH),
        ("profile", dataset.profile, MAX_DATASET_PROFILE_LENGTH),
        *(("key", tag.key, MAX_INPUT_TAG_KEY_LENGTH) for tag in given.tags),
        *(("value", tag.value, MAX_INPUT_TAG_VALUE_LENGTH) for tag in given.tags),
    )
    for name, value, limit in limits:
        check_length(name, value, limit)
        check_text(name, value)


def _checked_ids(model_ids: list[str]) -> list[str]:
    for model_id in model_ids:
        if not model_id:
            raise missing("model_id")
        check_text("model_id", model_id)
        check_length("model_id", model_id, MAX_MODEL_ID_LENGTH)
    return model_ids


def _add_input(tx: Transaction, run: int, experiment_id: int, given: DatasetInput) -> None:
    dataset_id = _dataset_id(tx, experiment_id, given.dataset)
    sql = (
        "INSERT INTO dataset_inputs (run_id, dataset_id) VALUES (?, ?) "
        "ON CONFLICT (run_id, dataset_id) DO NOTHING RETURNING id"
    )
    row = tx.execute(sql, (run, dataset_id)).fetchone()
    if row is None:
        return  # it is an input already, and keeps the tags that it came with
    tags = {tag.key: tag.value for tag in given.tags}
    tx.executemany(
        "INSERT INTO dataset_input_tags (input_id, key, value) VALUES (?, ?, ?)",
        [(row[0], key, value) for key, value in tags.items()],
    )


def _dataset_id(tx: Transaction, experiment_id: int, dataset: Dataset) -> int:
    """Return the row id of a data set, which is added if its name and digest are new."""
    sql = "SELECT id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?"
    values = (experiment_id, dataset.name, dataset.digest)
    row = tx.execute(sql, values).fetchone()
    if row is None:
        tx.execute(_INSERT_DATASET, (experiment_id, *msgspec.structs.astuple(dataset)))
        row = tx.execute(sql, values).fetchone()
    return int(row[0])


def _add_outputs(tx: Transaction, run: int, models: list[LoggedModelOutput]) -> None:
    sql = "SELECT model_id, step FROM run_models WHERE run_id = ? AND direction = ?"
    steps = dict(tx.execute(sql, (run, MODEL_OUTPUT)).fetchall())
    present = len(steps)
    for model in models:
        if (step := steps.setdefault(model.model_id, model.step)) != model.step:
            raise InvalidParameterValue(
                f"The model {model.model_id!r} is already an output of the run at step {step}; it "
                f"cannot be one at step {model.step} too."
            )
    tx.executemany(
        "INSERT INTO run_models (run_id, model_id, direction, step) VALUES (?, ?, ?, ?)",
        [(run, model_id, MODEL_OUTPUT, step) for model_id, step in [*steps.items()][present:]],
    )


def _history_entry(model_json: str) -> dict[str, Any]:
    """Return what the tag keeps of an MLmodel file that was given as JSON text."""
    check_text("model_json", model_json)
    try:
        model = msgspec.json.decode(model_json)
    except msgspec.DecodeError:
        raise InvalidParameterValue(
            f"Malformed model info. \n {model_json} \n is not a valid JSON."
        ) from None
    if not isinstance(model, dict) or not isinstance(model.get("flavors", {}), dict):
        raise InvalidParameterValue(
            f"Malformed model info. \n {model_json} \n is not the JSON object of an MLmodel file."
        )
    missing = [name for name in _MODEL_FIELDS if name not in model]
    if missing:
        shown = ", ".join(map(repr, missing))
        raise InvalidParameterValue(f"Model json is missing mandatory fields: {{{shown}}}")
    return {
        "run_id": model["run_id"],
        "artifact_path": model["artifact_path"],
        "utc_time_created": model["utc_time_created"],
        "model_uuid": model.get("model_uuid"),
        "flavors": {
            name: {key: value for key, value in flavor.items() if key != "config"}
            if isinstance(flavor, dict)
            else flavor
            for name, flavor in model["flavors"].items()
        },
    }


def _parse_history(text: str) -> list[Any]:
    try:
        return msgspec.json.decode(text, type=list[Any])
    except msgspec.DecodeError:
        raise InvalidParameterValue(
            f"The run's tag {LOGGED_MODELS!r} is no JSON list, so no model can be added to it: "
            f"{text[:200]!r}"
        ) from None
