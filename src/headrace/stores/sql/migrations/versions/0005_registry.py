"""The model registry.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _row_id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def _parent(column: str, target: str, primary_key: bool = False) -> sa.Column[int]:
    parent = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(column, Id, parent, primary_key=primary_key, nullable=False)


def _maker() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("user_id", Text, nullable=False),
        sa.Column("user_verified", sa.SmallInteger(), nullable=False),
    )


def _times() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
    )


def upgrade() -> None:
    """Make the tables."""
    _make_models()
    _make_versions()
    op.create_table(
        "model_aliases",
        _parent("model_id", "registered_models.id", primary_key=True),
        sa.Column("alias", Text, primary_key=True),
        _parent("version_id", "model_versions.id"),
        sqlite_with_rowid=False,
    )
    op.create_index("model_aliases_by_version", "model_aliases", ["version_id"])
    op.create_table(
        "registry_changes",
        _row_id(),
        sa.Column("name", Text, nullable=False),
        sa.Column("version", sa.BigInteger()),
        sa.Column("kind", Text, nullable=False),
        sa.Column("key", Text),
        sa.Column("before", Text),
        sa.Column("after", Text),
        *_maker(),
        sa.Column("reason", Text),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("registry_changes_by_name", "registry_changes", ["name", "id"])
    op.create_index("registry_changes_by_version", "registry_changes", ["name", "version", "id"])


def _make_models() -> None:
    op.create_table(
        "registered_models",
        _row_id(),
        sa.Column("name", Text, nullable=False, unique=True),
        sa.Column("description", Text),
        *_times(),
        *_maker(),
        sa.Column("last_version", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "registered_models_by_change", "registered_models", [sa.text("updated_at DESC"), "name"]
    )
    op.create_index(
        "registered_models_by_creation", "registered_models", [sa.text("created_at DESC"), "name"]
    )
    op.create_table(
        "registered_model_tags",
        _parent("model_id", "registered_models.id", primary_key=True),
        sa.Column("key", Text, primary_key=True),
        sa.Column("value", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "registered_model_tags_by_value",
        "registered_model_tags",
        ["key", sa.text("substr(value, 1, 200)"), "model_id"],
    )


def _make_versions() -> None:
    op.create_table(
        "model_versions",
        _row_id(),
        _parent("model_id", "registered_models.id"),
        sa.Column("name", Text, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_times(),
        *_maker(),
        sa.Column("stage", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("description", Text),
        sa.Column("source", Text, nullable=False),
        sa.Column("artifact_uri", Text, nullable=False),
        sa.Column("status_message", Text),
        sa.Column("run_id", Text),
        sa.Column("run_link", Text),
        sa.Column("logged_model_id", Text),
        sa.UniqueConstraint("name", "version"),
        sqlite_autoincrement=True,
    )
    newest = sa.text("version DESC")
    indexes: dict[str, list[str | sa.TextClause]] = {
        "model_versions_by_stage": ["model_id", "stage", "version"],
        "model_versions_by_number": ["version", "name"],
        "model_versions_by_run": ["run_id"],
        "model_versions_by_logged_model": ["logged_model_id"],
        "model_versions_by_change": [sa.text("updated_at DESC"), "name", newest],
        "model_versions_of_model": ["name", sa.text("updated_at DESC"), newest],
        "model_versions_by_creation": [sa.text("created_at DESC"), "name", newest],
        "model_versions_by_place": [sa.text("substr(artifact_uri, 1, 200)")],
    }
    for name, columns in indexes.items():
        op.create_index(name, "model_versions", columns)
    op.create_table(
        "model_version_tags",
        _parent("version_id", "model_versions.id", primary_key=True),
        sa.Column("key", Text, primary_key=True),
        sa.Column("value", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "model_version_tags_by_value",
        "model_version_tags",
        ["key", sa.text("substr(value, 1, 200)"), "version_id"],
    )
