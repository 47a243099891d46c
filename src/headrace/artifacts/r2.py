"""Artifacts in Cloudflare R2: ``r2://BUCKET@ACCOUNT.r2.cloudflarestorage.com/PREFIX``."""

from __future__ import annotations

from headrace.artifacts.s3_elsewhere import S3ElsewhereArtifactStore


class R2ArtifactStore(S3ElsewhereArtifactStore):
    """A prefix of a bucket of R2."""

    credentials = (
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to those of an API token of R2 that may "
        "read and write objects."
    )
    form = "r2://BUCKET@ACCOUNT.r2.cloudflarestorage.com/PREFIX"

    def _region_of(self, host: str) -> str:
        return "auto"
