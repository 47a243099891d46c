"""What versions came from, and what a logged model says of its versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from headrace.api import registry as api
from headrace.entities import VersionDataset, VersionLineage
from headrace.entities.tag_names import (
    DATASET_CONTEXT,
    GIT_COMMIT,
    GIT_REPO_URL,
    MODEL_VERSIONS,
)
from headrace.file_uri import scheme_of
from headrace.stores.model_uri import parse_model_uri
from headrace.stores.registry_texts import check_model_name, parse_version
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.experiments import stage_of
from headrace.stores.sql.registry_reads import no_version

_VERSION = (
    "SELECT v.source, v.run_id, v.logged_model_id, o.name || '/' || CAST(o.version AS TEXT) "
    "FROM model_versions AS v LEFT JOIN model_versions AS o ON o.id = v.copied_from "
    "WHERE v.name = ? AND v.version = ?"
)
_RUN = (
    "SELECT runs.id, runs.name, runs.deleted_at, e.id, e.name FROM runs "
    "JOIN experiments AS e ON e.id = runs.experiment_id WHERE runs.uuid = ?"
)
_MODEL = (
    "SELECT m.name, e.id, e.name FROM logged_models AS m "
    "JOIN experiments AS e ON e.id = m.experiment_id WHERE m.uuid = ?"
)
_TAGS = (
    "SELECT keys.name, value FROM run_tags JOIN keys ON keys.id = key_id "
    "WHERE run_id = ? AND keys.name IN (?, ?)"
)
_DATASETS = (
    "SELECT d.name, d.digest, d.source_type, d.source, t.value FROM dataset_inputs AS i "
    "JOIN datasets AS d ON d.id = i.dataset_id "
    "LEFT JOIN dataset_input_tags AS t ON t.input_id = i.id AND t.key = ? "
    "WHERE i.run_id = ? ORDER BY i.id"
)
_SET_MODEL_TAG = (
    "INSERT INTO logged_model_tags (model_id, key, value) VALUES (?, ?, ?) "
    "ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value"
)

GONE, UNKNOWN = "gone", "unknown"


class LineageCalls(SqlCalls):
    """The call that tells what a version came from."""

    def get_model_version_lineage(
        self, request: api.GetModelVersionLineage
    ) -> api.ModelVersionLineage:
        """Return what a version came from."""
        check_model_name(request.name)
        number = parse_version(request.version)
        with self._database.read() as tx:
            row = tx.execute(_VERSION, (request.name, number)).fetchone()
            if row is None:
                raise no_version(request.name, number)
            source, run_id, model_id, original = row
            lineage = VersionLineage(
                request.name,
                str(number),
                source=self._locations.resolve(source),
                copied_from=original or _called_then(tx, source),
                run_id=run_id,
                model_id=model_id,
            )
            if model_id:
                _add_model(tx, lineage, model_id)
            if run_id:
                _add_run(tx, lineage, run_id)
        return api.ModelVersionLineage(lineage)


def name_version_on_model(
    tx: Transaction, statements: Any, model_id: str, name: str, version: int
) -> None:
    """Add a version to the tag by which a logged model names its versions, as MLflow does.

    Args:
        tx: The transaction that makes the version.
        statements: The dialect's statements.
        model_id: The logged model.
        name: The registered model.
        version: The version.

    """
    sql = "SELECT id FROM logged_models WHERE uuid = ?" + statements.FOR_UPDATE
    row = tx.execute(sql, (model_id,)).fetchone()
    if row is None:  # of a copy, whose logged model is gone
        return
    sql = "SELECT value FROM logged_model_tags WHERE model_id = ? AND key = ?"
    found = tx.execute(sql, (row[0], MODEL_VERSIONS)).fetchone()
    versions = [*_parse(found[0] if found else "[]"), {"name": name, "version": version}]
    tx.execute(_SET_MODEL_TAG, (row[0], MODEL_VERSIONS, json.dumps(versions)))


def _parse(text: str) -> list[Mapping[str, Any]]:
    """Return what the tag says; nothing, if a user has put something else there."""
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def _called_then(tx: Transaction, source: str) -> str | None:
    """Return what an original that is gone was called, unless another one is called so now."""
    if scheme_of(source) != "models":
        return None
    named = parse_model_uri(source)
    if not named.version or tx.execute(_VERSION, (named.name, int(named.version))).fetchone():
        return None
    return f"{named.name}/{named.version}"


def _add_model(tx: Transaction, lineage: VersionLineage, model_id: str) -> None:
    row = tx.execute(_MODEL, (model_id,)).fetchone()
    if row is not None:
        lineage.model_name, number, lineage.experiment_name = row
        lineage.experiment_id = str(number)


def _add_run(tx: Transaction, lineage: VersionLineage, run_id: str) -> None:
    row = tx.execute(_RUN, (run_id,)).fetchone()
    if row is None:
        sql = "SELECT 1 FROM tombstones WHERE run_uuid = ?"
        gone = tx.execute(sql, (run_id,)).fetchone() is not None
        lineage.run_state = GONE if gone else UNKNOWN
        return
    run, lineage.run_name, deleted_at, experiment_id, lineage.experiment_name = row
    lineage.experiment_id = str(experiment_id)
    lineage.run_state = stage_of(deleted_at)
    tags = dict(tx.execute(_TAGS, (run, GIT_COMMIT, GIT_REPO_URL)).fetchall())
    lineage.commit, lineage.repository = tags.get(GIT_COMMIT), tags.get(GIT_REPO_URL)
    lineage.datasets = [
        VersionDataset(*found) for found in tx.execute(_DATASETS, (DATASET_CONTEXT, run)).fetchall()
    ]
