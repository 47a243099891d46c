"""Artifacts in Google Cloud Storage: ``gs://BUCKET/PREFIX``."""

from __future__ import annotations

import json
import os
from typing import Any

from headrace.artifacts.object_clients import bucket_name, client_options, retry_config
from headrace.artifacts.object_library import library
from headrace.artifacts.objects import ObjectArtifactStore


class GcsArtifactStore(ObjectArtifactStore):
    """A prefix of a bucket of Google's."""

    credentials = (
        "Set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account that may read and "
        "write the bucket, or run: gcloud auth application-default login"
    )

    def _take_host(self, host: str) -> str:
        return bucket_name(host, self.uri, "gs://BUCKET/PREFIX")

    def _connect(self) -> Any:
        emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
        if emulator and "://" not in emulator:
            emulator = f"http://{emulator}"
        return library()._store.GCSStore(
            self.bucket,
            config=_without_login(emulator) if emulator else {},
            client_options=client_options(emulator),
            retry_config=retry_config(),
        )


def _without_login(address: str) -> dict[str, Any]:
    """Return how a server is reached that stands in for Google's and asks nobody who they are."""
    key = {
        "gcs_base_url": address,
        "disable_oauth": True,
        "client_email": "",
        "private_key": "",
        "private_key_id": "",
    }
    return {"service_account_key": json.dumps(key), "skip_signature": True}
