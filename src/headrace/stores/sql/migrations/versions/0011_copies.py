"""Which version a version is a copy of, by its row: the name in its source may be given to another.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# Sources name originals as they were called then; the history of a model has its names before.
_FIND_ORIGINALS = """
    UPDATE model_versions SET copied_from = (
        SELECT max(o.id) FROM model_versions AS o
        WHERE substr(o.artifact_uri, 1, 200) = substr(model_versions.artifact_uri, 1, 200)
        AND o.artifact_uri = model_versions.artifact_uri AND o.id < model_versions.id
        AND (
            model_versions.source = 'models:/' || o.name || '/' || CAST(o.version AS TEXT)
            OR EXISTS (
                SELECT 1 FROM registry_changes AS c
                WHERE c.name = o.name AND c.kind = 'renamed'
                AND model_versions.source = 'models:/' || c.before || '/' || CAST(o.version AS TEXT)
            )
        )
    ) WHERE source LIKE 'models:/%/%'
"""


def upgrade() -> None:
    """Add the column, find the originals of the copies that there are, and make the index."""
    op.add_column("model_versions", sa.Column("copied_from", sa.BigInteger()))
    op.execute(_FIND_ORIGINALS)
    is_copy = sa.text("copied_from IS NOT NULL")
    op.create_index(
        "model_versions_by_original",
        "model_versions",
        ["copied_from"],
        sqlite_where=is_copy,
        postgresql_where=is_copy,
    )
