"""From a tracking URI to a store, and what is refused on the way."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    InvalidState,
    NotSupported,
    PermissionDenied,
    TemporarilyUnavailable,
)
from headrace.settings import without_password
from headrace.stores import uri as uris
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.dialects import sqlite
from headrace.stores.sql.dialects.sqlite_file import file_system_of
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.stores.uri import default_tracking_uri, open_tracking_store

MLFLOW_TABLES = ("alembic_version", "experiments", "runs", "registered_models", "model_versions")


def default_location(store: SqlTrackingStore) -> str | None:
    experiment = store.get_experiment(api.GetExperiment(experiment_id="0")).experiment
    return experiment.artifact_location


def state_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Return modification time and digest of every file below a folder."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory below a home folder."""
    folder = tmp_path / "home" / "project" / "src"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(folder)
    return folder


# --- where the default store is ------------------------------------------------------------------


def test_default_is_in_the_working_directory(working_directory: Path) -> None:
    assert default_tracking_uri() == f"file://{working_directory}/.headrace"
    assert not (working_directory / ".headrace").exists()


def test_default_is_found_upwards(working_directory: Path) -> None:
    (working_directory.parent / ".headrace").mkdir()

    assert default_tracking_uri() == f"file://{working_directory.parent}/.headrace"


def test_nearest_default_counts(working_directory: Path) -> None:
    (working_directory.parent / ".headrace").mkdir()
    (working_directory / ".headrace").mkdir()

    assert default_tracking_uri() == f"file://{working_directory}/.headrace"


def test_home_folder_does_not_gather_all_below_it(
    working_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = working_directory.parent.parent
    (home / ".headrace").mkdir()
    (home.parent / ".headrace").mkdir()

    assert default_tracking_uri() == f"file://{working_directory}/.headrace"
    monkeypatch.chdir(home)
    assert default_tracking_uri() == f"file://{home}/.headrace"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_folder_of_another_user_is_passed_over(working_directory: Path) -> None:
    (working_directory.parent / ".headrace").mkdir()
    os.chown(working_directory.parent / ".headrace", 12345, -1)

    assert default_tracking_uri() == f"file://{working_directory}/.headrace"


def test_file_of_that_name_is_no_store(working_directory: Path) -> None:
    (working_directory.parent / ".headrace").write_text("")

    assert default_tracking_uri() == f"file://{working_directory}/.headrace"


def test_working_directory_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()

    with pytest.raises(InvalidState, match="working directory does not exist"):
        default_tracking_uri()


# --- good URIs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["store", "a b", "ünï", "a?b#c%20d", ".headrace"])
@pytest.mark.parametrize("as_uri", [False, True])
def test_folder_is_an_embedded_store(tmp_path: Path, name: str, as_uri: bool) -> None:
    folder = tmp_path / name
    store = open_tracking_store(folder.as_uri() if as_uri else str(folder))

    assert (folder / "headrace.db").is_file()
    assert default_location(store) == f"{folder}/artifacts/0"
    store.close()


def test_relative_folder_and_empty_uri(working_directory: Path) -> None:
    open_tracking_store("runs").close()
    open_tracking_store("").close()

    assert (working_directory / "runs" / "headrace.db").is_file()
    assert (working_directory / ".headrace" / "headrace.db").is_file()


def test_sqlite_uris(working_directory: Path) -> None:
    for uri in ("sqlite:///sub/relative.db", f"sqlite:///{working_directory}/absolute.db"):
        store = open_tracking_store(uri)
        assert store.get_experiment(api.GetExperiment(experiment_id="0"))
        store.close()

    assert (working_directory / "sub" / "relative.db").is_file()
    assert (working_directory / "absolute.db").is_file()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_postgresql_uris(postgres_store_uri: str, scheme: str) -> None:
    store = open_tracking_store(postgres_store_uri.replace("postgresql:", f"{scheme}:"))

    assert store.get_experiment(api.GetExperiment(experiment_id="0"))
    store.close()


def test_store_moves_with_its_artifacts(tmp_path: Path) -> None:
    store = open_tracking_store(str(tmp_path / "before"))
    run = store.create_run(api.CreateRun(experiment_id="0")).run.info
    model = store.create_logged_model(api.CreateLoggedModel(experiment_id="0")).model
    elsewhere = api.CreateExperiment(name="e", artifact_location=str(tmp_path / "before" / "own"))
    experiment_id = store.create_experiment(elsewhere).experiment_id
    store.close()
    (tmp_path / "before").rename(tmp_path / "after")

    store = open_tracking_store(str(tmp_path / "after"))

    assert default_location(store) == f"{tmp_path}/after/artifacts/0"
    found = store.get_run(api.GetRun(run_id=run.run_id)).run.info
    assert found.artifact_uri == f"{tmp_path}/after/artifacts/0/{run.run_id}/artifacts"
    request = api.GetLoggedModel(model_id=model.model_id)
    assert store.get_logged_model(request).model.artifact_location == (
        f"{tmp_path}/after/artifacts/0/models/{model.model_id}/artifacts"
    )
    given = store.get_experiment(api.GetExperiment(experiment_id=experiment_id)).experiment
    assert given.artifact_location == f"{tmp_path}/before/own"
    store.close()


@pytest.mark.parametrize(
    ("root", "location"),
    [
        ("s3://bucket/prefix/", "s3://bucket/prefix/0"),
        ("/abs/root", "/abs/root/0"),
        ("mlflow-artifacts:/", "mlflow-artifacts:/0"),
        (
            "wasbs://c@a.blob.core.windows.net/p?sig=1",
            "wasbs://c@a.blob.core.windows.net/p/0?sig=1",
        ),
    ],
)
def test_artifact_root(tmp_path: Path, root: str, location: str) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path}/a.db", root)

    assert default_location(store) == location
    store.close()


