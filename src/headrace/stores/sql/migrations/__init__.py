"""The versions of the schema, and the snapshot of the newest one.

Importing this package costs nothing: a new SQLite store is made from `sqlite.sql`, the statements
that Alembic would issue, without importing SQLAlchemy or Alembic.
`headrace.stores.sql.schema_change` does the rest.

A new version is: the change in `schema.py`, the same by hand in ``versions/NNNN_name.py``, its
number in `HEAD`, and ``python -m headrace.stores.sql.migrations.snapshot``. A test holds the three
equal.
"""

from __future__ import annotations

import re
from pathlib import Path

# The newest version. Versions are numbers of four digits, so that they compare as texts.
HEAD = "0011"

VERSION_TABLE = "headrace_version"

# At bytes 68 to 71 of every SQLite file of ours ("hdrc"): what tells it from a foreign one.
APPLICATION_ID = 0x68647263

FOLDER = Path(__file__).parent
SNAPSHOT = FOLDER / "sqlite.sql"

_SEPARATOR = ";\n\n"


def read_snapshot() -> list[str]:
    """Return the statements that make an empty SQLite database a store of version `HEAD`."""
    return [part for part in SNAPSHOT.read_text(encoding="utf-8").split(_SEPARATOR) if part.strip()]


def table_names() -> set[str]:
    """Return the names of the tables of version `HEAD`."""
    return {name for part in read_snapshot() for name in re.findall(r"^CREATE TABLE (\w+)", part)}


def is_of_mlflow(tables: set[str]) -> bool:
    """Return whether tables of these names are those of an MLflow database."""
    return "alembic_version" in tables and bool(tables & {"experiments", "registered_models"})


def format_snapshot(statements: list[str]) -> str:
    """Return statements as the text that `read_snapshot` takes apart."""
    return "".join(statement + _SEPARATOR for statement in statements)
