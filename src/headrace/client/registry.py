"""Where this process registers models: the registry URI, and the store behind it."""

from __future__ import annotations

from pathlib import Path

from headrace import settings
from headrace.client.tracking import get_session, get_tracking_uri
from headrace.file_uri import uri_of
from headrace.stores.base import TrackingStore

_registry_uri: str | None = None


def set_registry_uri(uri: str | Path) -> None:
    """Choose where models are registered, for this process and the processes that it starts.

    Args:
        uri: As `set_tracking_uri` takes it. An empty one goes back to the default, the store that
            runs are tracked to.

    """
    global _registry_uri
    chosen = uri_of(uri) if isinstance(uri, Path) else uri
    _registry_uri = chosen or None
    settings.REGISTRY_URI.set(chosen or None)


def get_registry_uri() -> str:
    """Return where models are registered.

    Returns:
        What `set_registry_uri` chose, else what ``MLFLOW_REGISTRY_URI`` says, else the tracking
        URI.

    """
    return registry_uri_beside(get_tracking_uri())


def registry_uri_beside(tracking_uri: str, registry_uri: str | None = None) -> str:
    """Return the registry of whoever tracks to a URI.

    Args:
        tracking_uri: The URI.
        registry_uri: The registry that was named for this one purpose, if any was.

    """
    return registry_uri or _registry_uri or settings.REGISTRY_URI.get() or tracking_uri


def get_registry_store(tracking_uri: str, registry_uri: str | None = None) -> TrackingStore:
    """Return the store of a registry, which has what this process logged to it before.

    Arguments are those of `registry_uri_beside`.

    Raises:
        InvalidParameterValue: If no store can have such a URI.

    """
    return get_session(registry_uri_beside(tracking_uri, registry_uri)).store
