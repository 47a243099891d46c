"""What every group of client methods stands on: the session of one tracking URI."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from headrace.client.context.process import user_name
from headrace.client.registry import registry_uri_beside
from headrace.client.session import Session
from headrace.client.tracking import absolute_store_uri, get_session, get_tracking_uri
from headrace.client.writer import Writer
from headrace.entities import ModelVersion
from headrace.errors import NotSupported
from headrace.stores.base import Actor, TrackingStore, acting_as

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")

_logger = logging.getLogger(__name__)


class StoreClient:
    """Speaks to one tracking store.

    Args:
        tracking_uri: Where to track; what `get_tracking_uri` says now if not given.
        registry_uri: Where models are registered; what `get_registry_uri` says now, or the tracking
            URI, if not given.
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
        # Fixed here, so that a change of the working directory does not change the stores.
        self._session_uri = absolute_store_uri(self._tracking_uri)
        self._registry_uri = registry_uri_beside(self._tracking_uri, registry_uri)
        self._registry_session_uri = absolute_store_uri(self._registry_uri)

    @property
    def tracking_uri(self) -> str:
        """Where this client tracks."""
        return self._tracking_uri

    @property
    def registry_uri(self) -> str:
        """Where this client registers models."""
        return self._registry_uri

    @property
    def _session(self) -> Session:
        return get_session(self._session_uri)

    @property
    def _store(self) -> TrackingStore:
        return self._session.store  # which has everything that was logged before

    @property
    def _registry(self) -> TrackingStore:
        return get_session(self._registry_session_uri).store

    def _change(self, call: Callable[[RequestT], AnswerT], request: RequestT) -> AnswerT:
        """Make a change of the registry.

        Nobody has checked who makes it where this process opens the store itself; a server goes by
        the credentials that it gets.
        """
        with acting_as(Actor(user_name())):
            return call(request)

    def _draw_card(self, thing: object) -> str | None:
        """Return what a notebook shows of a run, an experiment or a version that this client read.

        Returns:
            HTML; None, after which the notebook shows the text, if it cannot be drawn.

        """
        # Imported only here: nobody draws cards but notebooks.
        from headrace.client.cards.draw import draw

        of_registry = isinstance(thing, ModelVersion)
        uri = self._registry_session_uri if of_registry else self._session_uri
        try:
            return draw(thing, get_session(uri).hasty_store, uri)
        except Exception:
            # A notebook calls this after the cell has run: what it raises, be it of the store, the
            # network or what was logged, would stand as a traceback below a cell that ran well.
            _logger.debug("No card of %s could be drawn.", type(thing).__name__, exc_info=True)
            return None

    @property
    def _writer(self) -> Writer:
        return self._session.writer
