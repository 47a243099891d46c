"""Artifacts in Azure: ``wasbs://CONTAINER@ACCOUNT.blob...`` and ``abfss://...@ACCOUNT.dfs...``.

Both name the same containers and are read and written by the same calls.
"""

from __future__ import annotations

import os
import re
from typing import Any

from headrace.artifacts.object_clients import bucket_name, client_options, retry_config
from headrace.artifacts.object_library import library
from headrace.artifacts.objects import ObjectArtifactStore
from headrace.errors import InvalidParameterValue

_FORM = (
    "wasbs://CONTAINER@ACCOUNT.blob.core.windows.net/PREFIX or "
    "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX"
)
_HOST = re.compile(r"([^@]+)@([a-z0-9]{3,24})\.(?:blob|dfs)\.([a-z0-9.-]+)")

# What a connection string may say, and what the library calls it.
_CONNECTION_FIELDS = {
    "AccountKey": "account_key",
    "SharedAccessSignature": "sas_key",
    "BlobEndpoint": "endpoint",
}


class AzureArtifactStore(ObjectArtifactStore):
    """A prefix of a container.

    Attributes:
        account: The storage account that the URI names.

    """

    credentials = (
        "Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCESS_KEY, or AZURE_CLIENT_ID, "
        "AZURE_CLIENT_SECRET and AZURE_TENANT_ID."
    )

    def _take_host(self, host: str) -> str:
        match = _HOST.fullmatch(host)
        if match is None:
            raise InvalidParameterValue(f"{self.uri!r} names no container: it looks like {_FORM}.")
        self.account = match[2]
        self._endpoint = f"https://{match[2]}.blob.{match[3]}"
        return bucket_name(match[1], self.uri, _FORM)

    def _connect(self) -> Any:
        config = {
            "account_name": self.account,
            "endpoint": self._endpoint,
            **_access_key(),
            **_connection_string(),
        }
        return library()._store.AzureStore(
            self.bucket,
            config=config,
            client_options=client_options(config["endpoint"]),
            retry_config=retry_config(),
        )


def _access_key() -> dict[str, str]:
    """Return the key under the name that MLflow has for it; the library knows its own."""
    key = os.environ.get("AZURE_STORAGE_ACCESS_KEY")
    return {"account_key": key} if key else {}


def _connection_string() -> dict[str, str]:
    """Return what the connection string says of address and credentials."""
    fields = os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "").split(";")
    pairs = dict(field.strip().partition("=")[::2] for field in fields if "=" in field)
    return {_CONNECTION_FIELDS[k]: v for k, v in pairs.items() if k in _CONNECTION_FIELDS}
