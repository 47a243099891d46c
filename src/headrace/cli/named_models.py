"""Registered models as people name them, and the client of the registry that has them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from headrace.stores.model_uri import ModelUri

Command = TypeVar("Command", bound=Callable[..., Any])

name_argument = click.argument("name")


def with_client(command: Command) -> Command:
    """Give a command a client as its first argument, and the options that name its stores."""

    @click.option(
        "--registry-uri",
        metavar="URI",
        help="Registry to use instead of the one that MLFLOW_REGISTRY_URI names.",
    )
    @click.option(
        "--tracking-uri",
        metavar="URI",
        help="Store to use instead of the one that MLFLOW_TRACKING_URI names.",
    )
    @functools.wraps(command)
    def run(*args: Any, tracking_uri: str | None, registry_uri: str | None, **kwargs: Any) -> Any:
        from headrace.client.mlflow_client import MlflowClient
        from headrace.client.tracking import close_sessions

        try:
            return command(MlflowClient(tracking_uri, registry_uri), *args, **kwargs)
        finally:
            close_sessions()

    return run  # type: ignore[return-value]


def parse_version(model: str) -> ModelUri | None:
    """Return what names a version; None for the bare name of a registered model."""
    from headrace.stores.model_uri import MODEL_ID, parse_model_uri

    text = model.removeprefix("models:").lstrip("/")
    if "/" not in text and "@" not in text and not MODEL_ID.fullmatch(text):
        return None
    return parse_model_uri(f"models:/{text}")
