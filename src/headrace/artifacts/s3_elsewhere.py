"""Buckets that speak S3 and whose URIs name the address: ``SCHEME://BUCKET@HOST/PREFIX``."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from headrace import settings
from headrace.artifacts.object_clients import bucket_name
from headrace.artifacts.s3 import S3ArtifactStore
from headrace.errors import InvalidParameterValue


class S3ElsewhereArtifactStore(S3ArtifactStore):
    """A prefix of such a bucket.

    Attributes:
        form: What a URI of the scheme looks like.

    """

    form: ClassVar[str]

    @abstractmethod
    def _region_of(self, host: str) -> str:
        """Return the region that calls to a host are signed for."""

    def _take_host(self, host: str) -> str:
        bucket, _, self._host = host.rpartition("@")
        if self._host.count(".") < 2:
            raise InvalidParameterValue(f"{self.uri!r} names no host: it looks like {self.form}.")
        self.endpoint = settings.S3_ENDPOINT_URL.get() or f"https://{self._host}"
        return bucket_name(bucket, self.uri, self.form)

    def _address(self, endpoint: str) -> dict[str, Any]:
        return {**super()._address(endpoint), "region": self._region_of(self._host)}
