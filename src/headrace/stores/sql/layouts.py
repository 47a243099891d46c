"""Where the fields of each noun live: the tables and columns behind `headrace.search.fields`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, FromClause, Table

from headrace.entities import tag_names
from headrace.search.tree import Entity, Function
from headrace.stores.sql import schema


@dataclass(frozen=True)
class Keyed:
    """A table with a row for each key and value of a thing.

    Attributes:
        table: The table.
        owner: Column with the row id of the thing.
        key: Column of the key, as text or interned.
        value: Column of the value.
        kind: Column that tells NaN from other numbers (metrics).
        interned: Whether the key is an id of the table `keys`, and the values are indexed by it.
        indexed: Whether the values are indexed by a key that is a text.
        functions: Columns of value and kind of the functions that stand in the row; those of a
            table of points choose one of the points.

    """

    table: Table
    owner: Column[int]
    key: Column[Any]
    value: Column[Any]
    kind: Column[int] | None = None
    interned: bool = False
    indexed: bool = False
    functions: Mapping[Function, tuple[Column[Any], Column[int] | None]] = field(
        default_factory=dict
    )


@dataclass(frozen=True)
class Layout:
    """The tables of one noun.

    Attributes:
        table: One row a thing.
        attributes: Column of each attribute.
        keyed: Where metrics, params and tags are.
        experiment: Column of the experiment that a thing belongs to, where it belongs to one.
        located: Attributes that are locations, which are stored relative to the store's home.
        run: Column of the id of the run that a thing came from, whose data sets count as its own.
        walks: Attributes by which an index of the whole table is ordered.

    """

    table: Table
    attributes: Mapping[str, Column[Any]]
    keyed: Mapping[Entity, Keyed]
    experiment: Column[int] | None = None
    located: frozenset[str] = frozenset()
    run: Column[str] | None = None
    walks: frozenset[str] = frozenset()

    @property
    def id(self) -> Column[int]:
        """The column of row ids."""
        return self.table.c.id

    @property
    def deleted_at(self) -> Column[int]:
        """The column that is set when a thing is deleted."""
        return self.table.c.deleted_at


def _keyed(table: Table, owner: str, key: str, value: str = "value", **more: Any) -> Keyed:
    return Keyed(table, table.c[owner], table.c[key], table.c[value], **more)


_runs, _experiments, _models = schema.runs.c, schema.experiments.c, schema.logged_models.c
_summaries = schema.metric_summaries.c
_registered, _versions = schema.registered_models.c, schema.model_versions.c

LAYOUTS: Mapping[str, Layout] = {
    "run": Layout(
        table=schema.runs,
        attributes={
            "run_id": _runs.uuid,
            "run_name": _runs.name,
            "user_id": _runs.user_id,
            "status": _runs.status,
            "start_time": _runs.start_time,
            "end_time": _runs.end_time,
            "artifact_uri": _runs.artifact_uri,
        },
        keyed={
            Entity.METRIC: _keyed(
                schema.metric_summaries,
                "run_id",
                "key_id",
                "last_value",
                kind=_summaries.last_kind,
                interned=True,
                functions={
                    Function.MIN: (_summaries.min_value, None),
                    Function.MAX: (_summaries.max_value, None),
                    Function.FIRST: (_summaries.first_value, _summaries.first_kind),
                },
            ),
            Entity.PARAM: _keyed(schema.params, "run_id", "key_id", interned=True),
            Entity.TAG: _keyed(schema.run_tags, "run_id", "key_id", interned=True),
        },
        experiment=_runs.experiment_id,
        located=frozenset({"artifact_uri"}),
    ),
    "experiment": Layout(
        table=schema.experiments,
        attributes={
            "experiment_id": _experiments.id,
            "name": _experiments.name,
            "creation_time": _experiments.created_at,
            "last_update_time": _experiments.updated_at,
        },
        keyed={Entity.TAG: _keyed(schema.experiment_tags, "experiment_id", "key")},
    ),
    "logged model": Layout(
        table=schema.logged_models,
        attributes={
            "model_id": _models.uuid,
            "experiment_id": _models.experiment_id,
            "name": _models.name,
            "model_type": _models.model_type,
            "source_run_id": _models.source_run_id,
            "status": _models.status,
            "status_message": _models.status_message,
            "artifact_location": _models.artifact_uri,
            "creation_timestamp": _models.created_at,
            "last_updated_timestamp": _models.updated_at,
        },
        keyed={
            Entity.METRIC: _keyed(
                schema.logged_model_metrics,
                "model_id",
                "key",
                kind=schema.logged_model_metrics.c.kind,
            ),
            Entity.PARAM: _keyed(schema.logged_model_params, "model_id", "key"),
            Entity.TAG: _keyed(schema.logged_model_tags, "model_id", "key"),
        },
        experiment=_models.experiment_id,
        located=frozenset({"artifact_location"}),
    ),
    "registered model": Layout(
        table=schema.registered_models,
        attributes={
            "name": _registered.name,
            "creation_timestamp": _registered.created_at,
            "last_updated_timestamp": _registered.updated_at,
            "user_id": _registered.user_id,
            "description": _registered.description,
        },
        keyed={
            Entity.TAG: _keyed(schema.registered_model_tags, "model_id", "key", indexed=True),
        },
        walks=frozenset({"name", "creation_timestamp", "last_updated_timestamp"}),
    ),
    "model version": Layout(
        table=schema.model_versions,
        attributes={
            "name": _versions.name,
            "version_number": _versions.version,
            "run_id": _versions.run_id,
            "source_path": _versions.source,
            "model_id": _versions.logged_model_id,
            "creation_timestamp": _versions.created_at,
            "last_updated_timestamp": _versions.updated_at,
            "user_id": _versions.user_id,
            "description": _versions.description,
        },
        keyed={
            Entity.TAG: _keyed(schema.model_version_tags, "version_id", "key", indexed=True),
        },
        located=frozenset({"source_path"}),
        run=_versions.run_id,
        walks=frozenset({"name", "version_number", "creation_timestamp", "last_updated_timestamp"}),
    ),
}


def dataset_rows(
    layout: Layout, name: str
) -> tuple[FromClause, Column[int], Column[str], list[Any]]:
    """Return where the data sets of runs, or of what came from runs, are.

    Args:
        layout: That of runs, or of the noun that came from them.
        name: ``name``, ``digest`` or ``context``.

    Returns:
        The tables to select from, the column of the thing, the column of the field, and further
        conditions.

    """
    inputs, datasets, tags = schema.dataset_inputs, schema.datasets, schema.dataset_input_tags
    rows: FromClause
    if name == "context":
        rows = inputs.join(tags, tags.c.input_id == inputs.c.id)
        value, tests = tags.c.value, [tags.c.key == tag_names.DATASET_CONTEXT]
    else:
        rows = inputs.join(datasets, datasets.c.id == inputs.c.dataset_id)
        value, tests = datasets.c[name], []
    if layout.run is None:
        return rows, inputs.c.run_id, value, tests
    things = layout.table.alias("of_run")
    rows = rows.join(schema.runs, schema.runs.c.id == inputs.c.run_id)
    rows = rows.join(things, things.c[layout.run.name] == schema.runs.c.uuid)
    return rows, things.c.id, value, tests
