"""The tracking store on a SQL database: one mixin of calls for each noun."""

from __future__ import annotations

from headrace.stores.sql.experiments import ExperimentCalls
from headrace.stores.sql.journals import JournalCalls
from headrace.stores.sql.logged_models import LoggedModelCalls
from headrace.stores.sql.metrics import MetricCalls
from headrace.stores.sql.search import SearchCalls


class SqlTrackingStore(ExperimentCalls, JournalCalls, MetricCalls, LoggedModelCalls, SearchCalls):
    """All of tracking; see `headrace.stores.base.TrackingStore`."""

    @property
    def artifact_root(self) -> str:
        """Folder or URI below which new experiments keep their artifacts."""
        return self._locations.root

    def sync(self) -> None:
        """Bring every commit so far to the disk."""
        self._database.sync()

    def close(self) -> None:
        """Close every connection of this process."""
        self._database.close()
