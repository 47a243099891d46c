"""The shipped suite over object stores: real servers, which the tests start."""

from __future__ import annotations

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.testing.artifacts import ArtifactStoreSuite


class TestS3(ArtifactStoreSuite):
    """SeaweedFS, a prefix of a bucket."""

    @pytest.fixture
    def store(self, s3_root: str) -> ArtifactStore:
        return open_artifact_store(f"{s3_root}/a prefix/ü")
