"""Where to track, and the client, under the names that scripts written for MLflow import."""

from __future__ import annotations

from headrace.client.mlflow_client import MlflowClient
from headrace.client.registry import get_registry_uri, set_registry_uri
from headrace.client.tracking import get_tracking_uri, is_tracking_uri_set, set_tracking_uri

__all__ = [
    "MlflowClient",
    "get_registry_uri",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_registry_uri",
    "set_tracking_uri",
]
