"""The first tables.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _row_id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def _parent(column: str, table: str, *, key: bool = False) -> sa.Column[int]:
    target = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(column, Id, target, nullable=False, primary_key=key)


def _text(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[str]:
    return sa.Column(name, Text, nullable=nullable, **options)


def _integer(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, **options)


def _small(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger(), nullable=False, **options)


def _double(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def upgrade() -> None:
    """Create everything in an empty database."""
    _create_experiments()
    _create_runs()
    _create_metrics()
    _create_datasets()
    _create_logged_models()
    _create_journals()


def _create_experiments() -> None:
    op.create_table("store_info", _text("key", primary_key=True), _text("value"))
    op.create_table(
        "experiments",
        _row_id(),
        _text("name", unique=True),
        _text("artifact_location"),
        _integer("created_at"),
        _integer("updated_at"),
        _integer("deleted_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "experiment_tags",
        _parent("experiment_id", "experiments", key=True),
        _text("key", primary_key=True),
        _text("value"),
    )
    op.create_table(
        "keys",
        _row_id(),
        _parent("experiment_id", "experiments"),
        _text("name"),
        sa.UniqueConstraint("experiment_id", "name"),
        sqlite_autoincrement=True,
    )


def _create_runs() -> None:
    op.create_table(
        "runs",
        _row_id(),
        _text("uuid", unique=True),
        _parent("experiment_id", "experiments"),
        _text("name"),
        _text("user_id"),
        _small("user_verified", server_default=sa.text("0")),
        _text("status"),
        _integer("start_time"),
        _integer("end_time", nullable=True),
        _integer("deleted_at", nullable=True),
        _text("artifact_uri"),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_by_start", "runs", ["experiment_id", sa.text("start_time DESC"), "uuid"])
    for table in ("params", "run_tags"):
        op.create_table(
            table,
            _parent("run_id", "runs", key=True),
            _parent("key_id", "keys", key=True),
            _text("value"),
            sqlite_with_rowid=False,
        )
        beginning = sa.text("substr(value, 1, 200)")
        op.create_index(f"{table}_by_value", table, ["key_id", beginning, "run_id"])
    op.create_table(
        "tombstones", _text("run_uuid", primary_key=True), _integer("deleted_at")
    )


def _create_metrics() -> None:
    op.create_table(
        "metric_log",
        _row_id(),
        _parent("run_id", "runs"),
        sa.Column("points", sa.LargeBinary(), nullable=False),
    )
    op.create_index("metric_log_by_run", "metric_log", ["run_id", "id"])
    op.create_table(
        "metric_blocks",
        _row_id(),
        _parent("run_id", "runs"),
        sa.Column("key_id", Id, nullable=False),
        _integer("count"),
        _integer("step_min"),
        _integer("step_max"),
        _integer("time_min"),
        _integer("time_max"),
        sa.Column("points", sa.LargeBinary(), nullable=False),
    )
    op.create_index("metric_blocks_by_series", "metric_blocks", ["run_id", "key_id"])
    if op.get_context().dialect.name == "postgresql":
        # Columns of numbers and what pcodec made of them: PostgreSQL would try in vain to compress.
        for table in ("metric_log", "metric_blocks"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN points SET STORAGE EXTERNAL")
    op.create_table(
        "metric_summaries",
        _parent("run_id", "runs", key=True),
        sa.Column("key_id", Id, primary_key=True),
        _small("last_kind"),
        _double("last_value"),
        _integer("last_step"),
        _integer("last_time"),
        _small("first_kind"),
        _double("first_value"),
        _integer("first_step"),
        _integer("first_time"),
        _double("min_value", nullable=True),
        _double("max_value", nullable=True),
        _integer("count"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "metric_summaries_by_last",
        "metric_summaries",
        ["key_id", "last_kind", "last_value", "run_id"],
    )


def _create_datasets() -> None:
    op.create_table(
        "datasets",
        _row_id(),
        _parent("experiment_id", "experiments"),
        _text("name"),
        _text("digest"),
        _text("source_type", nullable=True),
        _text("source", nullable=True),
        _text("schema", nullable=True),
        _text("profile", nullable=True),
        sa.UniqueConstraint("experiment_id", "name", "digest"),
    )
    op.create_table(
        "dataset_inputs",
        _row_id(),
        _parent("run_id", "runs"),
        _parent("dataset_id", "datasets"),
        sa.UniqueConstraint("run_id", "dataset_id"),
    )
    op.create_index("dataset_inputs_by_dataset", "dataset_inputs", ["dataset_id"])
    op.create_table(
        "dataset_input_tags",
        _parent("input_id", "dataset_inputs", key=True),
        _text("key", primary_key=True),
        _text("value"),
    )


def _create_logged_models() -> None:
    op.create_table(
        "logged_models",
        _row_id(),
        _text("uuid", unique=True),
        _parent("experiment_id", "experiments"),
        _text("name"),
        _text("artifact_uri"),
        _integer("created_at"),
        _integer("updated_at"),
        _integer("deleted_at", nullable=True),
        _small("status"),
        _text("status_message", nullable=True),
        _text("model_type", nullable=True),
        _text("source_run_id", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "logged_models_by_creation",
        "logged_models",
        ["experiment_id", sa.text("created_at DESC"), "uuid"],
    )
    for table in ("logged_model_params", "logged_model_tags"):
        op.create_table(
            table,
            _parent("model_id", "logged_models", key=True),
            _text("key", primary_key=True),
            _text("value"),
        )
    op.create_table(
        "logged_model_metrics",
        _row_id(),
        _parent("model_id", "logged_models"),
        _parent("run_id", "runs"),
        _text("key"),
        _integer("step"),
        _integer("time"),
        _small("kind"),
        _double("value"),
        _text("dataset_name", server_default=sa.text("''")),
        _text("dataset_digest", server_default=sa.text("''")),
    )
    op.create_index(
        "logged_model_metrics_by_series",
        "logged_model_metrics",
        [
            "model_id",
            "key",
            "dataset_name",
            "dataset_digest",
            "step",
            "time",
            "value",
            "kind",
            "run_id",
        ],
        unique=True,
    )
    op.create_table(
        "run_models",
        _parent("run_id", "runs", key=True),
        _text("model_id", primary_key=True),
        _small("direction", primary_key=True),
        _integer("step", server_default=sa.text("0")),
    )


def _create_journals() -> None:
    op.create_table(
        "journals",
        _text("id", primary_key=True),
        _integer("applied"),
        _integer("created_at"),
        _integer("updated_at"),
    )
    op.create_table(
        "run_sessions",
        _row_id(),
        _parent("run_id", "runs"),
        _text("uuid", unique=True),
        _integer("started_at"),
        _integer("heartbeat_at", nullable=True),
        _integer("ended_at", nullable=True),
    )
    op.create_index("run_sessions_by_run", "run_sessions", ["run_id"])
