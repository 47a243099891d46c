"""What the clients of all object stores are built from."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from headrace import settings
from headrace.connection import USER_AGENT
from headrace.errors import InvalidParameterValue

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
_CONNECT_SECONDS = 10
_MAX_PAUSE_SECONDS = 15
_RETRIES_SECONDS = 180
# A range or part of 8 MiB takes that long only where nothing moves any more.
_CALL_SECONDS = 600


def bucket_name(name: str, uri: str, form: str) -> str:
    """Return the name of a bucket, if it is one.

    Args:
        name: What stands where the name is due.
        uri: The URI, for the message.
        form: What such a URI looks like.

    Raises:
        InvalidParameterValue: If it is none.

    """
    if not _BUCKET.fullmatch(name):
        raise InvalidParameterValue(
            f"{uri!r} names no bucket: such a location looks like {form}, without credentials or a "
            "port in it."
        )
    return name


def client_options(endpoint: str, *, insecure: bool = False) -> dict[str, Any]:
    """Return how connections are made.

    Args:
        endpoint: The store's address; empty for the provider's own.
        insecure: Whether certificates are not checked.

    """
    return {
        "allow_http": endpoint.startswith("http://"),
        "allow_invalid_certificates": insecure,
        "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
        "read_timeout": timedelta(seconds=settings.HTTP_REQUEST_TIMEOUT.get()),
        "timeout": timedelta(seconds=_CALL_SECONDS),
        "user_agent": USER_AGENT,
    }


def retry_config() -> dict[str, Any]:
    """Return how often, and after which pauses, a call is made again."""
    factor = max(settings.HTTP_REQUEST_BACKOFF_FACTOR.get(), 0.001)
    return {
        "max_retries": settings.HTTP_REQUEST_MAX_RETRIES.get(),
        "retry_timeout": timedelta(seconds=_RETRIES_SECONDS),
        "backoff": {
            "init_backoff": timedelta(seconds=min(factor, 0.1)),
            "max_backoff": timedelta(seconds=min(factor, 1.0) * _MAX_PAUSE_SECONDS),
            "base": 2,
        },
    }
