"""The whole table: every call that a server offers, whoever answers it."""

from __future__ import annotations

from typing import Any

from headrace.api import (
    artifacts,
    bulk,
    bundles,
    cleanup,
    context,
    direct_transfers,
    journals,
    lineage,
    previews,
    proxy,
    registry,
    registry_rules,
    run_images,
    run_table,
    server,
    sessions,
    tracking,
    uploads,
    verification,
    views,
    webhooks,
)
from headrace.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (
    *tracking.ENDPOINTS,
    *run_table.ENDPOINTS,
    *journals.ENDPOINTS,
    *sessions.ENDPOINTS,
    *context.ENDPOINTS,
    *bulk.ENDPOINTS,
    *registry.ENDPOINTS,
    *registry_rules.ENDPOINTS,
    *lineage.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *views.ENDPOINTS,
    *cleanup.ENDPOINTS,
    *artifacts.ENDPOINTS,
    *previews.ENDPOINTS,
    *run_images.ENDPOINTS,
    *uploads.ENDPOINTS,
    *bundles.ENDPOINTS,
    *verification.ENDPOINTS,
    *proxy.ENDPOINTS,
    *direct_transfers.ENDPOINTS,
    *server.ENDPOINTS,
)
