"""Runs migrations for Alembic, on the connection that it is given or as SQL text.

`headrace.stores.sql.schema_change` is the way in.
"""

from __future__ import annotations

from alembic import context

from headrace.stores.sql.migrations import VERSION_TABLE
from headrace.stores.sql.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=None if context.is_offline_mode() else connection,
    dialect_name=connection.dialect.name,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    literal_binds=context.is_offline_mode(),
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
