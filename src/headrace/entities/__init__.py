"""The nouns of Headrace: what the store returns, what travels, and what the user holds.

Each is one msgspec Struct in the shape of `mlflow.entities`. Where MLflow shows a dictionary and
the wire carries a list, the list is the field and the dictionary a property of the MLflow name.
"""

from __future__ import annotations

from headrace.entities.context import (
    CONTEXT_PARTS,
    Command,
    GitState,
    Gpu,
    Hardware,
    OutputChunk,
    PythonState,
    SessionContext,
    StoredPart,
)
from headrace.entities.dataset import Dataset, DatasetInput, InputTag
from headrace.entities.experiment import Experiment, ExperimentTag
from headrace.entities.file_check import FileCheck, FileState
from headrace.entities.file_info import FileInfo
from headrace.entities.lifecycle import LifecycleStage, ViewType
from headrace.entities.lineage import (
    Lineage,
    LineageCut,
    LineageEdge,
    LineageKind,
    LineageNode,
    LineageRelation,
    dataset_id,
    split_dataset_id,
)
from headrace.entities.logged_model import (
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
)
from headrace.entities.metric import Metric
from headrace.entities.model_version import (
    ModelStage,
    ModelVersion,
    ModelVersionStatus,
    ModelVersionTag,
)
from headrace.entities.page import PagedList
from headrace.entities.registered_model import (
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from headrace.entities.registry_change import ChangeKind, RegistryChange
from headrace.entities.registry_rule import (
    Condition,
    ContentGate,
    MetricGate,
    Protected,
    RegistryRule,
    RuleFinding,
    TagGate,
)
from headrace.entities.run import (
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    RunTag,
)
from headrace.entities.run_differences import Difference, DifferenceGroup, RunDifferences
from headrace.entities.version_content import ContentFile, ContentState, VersionContent
from headrace.entities.version_lineage import VersionDataset, VersionLineage
from headrace.entities.view import View
from headrace.entities.webhook import (
    DeliveryAttempt,
    DeliveryState,
    Webhook,
    WebhookAction,
    WebhookDelivery,
    WebhookEntity,
    WebhookEvent,
    WebhookStatus,
    WebhookTestResult,
)

__all__ = [
    "CONTEXT_PARTS",
    "ChangeKind",
    "Command",
    "Condition",
    "ContentFile",
    "ContentGate",
    "ContentState",
    "Dataset",
    "DatasetInput",
    "DeliveryAttempt",
    "DeliveryState",
    "Difference",
    "DifferenceGroup",
    "Experiment",
    "ExperimentTag",
    "FileCheck",
    "FileInfo",
    "FileState",
    "GitState",
    "Gpu",
    "Hardware",
    "InputTag",
    "LifecycleStage",
    "Lineage",
    "LineageCut",
    "LineageEdge",
    "LineageKind",
    "LineageNode",
    "LineageRelation",
    "LoggedModel",
    "LoggedModelInput",
    "LoggedModelOutput",
    "LoggedModelParameter",
    "LoggedModelStatus",
    "LoggedModelTag",
    "Metric",
    "MetricGate",
    "ModelStage",
    "ModelVersion",
    "ModelVersionStatus",
    "ModelVersionTag",
    "OutputChunk",
    "PagedList",
    "Param",
    "Protected",
    "PythonState",
    "RegisteredModel",
    "RegisteredModelAlias",
    "RegisteredModelTag",
    "RegistryChange",
    "RegistryRule",
    "RuleFinding",
    "Run",
    "RunData",
    "RunDifferences",
    "RunInfo",
    "RunInputs",
    "RunOutputs",
    "RunStatus",
    "RunTag",
    "SessionContext",
    "StoredPart",
    "TagGate",
    "VersionContent",
    "VersionDataset",
    "VersionLineage",
    "View",
    "ViewType",
    "Webhook",
    "WebhookAction",
    "WebhookDelivery",
    "WebhookEntity",
    "WebhookEvent",
    "WebhookStatus",
    "WebhookTestResult",
    "dataset_id",
    "split_dataset_id",
]
