"""The schema in its three spellings, and stores of other versions."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from headrace.api import registry
from headrace.api import tracking as api
from headrace.errors import HeadraceError, InvalidParameterValue, InvalidState
from headrace.stores.sql import migrations, open_sql_store
from headrace.stores.sql.migrations.snapshot import make_snapshot
from headrace.stores.sql.schema import metadata
from headrace.stores.sql.schema_change import run_migrations
from headrace.stores.sql.upgrade import current, upgrade
from headrace.testing.stores.lineage import lineage
from headrace.testing.stores.make import make_registered_model, make_version

# Everything that PostgreSQL keeps about tables, one line each.
POSTGRES_CATALOG = """
    SELECT 'column', table_name, column_name, data_type, is_nullable, column_default,
           is_identity, collation_name
    FROM information_schema.columns WHERE table_schema = current_schema()
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, NULL, NULL, NULL, NULL
    FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid),
           NULL, NULL, NULL, NULL
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid),
           NULL, NULL, NULL, NULL
    FROM pg_trigger WHERE NOT tgisinternal
"""

# The newest version, and the one that a next migration will have.
PRESENT = migrations.HEAD
NEXT = f"{int(PRESENT) + 1:04}"


def describe(connection: Connection) -> set[Any]:
    """Return what a database says of its tables, without the table of the version."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(text(POSTGRES_CATALOG))
        return {tuple(row) for row in rows if row[1] != migrations.VERSION_TABLE}
    rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {
        _spell(sql)
        for (sql,) in rows
        if migrations.VERSION_TABLE not in sql and "sqlite_sequence" not in sql
    }


def _spell(sql: str) -> str:
    """Return a statement in the one spelling in which two are compared.

    SQLite puts a column that is added behind the constraints.
    """
    head, found, body = " ".join(sql.split()).partition("(")
    if not head.startswith("CREATE TABLE"):
        return head + found + body.replace("( ", "(").replace(" )", ")")
    return head + found + ",".join(sorted(part.strip(" )") for part in body.split(",")))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection to an empty database, in a transaction."""
    if request.param == "sqlite":
        engine = create_engine("sqlite://")
    else:
        uri = request.getfixturevalue("postgres_uri")
        engine = create_engine(
            uri.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool
        )
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_migrations_and_metadata_make_the_same_tables(empty: Connection) -> None:
    run_migrations(empty)
    by_migrations = describe(empty)
    metadata.drop_all(empty)
    metadata.create_all(empty)

    assert by_migrations == describe(empty)
    assert len(by_migrations) > len(metadata.tables)


def test_autogenerate_finds_nothing_to_do(empty: Connection) -> None:
    run_migrations(empty)
    context = MigrationContext.configure(
        empty, opts={"version_table": migrations.VERSION_TABLE, "compare_type": True}
    )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it cannot compare indexes on expressions
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_snapshot_is_what_migrations_make() -> None:
    assert migrations.SNAPSHOT.read_text() == make_snapshot()


def test_newest_version_is_known_without_alembic() -> None:
    assert ScriptDirectory(str(migrations.FOLDER)).get_heads() == [migrations.HEAD]


def test_table_names_come_from_the_snapshot() -> None:
    assert migrations.table_names() == {*metadata.tables, migrations.VERSION_TABLE}


# --- stores of other versions --------------------------------------------------------------------


@pytest.fixture
def older_store(sql_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URI of a store with an experiment that lacks a migration of this Headrace."""
    store = open_sql_store(sql_uri, "/artifacts")
    store.create_experiment(api.CreateExperiment(name="kept"))
    store.close()
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    (folder / "versions" / "next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f"revision = '{NEXT}'\ndown_revision = '{PRESENT}'\n\n\n"
        "def upgrade():\n"
        "    op.add_column('runs', sa.Column('note', sa.Text()))\n"
        "    op.create_table('broken', sa.Column('x', sa.Integer()))\n"
    )
    monkeypatch.setattr(migrations, "FOLDER", folder)
    monkeypatch.setattr(migrations, "HEAD", NEXT)
    return sql_uri


