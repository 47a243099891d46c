"""Webhooks: who is told by HTTP what happens in a store, and what became of each telling.

MLflow's clients refuse to read a webhook with an event that they do not know, so MLflow's events
and Headrace's own travel in two lists.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec import Struct, field

from headrace.errors import InvalidParameterValue


class WebhookStatus(StrEnum):
    """Whether a webhook is told anything; what happens while it is disabled, it never learns."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"

    def is_active(self) -> bool:
        """Return whether it is told."""
        return self is WebhookStatus.ACTIVE


class WebhookEntity(StrEnum):
    """What an event is of; the last ones are Headrace's own."""

    REGISTERED_MODEL = "registered_model"
    MODEL_VERSION = "model_version"
    MODEL_VERSION_TAG = "model_version_tag"
    MODEL_VERSION_ALIAS = "model_version_alias"
    PROMPT = "prompt"
    PROMPT_VERSION = "prompt_version"
    PROMPT_TAG = "prompt_tag"
    PROMPT_VERSION_TAG = "prompt_version_tag"
    PROMPT_ALIAS = "prompt_alias"
    BUDGET_POLICY = "budget_policy"
    REGISTERED_MODEL_TAG = "registered_model_tag"
    MODEL_VERSION_STAGE = "model_version_stage"
    MODEL_VERSION_CONTENT = "model_version_content"
    RUN = "run"


class WebhookAction(StrEnum):
    """What happened; the last ones are Headrace's own."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    SET = "set"
    EXCEEDED = "exceeded"
    RENAMED = "renamed"
    RESTORED = "restored"
    FINISHED = "finished"
    FAILED = "failed"
    KILLED = "killed"


_MLFLOW_EVENTS: dict[WebhookEntity, tuple[WebhookAction, ...]] = {
    WebhookEntity.REGISTERED_MODEL: (WebhookAction.CREATED,),
    WebhookEntity.MODEL_VERSION: (WebhookAction.CREATED,),
    WebhookEntity.MODEL_VERSION_TAG: (WebhookAction.SET, WebhookAction.DELETED),
    WebhookEntity.MODEL_VERSION_ALIAS: (WebhookAction.CREATED, WebhookAction.DELETED),
    WebhookEntity.PROMPT: (WebhookAction.CREATED,),
    WebhookEntity.PROMPT_VERSION: (WebhookAction.CREATED,),
    WebhookEntity.PROMPT_TAG: (WebhookAction.SET, WebhookAction.DELETED),
    WebhookEntity.PROMPT_VERSION_TAG: (WebhookAction.SET, WebhookAction.DELETED),
    WebhookEntity.PROMPT_ALIAS: (WebhookAction.CREATED, WebhookAction.DELETED),
    WebhookEntity.BUDGET_POLICY: (WebhookAction.EXCEEDED,),
}
_OWN_EVENTS: dict[WebhookEntity, tuple[WebhookAction, ...]] = {
    WebhookEntity.REGISTERED_MODEL: (
        WebhookAction.UPDATED,
        WebhookAction.RENAMED,
        WebhookAction.DELETED,
    ),
    WebhookEntity.REGISTERED_MODEL_TAG: (WebhookAction.SET, WebhookAction.DELETED),
    WebhookEntity.MODEL_VERSION: (WebhookAction.UPDATED, WebhookAction.DELETED),
    WebhookEntity.MODEL_VERSION_STAGE: (WebhookAction.SET,),
    WebhookEntity.MODEL_VERSION_CONTENT: (WebhookAction.UPDATED,),
    WebhookEntity.RUN: (
        WebhookAction.CREATED,
        WebhookAction.FINISHED,
        WebhookAction.FAILED,
        WebhookAction.KILLED,
        WebhookAction.DELETED,
        WebhookAction.RESTORED,
    ),
}


class WebhookEvent(Struct, frozen=True):
    """An event that a webhook may wait for, such as ``model_version.created``.

    Args:
        entity: A `WebhookEntity`, or its text.
        action: A `WebhookAction` that the entity has, or its text.

    Raises:
        InvalidParameterValue: If there is no such event.

    """

    entity: WebhookEntity
    action: WebhookAction

    def __post_init__(self) -> None:
        try:
            entity, action = WebhookEntity(self.entity), WebhookAction(self.action)
        except ValueError:
            raise _unknown(f"{self.entity}.{self.action}") from None
        actions = (*_MLFLOW_EVENTS.get(entity, ()), *_OWN_EVENTS.get(entity, ()))
        if action not in actions:
            raise InvalidParameterValue(
                f"Invalid action '{action}' for entity '{entity}'. Valid actions are: "
                f"{sorted(one.value for one in actions)}"
            )
        msgspec.structs.force_setattr(self, "entity", entity)
        msgspec.structs.force_setattr(self, "action", action)

    @classmethod
    def from_str(cls, event_str: str) -> WebhookEvent:
        """Return the event that a text such as ``model_version.created`` names.

        Raises:
            InvalidParameterValue: If it names none.

        """
        entity, dot, action = event_str.partition(".")
        if not dot or "." in action:
            raise InvalidParameterValue(
                f"Invalid event string format: {event_str}. Expected format: 'entity.action' "
                "(e.g., 'registered_model.created')"
            )
        return cls(entity, action)  # type: ignore[arg-type]

    @property
    def is_own(self) -> bool:
        """Whether it is Headrace's own: MLflow has none of this name."""
        return self.action not in _MLFLOW_EVENTS.get(self.entity, ())

    def __str__(self) -> str:
        return f"{self.entity.value}.{self.action.value}"


