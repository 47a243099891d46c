"""Logged models with their params and tags."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

from headrace.api import tracking as api
from headrace.api.endpoint import Empty
from headrace.entities import (
    LoggedModel,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
)
from headrace.entities.logged_model import LoggedModelData, LoggedModelInfo, Registration
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist
from headrace.stores.names import two_word_name
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.experiments import active_experiment
from headrace.stores.sql.locations import Locations, append_path
from headrace.stores.texts import check_any_key, check_text, missing, parse_experiment_id

_STATUSES = list(LoggedModelStatus)

_BAD_CHARACTERS = ("/", ":", ".", "%", '"', "'")

_INSERT = (
    "INSERT INTO logged_models (uuid, experiment_id, name, artifact_uri, created_at, updated_at, "
    "status, model_type, source_run_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
_INSERT_PARAM = "INSERT INTO logged_model_params (model_id, key, value) VALUES (?, ?, ?)"
_SET_TAG = (
    "INSERT INTO logged_model_tags (model_id, key, value) VALUES (?, ?, ?) "
    "ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value"
)


class LoggedModelCalls(SqlCalls):
    """The calls on logged models, without the search for them."""

    def create_logged_model(self, request: api.CreateLoggedModel) -> api.LoggedModelAnswer:
        """Create a logged model; an unnamed one gets a name of two words."""
        experiment_id = parse_experiment_id(request.experiment_id)
        name = request.name or two_word_name()
        _check_name(name)
        check_text("model_type", request.model_type)
        check_text("source_run_id", request.source_run_id)
        params = _checked_once(request.params, "params")
        tags = _checked_once(request.tags, "tags")
        model_id = f"m-{os.urandom(16).hex()}"

        def work(tx: Transaction) -> LoggedModel:
            parent = active_experiment(tx, self._statements, experiment_id)
            at = now()
            values = (
                model_id,
                experiment_id,
                name,
                append_path(parent, "models", model_id, "artifacts"),
                at,
                at,
                _STATUSES.index(LoggedModelStatus.PENDING),
                request.model_type or "",
                request.source_run_id or "",
            )
            [row_id] = tx.execute(_INSERT, values).fetchone()
            tx.executemany(_INSERT_PARAM, [(row_id, *pair) for pair in params.items()])
            tx.executemany(_SET_TAG, [(row_id, *pair) for pair in tags.items()])
            return self._load(tx, row_id)

        return api.LoggedModelAnswer(self._database.transact(work, durable=True))

    def get_logged_model(self, request: api.GetLoggedModel) -> api.LoggedModelAnswer:
        """Return a logged model; a deleted one only if the request asks for it."""
        check_text("model_id", request.model_id)
        sql = "SELECT id, deleted_at FROM logged_models WHERE uuid = ?"
        with self._database.read() as tx:
            row = tx.execute(sql, (request.model_id,)).fetchone()
            if row is None or (row[1] is not None and not request.allow_deleted):
                raise _no_model(request.model_id)
            return api.LoggedModelAnswer(self._load(tx, row[0]))

    def finalize_logged_model(self, request: api.FinalizeLoggedModel) -> api.LoggedModelAnswer:
        """Set the status."""
        check_text("model_id", request.model_id)
        if request.status == "":
            raise missing("status")
        status = _STATUSES.index(LoggedModelStatus.of(request.status))
        sql = "UPDATE logged_models SET status = ?, updated_at = ? WHERE uuid = ? RETURNING id"

        def work(tx: Transaction) -> LoggedModel:
            row = tx.execute(sql, (status, now(), request.model_id)).fetchone()
            if row is None:
                raise _no_model(request.model_id)
            return self._load(tx, row[0])

        return api.LoggedModelAnswer(self._database.transact(work, durable=True))

    def delete_logged_model(self, request: api.DeleteLoggedModel) -> Empty:
        """Mark a logged model as deleted; doing it twice is fine."""
        check_text("model_id", request.model_id)
        sql = (
            "UPDATE logged_models SET deleted_at = COALESCE(deleted_at, ?), updated_at = ? "
            "WHERE uuid = ?"
        )

        def work(tx: Transaction) -> None:
            at = now()
            if tx.execute(sql, (at, at, request.model_id)).rowcount == 0:
                raise _no_model(request.model_id)

        self._database.transact(work, durable=True)
        return Empty()

    def set_logged_model_tags(self, request: api.SetLoggedModelTags) -> Empty:
        """Set tags; of a key that is given twice the last value counts."""
        tags = {}
        for index, tag in enumerate(request.tags):
            _check_pair(tag, f"tags[{index}]")
            tags[tag.key] = tag.value

        def work(tx: Transaction) -> None:
            row_id = self._hold(tx, request.model_id)
            tx.executemany(_SET_TAG, [(row_id, *pair) for pair in sorted(tags.items())])

        self._database.transact(work)
        return Empty()

    def delete_logged_model_tag(self, request: api.DeleteLoggedModelTag) -> Empty:
        """Delete one tag; RESOURCE_DOES_NOT_EXIST if it is not there."""
        check_text("tag_key", request.tag_key)

        def work(tx: Transaction) -> None:
            row_id = self._hold(tx, request.model_id)
            sql = "DELETE FROM logged_model_tags WHERE model_id = ? AND key = ?"
            if tx.execute(sql, (row_id, request.tag_key)).rowcount == 0:
                raise ResourceDoesNotExist(
                    f"No tag with key {request.tag_key!r} found for model with ID "
                    f"{request.model_id!r}."
                )

        self._database.transact(work)
        return Empty()

    def log_logged_model_params(self, request: api.LogLoggedModelParams) -> Empty:
        """Add params; the same value again changes nothing, another one is refused."""
        params = _checked_once(request.params, "params")

        def work(tx: Transaction) -> None:
            row_id = self._hold(tx, request.model_id)
            sql = "SELECT key, value FROM logged_model_params WHERE model_id = ?"
            present = dict(tx.execute(sql, (row_id,)).fetchall())
            for key, value in params.items():
                if present.get(key, value) != value:
                    raise InvalidParameterValue(
                        f"Changing param values is not allowed. Param with key='{key}' was already "
                        f"logged with value='{present[key]}' for model ID='{request.model_id}'. "
                        f"Attempted logging new value '{value}'."
                    )
            fresh = [(row_id, *pair) for pair in params.items() if pair[0] not in present]
            tx.executemany(_INSERT_PARAM, fresh)

        self._database.transact(work)
        return Empty()

    def _hold(self, tx: Transaction, model_id: str) -> int:
        """Return the row id of a model, deleted or not, which no other transaction changes now."""
        check_text("model_id", model_id)
        sql = "SELECT id FROM logged_models WHERE uuid = ?" + self._statements.FOR_UPDATE
        row = tx.execute(sql, (model_id,)).fetchone()
        if row is None:
            raise _no_model(model_id)
        return int(row[0])

    def _load(self, tx: Transaction, row_id: int) -> LoggedModel:
        return load_logged_models(tx, self._statements, self._locations, [row_id])[0]


def load_logged_models(
    tx: Transaction, statements: Any, locations: Locations, ids: Sequence[int]
) -> list[LoggedModel]:
    """Return logged models whole.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        locations: Where artifacts go.
        ids: Row ids of logged models; unknown ones are left out.

    Returns:
        The models in the order of `ids`, each with its params, its tags, the versions of
        registered models that came from it and, as in MLflow, every point that names it, in the
        order of metric, data set, step, timestamp and value.
    """
    bound = (statements.bind_list(ids),)
    where = f"WHERE model_id {statements.IN_LIST}"
    sql = (
        "SELECT id, uuid, experiment_id, name, created_at, updated_at, artifact_uri, status, "
        "model_type, source_run_id, status_message FROM logged_models "
        f"WHERE id {statements.IN_LIST}"
    )
    models = {}
    for row in tx.execute(sql, bound).fetchall():
        row_id, uuid, experiment_id, name, made, changed, location, status, kind, source, why = row
        info = LoggedModelInfo(
            model_id=uuid,
            experiment_id=str(experiment_id),
            name=name,
            creation_timestamp_ms=made,
            last_updated_timestamp_ms=changed,
            artifact_uri=locations.resolve(location),
            status=_STATUSES[status].wire_name,
            model_type=kind,
            source_run_id=source,
            status_message=why,
            tags=[],
            registrations=[],
        )
        models[row_id] = LoggedModel(info, LoggedModelData([], []))
    sql = f"SELECT model_id, key, value FROM logged_model_params {where} ORDER BY key"
    for row_id, key, value in tx.execute(sql, bound).fetchall():
        models[row_id].data.params.append(LoggedModelParameter(key, value))
    sql = f"SELECT model_id, key, value FROM logged_model_tags {where} ORDER BY key"
    for row_id, key, value in tx.execute(sql, bound).fetchall():
        models[row_id].info.tags.append(LoggedModelTag(key, value))
    sql = (
        "SELECT m.id, v.name, v.version FROM model_versions AS v "
        "JOIN logged_models AS m ON m.uuid = v.logged_model_id "
        f"WHERE m.id {statements.IN_LIST} ORDER BY v.id"
    )
    for row_id, name, version in tx.execute(sql, bound).fetchall():
        models[row_id].info.registrations.append(Registration(name, str(version)))
    _add_metrics(tx, models, where, bound)
    return [models[row_id] for row_id in ids if row_id in models]


def _add_metrics(
    tx: Transaction, models: dict[int, LoggedModel], where: str, bound: Sequence[Any]
) -> None:
    sql = (
        "SELECT model_id, point.key, kind, point.value, time, step, dataset_name, dataset_digest, "
        "runs.uuid FROM logged_model_metrics AS point JOIN runs ON runs.id = run_id "
        f"{where} ORDER BY model_id, key, dataset_name, dataset_digest, step, time, value, kind"
    )
    for row in tx.execute(sql, bound).fetchall():
        row_id, key, kind, value, timestamp, step, dataset, digest, run_id = row
        model = models[row_id]
        model.data.metrics.append(
            Metric(
                key=key,
                value=math.nan if kind == 1 else value,
                timestamp=timestamp,
                step=step,
                model_id=model.info.model_id,
                dataset_name=dataset or None,
                dataset_digest=digest or None,
                run_id=run_id,
            )
        )


def _check_name(name: str) -> None:
    if any(character in name for character in _BAD_CHARACTERS):
        raise InvalidParameterValue(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and "
            f"cannot contain the following characters: {_BAD_CHARACTERS}"
        )
    check_text("name", name)


def _check_pair(pair: LoggedModelParameter | LoggedModelTag, path: str) -> None:
    check_any_key(pair.key, f"{path}.key")
    check_text(f"{path}.value", pair.value)


def _checked_once(
    pairs: Sequence[LoggedModelParameter | LoggedModelTag], path: str
) -> dict[str, str]:
    checked: dict[str, str] = {}
    for index, pair in enumerate(pairs):
        _check_pair(pair, f"{path}[{index}]")
        if pair.key in checked:
            raise InvalidParameterValue(
                f"The key {pair.key!r} is given twice in '{path}': give each key once."
            )
        checked[pair.key] = pair.value
    return checked


def _no_model(model_id: str) -> ResourceDoesNotExist:
    return ResourceDoesNotExist(f"Logged model with ID '{model_id}' not found.")
