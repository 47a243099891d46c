"""Indexes by which lineage finds its way back: from data sets, logged models and runs.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("datasets_by_name", "datasets", ["name", "digest"])
    op.create_index("logged_models_by_source_run", "logged_models", ["source_run_id"])
    op.create_index("run_models_by_model", "run_models", ["model_id", "direction"])
