"""A store that speaks the protocol: each method is a row of the endpoint table.

It does not know what carries the bytes. With an HTTP transport it drives a server of ours or of
MLflow; with `headrace.server.core.make_dispatch(store)` it is the whole stack without sockets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from headrace.api import (
    bulk,
    cleanup,
    context,
    journals,
    lineage,
    registry,
    registry_rules,
    run_table,
    sessions,
    views,
    webhooks,
    wire,
)
from headrace.api import tracking as api
from headrace.api.endpoint import Endpoint

RequestT = TypeVar("RequestT", bound=Struct)
ResponseT = TypeVar("ResponseT")


class Send(Protocol):
    """Carries one call: verb, path with query below the server's root, body; answers status, body.

    It raises `TemporarilyUnavailable` where no answer comes.
    """

    def __call__(self, verb: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """Carry one call."""
        ...


def _remote(
    endpoint: Endpoint[RequestT, ResponseT],
) -> Callable[[Any, RequestT], ResponseT]:
    def call(self: RemoteTrackingStore, request: RequestT) -> ResponseT:
        path, body = wire.encode_request(endpoint, request)
        status, answer = self.send(endpoint.verb, path, body)
        return wire.decode_answer(endpoint, status, answer)

    call.__name__ = endpoint.name
    call.__doc__ = endpoint.request.__doc__
    return call


class RemoteTrackingStore:
    """A tracking store at the other end of `send`."""

    def __init__(self, send: Send) -> None:
        self.send = send

    create_experiment = _remote(api.CREATE_EXPERIMENT)
    get_experiment = _remote(api.GET_EXPERIMENT)
    get_experiment_by_name = _remote(api.GET_EXPERIMENT_BY_NAME)
    search_experiments = _remote(api.SEARCH_EXPERIMENTS)
    delete_experiment = _remote(api.DELETE_EXPERIMENT)
    restore_experiment = _remote(api.RESTORE_EXPERIMENT)
    update_experiment = _remote(api.UPDATE_EXPERIMENT)
    set_experiment_tag = _remote(api.SET_EXPERIMENT_TAG)
    delete_experiment_tag = _remote(api.DELETE_EXPERIMENT_TAG)
    create_run = _remote(api.CREATE_RUN)
    get_run = _remote(api.GET_RUN)
    update_run = _remote(api.UPDATE_RUN)
    delete_run = _remote(api.DELETE_RUN)
    restore_run = _remote(api.RESTORE_RUN)
    search_runs = _remote(api.SEARCH_RUNS)
    search_run_columns = _remote(api.SEARCH_RUN_COLUMNS)
    count_runs = _remote(api.COUNT_RUNS)
    get_run_window = _remote(run_table.GET_RUN_WINDOW)
    get_run_values = _remote(run_table.GET_RUN_VALUES)
    get_run_keys = _remote(run_table.GET_RUN_KEYS)
    log_metric = _remote(api.LOG_METRIC)
    log_param = _remote(api.LOG_PARAM)
    set_tag = _remote(api.SET_TAG)
    delete_tag = _remote(api.DELETE_TAG)
    log_batch = _remote(api.LOG_BATCH)
    log_model = _remote(api.LOG_MODEL)
    log_inputs = _remote(api.LOG_INPUTS)
    log_outputs = _remote(api.LOG_OUTPUTS)
    search_datasets = _remote(api.SEARCH_DATASETS)
    get_metric_history = _remote(api.GET_METRIC_HISTORY)
    get_metric_history_bulk = _remote(api.GET_METRIC_HISTORY_BULK)
    get_metric_history_bulk_interval = _remote(api.GET_METRIC_HISTORY_BULK_INTERVAL)
    get_metric_series = _remote(api.GET_METRIC_SERIES)
    create_logged_model = _remote(api.CREATE_LOGGED_MODEL)
    get_logged_model = _remote(api.GET_LOGGED_MODEL)
    finalize_logged_model = _remote(api.FINALIZE_LOGGED_MODEL)
    delete_logged_model = _remote(api.DELETE_LOGGED_MODEL)
    search_logged_models = _remote(api.SEARCH_LOGGED_MODELS)
    set_logged_model_tags = _remote(api.SET_LOGGED_MODEL_TAGS)
    delete_logged_model_tag = _remote(api.DELETE_LOGGED_MODEL_TAG)
    log_logged_model_params = _remote(api.LOG_LOGGED_MODEL_PARAMS)
    apply_journal = _remote(journals.APPLY_JOURNAL)
    heartbeat = _remote(sessions.HEARTBEAT)
    get_run_contexts = _remote(context.GET_RUN_CONTEXTS)
    get_run_context = _remote(context.GET_RUN_CONTEXT)
    get_run_output = _remote(context.GET_RUN_OUTPUT)
    delete_runs = _remote(bulk.DELETE_RUNS)
    restore_runs = _remote(bulk.RESTORE_RUNS)
    tag_runs = _remote(bulk.TAG_RUNS)
    move_runs = _remote(bulk.MOVE_RUNS)
    undo_operation = _remote(bulk.UNDO_OPERATION)
    list_operations = _remote(bulk.LIST_OPERATIONS)
    create_registered_model = _remote(registry.CREATE_REGISTERED_MODEL)
    get_registered_model = _remote(registry.GET_REGISTERED_MODEL)
    rename_registered_model = _remote(registry.RENAME_REGISTERED_MODEL)
    update_registered_model = _remote(registry.UPDATE_REGISTERED_MODEL)
    delete_registered_model = _remote(registry.DELETE_REGISTERED_MODEL)
    search_registered_models = _remote(registry.SEARCH_REGISTERED_MODELS)
    get_latest_versions = _remote(registry.GET_LATEST_VERSIONS)
    set_registered_model_tag = _remote(registry.SET_REGISTERED_MODEL_TAG)
    delete_registered_model_tag = _remote(registry.DELETE_REGISTERED_MODEL_TAG)
    set_registered_model_alias = _remote(registry.SET_REGISTERED_MODEL_ALIAS)
    delete_registered_model_alias = _remote(registry.DELETE_REGISTERED_MODEL_ALIAS)
    get_model_version_by_alias = _remote(registry.GET_MODEL_VERSION_BY_ALIAS)
    create_model_version = _remote(registry.CREATE_MODEL_VERSION)
    get_model_version = _remote(registry.GET_MODEL_VERSION)
    update_model_version = _remote(registry.UPDATE_MODEL_VERSION)
    transition_model_version_stage = _remote(registry.TRANSITION_MODEL_VERSION_STAGE)
    delete_model_version = _remote(registry.DELETE_MODEL_VERSION)
    search_model_versions = _remote(registry.SEARCH_MODEL_VERSIONS)
    set_model_version_tag = _remote(registry.SET_MODEL_VERSION_TAG)
    delete_model_version_tag = _remote(registry.DELETE_MODEL_VERSION_TAG)
    get_model_version_download_uri = _remote(registry.GET_MODEL_VERSION_DOWNLOAD_URI)
    list_registry_changes = _remote(registry.LIST_REGISTRY_CHANGES)
    get_model_version_lineage = _remote(registry.GET_MODEL_VERSION_LINEAGE)
    get_lineage = _remote(lineage.GET_LINEAGE)
    add_registry_rule = _remote(registry_rules.ADD_REGISTRY_RULE)
    delete_registry_rule = _remote(registry_rules.DELETE_REGISTRY_RULE)
    list_registry_rules = _remote(registry_rules.LIST_REGISTRY_RULES)
    check_model_move = _remote(registry_rules.CHECK_MODEL_MOVE)
    get_model_version_content = _remote(registry.GET_MODEL_VERSION_CONTENT)
    check_model_version_content = _remote(registry.CHECK_MODEL_VERSION_CONTENT)
    create_webhook = _remote(webhooks.CREATE_WEBHOOK)
    list_webhooks = _remote(webhooks.LIST_WEBHOOKS)
    get_webhook = _remote(webhooks.GET_WEBHOOK)
    update_webhook = _remote(webhooks.UPDATE_WEBHOOK)
    delete_webhook = _remote(webhooks.DELETE_WEBHOOK)
    test_webhook = _remote(webhooks.TEST_WEBHOOK)
    list_webhook_deliveries = _remote(webhooks.LIST_WEBHOOK_DELIVERIES)
    get_webhook_delivery = _remote(webhooks.GET_WEBHOOK_DELIVERY)
    redeliver_webhook = _remote(webhooks.REDELIVER_WEBHOOK)
    create_view = _remote(views.CREATE_VIEW)
    get_view = _remote(views.GET_VIEW)
    list_views = _remote(views.LIST_VIEWS)
    update_view = _remote(views.UPDATE_VIEW)
    delete_view = _remote(views.DELETE_VIEW)
    collect_garbage = _remote(cleanup.COLLECT_GARBAGE)

    def close(self) -> None:
        """Close the transport, if it has something to close."""
        close = getattr(self.send, "close", None)
        if close is not None:
            close()
