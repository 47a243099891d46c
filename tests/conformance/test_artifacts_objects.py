"""The shipped suite over object stores: real servers, which the tests start."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.testing.artifacts import ArtifactStoreSuite
from tests.object_servers import (
    AZURE_ACCOUNT,
    BUCKET,
    ObjectServer,
    azurite,
    install_azurite,
    needed,
    rclone,
)
from tests.servers import REPOSITORY

AZURITE_FOLDER = Path(os.environ.get("HEADRACE_TEST_ENV_DIR") or REPOSITORY / ".envs") / "azurite"


@pytest.fixture(scope="module")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    folder = tmp_path_factory.mktemp("rclone") / "data"
    with needed("rclone", lambda: rclone(folder)) as server:
        server.make_bucket(BUCKET)
        yield server


@pytest.fixture(scope="module")
def google_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    folder = tmp_path_factory.mktemp("google") / "data"
    with needed("rclone", lambda: rclone(folder, anonymous=True)) as server:
        server.make_bucket(BUCKET)
        yield server


@pytest.fixture(scope="module")
def azure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    folder = tmp_path_factory.mktemp("azure")
    with needed("azurite", lambda: azurite(folder, install_azurite(AZURITE_FOLDER))) as server:
        server.make_bucket(BUCKET)
        yield server


class TestS3(ArtifactStoreSuite):
    """SeaweedFS."""

    @pytest.fixture
    def store(self, s3_root: str) -> ArtifactStore:
        return open_artifact_store(f"{s3_root}/a prefix/ü")


@pytest.mark.slow
class TestS3OfRclone(ArtifactStoreSuite):
    """rclone: another S3, which answers some ranges with whole files."""

    @pytest.fixture
    def store(self, rclone_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
        for name, value in rclone_server.environment.items():
            monkeypatch.setenv(name, value)
        return open_artifact_store(f"s3://{BUCKET}/{uuid.uuid4().hex}")


@pytest.mark.slow
class TestGoogle(ArtifactStoreSuite):
    """Google's XML calls, which rclone answers as it does those of S3."""

    @pytest.fixture
    def store(self, google_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", google_server.endpoint)
        return open_artifact_store(f"gs://{BUCKET}/{uuid.uuid4().hex}")


@pytest.mark.slow
class TestAzure(ArtifactStoreSuite):
    """Azurite, which npm installs once into the folder of environments."""

    @pytest.fixture(params=["wasbs://{}@{}.blob", "abfss://{}@{}.dfs"])
    def store(
        self,
        azure_server: ObjectServer,
        monkeypatch: pytest.MonkeyPatch,
        request: pytest.FixtureRequest,
    ) -> ArtifactStore:
        for name, value in azure_server.environment.items():
            monkeypatch.setenv(name, value)
        host = request.param.format(BUCKET, AZURE_ACCOUNT)
        return open_artifact_store(f"{host}.core.windows.net/{uuid.uuid4().hex}")
