"""`PlainServer` over a network that breaks, to a Headrace server, which speaks MLflow's protocol.

`tests/compat/test_plain_server_on_mlflow.py` runs the same cases on MLflow's.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.plain_server_network import BadNetworkCases
from tests.servers import Server, headrace_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("headrace")) as server:
        yield server


class TestOverABadNetwork(BadNetworkCases):
    pass
