"""Contexts and output of runs: whether they can be read, and whether somebody names them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from headrace.artifacts.digests import digest_of
from headrace.stores.sql.check import ERROR, WARNING, Finding
from headrace.stores.sql.contents import UNUSED, drop_unused
from headrace.stores.sql.engine import Database, Row

# Each is at most some megabytes.
ROWS_AT_ONCE = 20


def check_contents(database: Database, repair: bool) -> Iterator[Finding]:
    """Yield what is wrong with contexts and output of all runs."""
    yield from _check_unused(database, repair)
    for number, digest, size, packed in _rows(database, "contents", "digest, size, content"):
        data = _unpack(packed)
        if data is None or (digest_of(data), len(data)) != (digest, size):
            yield Finding(
                "damaged context",
                f"contents {number}",
                f"It is not the text of {size} bytes with the BLAKE3 digest {digest}.",
                ERROR,
                "The parts of contexts that it stands for are lost: restore the database from a "
                "backup.",
            )
    for number, run, packed in _rows(database, "run_output", "run_id, content"):
        if _unpack(packed) is None:
            yield Finding(
                "damaged output",
                f"run_output {number}",
                f"What the run with the row id {run} printed there cannot be read.",
                ERROR,
                "It is lost: restore the database from a backup.",
            )


def _check_unused(database: Database, repair: bool) -> Iterator[Finding]:
    with database.read(snapshot=False) as tx:
        rows = tx.execute(f"SELECT id FROM contents WHERE {UNUSED}").fetchall()
    if not rows:
        return
    if repair:
        ids = [number for (number,) in rows]
        statements = database.statements
        database.transact(lambda tx: drop_unused(tx, statements, ids), durable=True)
    yield Finding(
        "unused contexts",
        "contents",
        f"{len(rows)} texts are part of no run's context any more.",
        WARNING,
        "They only take up space: --repair drops them.",
        repair,
    )


def _rows(database: Database, table: str, columns: str) -> Iterator[Row]:
    after = 0
    sql = f"SELECT id, {columns} FROM {table} WHERE id > ? ORDER BY id LIMIT ?"
    while True:
        with database.read(snapshot=False) as tx:
            rows = tx.execute(sql, (after, ROWS_AT_ONCE)).fetchall()
        if not rows:
            return
        yield from rows
        after = rows[-1][0]


def _unpack(packed: bytes) -> bytes | None:
    """Return what is compressed, which holds a checksum of its own; None if it is damaged."""
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return None
