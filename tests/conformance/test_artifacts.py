"""The shipped suite over every kind of artifact store that needs no server of somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.api.tracking import CreateRun
from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.mlflow_artifacts import ProxiedArtifactStore
from headrace.artifacts.served import ServedArtifactStore, served_by
from headrace.client.http import HttpTransport
from headrace.connection import Server
from headrace.stores.remote import RemoteTrackingStore
from headrace.testing.artifacts import ArtifactStoreSuite
from tests.conformance.conftest import HttpHost


class TestLocal(ArtifactStoreSuite):
    """A folder of this machine."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> ArtifactStore:
        return LocalArtifactStore(str(tmp_path / "root"))


class TestServed(ArtifactStoreSuite):
    """The files of a run behind `headrace server`."""

    @pytest.fixture
    def store(self, http_host: HttpHost, tmp_path: Path) -> Iterator[ArtifactStore]:
        application = http_host.host(tmp_path / "server")
        remote = RemoteTrackingStore(HttpTransport(Server(http_host.url)))
        info = remote.create_run(CreateRun(experiment_id="0", start_time=1)).run.info
        yield ServedArtifactStore(
            info.artifact_uri or "", served_by(http_host.url), run_id=info.run_id
        )
        remote.close()
        http_host.rest()
        application.close()


class TestProxied(ArtifactStoreSuite):
    """MLflow's artifact proxy, as `headrace server --serve-artifacts` answers it."""

    @pytest.fixture
    def store(self, http_host: HttpHost, tmp_path: Path) -> Iterator[ArtifactStore]:
        application = http_host.host(
            tmp_path / "server", artifacts_destination=str(tmp_path / "destination")
        )
        yield ProxiedArtifactStore("mlflow-artifacts:/7/run/artifacts", http_host.url)
        http_host.rest()
        application.close()
