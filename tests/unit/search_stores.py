"""A store on each kind of database for the tests of one module, which all read the same data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.databases import PostgresServer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlTrackingStore]:
    folder = tmp_path_factory.mktemp("search")
    uri = f"sqlite:///{folder}/store.db"
    with ExitStack() as stack:
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            uri = stack.enter_context(server.lend_store())
        store = open_sql_store(uri, str(folder / "artifacts"))
        yield store
        store.close()
