"""What every group of client methods stands on: the session of one tracking URI."""

from __future__ import annotations

from headrace.client.session import Session
from headrace.client.tracking import absolute_store_uri, get_session, get_tracking_uri
from headrace.client.writer import Writer
from headrace.errors import NotSupported
from headrace.stores.base import TrackingStore


class StoreClient:
    """Speaks to one tracking store.

    Args:
        tracking_uri: Where to track; what `get_tracking_uri` says now if not given.
        registry_uri: Where models are registered; the tracking URI if not given.
        workspace_store_uri: There for MLflow's sake; workspaces are not offered.

    Raises:
        InvalidParameterValue: If no store can have such a URI.
        NotSupported: If a workspace store is given.

    """

    def __init__(
        self,
        tracking_uri: str | None = None,
        registry_uri: str | None = None,
        workspace_store_uri: str | None = None,
    ) -> None:
        if workspace_store_uri is not None:
            raise NotSupported(
                "Headrace has no workspaces: leave workspace_store_uri out and use one store or "
                "server for each group of people."
            )
        self._tracking_uri = tracking_uri or get_tracking_uri()
        self._registry_uri = registry_uri
        # Fixed here, so that a change of the working directory does not change the store.
        self._session_uri = absolute_store_uri(self._tracking_uri)

    @property
    def tracking_uri(self) -> str:
        """Where this client tracks."""
        return self._tracking_uri

    @property
    def _session(self) -> Session:
        return get_session(self._session_uri)

    @property
    def _store(self) -> TrackingStore:
        return self._session.store  # which has everything that was logged before

    @property
    def _writer(self) -> Writer:
        return self._session.writer
