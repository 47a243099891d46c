"""The suite of the tracking store's contract, `headrace.stores.base`."""

from __future__ import annotations

from headrace.testing.stores.bulk import BulkSuite
from headrace.testing.stores.cleanup import CleanupSuite
from headrace.testing.stores.context import ContextSuite
from headrace.testing.stores.experiments import ExperimentSuite
from headrace.testing.stores.journals import JournalSuite
from headrace.testing.stores.lineage import LineageGraphSuite
from headrace.testing.stores.logged_models import LoggedModelSuite
from headrace.testing.stores.metrics import MetricSuite
from headrace.testing.stores.model_versions import (
    ModelAliasSuite,
    ModelSourceSuite,
    ModelStageSuite,
    ModelVersionSuite,
)
from headrace.testing.stores.registered_models import RegisteredModelSuite
from headrace.testing.stores.registry_history import LineageSuite, RegistryHistorySuite
from headrace.testing.stores.registry_rules import GateSuite, ProtectionSuite, RegistryRuleSuite
from headrace.testing.stores.registry_search import RegistrySearchSuite
from headrace.testing.stores.run_table import RunTableSuite
from headrace.testing.stores.runs import RunSuite
from headrace.testing.stores.search import SearchSuite
from headrace.testing.stores.sessions import SessionSuite
from headrace.testing.stores.version_contents import VersionContentSuite
from headrace.testing.stores.views import ViewSuite
from headrace.testing.stores.webhooks import WebhookEventSuite, WebhookSuite


class RegistrySuite(
    RegisteredModelSuite,
    ModelVersionSuite,
    ModelStageSuite,
    ModelAliasSuite,
    ModelSourceSuite,
    RegistryHistorySuite,
    LineageSuite,
    LineageGraphSuite,
    VersionContentSuite,
    RegistrySearchSuite,
    RegistryRuleSuite,
    ProtectionSuite,
    GateSuite,
):
    """All of the registry."""


class TrackingStoreSuite(
    ExperimentSuite,
    RunSuite,
    MetricSuite,
    SearchSuite,
    RunTableSuite,
    LoggedModelSuite,
    JournalSuite,
    SessionSuite,
    ContextSuite,
    BulkSuite,
    RegistrySuite,
    WebhookSuite,
    WebhookEventSuite,
    ViewSuite,
    CleanupSuite,
):
    """The whole contract; a subclass gives the fixture ``store``, fresh for each test."""


__all__ = [
    "BulkSuite",
    "CleanupSuite",
    "ContextSuite",
    "ExperimentSuite",
    "JournalSuite",
    "LoggedModelSuite",
    "MetricSuite",
    "RegistrySuite",
    "RunSuite",
    "RunTableSuite",
    "SearchSuite",
    "SessionSuite",
    "TrackingStoreSuite",
    "WebhookEventSuite",
    "WebhookSuite",
]