def test_relative_artifact_root(working_directory: Path) -> None:
    store = open_sql_store("sqlite:///a.db", "./mlartifacts")

    assert default_location(store) == f"{working_directory}/mlartifacts/0"
    store.close()


# --- bad URIs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "error", "words"),
    [
        ("databricks", InvalidParameterValue, "postgresql://"),
        ("databricks://profile", InvalidParameterValue, "'databricks' is no kind of tracking URI"),
        ("s3://bucket/x", InvalidParameterValue, "sqlite:///PATH"),
        ("mysql+pymysql://u:secret@h/d", NotSupported, "no store on mysql yet"),
        ("mssql+pyodbc://u:secret@h/d", NotSupported, "no store on mssql yet"),
        ("http://localhost:5000", InvalidParameterValue, "names a server"),
        ("sqlite://", InvalidParameterValue, "names no SQLite file"),
        ("sqlite:///", InvalidParameterValue, "names no SQLite file"),
        ("sqlite:///:memory:", InvalidParameterValue, "A store in memory is not offered"),
        ("sqlite:///a.db?timeout=5", InvalidParameterValue, "without options"),
        ("file://otherhost/x", InvalidParameterValue, "otherhost"),
        ("sqlite+aiosqlite:no", InvalidParameterValue, "names no SQLite file"),
    ],
)
def test_bad_uris_are_refused(
    working_directory: Path, uri: str, error: type[HeadraceError], words: str
) -> None:
    with pytest.raises(error) as refusal:
        open_tracking_store(uri)

    assert words in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert list(working_directory.iterdir()) == []


def test_bad_fsync_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterValue, match="'interval' or 'always'"):
        open_sql_store(f"sqlite:///{tmp_path}/a.db", fsync="sometimes")


def test_unreachable_postgresql_hides_the_password(postgres_uri: str) -> None:
    with pytest.raises(TemporarilyUnavailable, match="cannot be reached") as refusal:
        open_tracking_store("postgresql://user:verysecret@127.0.0.1:1/d")
    assert "verysecret" not in str(refusal.value)
    assert "user:***@127.0.0.1" in str(refusal.value)

    with pytest.raises(TemporarilyUnavailable, match="does not exist"):
        open_tracking_store(postgres_uri.replace("/test_", "/none_"))
    with pytest.raises(InvalidParameterValue, match="nosuchoption"):
        open_tracking_store(postgres_uri + "&nosuchoption=1")


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://user:s3cret@h/d",
        "postgresql://user:s3cret/with@strange:chars?@h/d",
        "postgresql://user:50%s3cret@h/d",
        "postgresql://h/d?user=u&password=s3cret&connect_timeout=1",
    ],
)
def test_password_is_never_shown(uri: str) -> None:
    assert "s3cret" not in without_password(uri)
    assert "h/d" in without_password(uri)
    if "%" in uri:
        with pytest.raises(InvalidParameterValue, match="percent-encoded") as refusal:
            open_tracking_store(uri)
        assert "s3cret" not in str(refusal.value)


# --- what is not ours ----------------------------------------------------------------------------


