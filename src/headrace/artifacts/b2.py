"""Artifacts in Backblaze B2: ``b2://BUCKET@s3.REGION.backblazeb2.com/PREFIX``."""

from __future__ import annotations

from headrace.artifacts.s3_elsewhere import S3ElsewhereArtifactStore


class B2ArtifactStore(S3ElsewhereArtifactStore):
    """A prefix of a bucket of B2."""

    credentials = (
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the id and the key of an application "
        "key of B2 that may read and write this bucket."
    )
    form = "b2://BUCKET@s3.REGION.backblazeb2.com/PREFIX"

    def _region_of(self, host: str) -> str:
        return host.split(".")[1]