def columns_of_runs(uri: str) -> set[str]:
    engine = create_engine(uri.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    with engine.connect() as connection:
        columns = set(connection.execute(text("SELECT * FROM runs")).keys())
    engine.dispose()
    return columns


def test_older_store_is_opened_only_after_an_upgrade(older_store: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidState, match="headrace db upgrade ") as refusal:
        open_sql_store(older_store)
    assert f"version {PRESENT}" in str(refusal.value)
    assert NEXT in str(refusal.value)
    assert current(older_store) == PRESENT

    report = upgrade(older_store)

    assert (report.before, report.after, report.sql) == (PRESENT, NEXT, "")
    assert current(older_store) == NEXT
    assert "note" in columns_of_runs(older_store)
    store = open_sql_store(older_store)
    assert store.get_experiment_by_name(api.GetExperimentByName(experiment_name="kept"))
    store.close()
    assert upgrade(older_store).before == NEXT


def test_copies_of_an_older_store_find_their_originals(sql_uri: str) -> None:
    store = open_sql_store(sql_uri, "/artifacts")
    for name in ("m", "copies"):
        make_registered_model(store, name)
    make_version(store, source="s3://bucket/model")
    for version in ("1", "2"):
        make_version(store, "copies", source=f"models:/{'m' if version == '1' else 'copies'}/1")
    rename = registry.RenameRegisteredModel(name="m", new_name="n")
    store.rename_registered_model(rename)
    make_registered_model(store)
    make_version(store, source="s3://bucket/other")
    before = lineage(store, "model_version", "n/1")
    with store._database.write() as tx:
        tx.execute("DROP INDEX model_versions_by_original")
        tx.execute("ALTER TABLE model_versions DROP COLUMN copied_from")
        tx.execute("UPDATE headrace_version SET version_num = '0010'")
    store.close()

    upgrade(sql_uri)

    store = open_sql_store(sql_uri)
    assert lineage(store, "model_version", "n/1") == before
    assert [node.id for node in before.nodes] == ["n/1", "copies/1", "copies/2"]
    store.close()


def test_upgrade_keeps_a_copy_of_a_sqlite_file(older_store: str, tmp_path: Path) -> None:
    report = upgrade(older_store)

    if older_store.startswith("postgresql"):
        assert report.backup is None
        return
    assert report.backup is not None
    assert Path(report.backup).parent == tmp_path
    assert current(f"sqlite:///{report.backup}") == PRESENT
    with closing(sqlite3.connect(report.backup)) as copy:
        names = copy.execute("SELECT name FROM experiments ORDER BY id").fetchall()
    assert names == [("Default",), ("kept",)]


def test_dry_run_only_tells(older_store: str, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())

    report = upgrade(older_store, dry_run=True)

    assert "ALTER TABLE runs ADD COLUMN note TEXT" in report.sql
    assert f"UPDATE headrace_version SET version_num='{NEXT}'" in report.sql
    assert report.backup is None
    assert current(older_store) == PRESENT
    assert "note" not in columns_of_runs(older_store)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_failed_upgrade_changes_nothing(older_store: str) -> None:
    migration = migrations.FOLDER / "versions" / "next.py"
    migration.write_text(migration.read_text() + "    op.execute('SELECT no_such_column')\n")

    with pytest.raises(HeadraceError, match=r"is as it was: .*no_such_column"):
        upgrade(older_store)

    assert current(older_store) == PRESENT
    assert "note" not in columns_of_runs(older_store)


@pytest.mark.parametrize("call", [open_sql_store, upgrade])
def test_newer_store_is_refused(sql_uri: str, call: Any) -> None:
    store = open_sql_store(sql_uri, "/artifacts")
    with store._database.write() as tx:
        tx.execute("UPDATE headrace_version SET version_num = '9999'")
    store.close()

    with pytest.raises(InvalidState, match="made by a newer Headrace") as refusal:
        call(sql_uri)

    assert "9999" in str(refusal.value)
    assert "pip install --upgrade headrace" in str(refusal.value)
    assert current(sql_uri) == "9999"


@pytest.mark.parametrize("call", [current, upgrade])
def test_no_store_to_upgrade(tmp_path: Path, postgres_uri: str, call: Any) -> None:
    for uri in (f"sqlite:///{tmp_path}/none.db", postgres_uri):
        with pytest.raises(InvalidState, match="There is no store of Headrace"):
            call(uri)
    with pytest.raises(InvalidParameterValue, match="no database"):
        call("http://localhost:5000")

    assert list(tmp_path.iterdir()) == []


def test_upgrade_of_a_current_store_does_nothing(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/store.db"
    open_sql_store(uri).close()

    report = upgrade(uri)

    assert (report.before, report.after, report.backup) == (migrations.HEAD,) * 2 + (None,)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db"]


def test_snapshot_is_written_by_its_module(tmp_path: Path) -> None:
    module = "headrace.stores.sql.migrations.snapshot"
    before = migrations.SNAPSHOT.read_text()

    subprocess.run([sys.executable, "-m", module], check=True)

    assert migrations.SNAPSHOT.read_text() == before
