"""The suite of the tracking store's contract, `headrace.stores.base`."""

from __future__ import annotations

from headrace.testing.stores.bulk import BulkSuite
from headrace.testing.stores.cleanup import CleanupSuite
from headrace.testing.stores.context import ContextSuite
from headrace.testing.stores.experiments import ExperimentSuite
from headrace.testing.stores.journals import JournalSuite
from headrace.testing.stores.logged_models import LoggedModelSuite
from headrace.testing.stores.metrics import MetricSuite
from headrace.testing.stores.runs import RunSuite
from headrace.testing.stores.search import SearchSuite
from headrace.testing.stores.sessions import SessionSuite


class TrackingStoreSuite(
    ExperimentSuite,
    RunSuite,
    MetricSuite,
    SearchSuite,
    LoggedModelSuite,
    JournalSuite,
    SessionSuite,
    ContextSuite,
    BulkSuite,
    CleanupSuite,
):
    """All of tracking; a subclass gives the fixture ``store``, fresh for each test."""


__all__ = [
    "BulkSuite",
    "CleanupSuite",
    "ContextSuite",
    "ExperimentSuite",
    "JournalSuite",
    "LoggedModelSuite",
    "MetricSuite",
    "RunSuite",
    "SearchSuite",
    "SessionSuite",
    "TrackingStoreSuite",
]
