"""The calls of webhooks: MLflow's six, and Headrace's for the log of deliveries.

MLflow's clients cannot read a webhook whose events are all Headrace's own, so a list leaves it out
unless `ListWebhooks.headrace_events` asks for it.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, MLFLOW, Empty, Endpoint, Permission
from headrace.api.tracking import Request
from headrace.entities.webhook import EventName, Webhook, WebhookDelivery, WebhookTestResult

ADMIN = Permission.ADMIN


class CreateWebhook(Request):
    """Create a webhook.

    Attributes:
        name: What people call it.
        url: Where its events are sent.
        events: What it waits for, MLflow's events and Headrace's.
        description: Words about it.
        secret: What signs its requests; it is never shown again.
        status: ``ACTIVE`` or ``DISABLED``.
        model_names: Only events of these registered models; Headrace's own.
        experiment_ids: Only events of runs of these experiments; Headrace's own.

    """

    name: str
    url: str
    events: list[EventName]
    description: str | None = None
    secret: str | None = None
    status: str | None = None
    model_names: list[str] = []
    experiment_ids: list[str] = []


class WebhookAnswer(Struct):
    """One webhook."""

    webhook: Webhook


class ListWebhooks(Request):
    """List webhooks, newest first.

    Attributes:
        max_results: Size of a page, 100 if it is not given and at most 1000.
        page_token: Where to go on.
        headrace_events: Also those that wait for Headrace's own events alone.

    """

    max_results: int | None = None
    page_token: str | None = None
    headrace_events: bool = False


class WebhooksPage(Struct, omit_defaults=True):
    """A page of webhooks."""

    webhooks: list[Webhook] = []
    next_page_token: str | None = None


class GetWebhook(Request):
    """Get a webhook."""

    webhook_id: str


class UpdateWebhook(Request):
    """Change what is given of a webhook; an empty secret leaves its requests unsigned.

    Lists that are given take the place of the old ones: an empty list of events changes nothing.
    """

    webhook_id: str
    name: str | None = None
    description: str | None = None
    url: str | None = None
    events: list[EventName] = []
    secret: str | None = None
    status: str | None = None
    model_names: list[str] | None = None
    experiment_ids: list[str] | None = None


class DeleteWebhook(Request):
    """Delete a webhook with its deliveries, also those that are not sent yet."""

    webhook_id: str


class TestWebhook(Request):
    """Send an example to a webhook now, once.

    Attributes:
        webhook_id: The webhook.
        event: Of which event; of its first one if it is not given.

    """

    __test__ = False  # no test of pytest's

    webhook_id: str
    event: EventName | None = None


class WebhookTested(Struct):
    """Answer of `TestWebhook`."""

    result: WebhookTestResult


class ListWebhookDeliveries(Request):
    """List deliveries, newest first.

    Attributes:
        webhook_id: Only those to this webhook.
        state: Only those in this `headrace.entities.DeliveryState`.
        event: Only those of this event, such as ``run.finished``.
        max_results: Size of a page, 100 if it is not given and at most 1000.
        page_token: Where to go on.

    """

    webhook_id: str | None = None
    state: str | None = None
    event: str | None = None
    max_results: int | None = None
    page_token: str | None = None


class WebhookDeliveries(Struct, omit_defaults=True):
    """A page of deliveries."""

    deliveries: list[WebhookDelivery] = []
    next_page_token: str | None = None


class GetWebhookDelivery(Request):
    """Get a delivery with its body."""

    delivery_id: str


class RedeliverWebhook(Request):
    """Send a delivery that has ended once more, under the same id and with the same body."""

    delivery_id: str


class WebhookDeliveryAnswer(Struct):
    """One delivery."""

    delivery: WebhookDelivery


_WEBHOOKS = MLFLOW + "/webhooks"
_WEBHOOK = _WEBHOOKS + "/{webhook_id}"
_DELIVERIES = HEADRACE + "/webhooks/deliveries"

CREATE_WEBHOOK = Endpoint("create_webhook", "POST", _WEBHOOKS, CreateWebhook, WebhookAnswer, ADMIN)
LIST_WEBHOOKS = Endpoint("list_webhooks", "GET", _WEBHOOKS, ListWebhooks, WebhooksPage, ADMIN)
GET_WEBHOOK = Endpoint("get_webhook", "GET", _WEBHOOK, GetWebhook, WebhookAnswer, ADMIN)
UPDATE_WEBHOOK = Endpoint("update_webhook", "PATCH", _WEBHOOK, UpdateWebhook, WebhookAnswer, ADMIN)
DELETE_WEBHOOK = Endpoint("delete_webhook", "DELETE", _WEBHOOK, DeleteWebhook, Empty, ADMIN)
TEST_WEBHOOK = Endpoint(
    "test_webhook", "POST", _WEBHOOK + "/test", TestWebhook, WebhookTested, ADMIN
)
LIST_WEBHOOK_DELIVERIES = Endpoint(
    "list_webhook_deliveries", "GET", _DELIVERIES, ListWebhookDeliveries, WebhookDeliveries, ADMIN
)
GET_WEBHOOK_DELIVERY = Endpoint(
    "get_webhook_delivery",
    "GET",
    _DELIVERIES + "/{delivery_id}",
    GetWebhookDelivery,
    WebhookDeliveryAnswer,
    ADMIN,
)
REDELIVER_WEBHOOK = Endpoint(
    "redeliver_webhook",
    "POST",
    _DELIVERIES + "/{delivery_id}/redeliver",
    RedeliverWebhook,
    WebhookDeliveryAnswer,
    ADMIN,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
