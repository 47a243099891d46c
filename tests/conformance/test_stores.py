"""The shipped suite over every way to reach a store and every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.client.http import HttpTransport
from headrace.connection import Server
from headrace.server.core import make_dispatch
from headrace.stores.base import TrackingStore
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.sql import open_sql_store
from headrace.stores.uri import open_tracking_store
from headrace.testing.stores import TrackingStoreSuite
from tests.conformance.conftest import HttpHost
from tests.databases import make_embedded_store


class TestEmbedded(TrackingStoreSuite):
    """A folder, without a server."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[TrackingStore]:
        store = open_tracking_store(str(make_embedded_store(tmp_path / "store")))
        yield store
        store.close()


class TestSqlite(TrackingStoreSuite):
    """A database named by URI, every commit fsynced."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[TrackingStore]:
        store = open_sql_store(
            f"sqlite:///{tmp_path}/tracking.db", str(tmp_path / "artifacts"), fsync="always"
        )
        yield store
        store.close()


class TestRemoteInProcess(TrackingStoreSuite):
    """The whole protocol without sockets."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[TrackingStore]:
        embedded = open_tracking_store(str(make_embedded_store(tmp_path / "store")))
        yield RemoteTrackingStore(make_dispatch(embedded))
        embedded.close()


class TestPostgresql(TrackingStoreSuite):
    """A real PostgreSQL."""

    @pytest.fixture
    def store(self, postgres_store_uri: str, tmp_path: Path) -> Iterator[TrackingStore]:
        store = open_sql_store(postgres_store_uri, str(tmp_path / "artifacts"))
        yield store
        store.close()


class TestHttp(TrackingStoreSuite):
    """Through sockets, as `headrace server` serves an embedded store."""

    @pytest.fixture
    def store(self, http_host: HttpHost, tmp_path: Path) -> Iterator[TrackingStore]:
        application = http_host.host(tmp_path / "store")
        remote = RemoteTrackingStore(HttpTransport(Server(http_host.url)))
        yield remote
        remote.close()
        application.close()


def test_no_test_of_the_suite_hides_another() -> None:
    names = [
        name
        for suite in TrackingStoreSuite.__mro__
        for name in vars(suite)
        if name.startswith("test_")
    ]
    assert sorted(names) == sorted(set(names))
