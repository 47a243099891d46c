"""The store of tracking and registry on a SQL database: one mixin of calls for each noun."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from headrace.stores.sql.bulk import BulkCalls
from headrace.stores.sql.check import Finding, Show, check_store
from headrace.stores.sql.cleanup import CleanupCalls
from headrace.stores.sql.experiments import ExperimentCalls
from headrace.stores.sql.journals import JournalCalls
from headrace.stores.sql.lineage_graph import LineageGraphCalls
from headrace.stores.sql.logged_models import LoggedModelCalls
from headrace.stores.sql.metrics import MetricCalls
from headrace.stores.sql.registry import RegistryCalls
from headrace.stores.sql.run_table import RunTableCalls
from headrace.stores.sql.views import ViewCalls
from headrace.stores.sql.webhooks import WebhookCalls

T = TypeVar("T")


class SqlTrackingStore(
    ExperimentCalls,
    JournalCalls,
    MetricCalls,
    LoggedModelCalls,
    BulkCalls,
    RunTableCalls,
    RegistryCalls,
    LineageGraphCalls,
    WebhookCalls,
    ViewCalls,
    CleanupCalls,
):
    """All of tracking, and the registry; see `headrace.stores.base.TrackingStore`."""

    @property
    def artifact_root(self) -> str:
        """Folder or URI below which new experiments keep their artifacts."""
        return self._locations.root

    @property
    def reads_wait(self) -> bool:
        """Whether who reads may have to wait, for a writer or for a network."""
        return self._database.reads_wait

    def together(
        self, calls: Sequence[Callable[[], T]], *, wait: bool = True
    ) -> list[T | Exception]:
        """Make calls of this store that change it; see `headrace.stores.sql.engine.Database`."""
        return self._database.together(calls, wait=wait)

    def sync(self) -> None:
        """Bring every commit so far to the disk."""
        self._database.sync()

    def check(self, *, repair: bool = False, show: Show | None = None) -> Iterator[Finding]:
        """Yield what is wrong with the store; see `headrace.stores.sql.check.check_store`."""
        return check_store(self._database, self._locations, repair=repair, show=show)

    def close(self) -> None:
        """Close every connection of this process."""
        self._database.close()