def _unknown(text: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Invalid entity or action in event string: {text}. The events are: {', '.join(ALL_EVENTS)}"
    )


ALL_EVENTS: tuple[str, ...] = tuple(
    f"{entity.value}.{action.value}"
    for events in (_MLFLOW_EVENTS, _OWN_EVENTS)
    for entity, actions in events.items()
    for action in actions
)


class EventName(Struct):
    """An event as it travels: both names in capitals, as protobuf writes them."""

    entity: str
    action: str

    @classmethod
    def of(cls, event: WebhookEvent | str) -> EventName:
        """Return how an event travels."""
        found = WebhookEvent.from_str(event) if isinstance(event, str) else event
        return cls(found.entity.name, found.action.name)

    def to_event(self) -> WebhookEvent:
        """Return the event.

        Raises:
            InvalidParameterValue: If there is none of these names.

        """
        return WebhookEvent.from_str(f"{self.entity.lower()}.{self.action.lower()}")


class Webhook(Struct, omit_defaults=True, kw_only=True):
    """A webhook, with MLflow's names.

    Attributes:
        webhook_id: Its id.
        name: What people call it; others may have the same.
        url: Where its events are sent.
        creation_timestamp: Milliseconds since the epoch.
        last_updated_timestamp: Milliseconds since the epoch.
        mlflow_events: MLflow's events that it waits for, as they travel; `events` gives all.
        own_events: Headrace's own events that it waits for, as they travel.
        description: The user's words about it.
        status: A `WebhookStatus`.
        model_names: The registered models whose events it waits for; empty for all.
        experiment_ids: The experiments of the runs whose events it waits for; empty for all.
        has_secret: Whether its requests are signed. The secret itself is never shown.
        user_id: Who made it; empty if nobody said.
        user_verified: Whether a server had checked credentials for that name.

    """

    webhook_id: str
    name: str
    url: str
    creation_timestamp: int
    last_updated_timestamp: int
    status: str
    mlflow_events: list[EventName] = field(default_factory=list, name="events")
    own_events: list[EventName] = field(default_factory=list, name="headrace_events")
    description: str | None = None
    model_names: list[str] = []
    experiment_ids: list[str] = []
    has_secret: bool = False
    user_id: str = ""
    user_verified: bool = False

    @property
    def events(self) -> list[WebhookEvent]:
        """The events that it waits for, MLflow's first."""
        return [name.to_event() for name in (*self.mlflow_events, *self.own_events)]

    @property
    def secret(self) -> None:
        """Always None, as from MLflow's servers: a secret that was given is never shown again."""
        return


class WebhookTestResult(Struct, omit_defaults=True):
    """What came of a test.

    Attributes:
        success: Whether the receiver took it: the status of its answer is 2xx.
        response_status: The status of its answer; None if there was none.
        response_body: The beginning of its answer, at most 4 KiB; None if there was none, or if it
            came from an address that is not public.
        error_message: Why there was no answer, or why it is no success; None if all went well.

    """

    success: bool
    response_status: int | None = None
    response_body: str | None = None
    error_message: str | None = None


class DeliveryState(StrEnum):
    """How far a delivery is; ``pending`` ones are tried, again if they were before."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryAttempt(Struct, omit_defaults=True):
    """One try of a delivery.

    Attributes:
        attempt: Its number, from 1.
        timestamp: When it began, in milliseconds since the epoch.
        duration_ms: How long it took, in milliseconds.
        status_code: HTTP status of the answer; None if there was none.
        error: What went wrong; None if nothing did.
        response_body: The beginning of the answer's body, at most 4 KiB, and in lists 200
            characters; None if it was empty, came from an address that is not public, or three
            later tries have been answered too.

    """

    attempt: int
    timestamp: int
    duration_ms: int = 0
    status_code: int | None = None
    error: str | None = None
    response_body: str | None = None


class WebhookDelivery(Struct, omit_defaults=True):
    """One event on its way to one webhook.

    Attributes:
        delivery_id: Its id, which each try carries in ``X-MLflow-Delivery-Id``.
        webhook_id: The webhook.
        event: The event, such as ``run.finished``.
        state: A `DeliveryState`.
        timestamp: When the event happened, in milliseconds since the epoch.
        next_attempt: When it is tried next, in milliseconds since the epoch; None if it is not.
        attempts: The tries, the last one last; of very many only the newest.
        body: What is sent, as JSON; None in lists.

    """

    delivery_id: str
    webhook_id: str
    event: str
    state: str
    timestamp: int
    next_attempt: int | None = None
    attempts: list[DeliveryAttempt] = []
    body: str | None = None
