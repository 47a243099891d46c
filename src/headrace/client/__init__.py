"""The client: `MlflowClient`, the fluent functions, and how both reach a store."""

from __future__ import annotations

from headrace.client.logger import configure_logger
from headrace.client.mlflow_client import MlflowClient

__all__ = ["MlflowClient"]

configure_logger()