def make_database(path: Path, tables: tuple[str, ...], *, wal: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    if wal:
        connection.execute("PRAGMA journal_mode=WAL")
    for table in tables:
        connection.execute(f"CREATE TABLE {table} (id INTEGER)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("wal", [False, True])
def test_mlflow_database_is_left_alone(tmp_path: Path, wal: bool) -> None:
    make_database(tmp_path / "mlflow.db", MLFLOW_TABLES, wal=wal)
    before = state_of(tmp_path)

    with pytest.raises(InvalidState, match="headrace import mlflow sqlite:///") as refusal:
        open_tracking_store(f"sqlite:///{tmp_path}/mlflow.db")

    assert "made by MLflow" in str(refusal.value)
    assert state_of(tmp_path) == before


def test_mlflow_database_in_use_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("PRAGMA wal_autocheckpoint=0")
    for table in MLFLOW_TABLES:
        other.execute(f"CREATE TABLE {table} (id INTEGER)")
    other.commit()
    before = state_of(tmp_path)

    with pytest.raises(InvalidState, match="left alone"):
        open_tracking_store(f"sqlite:///{path}")

    assert state_of(tmp_path) == before
    other.close()


def test_other_database_is_left_alone(tmp_path: Path) -> None:
    make_database(tmp_path / "app.db", ("users", "orders"))
    before = state_of(tmp_path)

    with pytest.raises(InvalidState, match="orders, users") as refusal:
        open_tracking_store(f"sqlite:///{tmp_path}/app.db")

    assert "import" not in str(refusal.value)
    assert state_of(tmp_path) == before


@pytest.mark.parametrize(
    "content", [b"some text\n", b"\0" * 5000, b"SQLite format 3\0" + b"x" * 90]
)
def test_other_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes.db").write_bytes(content)
    before = state_of(tmp_path)

    with pytest.raises(InvalidState, match="no SQLite database|left alone"):
        open_tracking_store(f"sqlite:///{tmp_path}/notes.db")

    assert state_of(tmp_path) == before


def test_empty_files_become_stores(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    make_database(tmp_path / "tableless.db", ("t",))
    connection = sqlite3.connect(tmp_path / "tableless.db")
    connection.execute("DROP TABLE t")
    connection.commit()
    connection.close()

    for name in ("empty.db", "tableless.db"):
        store = open_tracking_store(f"sqlite:///{tmp_path}/{name}")
        assert default_location(store)
        store.close()


@pytest.mark.parametrize(
    "layout",
    ["mlruns/0/meta.yaml", "mlruns/.trash/1/meta.yaml", f"mlruns/1/{'0123abcd' * 4}/artifacts/x"],
)
def test_mlruns_folder_is_left_alone(tmp_path: Path, layout: str) -> None:
    place = tmp_path / layout
    place.parent.mkdir(parents=True)
    place.write_text("name: Default\n")
    (tmp_path / "mlruns" / "0").mkdir(exist_ok=True)
    before = state_of(tmp_path)

    with pytest.raises(InvalidState, match="headrace import mlflow") as refusal:
        open_tracking_store(str(tmp_path / "mlruns"))

    assert str(tmp_path / "mlruns") in str(refusal.value)
    assert state_of(tmp_path) == before


def test_folder_with_other_content_may_hold_a_store(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "notes.txt").write_text("x")

    open_tracking_store(str(tmp_path)).close()

    assert (tmp_path / "headrace.db").is_file()


def test_file_instead_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    path.write_text("x")

    with pytest.raises(InvalidParameterValue, match=f"write sqlite:///{path}"):
        open_tracking_store(str(path))
    with pytest.raises(InvalidParameterValue, match="is a folder, not a SQLite file"):
        open_tracking_store(f"sqlite:///{tmp_path}")


def test_mlflow_postgresql_is_left_alone(postgres_uri: str) -> None:
    import psycopg

    with psycopg.connect(postgres_uri) as connection:
        for table in MLFLOW_TABLES:
            connection.execute(f"CREATE TABLE {table} (id integer)")

    with pytest.raises(InvalidState, match="headrace import mlflow postgresql://"):
        open_tracking_store(postgres_uri)

    with psycopg.connect(postgres_uri) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert {name for (name,) in rows} == set(MLFLOW_TABLES)


def test_postgresql_with_other_tables(postgres_uri: str) -> None:
    import psycopg

    with psycopg.connect(postgres_uri) as connection:
        connection.execute("CREATE TABLE customers (id integer)")
    open_tracking_store(postgres_uri).close()

    with psycopg.connect(postgres_uri) as connection:
        connection.execute("CREATE SCHEMA other")
        connection.execute("CREATE TABLE other.params (id integer)")
    in_other = f"{postgres_uri}&options=-csearch_path%3Dother"
    with pytest.raises(InvalidState, match=r"same names \(params\)"):
        open_tracking_store(in_other)


# --- what cannot be used now ---------------------------------------------------------------------


def test_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_SECONDS", 0.1)
    store = open_tracking_store(str(tmp_path))
    other = sqlite3.connect(tmp_path / "headrace.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(TemporarilyUnavailable, match="locked by another process"):
        store.create_experiment(api.CreateExperiment(name="e"))

    other.execute("ROLLBACK")
    store.create_experiment(api.CreateExperiment(name="e"))
    other.close()
    store.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may look into."""
    folder = Path(tempfile.mkdtemp(prefix="headrace-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def try_as_other_user(uri: str, answer: multiprocessing.Queue) -> None:
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        open_tracking_store(uri).create_run(api.CreateRun(experiment_id="0"))
    except HeadraceError as error:
        answer.put((type(error), str(error)))
    else:
        answer.put((None, ""))


@pytest.mark.parametrize("exists", [False, True])
def test_read_only_folder(open_folder: Path, exists: bool) -> None:
    folder = open_folder / "store"
    folder.mkdir()
    if exists:
        open_tracking_store(str(folder)).close()
    for path in [*folder.iterdir(), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    spawn = multiprocessing.get_context("spawn")
    answer = spawn.Queue()

    child = spawn.Process(target=try_as_other_user, args=(str(folder), answer))
    child.start()
    kind, message = answer.get(timeout=60)
    child.join()

    assert kind is PermissionDenied
    assert str(folder) in message
    assert "writable" in message


def test_damaged_store(tmp_path: Path) -> None:
    store = open_tracking_store(str(tmp_path))
    for number in range(100):
        store.create_experiment(api.CreateExperiment(name=f"{number:0500}"))
    store.close()
    path = tmp_path / "headrace.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    with pytest.raises(InvalidState, match="Restore it from a backup"):
        open_tracking_store(str(tmp_path)).get_experiment(api.GetExperiment(experiment_id="0"))


def test_store_whose_process_died_while_its_log_came_into_the_file(tmp_path: Path) -> None:
    """The file's first page, which says how long the file is, comes first; the log has the rest."""
    store = open_tracking_store(str(tmp_path))
    database, log = tmp_path / "headrace.db", tmp_path / "headrace.db-wal"
    store.sync()
    before = database.read_bytes()
    for number in range(100):
        store.create_experiment(api.CreateExperiment(name=f"{number:0500}"))
    store.sync()
    page = 4096
    after = database.read_bytes()
    assert len(after) > len(before) + page
    killed = tmp_path / "killed"
    killed.mkdir()
    (killed / database.name).write_bytes(after[:page] + before[page:])
    shutil.copy(log, killed)
    store.close()

    store = open_tracking_store(str(killed))

    assert store.get_experiment_by_name(api.GetExperimentByName(experiment_name=f"{99:0500}"))
    store.close()


def test_old_sqlite_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 26, 0))

    with pytest.raises(NotSupported, match=r"needs 3\.35\.0"):
        open_tracking_store(str(tmp_path))


# --- file systems --------------------------------------------------------------------------------

MOUNTS = """\
overlay / overlay rw 0 0
proc /proc proc rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sda1 /home/local ext4 rw 0 0
share /mnt/with\\040space cifs rw 0 0
odd line
lustre@tcp:/x /scratch lustre rw 0 0
/dev/sdb1 /scratch ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/data/x.db", "overlay"),
        ("/home/ann/x.db", "nfs4"),
        ("/home/local/x.db", "ext4"),
        ("/home/localized/x.db", "nfs4"),
        ("/mnt/with space/x.db", "cifs"),
        ("/scratch/x.db", "ext4"),
    ],
)
def test_file_system_of(place: str, kind: str) -> None:
    assert file_system_of(place, MOUNTS) == kind


@pytest.mark.parametrize("network", [False, True])
def test_no_write_ahead_log_on_network_file_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: bool
) -> None:
    monkeypatch.setattr(sqlite, "on_network_file_system", lambda path: network)
    store = open_tracking_store(str(tmp_path))
    store.create_run(api.CreateRun(experiment_id="0"))
    run = store.create_run(api.CreateRun(experiment_id="0")).run.info.run_id

    with store._database.read() as tx:
        mode = tx.execute("PRAGMA journal_mode").fetchone()[0]
        assert (mode, (tmp_path / "headrace.db-wal").exists()) == (
            ("delete", False) if network else ("wal", True)
        )
    assert store.get_run(api.GetRun(run_id=run))
    store.close()


def test_opening_imports_nothing_heavy(tmp_path: Path) -> None:
    import subprocess
    import sys

    command = (
        "import sys; from headrace.stores.uri import open_tracking_store as o;"
        "from headrace.api import tracking as api;"
        "s = o(sys.argv[1]); s.create_run(api.CreateRun(experiment_id='0'));"
        "print([m for m in ('sqlalchemy', 'alembic', 'numpy', 'psycopg') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", command, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"


def test_allowed_uris_are_all_named() -> None:
    for kind in ("file:", "sqlite:///", "postgresql://", "http(s)://"):
        assert kind in uris.ALLOWED
