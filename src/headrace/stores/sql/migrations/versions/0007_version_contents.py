"""What versions of registered models hold.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of manifests, and the columns that name them; each version is due."""
    op.create_table(
        "manifests",
        sa.Column("digest", Text, primary_key=True),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    for column in (
        sa.Column("content_state", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("content_digest", Text),
        sa.Column("content_due_at", sa.BigInteger(), server_default=sa.text("0")),
        sa.Column("content_checked_at", sa.BigInteger()),
        sa.Column("content_problems", Text),
    ):
        op.add_column("model_versions", column)
    is_due = sa.text("content_due_at IS NOT NULL")
    op.create_index(
        "model_versions_by_due_content",
        "model_versions",
        ["content_due_at", "id"],
        sqlite_where=is_due,
        postgresql_where=is_due,
    )
