"""What the ``data`` of each event holds; of MLflow's events exactly what MLflow sends.

Around it stand ``entity``, ``action`` and ``timestamp``, and Headrace's own ``actor``, ``reason``
and ``before``: who made the change, why, and what was there before.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypedDict

from headrace.entities.webhook import WebhookEvent


class RegisteredModelCreatedPayload(TypedDict):
    """A registered model was created."""

    name: str
    tags: dict[str, str]
    description: str | None


class ModelVersionCreatedPayload(TypedDict):
    """A version was created."""

    name: str
    version: str
    source: str
    run_id: str | None
    tags: dict[str, str]
    description: str | None


class ModelVersionTagSetPayload(TypedDict):
    """A tag of a version was set."""

    name: str
    version: str
    key: str
    value: str


class ModelVersionTagDeletedPayload(TypedDict):
    """A tag of a version was deleted."""

    name: str
    version: str
    key: str


class ModelVersionAliasCreatedPayload(TypedDict):
    """An alias was made to name a version, whatever it named before."""

    name: str
    alias: str
    version: str


class ModelVersionAliasDeletedPayload(TypedDict):
    """An alias was deleted."""

    name: str
    alias: str


class PromptCreatedPayload(TypedDict):
    """A prompt was created."""

    name: str
    tags: dict[str, str]
    description: str | None


class PromptVersionCreatedPayload(TypedDict):
    """A version of a prompt was created."""

    name: str
    version: str
    template: str | None
    tags: dict[str, str]
    description: str | None


class PromptTagSetPayload(TypedDict):
    """A tag of a prompt was set."""

    name: str
    key: str
    value: str


class PromptTagDeletedPayload(TypedDict):
    """A tag of a prompt was deleted."""

    name: str
    key: str


class PromptVersionTagSetPayload(ModelVersionTagSetPayload):
    """A tag of a version of a prompt was set."""


class PromptVersionTagDeletedPayload(ModelVersionTagDeletedPayload):
    """A tag of a version of a prompt was deleted."""


class PromptAliasCreatedPayload(ModelVersionAliasCreatedPayload):
    """An alias was made to name a version of a prompt."""


class PromptAliasDeletedPayload(ModelVersionAliasDeletedPayload):
    """An alias of a prompt was deleted."""


class RunPayload(TypedDict):
    """Something happened to a run; times are milliseconds since the epoch."""

    run_id: str
    run_name: str
    experiment_id: str
    experiment_name: str
    status: str
    start_time: int
    end_time: int | None
    user_id: str


WebhookPayload: TypeAlias = (
    RegisteredModelCreatedPayload
    | ModelVersionCreatedPayload
    | ModelVersionTagSetPayload
    | ModelVersionTagDeletedPayload
    | ModelVersionAliasCreatedPayload
    | ModelVersionAliasDeletedPayload
    | PromptCreatedPayload
    | PromptVersionCreatedPayload
    | PromptTagSetPayload
    | PromptTagDeletedPayload
    | PromptVersionTagSetPayload
    | PromptVersionTagDeletedPayload
    | PromptAliasCreatedPayload
    | PromptAliasDeletedPayload
    | RunPayload
    | dict[str, Any]
)

_STATUS_OF = {"finished": "FINISHED", "failed": "FAILED", "killed": "KILLED"}


def example_of(event: WebhookEvent) -> dict[str, Any]:
    """Return what a test sends as the data of an event."""
    entity, action = event.entity.value, event.action.value
    if entity == "run":
        status = _STATUS_OF.get(action, "RUNNING")
        return {
            "run_id": "0123456789abcdef0123456789abcdef",
            "run_name": "example_run",
            "experiment_id": "1",
            "experiment_name": "example_experiment",
            "status": status,
            "start_time": 1704067200000,
            "end_time": 1704067260000 if status in _STATUS_OF.values() else None,
            "user_id": "example_user",
        }
    is_prompt = entity.startswith("prompt")
    data: dict[str, Any] = {"name": "example_prompt" if is_prompt else "example_model"}
    is_version = "version" in entity or (entity == "prompt_alias" and action == "created")
    if is_version and (entity, action) != ("model_version_alias", "deleted"):
        data["version"] = "1"
    return data | _details(entity, action)


def _details(entity: str, action: str) -> dict[str, Any]:
    """Return what the data of a model's event holds besides name and version."""
    if entity.endswith("_tag"):
        value = {"value": "example_value"} if action == "set" else {}
        return {"key": "example_key", **value}
    if entity.endswith("_alias"):
        return {"alias": "example_alias"}
    if entity.endswith("_stage"):
        return {"stage": "Production", "previous_stage": "None"}
    if entity.endswith("_content"):
        return {"state": "changed", "previous_state": "verified"}
    if action == "renamed":
        return {"previous_name": "example_name"}
    if action == "deleted":
        return {}
    described = {"description": f"An example {entity.replace('_', ' ')}"}
    if action == "updated":
        return described
    origin: dict[str, Any] = {}
    if entity == "model_version":
        origin = {"source": "models:/123", "run_id": "abcd1234abcd5678"}
    elif entity == "prompt_version":
        origin = {"template": "Hello {{name}}!"}
    return {**origin, "tags": {"example_key": "example_value"}, **described}
