"""Artifacts in S3: ``s3://BUCKET/PREFIX``, at Amazon or wherever the endpoint leads."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlsplit

from headrace import settings
from headrace.artifacts.aws_profile import (
    profile_credentials,
    profile_settings,
    signing_keys,
)
from headrace.artifacts.object_clients import bucket_name, client_options, retry_config
from headrace.artifacts.object_library import library
from headrace.artifacts.objects import ObjectArtifactStore
from headrace.artifacts.part_uploads import PartUploads
from headrace.artifacts.s3_parts import S3PartUploads
from headrace.errors import InvalidParameterValue

# What MLFLOW_S3_UPLOAD_EXTRA_ARGS may hold, and what the library calls it.
_EXTRA_ARGUMENTS = {
    "ServerSideEncryption": "server_side_encryption",
    "SSEKMSKeyId": "sse_kms_key_id",
    "BucketKeyEnabled": "sse_bucket_key_enabled",
}

# And what a call that is signed here says instead.
_EXTRA_HEADERS = {
    "server_side_encryption": "x-amz-server-side-encryption",
    "sse_kms_key_id": "x-amz-server-side-encryption-aws-kms-key-id",
    "sse_bucket_key_enabled": "x-amz-server-side-encryption-bucket-key-enabled",
}


class S3ArtifactStore(ObjectArtifactStore):
    """A prefix of a bucket that speaks S3.

    Attributes:
        endpoint: The address that the URI or the settings name; empty for Amazon's own.

    """

    credentials = (
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, if they are "
        "temporary) or AWS_PROFILE; AWS_REGION; and MLFLOW_S3_ENDPOINT_URL, if the bucket is not "
        "at Amazon."
    )

    def part_uploads(self) -> PartUploads | None:
        """Return how files are sent to the bucket in parts.

        None where the machine itself or a web identity gives the keys: only the library for objects
        asks for those, and it signs calls for whole files alone.
        """
        keys = signing_keys()
        return S3PartUploads(self.sign, keys, _extra_headers()) if keys else None

    def _take_host(self, host: str) -> str:
        self.endpoint = settings.S3_ENDPOINT_URL.get() or _amazons_setting()
        return bucket_name(host, self.uri, "s3://BUCKET/PREFIX")

    def _connect(self) -> Any:
        profile = profile_settings()
        endpoint = self.endpoint or profile.get("endpoint_url", "")
        config = {**_signing(), **_region(profile), **_extra_arguments(), **self._address(endpoint)}
        return library()._store.S3Store(
            self.bucket,
            config=config,
            client_options=client_options(endpoint, insecure=settings.S3_IGNORE_TLS.get()),
            retry_config=retry_config(),
            credential_provider=profile_credentials(),
        )

    def _address(self, endpoint: str) -> dict[str, Any]:
        """Return where the bucket is: in the address's path, or in its host name if asked for."""
        if settings.BOTO_CLIENT_ADDRESSING_STYLE.get() != "virtual":
            return {"endpoint": endpoint} if endpoint else {}
        parts = urlsplit(endpoint)
        hosted = parts._replace(netloc=f"{self.bucket}.{parts.netloc}").geturl()
        return {
            "virtual_hosted_style_request": True,
            **({"endpoint": hosted} if endpoint else {}),
        }


def _amazons_setting() -> str:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _signing() -> dict[str, bool]:
    """Leave the SHA-256 of content out of signatures, unless a variable of the library's asks.

    An object carries its own digest; a second one of all that is sent would cost more than sending.
    """
    return {} if "AWS_UNSIGNED_PAYLOAD" in os.environ else {"unsigned_payload": True}


def _region(profile: Any) -> dict[str, str]:
    """Return the profile's region, if no variable names one; the library reads those itself."""
    if os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        return {}
    return {"region": profile["region"]} if "region" in profile else {}


def _extra_arguments() -> dict[str, Any]:
    text = settings.S3_UPLOAD_EXTRA_ARGS.get()
    if not text:
        return {}
    try:
        given = dict(json.loads(text))
    except (ValueError, TypeError):
        raise InvalidParameterValue(
            f"MLFLOW_S3_UPLOAD_EXTRA_ARGS is no JSON object: {text[:200]!r}."
        ) from None
    unknown = sorted(given.keys() - _EXTRA_ARGUMENTS.keys())
    if unknown:
        raise InvalidParameterValue(
            f"MLFLOW_S3_UPLOAD_EXTRA_ARGS holds {', '.join(unknown)}; of its arguments only "
            f"{', '.join(_EXTRA_ARGUMENTS)} can be followed."
        )
    return {_EXTRA_ARGUMENTS[name]: value for name, value in given.items()}


def _extra_headers() -> dict[str, str]:
    given = _extra_arguments()
    texts = {
        name: str(value).lower() if value is True else str(value) for name, value in given.items()
    }
    return {_EXTRA_HEADERS[name]: text for name, text in texts.items()}
