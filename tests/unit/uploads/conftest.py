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
def patient(fresh_client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a server gives it the time that it needs on a busy machine."""
    for name, value in {
        "HEADRACE_SHUTDOWN_TIMEOUT": "60",
        "HEADRACE_CONTACT_TIMEOUT": "30",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def quick(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a server that is away."""
    monkeypatch.setenv("HEADRACE_SHUTDOWN_TIMEOUT", "2")
    monkeypatch.setenv("HEADRACE_CONTACT_TIMEOUT", "1")


@pytest.fixture
def proxy(server: Server, patient: None) -> Iterator[TcpProxy]:
    with TcpProxy(server.url) as proxy:
        headrace.set_tracking_uri(proxy.url)
        yield proxy
        proxy.accept()
        tracking.close_sessions()
