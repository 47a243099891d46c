"""The real MLflow clients of PyPI, 2.22 and 3.17, end to end against `headrace server`.

Each version runs once per server, in the interpreter of its own environment; every area of
`scripts/` becomes one test. What an area read back must be what it reads back from a real MLflow
server (`golden/clients-*.json`, compared with a live one in `make test-all`).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.compat import clients, golden
from tests.compat.environments import CLIENT_VERSIONS, need_environment
from tests.servers import Server

CASES = [
    pytest.param(
        version,
        area,
        id=f"{version}/{area}",
        # One worker runs a client once for all of its areas.
        marks=pytest.mark.xdist_group(f"client {version}"),
    )
    for version in CLIENT_VERSIONS
    for area in clients.AREAS[version]
]
LIVE_CASES = [pytest.param(*case.values, id=case.id) for case in CASES]


class Results:
    """What the clients read back from one server; each version runs when first asked for."""

    def __init__(self, server: Server, folders: pytest.TempPathFactory) -> None:
        self._server = server
        self._folders = folders
        self._by_version: dict[str, dict[str, Any]] = {}

    def of(self, version: str) -> dict[str, Any]:
        if version not in self._by_version:
            if version != clients.HEADRACE:
                need_environment(version)
            folder = self._folders.mktemp("client")
            self._by_version[version] = clients.run_areas(version, self._server, folder)
        return self._by_version[version]


@pytest.fixture(scope="session")
def with_headrace(headrace: Server, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return Results(headrace, tmp_path_factory)


@pytest.fixture(scope="session")
def with_mlflow(mlflow: Server, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return Results(mlflow, tmp_path_factory)


@pytest.mark.parametrize(("version", "area"), CASES)
def test_a_client_cannot_tell_headrace_from_mlflow(
    version: str, area: str, with_headrace: Results
) -> None:
    seen = with_headrace.of(version)[area]

    assert "failure" not in seen, seen["failure"]
    assert golden.load_client(version)[area] == seen


@pytest.mark.xdist_group("client headrace")
@pytest.mark.parametrize("area", clients.HEADRACE_AREAS)
def test_headrace_in_place_of_mlflow_reads_the_same(area: str, with_headrace: Results) -> None:
    seen = with_headrace.of(clients.HEADRACE)[area]

    assert "failure" not in seen, seen["failure"]
    recorded = golden.load_client("3.17")[area]
    assert clients.without_classes(recorded) == clients.without_classes(seen)


@pytest.mark.slow
@pytest.mark.live_mlflow
@pytest.mark.xdist_group("mlflow")
@pytest.mark.parametrize(("version", "area"), LIVE_CASES)
def test_the_recording_is_what_a_client_reads_from_mlflow(
    version: str, area: str, with_mlflow: Results
) -> None:
    seen = with_mlflow.of(version)[area]

    assert "failure" not in seen, seen["failure"]
    assert golden.load_client(version)[area] == seen
