"""`MlflowClient`: every call of a tracking store and of a registry, under MLflow's names."""

from __future__ import annotations

from headrace.client.artifact_calls import ArtifactCalls
from headrace.client.bulk_calls import BulkCalls
from headrace.client.context_calls import ContextCalls
from headrace.client.experiment_calls import ExperimentCalls
from headrace.client.lineage_calls import LineageCalls
from headrace.client.log_calls import LogCalls
from headrace.client.logged_model_calls import LoggedModelCalls
from headrace.client.model_version_calls import ModelVersionCalls
from headrace.client.registry_rule_calls import RegistryRuleCalls
from headrace.client.run_calls import RunCalls
from headrace.client.view_calls import ViewCalls
from headrace.client.webhook_calls import WebhookCalls
from headrace.stores.base import TrackingStore


class MlflowClient(
    ExperimentCalls,
    RunCalls,
    LogCalls,
    LoggedModelCalls,
    LineageCalls,
    ArtifactCalls,
    BulkCalls,
    ContextCalls,
    ModelVersionCalls,
    RegistryRuleCalls,
    WebhookCalls,
    ViewCalls,
):
    """A client of one tracking store and one registry of models, without an active run.

    Args:
        tracking_uri: Where to track; what `headrace.get_tracking_uri` says now if not given.
        registry_uri: Where models are registered; what `headrace.get_registry_uri` says now, or the
            tracking URI, if not given.
        workspace_store_uri: There for MLflow's sake; workspaces are not offered.

    """


class HastyClient(MlflowClient):
    """A client that learns at once if its store cannot be reached, to go on without it."""

    @property
    def _store(self) -> TrackingStore:
        return self._session.hasty_store
