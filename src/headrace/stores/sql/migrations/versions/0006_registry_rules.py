"""Rules of the registry.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of rules, and room in the history for what was forced."""
    op.add_column("registry_changes", sa.Column("overridden", Text))
    op.create_table(
        "registry_rules",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("identity", Text, nullable=False, unique=True),
        sa.Column("model_id", Id, sa.ForeignKey("registered_models.id", ondelete="CASCADE")),
        sa.Column("pattern", Text),
        sa.Column("alias", Text),
        sa.Column("stage", Text),
        sa.Column("condition", Text, nullable=False),
        sa.Column("user_id", Text, nullable=False),
        sa.Column("user_verified", sa.SmallInteger(), nullable=False),
        sa.Column("reason", Text),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("registry_rules_by_model", "registry_rules", ["model_id"])
