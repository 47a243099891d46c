"""``headrace db check`` on stores that are damaged in each way it knows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from headrace.api import tracking as api
from headrace.api.cleanup import CollectGarbage
from headrace.cli.root import cli
from headrace.file_uri import path_of
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.check import Finding
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.bulk import histories, make_full_run
from headrace.testing.stores.context import context, output, read_context
from headrace.testing.stores.journals import new_id, send
from headrace.testing.stores.make import get_model, get_run, make_experiment, make_model, make_run


@pytest.fixture
def store(sql_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
    store = open_sql_store(sql_uri, str(tmp_path / "artifacts"))
    # Copied stores have the place of their original.
    sql = "UPDATE experiments SET artifact_location = ? WHERE id = 0"
    change(store, sql, str(tmp_path / "artifacts" / "0"))
    yield store
    store.close()


def change(store: SqlTrackingStore, sql: str, *values: Any) -> None:
    """Do to the database what nobody should."""
    with store._database.write() as tx:
        assert tx.execute(sql, values).rowcount, "nothing was damaged"


def whats(found: list[Finding]) -> list[tuple[str, bool]]:
    return [(finding.what, finding.is_repaired) for finding in found]


def check_and_repair(store: SqlTrackingStore, what: str) -> Finding:
    """Check that something is found, again and again, until it is repaired."""
    assert set(whats(list(store.check()))) == {(what, False)}
    found = list(store.check())
    assert set(whats(list(store.check(repair=True)))) == {(what, True)}
    assert list(store.check()) == []
    return found[0]


def test_nothing_is_wrong_with_a_store_in_use(store: SqlTrackingStore) -> None:
    for _ in range(3):
        make_full_run(store, "0")
    assert list(store.check()) == []
    store.compact()
    make_full_run(store, "0")
    make_run(store)

    assert list(store.check(repair=True)) == []


def record(store: SqlTrackingStore) -> str:
    """Return a run that has a context and has printed something."""
    run_id = make_run(store)
    parts = context(run_id, diff="changed", packages={"numpy": "2.0"})
    send(store, new_id(), 1, parts, output(run_id, "epoch 1"))
    assert list(store.check(repair=True)) == []
    return run_id


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE contents SET content = ? WHERE size = 7",
        "UPDATE contents SET digest = 'a' WHERE size = 7 AND content <> ?",
        "UPDATE contents SET size = 6 WHERE size = 7 AND content <> ?",
        "UPDATE run_output SET content = ?",
    ],
)
def test_damaged_contexts_and_output(store: SqlTrackingStore, damage: str) -> None:
    record(store)
    change(store, damage, b"no text")

    for repair in (False, True):
        [finding] = store.check(repair=repair)
        what = "damaged output" if "output" in damage else "damaged context"
        assert (finding.what, finding.severity, finding.is_repaired) == (what, "error", False)


def test_contexts_that_nobody_names(store: SqlTrackingStore) -> None:
    run_id = record(store)
    change(store, "DELETE FROM run_context WHERE name = 'diff'")

    assert "1 texts" in check_and_repair(store, "unused contexts").problem
    [session] = read_context(store, run_id)
    assert session.packages == {"numpy": "2.0"}


def test_what_is_deleted_for_good_leaves_no_contexts(store: SqlTrackingStore) -> None:
    run_id = record(store)
    store.delete_run(api.DeleteRun(run_id=run_id))
    store.collect_garbage(CollectGarbage())

    for table in ("run_context", "run_output", "contents"):
        with store._database.read() as tx:
            assert tx.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] == 0
    assert list(store.check()) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE metric_summaries SET last_value = 7 WHERE last_step = 299",
        "UPDATE metric_summaries SET max_value = NULL WHERE last_step = 299",
        "UPDATE metric_summaries SET count = 1 WHERE last_step = 299",
        "DELETE FROM metric_summaries WHERE last_step = 299",
    ],
)
@pytest.mark.parametrize("compacted", [True, False])
def test_wrong_summaries(store: SqlTrackingStore, damage: str, compacted: bool) -> None:
    run_id = make_full_run(store, "0")
    if compacted:
        store.compact()
    before = repr(get_run(store, run_id))
    change(store, damage)

    found = check_and_repair(store, "wrong summaries")

    assert "long" in found.problem
    assert repr(get_run(store, run_id)) == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE metric_blocks SET count = count - 1",
        "UPDATE metric_blocks SET step_max = step_max + 1 WHERE key_id <> 0",
        "UPDATE metric_blocks SET points = ? WHERE key_id <> 0",
        "UPDATE metric_blocks SET points = ? WHERE key_id = 0",
    ],
)
def test_damaged_blocks_are_told_and_left(store: SqlTrackingStore, damage: str) -> None:
    run_id = make_full_run(store, "0")
    store.compact()
    summaries = get_run(store, run_id).data.metrics["long"]
    for garbage in (b"", b"nonsense" * 9) if "?" in damage else (None,):
        change(store, damage, *(() if garbage is None else (garbage,)))
        found = list(store.check(repair=True))
        assert ("damaged points", False) in whats(found)
        assert not any(finding.is_repaired for finding in found)
    assert get_run(store, run_id).data.metrics["long"] == summaries


def test_a_damaged_log_row(store: SqlTrackingStore) -> None:
    make_full_run(store, "0")
    change(store, "UPDATE metric_log SET points = ?", b"123")

    assert ("damaged points", False) in whats(list(store.check(repair=True)))


def test_orphaned_folders_are_put_aside(store: SqlTrackingStore, tmp_path: Path) -> None:
    run_id, model = make_run(store), make_model(store)
    root = path_of(get_run(store, run_id).info.artifact_uri or "").parents[1]
    for name in (run_id, "0" * 32, f"models/{model}", "models/m-nobody"):
        (root / name / "artifacts").mkdir(parents=True)
    (root.parent / "99" / "some-run" / "artifacts").mkdir(parents=True)
    (root / "notes").mkdir()

    check_and_repair(store, "orphaned folder")

    assert (root / ".quarantine" / ("0" * 32) / "artifacts").is_dir()
    assert (root / ".quarantine" / "models" / "m-nobody" / "artifacts").is_dir()
    assert (root.parent / "99" / ".quarantine" / "some-run" / "artifacts").is_dir()
    assert (root / run_id / "artifacts").is_dir()
    assert (root / "models" / model / "artifacts").is_dir()
    assert (root / "notes").is_dir()


def test_folders_of_another_store_are_left(sql_uri: str, tmp_path: Path) -> None:
    own = open_sql_store(sql_uri, str(tmp_path / "own"))
    change(own, "UPDATE experiments SET artifact_location = ?", str(tmp_path / "own" / "0"))
    own.close()
    other = tmp_path / "other" / "0" / "some-run" / "artifacts"
    other.mkdir(parents=True)

    store = open_sql_store(sql_uri, str(tmp_path / "other"))
    assert list(store.check(repair=True)) == []
    store.close()
    assert other.is_dir()


def test_folders_that_several_locations_lead_to(store: SqlTrackingStore, tmp_path: Path) -> None:
    real = tmp_path / "shared"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    spellings = [
        f"{real}/",
        real.as_uri(),
        f"{tmp_path}/./shared",
        str(tmp_path / "link"),
        str(real),
    ]
    for number, location in enumerate(spellings):
        experiment = make_experiment(store, f"e{number}", artifact_location=location)
        for uri in (
            get_run(store, make_run(store, experiment)).info.artifact_uri,
            get_model(store, make_model(store, experiment)).artifact_location,
        ):
            path_of(uri or "").mkdir(parents=True)

    assert list(store.check(repair=True)) == []


def test_missing_files(store: SqlTrackingStore) -> None:
    run_id = make_run(store)
    fields = {"run_id": run_id, "artifact_path": "model", "flavors": {}, "utc_time_created": "x"}
    model = json.dumps(fields)
    store.log_model(api.LogModel(run_id=run_id, model_json=model))

    assert whats(list(store.check(repair=True))) == [("missing files", False)]
    path_of(get_run(store, run_id).info.artifact_uri or "").mkdir(parents=True)
    assert list(store.check()) == []


def test_false_tombstones_and_impossible_marks(store: SqlTrackingStore) -> None:
    run_id = make_run(store)
    change(store, "INSERT INTO tombstones (run_uuid, deleted_at) VALUES (?, 1)", run_id)
    check_and_repair(store, "false tombstone")
    change(store, "INSERT INTO journals VALUES ('a', -5, 1, 1)")

    assert whats(list(store.check(repair=True))) == [("impossible mark", False)]


def test_orphaned_rows(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path}/x.db", str(tmp_path / "artifacts"))
    run_id, other = make_full_run(store, "0"), make_full_run(store, "0")
    make_run(store, make_experiment(store))
    store.compact()
    points = histories(store, other)
    with closing(sqlite3.connect(tmp_path / "x.db")) as raw, raw:  # without foreign keys
        raw.execute("DELETE FROM runs WHERE uuid = ?", (run_id,))
        raw.execute("DELETE FROM experiments WHERE id = 1")

    tables = {finding.where for finding in store.check()}
    assert {"params", "run_tags", "metric_blocks", "metric_summaries", "runs"} <= tables
    while any(not finding.is_repaired for finding in store.check(repair=True)):
        pass

    assert list(store.check()) == []
    assert histories(store, other) == points
    with store._database.read() as tx:
        assert tx.execute("PRAGMA foreign_key_check").fetchall() == []
    store.close()


def test_a_damaged_file_and_the_command(tmp_path: Path) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["db", "check", f"sqlite:///{tmp_path}/x.db", *arguments])

    store = open_sql_store(f"sqlite:///{tmp_path}/x.db", str(tmp_path / "artifacts"))
    run_id = make_full_run(store, "0")
    store.compact()
    assert (run().exit_code, run().output) == (0, "Nothing is wrong.\n")
    assert CliRunner().invoke(cli, ["db", "check", str(tmp_path / "nowhere")]).exit_code == 1
    assert not (tmp_path / "nowhere").exists()
    change(store, "UPDATE metric_summaries SET count = 1 WHERE last_step = 299")

    told = run()
    assert told.exit_code == 1
    assert told.stdout.startswith(f"error: wrong summaries: run {run_id}\n")
    assert json.loads(run("--json").stdout)[0]["is_repaired"] is False
    assert run("--repair").exit_code == 0
    assert run().exit_code == 0

    with store._database.write() as tx:
        tx.execute("PRAGMA writable_schema = ON")
        tx.execute(
            "UPDATE sqlite_master SET rootpage = 3 WHERE name = 'runs_by_start' AND rootpage <> 3"
        )
    store.close()
    damaged = run("--repair")
    assert damaged.exit_code == 1
