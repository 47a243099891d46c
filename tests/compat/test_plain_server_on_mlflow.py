"""Journals arrive on real MLflow servers, over a network that breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headrace.client.delivery.server_kind import abilities
from headrace.client.http import HttpTransport
from headrace.connection import Server as Address
from headrace.stores.remote import Send
from tests.compat.environments import CLIENT_VERSIONS
from tests.plain_server_cases import PlainServerCases
from tests.plain_server_network import BadNetworkCases
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.live_mlflow, pytest.mark.xdist_group("mlflow")]


@pytest.fixture(scope="module", params=CLIENT_VERSIONS)
def server(request: pytest.FixtureRequest) -> Server:
    fixture = {"2.22": "mlflow_2", "3.17": "mlflow"}[request.param]
    found: Server = request.getfixturevalue(fixture)
    return found


@pytest.fixture
def send(server: Server) -> Iterator[Send]:
    transport = HttpTransport(Address(server.url))
    yield transport
    transport.close()


class TestOnMLflow(PlainServerCases):
    def calls_to_die_at(self, total: int) -> list[int]:
        return [1, 5, 6, total]  # each costs the whole journal twice


def test_an_mlflow_server_takes_no_journals(send: Send) -> None:
    assert abilities(send).journals is False


class TestOverABadNetwork(BadNetworkCases):
    pass
