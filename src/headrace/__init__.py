"""Track, find and compare machine learning runs: MLflow's API, embedded or with a server.

``import headrace as mlflow`` is meant to be all that a training script changes. Importing this
package imports nothing else: each name is loaded where it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from headrace.version import VERSION

if TYPE_CHECKING:
    from headrace import artifacts, client, data, entities, exceptions, tracking
    from headrace.client.active_model import clear_active_model, get_active_model_id
    from headrace.client.fluent.active_run import (
        ActiveRun,
        active_run,
        end_run,
        last_active_run,
        start_run,
    )
    from headrace.client.fluent.artifacts import (
        get_artifact_uri,
        load_table,
        log_artifact,
        log_artifacts,
        log_dict,
        log_figure,
        log_image,
        log_stream,
        log_table,
        log_text,
    )
    from headrace.client.fluent.experiments import (
        create_experiment,
        delete_experiment,
        delete_experiment_tag,
        get_experiment,
        get_experiment_by_name,
        restore_experiment,
        search_experiments,
        set_experiment,
        set_experiment_tag,
        set_experiment_tags,
    )
    from headrace.client.fluent.logged_models import (
        ActiveModel,
        create_external_model,
        delete_logged_model_tag,
        finalize_logged_model,
        get_logged_model,
        initialize_logged_model,
        last_logged_model,
        log_model_params,
        search_logged_models,
        set_active_model,
        set_logged_model_tags,
    )
    from headrace.client.fluent.logs import (
        delete_tag,
        flush,
        flush_artifact_async_logging,
        flush_async_logging,
        log_input,
        log_inputs,
        log_metric,
        log_metrics,
        log_outputs,
        log_param,
        log_params,
        set_tag,
        set_tags,
    )
    from headrace.client.fluent.registered_models import (
        register_model,
        search_model_versions,
        search_registered_models,
        set_model_version_tag,
    )
    from headrace.client.fluent.runs import (
        delete_run,
        get_parent_run,
        get_run,
        restore_run,
        search_runs,
    )
    from headrace.client.fluent.system_metrics import (
        disable_system_metrics_logging,
        enable_system_metrics_logging,
        set_system_metrics_node_id,
        set_system_metrics_samples_before_logging,
        set_system_metrics_sampling_interval,
    )
    from headrace.client.fluent.views import delete_view, get_view, list_views, save_view
    from headrace.client.images import Image
    from headrace.client.mlflow_client import MlflowClient
    from headrace.client.operations import RunOperations
    from headrace.client.registry import get_registry_uri, set_registry_uri
    from headrace.client.tracking import (
        get_tracking_uri,
        is_tracking_uri_set,
        set_tracking_uri,
    )
    from headrace.exceptions import MlflowException

__version__ = VERSION

# Module of this package -> the public names that it defines.
_HOMES = {
    "client.active_model": ("clear_active_model", "get_active_model_id"),
    "client.fluent.active_run": (
        "ActiveRun",
        "active_run",
        "end_run",
        "last_active_run",
        "start_run",
    ),
    "client.fluent.artifacts": (
        "get_artifact_uri",
        "load_table",
        "log_artifact",
        "log_artifacts",
        "log_dict",
        "log_figure",
        "log_image",
        "log_stream",
        "log_table",
        "log_text",
    ),
    "client.fluent.experiments": (
        "create_experiment",
        "delete_experiment",
        "delete_experiment_tag",
        "get_experiment",
        "get_experiment_by_name",
        "restore_experiment",
        "search_experiments",
        "set_experiment",
        "set_experiment_tag",
        "set_experiment_tags",
    ),
    "client.fluent.logged_models": (
        "ActiveModel",
        "create_external_model",
        "delete_logged_model_tag",
        "finalize_logged_model",
        "get_logged_model",
        "initialize_logged_model",
        "last_logged_model",
        "log_model_params",
        "search_logged_models",
        "set_active_model",
        "set_logged_model_tags",
    ),
    "client.fluent.logs": (
        "delete_tag",
        "flush",
        "flush_artifact_async_logging",
        "flush_async_logging",
        "log_input",
        "log_inputs",
        "log_metric",
        "log_metrics",
        "log_outputs",
        "log_param",
        "log_params",
        "set_tag",
        "set_tags",
    ),
    "client.fluent.registered_models": (
        "register_model",
        "search_model_versions",
        "search_registered_models",
        "set_model_version_tag",
    ),
    "client.fluent.runs": (
        "delete_run",
        "get_parent_run",
        "get_run",
        "restore_run",
        "search_runs",
    ),
    "client.fluent.system_metrics": (
        "disable_system_metrics_logging",
        "enable_system_metrics_logging",
        "set_system_metrics_node_id",
        "set_system_metrics_samples_before_logging",
        "set_system_metrics_sampling_interval",
    ),
    "client.fluent.views": ("delete_view", "get_view", "list_views", "save_view"),
    "client.images": ("Image",),
    "client.mlflow_client": ("MlflowClient",),
    "client.operations": ("RunOperations",),
    "client.registry": ("get_registry_uri", "set_registry_uri"),
    "client.tracking": ("get_tracking_uri", "is_tracking_uri_set", "set_tracking_uri"),
    "exceptions": ("MlflowException",),
}
_SUBMODULES = ("artifacts", "client", "data", "entities", "exceptions", "tracking")
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ActiveModel",
    "ActiveRun",
    "Image",
    "MlflowClient",
    "MlflowException",
    "RunOperations",
    "__version__",
    "active_run",
    "artifacts",
    "clear_active_model",
    "client",
    "create_experiment",
    "create_external_model",
    "data",
    "delete_experiment",
    "delete_experiment_tag",
    "delete_logged_model_tag",
    "delete_run",
    "delete_tag",
    "delete_view",
    "disable_system_metrics_logging",
    "enable_system_metrics_logging",
    "end_run",
    "entities",
    "exceptions",
    "finalize_logged_model",
    "flush",
    "flush_artifact_async_logging",
    "flush_async_logging",
    "get_active_model_id",
    "get_artifact_uri",
    "get_experiment",
    "get_experiment_by_name",
    "get_logged_model",
    "get_parent_run",
    "get_registry_uri",
    "get_run",
    "get_tracking_uri",
    "get_view",
    "initialize_logged_model",
    "is_tracking_uri_set",
    "last_active_run",
    "last_logged_model",
    "list_views",
    "load_table",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_inputs",
    "log_metric",
    "log_metrics",
    "log_model_params",
    "log_outputs",
    "log_param",
    "log_params",
    "log_stream",
    "log_table",
    "log_text",
    "register_model",
    "restore_experiment",
    "restore_run",
    "save_view",
    "search_experiments",
    "search_logged_models",
    "search_model_versions",
    "search_registered_models",
    "search_runs",
    "set_active_model",
    "set_experiment",
    "set_experiment_tag",
    "set_experiment_tags",
    "set_logged_model_tags",
    "set_model_version_tag",
    "set_registry_uri",
    "set_system_metrics_node_id",
    "set_system_metrics_samples_before_logging",
    "set_system_metrics_sampling_interval",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
    "tracking",
]


def __getattr__(name: str) -> Any:
    """Load a public name at its first use."""
    if name in _SUBMODULES:
        return importlib.import_module(f"headrace.{name}")
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'headrace' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"headrace.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted(__all__)
