"""Writes `sqlite.sql` anew: ``python -m headrace.stores.sql.migrations.snapshot``."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from headrace.stores.sql.migrations import APPLICATION_ID, SNAPSHOT, format_snapshot
from headrace.stores.sql.schema_change import run_migrations


def make_snapshot() -> str:
    """Return the statements that make an empty SQLite database a store, as Alembic issues them."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        run_migrations(connection)
        made = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        ).scalars()
        version = connection.execute(text("SELECT version_num FROM headrace_version")).scalar_one()
        statements = [
            f"PRAGMA application_id = {APPLICATION_ID}",
            *(_strip_lines(statement) for statement in made),
            f"INSERT INTO headrace_version (version_num) VALUES ('{version}')",
        ]
    engine.dispose()
    return format_snapshot(statements)


def _strip_lines(statement: str) -> str:
    return "\n".join(line.replace("\t", "    ").rstrip() for line in statement.splitlines())


if __name__ == "__main__":
    SNAPSHOT.write_text(make_snapshot(), encoding="utf-8")
