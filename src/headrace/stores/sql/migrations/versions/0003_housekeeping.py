"""Deleting for good, and changes of many runs that can be taken back.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, and the index by which a run finds its points of logged models."""
    op.create_table(
        "removals",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("root", Text, nullable=False),
        sa.Column("path", Text, nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "operations",
        sa.Column("id", Text, primary_key=True),
        sa.Column("kind", Text, nullable=False),
        sa.Column("user_id", Text, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger()),
    )
    op.create_index("operations_by_time", "operations", ["made_at"])
    op.create_table(
        "operation_changes",
        sa.Column(
            "operation_id",
            Text,
            sa.ForeignKey("operations.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("run_uuid", Text, primary_key=True),
        sa.Column("key", Text, primary_key=True),
        sa.Column("before", Text),
        sa.Column("after", Text),
    )
    op.create_index("logged_model_metrics_by_run", "logged_model_metrics", ["run_id"])
