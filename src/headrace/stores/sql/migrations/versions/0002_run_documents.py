"""Page documents of runs, and the triggers that keep them true.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = {
    "runs": ("UPDATE",),
    "metric_log": ("INSERT",),
    "params": ("INSERT", "UPDATE"),
    "run_tags": ("INSERT", "UPDATE", "DELETE"),
    "run_models": ("INSERT", "UPDATE"),
    "dataset_inputs": ("INSERT",),
}


def upgrade() -> None:
    """Make the table and its triggers."""
    op.create_table(
        "run_documents",
        sa.Column(
            "run_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("runs.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
    )
    make_triggers = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
    make_triggers[op.get_context().dialect.name]()


def _on_sqlite() -> None:
    for table, changes in CHANGES.items():
        for change in changes:
            run = "OLD.run_id" if change == "DELETE" else "NEW.run_id"
            run = "NEW.id" if table == "runs" else run
            op.execute(
                f"CREATE TRIGGER {table}_{change.lower()} AFTER {change} ON {table}\n"
                f"BEGIN DELETE FROM run_documents WHERE run_id = {run}; END"
            )


FUNCTION = """CREATE OR REPLACE FUNCTION delete_run_document() RETURNS trigger AS $$
BEGIN
    IF TG_TABLE_NAME = 'runs' THEN
        DELETE FROM run_documents WHERE run_id = NEW.id;
    ELSE
        DELETE FROM run_documents WHERE run_id = COALESCE(NEW.run_id, OLD.run_id);
    END IF;
    RETURN NULL;
END
$$ LANGUAGE plpgsql"""


def _on_postgresql() -> None:
    op.execute(FUNCTION)
    for table, changes in CHANGES.items():
        op.execute(
            f"CREATE TRIGGER {table}_changed AFTER {' OR '.join(changes)} ON {table}\n"
            "FOR EACH ROW EXECUTE FUNCTION delete_run_document()"
        )
