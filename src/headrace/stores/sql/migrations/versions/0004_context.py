"""Context and output of runs.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _run_id(primary_key: bool) -> sa.Column[int]:
    parent = sa.ForeignKey("runs.id", ondelete="CASCADE")
    return sa.Column("run_id", Id, parent, primary_key=primary_key, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "contents",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("digest", Text, nullable=False, unique=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "run_context",
        _run_id(primary_key=True),
        sa.Column("session", Text, primary_key=True),
        sa.Column("name", Text, primary_key=True),
        sa.Column("content_id", Id, sa.ForeignKey("contents.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("run_context_by_content", "run_context", ["content_id"])
    op.create_table(
        "run_output",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        _run_id(primary_key=False),
        sa.Column("session", Text, nullable=False),
        sa.Column("stream", sa.SmallInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_index("run_output_by_run", "run_output", ["run_id", "id"])
