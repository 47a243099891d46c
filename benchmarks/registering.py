"""Registries of many models and versions: the same rows put into every peer, past its calls."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing

from benchmarks.peers import Server
from headrace.stores.sql import open_sql_store

MODEL = "model-0"

_SOURCE = "s3://bucket/model"
_MODEL_COLUMNS = "name, creation_time, last_updated_time"
_VERSION_COLUMNS = (
    "name, version, creation_time, last_updated_time, current_stage, source, storage_location, "
    "status, run_id, run_link"
)


def model_name(number: int) -> str:
    """Return the name of a model; the first one is `MODEL`."""
    return f"model-{number}"


def put_into(server: Server, *, models: int, versions: int) -> None:
    """Put models into an empty registry, the first of them with all the versions.

    Args:
        server: A server of MLflow or of Headrace, on SQLite.
        models: How many models.
        versions: How many versions `MODEL` gets.

    """
    began = int(time.time() * 1000) - models - versions
    if server.peer.name == "mlflow":
        _fill_mlflow(server, models, versions, began)
        return
    store = open_sql_store(f"sqlite:///{server.folder / 'headrace.db'}")
    with closing(store), store._database.write() as tx:
        tx.executemany(
            "INSERT INTO registered_models (id, name, created_at, updated_at, user_id, "
            "user_verified, last_version) VALUES (?, ?, ?, ?, '', 0, ?)",
            [
                (number + 1, model_name(number), began + number, began + number,
                 0 if number else versions)
                for number in range(models)
            ],
        )  # fmt: skip
        tx.executemany(
            "INSERT INTO model_versions (id, model_id, name, version, created_at, updated_at, "
            "user_id, user_verified, stage, description, source, artifact_uri, run_link) "
            "VALUES (?, 1, ?, ?, ?, ?, '', 0, 0, '', ?, ?, '')",
            (
                (number, MODEL, number, began + number, began + number, _SOURCE, _SOURCE)
                for number in range(1, versions + 1)
            ),
        )
        tx.executemany(
            "INSERT INTO model_version_tags (version_id, key, value) VALUES (?, 'kind', ?)",
            ((number, f"kind-{number % 10}") for number in range(1, versions + 1)),
        )


def _fill_mlflow(server: Server, models: int, versions: int, began: int) -> None:
    with closing(sqlite3.connect(server.folder / "mlflow.db", timeout=60)) as connection:
        _insert(
            connection,
            "registered_models",
            _MODEL_COLUMNS,
            ((model_name(number), began + number, began + number) for number in range(models)),
        )
        _insert(
            connection,
            "model_versions",
            _VERSION_COLUMNS,
            (
                (MODEL, number, began + number, began + number, "None", _SOURCE, _SOURCE, "READY",
                 "", "")
                for number in range(1, versions + 1)
            ),
        )  # fmt: skip
        _insert(
            connection,
            "model_version_tags",
            "name, version, key, value",
            ((MODEL, number, "kind", f"kind-{number % 10}") for number in range(1, versions + 1)),
        )
        connection.commit()


def _insert(
    connection: sqlite3.Connection, table: str, columns: str, rows: Iterable[tuple[object, ...]]
) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
