"""What was ever written into a store, in the order in which it was: triggers keep a copy.

The store's rules make one point of two equal ones and let a tag take its value twice, so what
arrives twice cannot be seen in what is stored.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.fault.ledger import Point

_SQLITE = """
CREATE TABLE fault_points (seq INTEGER PRIMARY KEY, run_id INTEGER, points BLOB);
CREATE TABLE fault_tags (seq INTEGER PRIMARY KEY, run_id INTEGER, key_id INTEGER, value TEXT);
CREATE TRIGGER fault_points AFTER INSERT ON metric_log BEGIN
  INSERT INTO fault_points (run_id, points) VALUES (new.run_id, new.points); END;
CREATE TRIGGER fault_new_tags AFTER INSERT ON run_tags BEGIN
  INSERT INTO fault_tags (run_id, key_id, value) VALUES (new.run_id, new.key_id, new.value); END;
CREATE TRIGGER fault_set_tags AFTER UPDATE ON run_tags BEGIN
  INSERT INTO fault_tags (run_id, key_id, value) VALUES (new.run_id, new.key_id, new.value); END;
"""

_POSTGRESQL = """
CREATE TABLE fault_points (seq BIGSERIAL PRIMARY KEY, run_id BIGINT, points BYTEA);
CREATE TABLE fault_tags (seq BIGSERIAL PRIMARY KEY, run_id BIGINT, key_id BIGINT, value TEXT);
CREATE FUNCTION fault_copy_points() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO fault_points (run_id, points) VALUES (new.run_id, new.points); RETURN NULL; END $$;
CREATE FUNCTION fault_copy_tag() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO fault_tags (run_id, key_id, value) VALUES (new.run_id, new.key_id, new.value);
  RETURN NULL; END $$;
CREATE TRIGGER fault_points AFTER INSERT ON metric_log
  FOR EACH ROW EXECUTE FUNCTION fault_copy_points();
CREATE TRIGGER fault_tags AFTER INSERT OR UPDATE ON run_tags
  FOR EACH ROW EXECUTE FUNCTION fault_copy_tag();
"""


def install_audit(uri: str) -> None:
    """Begin to keep a copy of what is written into the store in a database."""
    if uri.startswith("sqlite"):
        with _open(uri) as connection:
            connection.executescript(_SQLITE)
    else:
        with _open(uri) as connection:
            connection.execute(_POSTGRESQL)


def stored_runs(uri: str) -> list[str]:
    """Return the ids of the runs in a store."""
    with _open(uri) as connection:
        return [uuid for (uuid,) in connection.execute("SELECT uuid FROM runs ORDER BY id")]


def written_points(uri: str) -> dict[str, list[Point]]:
    """Return the points that were written to each run, in their order."""
    with _open(uri) as connection:
        keys = dict(connection.execute("SELECT id, name FROM keys").fetchall())
        rows = connection.execute(
            "SELECT runs.uuid, fault_points.points FROM fault_points "
            "JOIN runs ON runs.id = fault_points.run_id ORDER BY fault_points.seq"
        ).fetchall()
    written: dict[str, list[Point]] = {}
    for run_id, blob in rows:
        written.setdefault(run_id, []).extend(_points_in(bytes(blob), keys))
    return written


def written_tags(uri: str) -> dict[tuple[str, str], list[str]]:
    """Return the values that each tag of each run had, in their order."""
    with _open(uri) as connection:
        rows = connection.execute(
            "SELECT runs.uuid, keys.name, fault_tags.value FROM fault_tags "
            "JOIN runs ON runs.id = fault_tags.run_id JOIN keys ON keys.id = fault_tags.key_id "
            "ORDER BY fault_tags.seq"
        ).fetchall()
    written: dict[tuple[str, str], list[str]] = {}
    for run_id, key, value in rows:
        written.setdefault((run_id, key), []).append(value)
    return written


def _points_in(blob: bytes, keys: dict[int, str]) -> Iterable[Point]:
    width = -struct.unpack("<q", blob[:8])[0]
    if width > 0:
        rows = (len(blob) // 8 - 1 - width) // (2 + width)
        layout = f"<q{width}q{rows}q{rows}q{rows * width}d"
        numbers = struct.unpack(layout, blob)[1:]
        of_keys, ends, rest = numbers[:width], numbers[width:][: 2 * rows], numbers[width:]
        for place, value in enumerate(rest[2 * rows :]):
            row, key = divmod(place, width)
            yield keys[of_keys[key]], ends[row], ends[rows + row], repr(value)
        return
    count = len(blob) // 32
    columns = struct.unpack(f"<{count}q{count}q{count}q{count}d", blob)
    ids, steps, times, values = (columns[at * count : (at + 1) * count] for at in range(4))
    for key, step, time, value in zip(ids, steps, times, values, strict=True):
        yield keys[key], step, time, repr(value)


@contextmanager
def _open(uri: str) -> Iterator[Any]:
    if uri.startswith("sqlite"):
        import sqlite3

        with closing(sqlite3.connect(uri.removeprefix("sqlite:///"), timeout=30)) as connection:
            yield connection
            connection.commit()
    else:
        import psycopg

        with psycopg.connect(uri) as connection:
            yield connection
