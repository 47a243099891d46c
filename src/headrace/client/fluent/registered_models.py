"""Fluent functions for the model registry."""

from __future__ import annotations

from typing import Any

from headrace.api.limits import (
    DEFAULT_MODEL_VERSIONS_PER_SEARCH,
    DEFAULT_REGISTERED_MODELS_PER_PAGE,
)
from headrace.client.fluent.paging import collect_pages
from headrace.client.mlflow_client import MlflowClient
from headrace.client.model_version_calls import DEFAULT_SECONDS_TO_WAIT
from headrace.client.registration import register
from headrace.entities import ModelVersion, PagedList, RegisteredModel
from headrace.errors import NotSupported


def register_model(
    model_uri: str,
    name: str,
    await_registration_for: int = DEFAULT_SECONDS_TO_WAIT,
    *,
    tags: dict[str, Any] | None = None,
    env_pack: Any = None,
    reason: str | None = None,
) -> ModelVersion:
    """Make files the next version of a registered model, which is created if it is not there.

    Args:
        model_uri: A folder of a run, ``runs:/RUN_ID/PATH``; a logged model, ``models:/MODEL_ID``;
            a version of another model by any name that it has; or a place such as
            ``s3://bucket/model``.
        name: The registered model.
        await_registration_for: Seconds to wait until the version is READY, which one of Headrace
            is at once; 0 or None for not at all.
        tags: Tags of the version; values become texts.
        env_pack: There for MLflow's sake; environments are not packed.
        reason: Why, for the history.

    Raises:
        ResourceDoesNotExist: If there are no such files.
        InvalidParameterValue: If the URI or name is malformed, or the files are where no model may
            be registered from.

    """
    if env_pack is not None:
        raise NotSupported("Environments are packed for Databricks only: leave env_pack out.")
    return register(
        MlflowClient(), model_uri, name, await_registration_for, tags=tags, reason=reason
    )


def search_registered_models(
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[RegisteredModel]:
    """Return the registered models that fit.

    Args:
        max_results: How many at most; all if not given.
        filter_string: Such as ``name LIKE 'churn%' AND tags.team = 'a'``.
        order_by: Such as ``["last_updated_timestamp DESC"]``; by name if not given.

    Raises:
        InvalidParameterValue: If an argument is malformed.

    """
    client = MlflowClient()

    def read_page(size: int, token: str | None) -> PagedList[RegisteredModel]:
        return client.search_registered_models(filter_string, size, order_by, token)

    return collect_pages(read_page, DEFAULT_REGISTERED_MODELS_PER_PAGE, max_results)


def search_model_versions(
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[ModelVersion]:
    """Return the versions of registered models that fit.

    Args:
        max_results: How many at most; all if not given.
        filter_string: Such as ``name = 'churn'``, ``run_id = '...'`` or ``tags.team = 'a'``.
        order_by: Such as ``["version_number DESC"]``; the last change first if not given.

    Raises:
        InvalidParameterValue: If an argument is malformed.

    """
    client = MlflowClient()

    def read_page(size: int, token: str | None) -> PagedList[ModelVersion]:
        return client.search_model_versions(filter_string, size, order_by, token)

    return collect_pages(read_page, DEFAULT_MODEL_VERSIONS_PER_SEARCH, max_results)


def set_model_version_tag(
    name: str, version: str | None = None, key: str | None = None, value: Any = None
) -> None:
    """Set a tag of a version of a registered model; the value becomes a text.

    Raises:
        ResourceDoesNotExist: If there is no such version.

    """
    MlflowClient().set_model_version_tag(name, version, key, value)
