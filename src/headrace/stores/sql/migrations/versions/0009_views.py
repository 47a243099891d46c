"""Views of experiments.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "views",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("uuid", Text, nullable=False, unique=True),
        sa.Column("identity", Text, nullable=False, unique=True),
        sa.Column("name", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("is_shared", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", Text, nullable=False),
        sa.Column("user_verified", sa.SmallInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "view_experiments",
        sa.Column(
            "view_id",
            Id,
            sa.ForeignKey("views.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column(
            "experiment_id",
            Id,
            sa.ForeignKey("experiments.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("is_default", sa.SmallInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "view_experiments_by_experiment", "view_experiments", ["experiment_id", "view_id"]
    )
