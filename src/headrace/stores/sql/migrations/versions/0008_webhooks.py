"""Webhooks, and their deliveries.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _row_id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "webhooks",
        _row_id(),
        sa.Column("uuid", Text, nullable=False, unique=True),
        sa.Column("name", Text, nullable=False),
        sa.Column("url", Text, nullable=False),
        sa.Column("description", Text),
        sa.Column("is_active", sa.SmallInteger(), nullable=False),
        sa.Column("secret", Text),
        sa.Column("model_names", Text, nullable=False),
        sa.Column("experiment_ids", Text, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", Text, nullable=False),
        sa.Column("user_verified", sa.SmallInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "webhook_events",
        sa.Column("event", Text, primary_key=True),
        sa.Column(
            "webhook_id",
            Id,
            sa.ForeignKey("webhooks.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("webhook_events_by_webhook", "webhook_events", ["webhook_id"])
    op.create_table(
        "webhook_deliveries",
        _row_id(),
        sa.Column("uuid", Text, nullable=False, unique=True),
        sa.Column("webhook_id", Id, nullable=False),
        sa.Column("event", Text, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("lease", Text),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempts", Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("webhook_deliveries_by_due", "webhook_deliveries", ["webhook_id", "due_at"])
    op.create_index("webhook_deliveries_by_webhook", "webhook_deliveries", ["webhook_id", "id"])
    op.create_index("webhook_deliveries_by_time", "webhook_deliveries", ["made_at"])
