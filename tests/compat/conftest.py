"""Servers and environments of the compatibility tests; each slow one starts once per session."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compat.clients import SERVER_VARIABLES
from tests.compat.environments import need_environment
from tests.compat.exchange import Player
from tests.servers import Server, headrace_server, mlflow_server, postgresql

STORES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.slow),
]


@pytest.fixture(scope="session", params=STORES)
def headrace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """`headrace server` over each kind of store; two processes where the store allows it."""
    folder = tmp_path_factory.mktemp("headrace")
    if request.param == "sqlite":
        with headrace_server(folder, environment=SERVER_VARIABLES) as server:
            yield server
        return
    # A UNIX socket lies in the data directory: its path may have 107 characters.
    with (
        tempfile.TemporaryDirectory(prefix="pg") as short,
        postgresql(Path(short) / "data") as cluster,
        headrace_server(
            folder,
            backend_store_uri=cluster.database(),
            arguments=["--workers", "2"],
            environment=SERVER_VARIABLES,
        ) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real MLflow server, of the version that the golden answers were recorded with."""
    env = need_environment("3.17")
    folder = tmp_path_factory.mktemp("mlflow")
    with mlflow_server(folder, env, environment=SERVER_VARIABLES) as server:
        yield server


@pytest.fixture(scope="session")
def mlflow_2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server of the last MLflow 2."""
    env = need_environment("2.22")
    with mlflow_server(tmp_path_factory.mktemp("mlflow-2"), env) as server:
        yield server


@pytest.fixture(scope="session")
def headrace_player(headrace: Server) -> Iterator[Player]:
    """Sends scenarios to Headrace."""
    player = Player(headrace)
    yield player
    player.close()


@pytest.fixture(scope="session")
def mlflow_player(mlflow: Server) -> Iterator[Player]:
    """Sends scenarios to the real MLflow server."""
    player = Player(mlflow)
    yield player
    player.close()
