"""How much of a text its index holds; in a module that costs no import of SQLAlchemy."""

from __future__ import annotations

# Params, tags and places are indexed by their beginning: PostgreSQL refuses long index entries.
INDEXED_CHARACTERS = 200
