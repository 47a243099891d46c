"""Artifacts by pyarrow, as those of Hadoop are reached; over its own local file system here."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.filesystems import FileSystemStore
from headrace.artifacts.registry import open_artifact_store
from headrace.testing.artifacts import ArtifactStoreSuite
from headrace.testing.artifacts.make import refused

fs = pytest.importorskip("pyarrow.fs")
hadoop = pytest.importorskip("headrace.artifacts.hadoop")


class TestArrow(ArtifactStoreSuite):
    """A folder of this machine, through pyarrow."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> ArtifactStore:
        files = hadoop.ArrowFileSystem("the local files", fs.LocalFileSystem())
        return FileSystemStore("local", files, f"{tmp_path}/root")


@pytest.mark.parametrize("uri", ["hdfs://name:8020/x", "hdfs:///x", "viewfs://cluster/x"])
def test_a_machine_without_hadoop_is_told_what_to_install(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with refused("NOT_IMPLEMENTED", "JAVA_HOME", "hadoop classpath --glob"):
        open_artifact_store(uri)


@pytest.mark.parametrize("uri", ["hdfs://host/x?y=1", "hdfs://host/../x", "hdfs://host:port/x"])
def test_malformed_addresses(uri: str) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        open_artifact_store(uri)


def test_settings_of_the_client_are_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_PYARROW_EXTRA_CONF", "dfs.replication")
    with refused("INVALID_PARAMETER_VALUE", "must be key=value,key=value"):
        open_artifact_store("hdfs://host/x")
