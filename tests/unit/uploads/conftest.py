"""Fixtures of the tests of uploads: a server, and a way to it that can be bad."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import headrace
from headrace.client import tracking
from tests.servers import Server, headrace_server
from tests.tcp_proxy import TcpProxy


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a server that is away."""
    for name, value in {
        "HEADRACE_SHUTDOWN_TIMEOUT": "2",
        "HEADRACE_CONTACT_TIMEOUT": "1",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def proxy(server: Server, fresh_client: Path, quick: None) -> Iterator[TcpProxy]:
    with TcpProxy(server.url) as proxy:
        headrace.set_tracking_uri(proxy.url)
        yield proxy
        proxy.accept()
        tracking.close_sessions()
