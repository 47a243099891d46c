"""The one place that every log call of a client goes through on its way to the store.

A call is a request of the endpoint table, already checked by `headrace.client.validation`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from headrace import settings
from headrace.api import tracking as api
from headrace.client.operations import Finished, RunOperations
from headrace.errors import HeadraceError
from headrace.stores.base import TrackingStore

Write = api.LogMetric | api.LogParam | api.SetTag | api.LogBatch | api.UpdateRun

_logger = logging.getLogger(__name__)


class Writer:
    """Brings log calls into a store, in the order in which they are made."""

    def __init__(self, store: TrackingStore) -> None:
        self._store = store

    def write(
        self, writes: Iterable[Write], *, synchronous: bool | None = None
    ) -> RunOperations | None:
        """Store log calls.

        Every call reaches the store before this returns, whatever `synchronous` says, so nothing
        is ever pending and nothing can be lost at exit; the mode decides how a failure is told.

        Args:
            writes: The calls.
            synchronous: True raises; False hands out the outcome and warns of a failure; None
                takes what ``MLFLOW_ENABLE_ASYNC_LOGGING`` says, by default as True.

        Returns:
            None if synchronous, else the outcome of each call.

        Raises:
            HeadraceError: If synchronous: the first failure; later calls are not made then.

        """
        if synchronous is None:
            synchronous = not settings.ENABLE_ASYNC_LOGGING.get()
        if synchronous:
            for write in writes:
                self._apply(write)
            return None
        return RunOperations([self._try(write) for write in writes])

    def flush(self) -> None:
        """Return when the store has everything that was written; it always has."""

    def _try(self, write: Write) -> Finished:
        try:
            self._apply(write)
        except HeadraceError as error:
            _logger.warning("A log call of run %s was not stored: %s", write.run_id, error.message)
            return Finished(error)
        return Finished()

    def _apply(self, write: Write) -> None:
        match write:
            case api.LogMetric():
                self._store.log_metric(write)
            case api.LogParam():
                self._store.log_param(write)
            case api.SetTag():
                self._store.set_tag(write)
            case api.LogBatch():
                self._store.log_batch(write)
            case api.UpdateRun():
                self._store.update_run(write)
