"""Registered models and versions, from rows to what is answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec

from headrace.entities import (
    ContentState,
    ModelStage,
    ModelVersion,
    ModelVersionStatus,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from headrace.errors import ResourceDoesNotExist
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.locations import Locations

STAGES = tuple(ModelStage)
CONTENT_STATES = tuple(ContentState)

_Pairs = list[tuple[str, str]]

VERSION_COLUMNS = (
    "id, name, version, created_at, updated_at, user_id, user_verified, stage, "
    "description, source, artifact_uri, status_message, run_id, run_link, "
    "logged_model_id, content_state, content_digest"
)

# The newest version of each stage: a step in an index for each of the stages of each model. It is
# the last one up to the end of the stage, if that is in the stage: for one with this model and this
# stage PostgreSQL may walk all versions of all models, the newest first, which takes minutes.
_NEWEST = f"""
    SELECT m.id, (
        SELECT CASE WHEN v.model_id = m.id AND v.stage = s.stage THEN v.id END
        FROM model_versions AS v
        WHERE (v.model_id, v.stage, v.version) <= (m.id, s.stage, {2**63 - 1})
        ORDER BY v.model_id DESC, v.stage DESC, v.version DESC LIMIT 1
    ) FROM registered_models AS m CROSS JOIN (
        {" UNION ALL ".join(f"SELECT {number} AS stage" for number in range(len(STAGES)))}
    ) AS s WHERE m.id """


class HeldVersion(NamedTuple):
    """A version whose model no other transaction changes now.

    Attributes:
        id: Its row id.
        model_id: The row id of its model.
        number: Its number.
        stage: Its stage.
        description: Its description.

    """

    id: int
    model_id: int
    number: int
    stage: ModelStage
    description: str | None


def find_model(tx: Transaction, name: str, lock: str = "") -> int:
    """Return the row id of a registered model.

    Args:
        tx: The transaction.
        name: The model's name.
        lock: What is appended to the statement, to hold the row until the end of the transaction.

    Raises:
        ResourceDoesNotExist: If there is none of this name.

    """
    row = tx.execute("SELECT id FROM registered_models WHERE name = ?" + lock, (name,)).fetchone()
    if row is None:
        raise no_model(name)
    return int(row[0])


def hold_version(tx: Transaction, statements: Any, name: str, version: int) -> HeldVersion:
    """Return a version whose model no other transaction changes now.

    Raises:
        ResourceDoesNotExist: If there is none.

    """
    sql = "SELECT id FROM registered_models WHERE name = ?" + statements.FOR_UPDATE
    if tx.execute(sql, (name,)).fetchone() is None:
        raise no_version(name, version)
    return look_at_version(tx, name, version)


def look_at_version(tx: Transaction, name: str, version: int) -> HeldVersion:
    """Return a version as `hold_version` does, but without keeping others from changing it."""
    sql = (
        "SELECT id, model_id, version, stage, description FROM model_versions "
        "WHERE name = ? AND version = ?"
    )
    row = tx.execute(sql, (name, version)).fetchone()
    if row is None:
        raise no_version(name, version)
    return HeldVersion(row[0], row[1], row[2], STAGES[row[3]], row[4])


def find_named(tx: Transaction, model: int, alias: str) -> int | None:
    """Return the number of the version that an alias of a model names now."""
    sql = (
        "SELECT v.version FROM model_aliases AS a JOIN model_versions AS v ON v.id = a.version_id "
        "WHERE a.model_id = ? AND a.alias = ?"
    )
    row = tx.execute(sql, (model, alias)).fetchone()
    return None if row is None else int(row[0])


def find_version_where(
    tx: Transaction, statements: Any, locations: Locations, where: str, values: Sequence[Any]
) -> ModelVersion | None:
    """Return the first version of some condition, whole, in one statement; None if there is none.

    Args:
        tx: The transaction.
        statements: The dialect's statements.
        locations: The locations of the store.
        where: A condition on `model_versions`, and maybe an order.
        values: What its marks stand for.

    """
    sql = f"{_select_whole(statements)} WHERE {where} LIMIT 1"
    row = tx.execute(sql, values).fetchone()
    return None if row is None else _whole_version(row, locations)


def version_of(row: Row, locations: Locations) -> ModelVersion:
    """Return the version of a row of `VERSION_COLUMNS`, without tags and aliases."""
    (_, name, version, created_at, updated_at, user_id, user_verified, stage, description, source,
     artifact_uri, status_message, run_id, run_link, logged_model_id,
     content_state, content_digest) = row  # fmt: skip
    said, place = locations.resolve(source), locations.resolve(artifact_uri)
    return ModelVersion(
        name=name,
        version=str(version),
        creation_timestamp=created_at,
        last_updated_timestamp=updated_at,
        user_id=user_id or None,
        current_stage=STAGES[stage].value,
        description=description,
        source=said,
        run_id=run_id or "",  # as MLflow's server says that there is none
        status=ModelVersionStatus.READY.value,
        status_message=status_message,
        tag_list=[],
        run_link=run_link or "",
        aliases=[],
        model_id=logged_model_id,
        user_verified=bool(user_verified),
        artifact_uri=None if place == said else place,
        content_state=CONTENT_STATES[content_state].value,
        content_digest=content_digest,
    )


def load_versions(
    tx: Transaction, statements: Any, locations: Locations, ids: Sequence[int]
) -> list[ModelVersion]:
    """Return versions with tags and aliases, in the order of their row ids `ids`."""
    sql = f"{_select_whole(statements)} WHERE id {statements.IN_LIST}"
    rows = {row[0]: row for row in tx.execute(sql, (statements.bind_list(ids),)).fetchall()}
    return [_whole_version(rows[number], locations) for number in ids if number in rows]


@cache
def _select_whole(statements: Any) -> str:
    """Return the SELECT of versions with their tags and their aliases as JSON lists of pairs."""
    of_version = "WHERE version_id = model_versions.id"
    tags = statements.json_lists("key", "value", f"model_version_tags {of_version}")
    aliases = statements.json_lists("alias", "alias", f"model_aliases {of_version}")
    return f"SELECT {VERSION_COLUMNS}, {tags}, {aliases} FROM model_versions"


def _whole_version(row: Row, locations: Locations) -> ModelVersion:
    version = version_of(row[:-2], locations)
    if row[-2] != "[]":
        pairs = sorted(msgspec.json.decode(row[-2], type=_Pairs))
        version.tag_list = [ModelVersionTag(*pair) for pair in pairs]
    if row[-1] != "[]":
        pairs = sorted(msgspec.json.decode(row[-1], type=_Pairs))
        version.aliases = [alias for alias, _ in pairs]
    return version


def newest_versions(
    tx: Transaction, statements: Any, models: Iterable[int]
) -> list[tuple[int, int]]:
    """Return (row id of a model, row id of its newest version of a stage), the oldest first."""
    rows = tx.execute(_NEWEST + statements.IN_LIST, (statements.bind_list(models),)).fetchall()
    return sorted((model, version) for model, version in rows if version is not None)


def load_registered_models(
    tx: Transaction, statements: Any, locations: Locations, ids: Sequence[int]
) -> list[RegisteredModel]:
    """Return registered models with tags, aliases and newest versions, in the order of `ids`."""
    listed = statements.bind_list(ids)
    sql = (
        "SELECT id, name, created_at, updated_at, user_id, description, user_verified "
        f"FROM registered_models WHERE id {statements.IN_LIST}"
    )
    models = {
        number: RegisteredModel(
            name=name,
            creation_timestamp=created_at,
            last_updated_timestamp=updated_at,
            user_id=user_id or None,
            description=description or None,
            latest_versions=[],
            user_verified=bool(verified),
        )
        for number, name, created_at, updated_at, user_id, description, verified in tx.execute(
            sql, (listed,)
        ).fetchall()
    }
    sql = (
        "SELECT model_id, key, value FROM registered_model_tags "
        f"WHERE model_id {statements.IN_LIST} ORDER BY key"
    )
    for number, key, value in tx.execute(sql, (listed,)).fetchall():
        models[number].tag_list.append(RegisteredModelTag(key, value))
    sql = (
        "SELECT a.model_id, a.alias, v.version FROM model_aliases AS a "
        "JOIN model_versions AS v ON v.id = a.version_id "
        f"WHERE a.model_id {statements.IN_LIST} ORDER BY a.alias"
    )
    for number, alias, version in tx.execute(sql, (listed,)).fetchall():
        models[number].alias_list.append(RegisteredModelAlias(alias, str(version)))
    newest = newest_versions(tx, statements, models)
    versions = load_versions(tx, statements, locations, [version for _, version in newest])
    for (number, _), version in zip(newest, versions, strict=True):
        models[number].latest_versions.append(version)
    return [models[number] for number in ids if number in models]


def no_model(name: str) -> ResourceDoesNotExist:
    """Return the error for a registered model that is not there."""
    return ResourceDoesNotExist(f"Registered Model with name={name} not found")


def no_version(name: str, version: object) -> ResourceDoesNotExist:
    """Return the error for a version that is not there."""
    return ResourceDoesNotExist(f"Model Version (name={name}, version={version}) not found")
